"""What the detector's figures are worth, and how its world is told from others."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.true_finder import truth

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.detector.calibrate import fit, foreign_pictures, logistic
from sightline.tools.mllm.detector.trust import EVIDENCE, Trust, evidence
from sightline.tools.mllm.scenes.stream import Recipe, sample

SMALL = Recipe(width=64, height=48, plain_share=1.0)
THING = truth(sample(3, 0, SMALL))[0]


def test_without_curves_figures_stay_as_they_are():
    judged = Trust().judged(THING)
    assert judged.score == pytest.approx(THING.score)
    for name, values in THING.chances.items():
        assert judged.chances[name] == pytest.approx(values)


@given(st.floats(0.01, 0.99), st.floats(0.1, 5.0), st.floats(-3, 3), st.floats(0.3, 4.0))
def test_curves_keep_chances_chances_and_the_likeliest_word_likeliest(score, slope, offset, temperature):
    trust = Trust(exists=(slope, offset), temperatures=dict.fromkeys(THING.chances, temperature))
    judged = trust.judged(replace(THING, score=score))
    assert 0 <= judged.score <= 1
    assert judged.attributes == THING.attributes
    for values in judged.chances.values():
        assert sum(values.values()) == pytest.approx(1)


def test_a_high_temperature_makes_less_sure_and_a_rising_curve_keeps_the_order_of_scores():
    trust = Trust(exists=(2.0, -1.0), temperatures={"color": 3.0})
    assert max(trust.judged(THING).chances["color"].values()) < max(THING.chances["color"].values())
    weak, strong = (trust.judged(replace(THING, score=score)).score for score in (0.4, 0.8))
    assert weak < 0.4 < strong
    # log-odds of 0.8 are log 4; twice that minus one
    assert strong == pytest.approx(1 / (1 + math.exp(-(2 * math.log(4) - 1))))


@pytest.mark.parametrize("index", range(4))
def test_true_things_fit_the_camera_and_scattered_ones_do_not(index):
    one = sample(3, index, SMALL)
    true = truth(one)
    rng = np.random.default_rng(index)
    scattered = [
        replace(thing, center=(float(rng.uniform(0, 64)), float(rng.uniform(0, 48))), depth=float(rng.uniform(4, 25)))
        for thing in true
    ]
    kinds = [EVIDENCE.index(name) for name in ("height", "size", "across", "depth")]
    fits, does_not = (evidence(things, 64, 48) for things in (true, scattered))
    assert len(fits) == len(EVIDENCE)
    assert sum(fits[k] for k in kinds) < sum(does_not[k] for k in kinds) - 3


def test_a_picture_in_which_nothing_is_found_is_not_of_this_world():
    assert not Trust().is_world([], 64, 48)
    assert Trust().is_world([THING], 64, 48)


def test_a_regression_finds_the_side_on_which_the_classes_lie():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)) * (1, 10, 0.1) + (5, 0, 0)
    y = (x[:, 1] > 3).astype(float)
    weights = logistic(x, y)
    assert np.mean((x @ weights[:-1] + weights[-1] > 0) == (y == 1)) > 0.95


class Teller:
    """Finds the truth in its own renders and nonsense in every other picture."""

    def __init__(self, seed, count):
        self.known = {}
        for k in range(count):
            one = sample(seed, k, Recipe(plain_share=0.5))
            self.known[one.pixels.tobytes()] = truth(one, sure=0.9)

    def detect(self, pixels):
        nonsense = [replace(THING, center=(5.0 * k, 3.0), score=0.2 + 0.05 * k, depth=3.0 + 2 * k) for k in range(6)]
        return self.known.get(pixels.tobytes(), nonsense)


def test_fitted_curves_part_renders_from_other_pictures_and_come_back_from_their_file(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(1)
    for k in range(8):
        Image.fromarray(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)).save(tmp_path / f"noise{k}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    teller = Teller(5, 6)
    trust = fit(teller, scenes=6, folders=[tmp_path], seed=5, patterned=6)
    assert trust.facts["foreign_pictures"] == 14
    assert trust.facts["kept_out_renders_refused"].startswith("0 of")
    assert trust.facts["kept_out_foreign_taken"].startswith("0 of")
    path = tmp_path / "trust.json"
    trust.save(path)
    again = Trust.load(path)
    one = sample(5, 0, Recipe(plain_share=0.5))
    assert again.is_world(truth(one, sure=0.9), 320, 240)
    assert not again.is_world(teller.detect(np.zeros((2, 2, 3), np.uint8)), 80, 60)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadRequest, match="--foreign"):
        list(foreign_pictures([tmp_path / "nowhere"]))


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"exists": [1], "temperatures": {}})])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path, text):
    (tmp_path / "trust.json").write_text(text)
    with pytest.raises(ExpertUnavailable, match="trust"):
        Trust.load(tmp_path / "trust.json")


def test_a_missing_file_is_an_error_that_says_how_to_make_it(tmp_path):
    with pytest.raises(ExpertUnavailable, match="calibrate"):
        Trust.load(tmp_path / "trust.json")
