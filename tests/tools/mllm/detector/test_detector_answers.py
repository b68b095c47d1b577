"""The detector as others use it: any picture size, batches like singles, weights that come back, honest figures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.detector.config import ATTRIBUTES
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.evaluate import evaluate, known, main
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.model import DetectorNet
from sightline.tools.mllm.scenes.clevr import write_scenes
from sightline.tools.mllm.scenes.stream import Recipe, sample

PLAIN = Recipe(plain_share=1.0)


@pytest.fixture(scope="module")
def detector():
    """A network that has learned nothing, eager enough to find things everywhere."""
    torch.manual_seed(1)
    net = DetectorNet()
    torch.nn.init.constant_(net.heat.bias, 0.0)
    return Detector(net, threshold=0.3)


@pytest.fixture(scope="module")
def samples():
    return [sample(9, k, PLAIN) for k in range(3)]


class Oracle:
    """Stands in for a detector and says what it is told to."""

    def __init__(self, answers):
        self.answers = iter(answers)

    def detect_all(self, pictures):
        return [next(self.answers) for _ in pictures]


def truth(one):
    """What a perfect detector would find in a sample."""
    axes = one.camera.directions()
    found = []
    for k, thing in enumerate(one.things):
        offset = np.subtract(thing.center, one.camera.position)
        found.append(
            Found(
                box=tuple(float(c) for c in one.boxes[k]),
                score=0.9,
                center=(float(one.centers[k, 0]), float(one.centers[k, 1])),
                ground=(float(offset @ axes["right"]), float(offset @ axes["behind"])),
                depth=float(one.centers[k, 2]),
                chances={
                    name: {word: float(word == getattr(thing, name)) for word in words}
                    for name, words in ATTRIBUTES.items()
                },
            )
        )
    return found


def judged(samples, answers):
    return evaluate(Oracle(answers), [(known(one), one.pixels) for one in samples])


def test_a_perfect_detector_gets_perfect_figures(samples):
    figures = judged(samples, [truth(one) for one in samples])
    for name in ("recall", "precision", "all_four", "scenes_right", "relations", *ATTRIBUTES):
        assert figures[name] == 1.0
    assert figures["things"] == sum(len(one.things) for one in samples)
    assert figures["errors"] == []


def test_each_kind_of_error_is_counted_once_and_listed(samples):
    answers = [truth(one) for one in samples]
    things = sum(map(len, answers))
    answers[0].pop()  # missed
    answers[1].append(replace(answers[1][0], center=(1.0, 1.0)))  # extra
    wrong = answers[2][0]
    answers[2][0] = replace(
        wrong, chances={**wrong.chances, "shape": dict.fromkeys(ATTRIBUTES["shape"], 0.0) | {"x": 1.0}}
    )
    figures = judged(samples, answers)
    assert figures["recall"] == pytest.approx((things - 1) / things)
    assert figures["precision"] == pytest.approx((things - 1) / things)
    assert figures["shape"] == pytest.approx((things - 2) / (things - 1))
    assert figures["all_four"] == pytest.approx((things - 2) / things)
    assert figures["scenes_right"] == 0
    assert sorted(error["kind"] for error in figures["errors"]) == ["extra", "missed", "wrong"]


def test_a_prediction_serves_one_thing_only(samples):
    answers = [[one, one] for one in truth(samples[0])]
    figures = judged(samples[:1], [[found for pair in answers for found in pair]])
    assert figures["recall"] == 1.0
    assert figures["precision"] == 0.5


def test_nothing_found_is_no_crash(samples):
    figures = judged(samples, [[] for _ in samples])
    assert (figures["recall"], figures["precision"], figures["all_four"]) == (0, 0, 0)


@pytest.mark.parametrize("shape", [(240, 320), (480, 640), (100, 500), (300, 200), (17, 31), (1, 1)])
def test_pictures_of_any_size_are_read_and_boxes_lie_inside(detector, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for found in detector.detect(pixels):
        x1, y1, x2, y2 = found.box
        assert 0 <= x1 <= x2 <= shape[1]
        assert 0 <= y1 <= y2 <= shape[0]
        assert 0 < found.score <= 1
        for values in found.chances.values():
            assert sum(values.values()) == pytest.approx(1, abs=1e-4)


def test_a_batch_finds_what_single_pictures_find(detector, samples):
    small = np.ascontiguousarray(samples[0].pixels[:200, :300])
    pictures = [samples[0].pixels, small, samples[1].pixels, samples[2].pixels]
    together = detector.detect_all(pictures)
    for pixels, found in zip(pictures, together, strict=True):
        alone = detector.detect(pixels)
        assert len(alone) == len(found) > 0
        for a, b in zip(alone, found, strict=True):
            assert a.score == pytest.approx(b.score, abs=1e-3)
            assert a.box == pytest.approx(b.box, abs=0.1)
    assert detector.detect_all([]) == []


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((900, 100, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(detector, pixels):
    with pytest.raises(BadRequest):
        detector.detect(pixels)


def test_saved_weights_come_back_with_their_facts(detector, samples, tmp_path):
    detector.save(tmp_path / "d.safetensors", {"minutes": 3})
    again = Detector.load(tmp_path / "d.safetensors")
    again.threshold = detector.threshold
    assert again.facts == {"minutes": 3}
    before, after = detector.detect(samples[0].pixels), again.detect(samples[0].pixels)
    assert [f.score for f in after[:5]] == pytest.approx([f.score for f in before[:5]], abs=0.02)


def test_missing_or_foreign_weights_are_a_clear_error(tmp_path):
    with pytest.raises(ExpertUnavailable, match="train"):
        Detector.load(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(ExpertUnavailable, match=r"bad\.safetensors"):
        Detector.load(tmp_path / "bad.safetensors")


def test_the_evaluation_command_reads_a_folder_and_writes_figures(detector, samples, tmp_path, capsys):
    write_scenes(tmp_path / "data", samples)
    detector.save(tmp_path / "d.safetensors", {})
    arguments = ["--data", str(tmp_path / "data"), "--weights", str(tmp_path / "d.safetensors")]
    assert main([*arguments, "--json", str(tmp_path / "f.json"), "--limit", "2"]) == 0
    assert '"scenes": 2' in (tmp_path / "f.json").read_text()
    assert main(["--data", str(tmp_path), "--weights", str(tmp_path / "d.safetensors")]) == 2
    assert "scenes.json" in capsys.readouterr().err
