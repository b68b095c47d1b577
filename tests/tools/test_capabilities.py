"""The table of capabilities: hostile arguments are refused, results come out in the original image with y up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.capabilities import CAPABILITIES, capability
from sightline.tools.errors import ApiMisuse
from sightline.tools.media import MediaStore
from sightline.tools.results import (
    Code,
    Codes,
    Colors,
    Detection,
    Detections,
    Lines,
    NewImage,
    People,
    Person,
    TextLine,
    TextLines,
)
from sightline.tools.results_in_time import Track, Tracks
from sightline.tools.view import View


def view_of(width: int, height: int, box: Box | None = None, *, margin_px: int = 0) -> View:
    media = MediaStore()
    ref = media.add(np.zeros((height, width, 3), np.uint8))
    return View(ref=ref if box is None else ref.at(box), media=media, margin_px=margin_px)


def test_every_capability_is_listed_under_its_name_with_a_reason_to_exist() -> None:
    assert all(name == each.name and each.asks for name, each in CAPABILITIES.items())


def test_an_unknown_capability_is_answered_with_near_matches() -> None:
    with pytest.raises(ApiMisuse, match="read_text"):
        capability("read_texts")


# -- arguments --

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("detect", {"names": ["cat", "dog"]}),
    ("segment", {"name": None}),
    ("verify_property", {"name": "car", "attribute": "red"}),
    ("match", {"texts": ["a", "b"]}),
    ("answer", {"question": "what is this?"}),
    ("faces", {}),
    ("ask_llm", {"question": "why?", "context": None, "long_answer": False}),
    ("select_answer", {"info": {"a": 1, "b": [True, "x", 2.5], "c": None}, "question": "", "options": ["x"]}),
    ("select_answer", {"info": {}, "question": "q", "options": None}),
    ("inpaint", {"name": "dog", "prompt": None}),
    ("find_moments", {"text": "a goal"}),
    ("segment", {}),
    ("segment", {"name": None, "points": [[1, 2.5]], "excluded": [[3, 4]]}),
    ("segment", {"everything": True}),
    ("watch", {"question": "what happens?"}),
]


@pytest.mark.parametrize(("name", "arguments"), GOOD)
def test_arguments_that_fit_are_taken(name: str, arguments: dict[str, Any]) -> None:
    capability(name).check_arguments(arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("detect", {}),
        ("detect", {"names": []}),
        ("detect", {"names": "cat"}),
        ("detect", {"names": ["  "]}),
        ("detect", {"names": [7]}),
        ("detect", {"names": ["x" * 201]}),
        ("detect", {"names": ["x"] * 65}),
        ("detect", {"names": ["x"], "path": "/etc/passwd"}),
        ("verify_property", {"name": "car"}),
        ("match", {"texts": ["x"] * 257}),
        ("answer", {"question": "x" * 2001}),
        ("faces", {"x": 1}),
        ("faces", []),
        ("segment", {"name": "cat", "points": [[1, 2]]}),
        ("segment", {"name": "cat", "everything": True}),
        ("segment", {"excluded": [[1, 2]]}),
        ("segment", {"points": []}),
        ("segment", {"points": [[1]]}),
        ("segment", {"points": [[1, float("nan")]]}),
        ("segment", {"points": [["1", "2"]]}),
        ("segment", {"points": [[1, 2]] * 65}),
        ("ask_llm", {"question": "x", "long_answer": "yes"}),
        ("select_answer", {"info": {"a": {"deep": {}}}, "question": "q"}),
        ("select_answer", {"info": {"a": float("nan")}, "question": "q"}),
        ("select_answer", {"info": {str(i): 1 for i in range(501)}, "question": "q"}),
    ],
)
def test_arguments_that_do_not_fit_are_misuse_in_one_short_line(name: str, arguments: Any) -> None:
    with pytest.raises(ApiMisuse) as caught:
        capability(name).check_arguments(arguments)
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["name", "names", "texts", "text", "question", "info", "options", "prompt"])


@given(st.sampled_from(sorted(CAPABILITIES)), st.dictionaries(keys, junk, max_size=4))
def test_whatever_comes_as_arguments_is_taken_or_misuse(name: str, arguments: dict[str, Any]) -> None:
    try:
        checked = capability(name).check_arguments(arguments)
    except ApiMisuse:
        return
    assert set(arguments) <= set(type(checked).model_fields)


def test_targets_must_be_of_the_capabilitys_kind_and_not_too_many() -> None:
    ref = ImageRef.whole("m", 4, 4)
    assert capability("faces").check_targets(ref) == [ref]
    assert capability("match").check_targets([ref, ref]) == [ref, ref]
    assert capability("ask_llm").check_targets([]) == []
    for name, target in (("ask_llm", ref), ("track", ref), ("faces", ["x"]), ("faces", [ref] * 2000)):
        with pytest.raises(ApiMisuse):
            capability(name).check_targets(target)  # type: ignore[arg-type]


# -- results --


def test_a_box_in_a_crop_becomes_a_box_of_the_picture_with_y_up() -> None:
    view = view_of(100, 80, Box(10, 20, 60, 70))  # its top left corner is 10 from the left, 10 from the top
    wire = Detections(items=[Detection(box=(1, 2, 11, 22), label="x", confidence=0.5)]).to_wire(view)
    assert wire == [{"box": [11, 48, 21, 68], "label": "x", "confidence": 0.5, "mask": None}]


def test_a_place_on_the_ground_travels_with_its_detection() -> None:
    items = [Detection(box=(0, 0, 9, 9), place=(1.5, 8.0)), Detection(box=(0, 0, 9, 9))]
    wire = Detections(items=items).to_wire(view_of(100, 80, Box(0, 0, 100, 80)))
    assert [found.get("place") for found in wire] == [[1.5, 8.0], None]


def test_an_expert_may_say_how_sure_it_is_of_all_detections_together() -> None:
    items = [Detection(box=(0, 0, 9, 9), confidence=0.7), Detection(box=(0, 0, 9, 9), confidence=0.9)]
    assert Detections(items=items).sureness() == 0.7
    assert Detections(items=items, confidence=0.6).sureness() == 0.6
    assert Detections(items=[]).sureness() is None
    assert Detections(items=[], confidence=0.95).sureness() == 0.95


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50), st.integers(0, 9), st.data())
def test_boxes_survive_the_way_there_and_back(
    left: int, lower: int, width: int, height: int, margin: int, data: st.DataObject
) -> None:
    view = view_of(100, 100, Box(left, lower, left + width, lower + height), margin_px=margin)
    region = view.ref.box
    x1 = data.draw(st.integers(region.left, region.right - 1))
    y1 = data.draw(st.integers(region.lower, region.upper - 1))
    x2, y2 = data.draw(st.integers(x1 + 1, region.right)), data.draw(st.integers(y1 + 1, region.upper))
    crop = region.widened(margin, view.ref.bounds)
    in_crop = (x1 - crop.left, crop.upper - y2, x2 - crop.left, crop.upper - y1)
    assert view.box(in_crop) == (x1, y1, x2, y2)
    assert view.point(x1 - crop.left, crop.upper - y1) == (x1, y1)


@given(st.tuples(*[st.floats(-500, 500)] * 4))
def test_boxes_on_the_wire_always_lie_inside_the_region(xyxy: tuple[float, float, float, float]) -> None:
    view = view_of(60, 40, Box(5, 5, 30, 25))
    box = view.box(xyxy)
    if box is not None:
        assert 5 <= box[0] < box[2] <= 30
        assert 5 <= box[1] < box[3] <= 25


def test_a_thing_thinner_than_a_pixel_keeps_one() -> None:
    assert view_of(10, 10).box((3.2, 4.1, 3.3, 8.0)) == (3, 2, 4, 6)


def test_what_lies_outside_the_region_is_left_out() -> None:
    view = view_of(100, 100, Box(40, 40, 60, 60), margin_px=20)
    outside = (0.0, 0.0, 10.0, 10.0)
    assert Detections(items=[Detection(box=outside)]).to_wire(view) == []
    assert TextLines(lines=[TextLine(box=outside, text="x")]).to_wire(view) == {"lines": []}
    assert Codes(codes=[Code(box=outside, text="x", format="QR")]).to_wire(view) == {"codes": []}
    assert People(people=[Person(box=outside, keypoints={})]).to_wire(view) == {"people": []}


@pytest.mark.parametrize("margin", [0, 7])
def test_a_mask_is_cut_to_its_box(margin: int) -> None:
    view = view_of(100, 80, Box(10, 20, 60, 70), margin_px=margin)
    mask = np.zeros((50 + 2 * margin, 50 + 2 * margin), np.bool_)
    mask[margin + 5 : margin + 15, margin + 8 : margin + 28] = True
    mask[margin + 5, margin + 8] = False
    box = (margin + 8, margin + 5, margin + 28, margin + 15)
    (found,) = Detections(items=[Detection(box=box, mask=mask)]).to_wire(view)
    assert found["box"] == [18, 55, 38, 65]
    kept = view.media.mask(found["mask"])  # type: ignore[attr-defined]
    assert kept.shape == (10, 20)
    assert kept.sum() == 199
    assert not kept[0, 0]


def test_lines_and_points_of_people_turn_y_up() -> None:
    view = view_of(100, 80, Box(10, 20, 60, 70))
    assert Lines(lines=[(0, 0, 5, 50)]).to_wire(view) == {"lines": [[10, 70, 15, 20]]}
    people = People(people=[Person(box=(0, 0, 9, 9), confidence=0.9, keypoints={"nose": (1.5, 2, 0.8)})]).to_wire(view)
    assert people["people"][0]["keypoints"] == {"nose": [11.5, 68.0, 0.8]}


def test_a_new_image_is_kept_and_named() -> None:
    view = view_of(10, 10)
    wire = NewImage(pixels=np.full((4, 6, 3), 9, np.uint8)).to_wire(view)
    assert wire["image"]["size"] == [6, 4]
    assert view.media.knows(wire["image"]["media"])  # type: ignore[attr-defined]


def test_results_that_make_no_sense_cannot_be_made() -> None:
    for wrong in (
        {"box": (0, 0, float("nan"), 1)},
        {"box": (0, 0, 1, 1), "confidence": 1.5},
        {"box": (0, 0, 1, 1), "mask": 1},
    ):
        with pytest.raises(ValueError, match="validation error"):
            Detection(**wrong)  # type: ignore[arg-type]


def test_results_with_several_parts_are_as_sure_as_the_least_sure() -> None:
    lines = [TextLine(box=(0, 0, 1, 1), text="a", confidence=c) for c in (0.9, 0.4, None)]
    assert TextLines(lines=lines).sureness() == 0.4
    assert TextLines(lines=[]).sureness() is None
    assert Colors(name="red", fractions={"red": 0.6, "blue": 0.2}).sureness() == pytest.approx(0.75)


def test_tracks_are_plain_data() -> None:
    seen = {"frame": 3, "time_s": 0.1, "box": (1, 2, 3, 4), "confidence": None}
    wire = Tracks(tracks=[Track(id=1, label="dog", frames=[seen])]).to_wire(None)  # type: ignore[list-item]
    assert wire["tracks"][0]["frames"][0] == {**seen, "box": [1, 2, 3, 4]}
