"""Results on disk: for later runs and other processes, limited in size, never wrong, never in the way."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from sightline.tools.api.refs import Box
from sightline.tools.experts import Expert, ExpertPool, ExpertRequest, Profile, register
from sightline.tools.experts import questions as questions_module
from sightline.tools.experts.kept import KeptResults
from sightline.tools.media import MediaStore
from sightline.tools.results import Answer, Detection, Detections, NewImage, Result

ROOT = Path(__file__).resolve().parents[3]


@register
class Keeps(Expert):
    """Serves results of every make, and counts."""

    name = "test-keeps"
    capabilities = ("caption", "detect", "edges")
    packages = ("numpy",)
    accelerated = True
    served: ClassVar[int] = 0

    def serve(self, request: ExpertRequest) -> Result:
        type(self).served += 1
        if request.capability == "detect":
            mask = np.zeros(request.pixels.shape[:2], np.bool_)
            mask[1:3, 2:5] = True
            return Detections(items=[Detection(box=(2, 1, 5, 3), label="it", confidence=0.25, mask=mask)])
        if request.capability == "edges":
            return NewImage(pixels=255 - request.pixels)
        return Answer(text=f"{request.pixels.mean():.1f}", confidence=None)


def store() -> tuple[MediaStore, Any]:
    media = MediaStore()
    return media, media.add(np.arange(60 * 3, dtype=np.uint8).reshape(6, 10, 3))


def pool(kept: KeptResults, **settings: Any) -> ExpertPool:
    everything = dict.fromkeys(Keeps.capabilities, ("test-keeps",))
    return ExpertPool(
        Profile(name="t", experts=everything, settings={"test-keeps": settings} if settings else {}), kept=kept
    )


def test_a_later_pool_finds_everything_as_it_was(tmp_path: Path) -> None:
    media, ref = store()
    kept = KeptResults(tmp_path)
    asked = [("caption", {}), ("detect", {"names": ["it"]}), ("edges", {})]
    first = [pool(kept).serve(name, ref, arguments, media) for name, arguments in asked]
    kept.close()
    before = Keeps.served
    later, other = KeptResults(tmp_path), MediaStore()
    other.add(media.picture(ref.media))
    experts = pool(later)
    again = [experts.serve(name, ref, arguments, other) for name, arguments in asked]
    assert Keeps.served == before
    assert [each.data for each in again] == [each.data for each in first]
    assert all(each.cached for each in again)
    assert other.mask(again[1].data[0]["mask"]).all()
    assert experts.status()["experts"]["test-keeps"]["from_disk"] == 3
    experts.serve("caption", ref, {}, other)
    assert experts.status()["experts"]["test-keeps"]["remembered"] == 1
    later.close()


def test_nothing_is_written_unless_a_folder_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    media, ref = store()
    ExpertPool(Profile(name="t", experts={"caption": ("test-keeps",)})).serve("caption", ref, {}, media)
    assert list(tmp_path.rglob("*")) == []


def test_other_settings_versions_and_library_majors_are_other_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, ref = store()
    kept = KeptResults(tmp_path)

    def computes(experts: ExpertPool) -> bool:
        before = Keeps.served
        experts.serve("caption", ref, {}, media)
        return Keeps.served > before

    assert computes(pool(kept))
    assert not computes(pool(kept))
    assert computes(pool(kept, threshold=0.4))
    assert computes(pool(kept, threshold=0.5))
    assert not computes(pool(kept, threshold=0.5, most_at_once=3))  # changes no result
    monkeypatch.setattr(Keeps, "version", "2")
    assert computes(pool(kept))
    monkeypatch.setattr(questions_module, "version", lambda package: "99.1")
    assert computes(pool(kept))
    monkeypatch.setattr(questions_module, "version", lambda package: "99.2")
    assert not computes(pool(kept))
    kept.close()


def test_it_stays_within_its_size_and_forgets_what_was_used_longest_ago(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, max_bytes=20_000)
    for n in range(400):
        kept.put(f"key {n}", "caption", Answer(text="x" * 300))
        assert kept.bytes() <= 20_000 + 64 * 500
    kept.close()
    again = KeptResults(tmp_path, max_bytes=20_000)
    assert 0 < again.bytes() <= 20_000
    assert again.get("key 399") is not None
    assert again.get("key 0") is None
    again.put("huge", "caption", Answer(text="x" * 30_000))
    assert again.get("huge") is None
    again.close()


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but long enough to look like something" * 40])
def test_a_damaged_file_costs_its_results_and_nothing_else(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "results.sqlite").write_bytes(damage)
    kept = KeptResults(tmp_path)
    kept.put("k", "caption", Answer(text="here"))
    assert kept.get("k") == Answer(text="here")
    kept.close()


def test_what_was_tampered_with_is_not_believed(tmp_path: Path) -> None:
    import sqlite3

    kept = KeptResults(tmp_path)
    kept.put("k", "caption", Answer(text="here"))
    kept.close()
    with sqlite3.connect(tmp_path / "results.sqlite") as database:
        database.execute("UPDATE results SET data = ?", (b"\x80\x04cos\nsystem\n",))
    database.close()
    again = KeptResults(tmp_path)
    assert again.get("k") is None
    assert len(again) == 0
    again.close()


def test_a_folder_that_cannot_be_made_keeps_nothing_and_hurts_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = KeptResults(tmp_path / "file" / "below")
    kept.put("k", "caption", Answer(text="here"))
    assert kept.get("k") is None
    kept.close()


_WRITER = """
import sys
from pathlib import Path
from sightline.tools.experts.kept import KeptResults
from sightline.tools.results import Answer
kept = KeptResults(Path(sys.argv[1]))
for n in range(150):
    kept.put(f"key {n}", "caption", Answer(text=f"text {n}"))
    found = kept.get(f"key {n * 7 % 150}")
    assert found is None or found == Answer(text=f"text {n * 7 % 150}"), found
kept.close()
"""


def test_processes_and_threads_share_one_file(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], env={"PYTHONPATH": str(ROOT / "src")})
        for _ in range(2)
    ]
    kept = KeptResults(tmp_path)

    def both(n: int) -> None:
        kept.put(f"key {n}", "caption", Answer(text=f"text {n}"))
        assert kept.get(f"key {n}") in (None, Answer(text=f"text {n}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(both, range(150)))
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(kept) == 150
    assert all(kept.get(f"key {n}") == Answer(text=f"text {n}") for n in range(150))
    kept.close()


def test_regions_differ_by_their_box(tmp_path: Path) -> None:
    media, ref = store()
    kept = KeptResults(tmp_path)
    experts = pool(kept)
    texts = {experts.serve("caption", ref.at(Box(x, 0, x + 1, 6)), {}, media).data["text"] for x in range(10)}
    assert len(texts) == len(kept) == 10
    kept.close()
