"""`sightline index` fills a video's memory, so that questions about it cost next to nothing, whatever they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.clips import encode
from tests.support.squares import Squares, frame

from sightline.tools.experts import ExpertPool
from sightline.tools.experts.index_folder import IndexFolder, default_folder
from sightline.tools.media import MediaStore
from sightline.ui.indexing import index_video

PROFILE = """
description = "squares"
[experts]
detect = ["test-squares"]
shots = ["cut-finder"]
track = ["motion-tracker", "detection-tracker"]
"""


def test_an_indexed_video_answers_for_names_that_nobody_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    clip = encode(tmp_path / "clip.mp4", (frame(n) for n in range(24)), fps=8)
    profile = tmp_path / "squares.toml"
    profile.write_text(PROFILE)
    counts = index_video(str(clip), names=["red cube"], profile=str(profile), quiet=False)
    assert counts["track"] >= 3
    assert counts["seen"] >= 2 * 24
    told = capsys.readouterr().err
    assert "speech" in told
    assert "left out" in told  # nobody here hears, and it says so
    Squares.looks = 0
    indexes = IndexFolder(default_folder())
    pool = ExpertPool(str(profile), indexes=indexes)
    store = MediaStore()
    ref = store.add_video(clip, samples=24)
    assert pool.serve("track", ref, {"name": "red cube"}, store).cached
    assert len(pool.serve("track", ref, {"name": "small blue thing"}, store).data["tracks"]) == 1
    assert all(pool.serve("detect", ref.frame(sample), {"names": ["blue thing"]}, store).data for sample in range(24))
    assert Squares.looks == 0
    store.rest()
    indexes.close()
