"""A calibration turns margins into chances that hold; it is fitted to labelled pairs and stands in a profile."""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")

from PIL import Image
from tests.support import tiny_models
from tests.support.shown import opened, pixels, request

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.experts.hub.calibration import fit, fitted_to, read_pairs
from sightline.tools.experts.hub.property_choice import PropertyChoice


def drawn(temperature: float, threshold: float, *, number: int = 4000, seed: int = 0) -> tuple[list[float], list[bool]]:
    """Margins, and labels that hold with the chance which these settings give."""
    rng = np.random.default_rng(seed)
    choice = PropertyChoice(temperature=temperature, threshold=threshold)
    margins = rng.normal(0.0, 2.0 * temperature, number)
    return margins.tolist(), [bool(rng.random() < choice.chance(each)) for each in margins]


@pytest.mark.parametrize(("temperature", "threshold"), [(1.0, 0.5), (3.0, 0.7), (0.25, 0.3), (12.0, 0.9)])
def test_the_settings_that_labels_were_drawn_with_are_found_again(temperature: float, threshold: float) -> None:
    found = fit(*drawn(temperature, threshold)).choice
    assert found.temperature == pytest.approx(temperature, rel=0.15)
    assert found.threshold == pytest.approx(threshold, abs=0.05)


def test_chances_are_what_happens_on_pairs_that_were_not_fitted() -> None:
    found = fit(*drawn(4.0, 0.8, seed=1))
    margins, holds = drawn(4.0, 0.8, seed=2)
    chances = np.array([found.choice.chance(each) for each in margins])
    for low in np.arange(0.0, 1.0, 0.2):
        within = (chances >= low) & (chances < low + 0.2)
        assert within.sum() > 50
        assert np.mean(np.array(holds)[within]) == pytest.approx(chances[within].mean(), abs=0.08)
    assert found.loss_after < found.loss_before
    assert found.right_after > found.right_before


def test_pairs_without_a_mistake_do_not_make_it_certain() -> None:
    found = fit([-2.0, -1.0] * 10 + [1.0, 2.0] * 10, [False] * 20 + [True] * 20)
    assert found.right_after == 1.0
    assert math.isfinite(found.choice.temperature)
    assert found.choice.chance(2.0) < 1.0


@pytest.mark.parametrize(
    ("margins", "holds", "words"),
    [
        ([0.0] * 5, [True, False] * 2 + [True], "at least 10 pairs"),
        ([0.1 * n for n in range(20)], [True] * 20, "20 hold"),
        ([0.1 * n for n in range(20)], [n < 10 for n in range(20)], "wrong way round"),
    ],
)
def test_pairs_that_will_not_do_are_refused(margins: list[float], holds: list[bool], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        fit(margins, holds)


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"temperature": float("inf")}, {"threshold": 1.5}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BadRequest, match="a calibration has"):
        PropertyChoice.of(settings)


# -- with a model --


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.clip(tmp_path_factory.mktemp("calibration") / "clip")


@pytest.fixture
def pairs(place: Path, tmp_path: Path) -> Path:
    """Pictures with labels that the tiny model's own choice is off from by a constant."""
    expert = opened("clip", place)
    margins = []
    for n in range(24):
        Image.fromarray(pixels(n)).save(tmp_path / f"{n}.png")
        margins += expert.margins([request("verify_property", {"name": "car", "attribute": "red"}, seed=n)])
    middle = sorted(margins)[18]
    lines = [
        json.dumps({"image": f"{n}.png", "name": "car", "attribute": "red", "holds": margin >= middle})
        for n, margin in enumerate(margins)
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(lines))
    return file


def test_the_command_prints_what_a_profile_takes(
    place: Path, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sightline.ui.cli import app

    profile = tmp_path / "mine.toml"
    head = f'[experts]\nverify_property = ["clip"]\n[settings.clip]\nmodel = "{place}"\n'
    profile.write_text(head)
    with pytest.raises(SystemExit) as left:
        app(["models", "calibrate", "clip", str(pairs), "--profile", str(profile)])
    assert left.value.code in (0, None)
    told = capsys.readouterr()
    printed = tomllib.loads(told.out)["settings"]["clip"]
    assert "24 pairs" in told.err
    expert = opened("clip", place, **printed)
    plain = opened("clip", place)
    labels = [each.holds for each in read_pairs(pairs)]

    def right(of: Any) -> int:
        asked = [request("verify_property", {"name": "car", "attribute": "red"}, seed=n) for n in range(24)]
        return sum(of.serve(each).value == label for each, label in zip(asked, labels, strict=True))

    assert right(expert) >= 23
    assert right(expert) > right(plain)


def test_what_is_no_pair_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"image": "a.png", "name": "cup", "attribute": "red", "holds": true}\n{"image": 3}\n')
    with pytest.raises(BadRequest, match="line 2"):
        read_pairs(file)
    with pytest.raises(BadRequest, match="check the path"):
        read_pairs(tmp_path / "none.jsonl")


def test_only_what_compares_texts_is_calibrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequest, match="no calibration"):
        fitted_to(tmp_path / "pairs.jsonl", expert="sam")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ExpertUnavailable, match="sightline models pull clip"):
        fitted_to(tmp_path / "pairs.jsonl", expert="clip")
