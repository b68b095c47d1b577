"""The reader from outside: decoding, features, files, learning, and what the shipped weights can read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.reader.crops import HIGH, WIDE, cut
from sightline.tools.mllm.reader.model import ReaderNet, Row, loss_of
from sightline.tools.mllm.reader.reader import WEIGHTS, PrintReader
from sightline.tools.mllm.reader.spacing import COLUMNS, MOOT
from sightline.tools.mllm.reader.texts import ALPHABET, encoded
from sightline.tools.mllm.scenes.stream import Recipe, sample


class _Says(torch.nn.Module):
    """A net whose columns say what it is told, with features that number the columns."""

    def __init__(self, columns: list[int], sure: list[float]) -> None:
        super().__init__()
        self.none = torch.nn.Parameter(torch.zeros(1))
        chances = torch.full((len(columns), 1 + len(ALPHABET)), 1e-6)
        for k, (number, chance) in enumerate(zip(columns, sure, strict=True)):
            chances[k, number] = chance
        self.scores = chances.log()

    def forward(self, seen: torch.Tensor) -> Row:
        count, columns = len(seen), len(self.scores)
        features = torch.arange(columns).float()[None, :, None].expand(count, columns, 4)
        return Row(features=features, scores=self.scores.expand(count, -1, -1))


_A, _B = encoded("ab")
_CROP = np.zeros((1, HIGH, WIDE, 3), np.uint8)


def _said(columns: list[int], sure: list[float], least: float = 0.5):
    (said,) = PrintReader(_Says(columns, sure), least=least).read_crops(_CROP)  # type: ignore[arg-type]
    return said


def test_repeats_are_one_character_a_blank_parts_twins_and_features_come_from_the_surest_column() -> None:
    said = _said([0, _A, _A, _A, 0, _A, _B], [1.0, 0.6, 0.9, 0.7, 1.0, 0.8, 0.7])
    assert said.text == "aab"
    assert said.chances[0] > said.chances[1] > said.chances[2]
    assert said.features[:, 0].tolist() == [2, 5, 6]
    assert said.features.dtype == np.float32


def test_nothing_is_said_of_blanks_or_of_text_that_is_unlikely_as_a_whole() -> None:
    nothing = _said([0, 0, 0], [1.0, 1.0, 1.0])
    assert (nothing.text, nothing.chances, nothing.features.shape) == ("", (), (0, 4))
    assert _said([_A, 0, _B], [1e-5, 1.0, 1e-5]).text == "" != _said([_A, 0, _B], [1e-5, 1.0, 1e-5], least=0.0).text


def test_a_row_has_a_column_for_every_two_pixels_and_is_blind_to_the_strength_of_light() -> None:
    torch.manual_seed(0)
    net = ReaderNet().eval()
    seen = torch.rand(2, 3, HIGH, WIDE) * 100 + 20
    with torch.inference_mode():
        row, brighter = net(seen), net(seen * 1.5 + 10)
    assert row.features.shape == (2, COLUMNS, 96)
    assert row.scores.shape == (2, COLUMNS, 1 + len(ALPHABET))
    assert torch.allclose(row.scores, brighter.scores, atol=1e-3)
    assert 150_000 < sum(p.numel() for p in net.parameters()) < 400_000


def test_the_loss_is_least_for_the_right_text_and_moot_columns_cost_nothing() -> None:
    def scores(text: str) -> torch.Tensor:
        columns = torch.zeros(1, 12, 1 + len(ALPHABET))
        columns[:, :, 0] = 10.0
        for k, number in enumerate(encoded(text)):
            columns[0, 2 + 3 * k, number] = 20.0
        return columns

    def cost(text: str, known: torch.Tensor) -> float:
        numbers = torch.tensor(encoded("ab"))
        row = Row(features=torch.zeros(1, 12, 4), scores=scores(text))
        return float(loss_of(row, known, numbers, torch.tensor([2]), aligned=1.0))

    moot = torch.full((1, 12), MOOT)
    known = torch.zeros(1, 12, dtype=torch.int64)
    known[0, 2], known[0, 5] = _A, _B
    assert cost("ab", moot) < 0.2 < cost("ac", moot)
    assert cost("ab", known) - cost("ab", moot) < 0.2 < cost("ac", known) - cost("ac", moot)


def test_a_saved_reader_reads_the_same(tmp_path) -> None:
    torch.manual_seed(3)
    reader = PrintReader(ReaderNet(), facts={"note": 1}, least=0.0)
    reader.save(tmp_path / "one.safetensors")
    once = PrintReader.load(tmp_path / "one.safetensors")
    once.save(tmp_path / "two.safetensors")
    twice = PrintReader.load(tmp_path / "two.safetensors")
    assert once.facts == twice.facts == {"note": 1}
    crops = np.random.default_rng(1).integers(0, 255, (3, HIGH, WIDE, 3)).astype(np.uint8)
    once.least = twice.least = 0.0
    for a, b in zip(once.read_crops(crops), twice.read_crops(crops), strict=True):
        assert (a.text, a.chances) == (b.text, b.chances)
        np.testing.assert_array_equal(a.features, b.features)


def test_weights_that_are_missing_or_of_something_else_are_told(tmp_path) -> None:
    with pytest.raises(ExpertUnavailable, match=r"reader\.train"):
        PrintReader.load(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(ExpertUnavailable, match="does not hold"):
        PrintReader.load(tmp_path / "text.safetensors")


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (9, 5, 5, 9), (100, 0, 120, 9), (-500, 0, 500, 9)])
def test_boxes_that_hold_nothing_or_far_too_much_are_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(BadRequest, match="box"):
        PrintReader(ReaderNet()).read(np.zeros((40, 50, 3), np.uint8), [box])


def test_pixels_of_another_kind_are_refused_and_no_boxes_give_no_prints() -> None:
    reader = PrintReader(ReaderNet())
    with pytest.raises(BadRequest, match="uint8"):
        reader.read(np.zeros((40, 50), np.uint8), [])
    assert reader.read(np.zeros((40, 50, 3), np.uint8), []) == []


@pytest.fixture(scope="module")
def shipped() -> PrintReader:
    return PrintReader.load()


def test_the_shipped_weights_are_small_and_know_how_they_were_made(shipped: PrintReader) -> None:
    assert WEIGHTS.stat().st_size < 1_000_000
    assert {"seed", "minutes", "steps"} <= set(shipped.facts)
    assert shipped.width == 96


def test_the_shipped_reader_reads_most_legible_print_and_little_where_there_is_none(shipped: PrintReader) -> None:
    right = legible = false = bare = 0
    for index in range(20):
        one = sample(77, index, Recipe(print_share=1.0))
        labels = {label.thing: label for label in one.labels}
        for k, said in enumerate(shipped.read(one.pixels, one.boxes)):
            assert len(said.text) == len(said.chances) == len(said.features)
            if k not in labels:
                bare += 1
                false += bool(said.text)
            elif labels[k].legible:
                legible += 1
                right += said.text == labels[k].text.lower()
    assert legible > 20
    assert right / legible > 0.5
    assert false / bare < 0.04


def test_reading_many_boxes_at_once_is_reading_each_alone(shipped: PrintReader) -> None:
    one = sample(78, 1, Recipe(print_share=1.0))
    together = shipped.read(one.pixels, one.boxes)
    for box, said in zip(one.boxes, together, strict=True):
        (alone,) = shipped.read(one.pixels, [box])
        assert alone.text == said.text
        np.testing.assert_allclose(alone.features, said.features, atol=1e-3)
    assert len(cut(one.pixels, one.boxes)) == len(together)


def test_the_figures_in_the_docs_are_those_of_the_measurement(shipped: PrintReader) -> None:
    root = Path(__file__).parents[4]
    figures = json.loads((root / "benchmarks/results/reader.json").read_text("utf-8"))
    page = " ".join((root / "docs/reader.md").read_text("utf-8").split())
    assert figures["weights"] == shipped.facts
    rows = {
        "numbers 0 to 99": figures["number"],
        "words of the scenes": figures["word"],
        "words that it never saw": figures["unseen word"],
        "letters 6 to 8 pixels high": figures["by_letter_height_px"]["6 to 8"],
        "8 to 10": figures["by_letter_height_px"]["8 to 10"],
        "10 to 14": figures["by_letter_height_px"]["10 to 14"],
        "14 and more": figures["by_letter_height_px"]["14 and more"],
    }
    for name, row in rows.items():
        assert f"| {name} | {row['labels']} | {row['right']:.0%} | {row['character_error_rate']:.0%} |" in page
    for kind in figures["false_readings"].values():
        assert f"{kind['read']:.1%} of {kind['things']}" in page
    surer, usual = figures["by_least"]["0.7"], figures["by_least"]["0.5"]
    assert f"{surer['right']:.0%}" == f"{usual['right']:.0%}"
    assert f"({usual['right']:.0%} of all labels either way)" in page
    assert f"`least=0.7` it is {surer['false']:.1%}" in page
    assert f"{surer['unread']:.0%} of the legible labels go unread in place of {usual['unread']:.0%}" in page
