"""Where the boxes of a trace are drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import made_traces as made

from sightline.tools.api import Box, ImageRef
from sightline.ui.marks import image_ref, marks_in_result, place, regions_in_value


def test_a_box_at_the_top_of_the_picture_is_drawn_at_the_top() -> None:
    regions = marks_in_result(made.WHOLE, [made.found((0, made.HEIGHT - 40, 64, made.HEIGHT), "lamp")])
    (mark,) = place(regions, made.WHOLE)
    assert (mark.x, mark.y, mark.width, mark.height) == pytest.approx((0, 0, 0.1, 0.1))


@given(st.tuples(*[st.integers(0, 300)] * 4))
def test_marks_lie_where_to_xyxy_says(numbers: tuple[int, int, int, int]) -> None:
    a, b, c, d = numbers
    box = Box(min(a, b), min(c, d), max(a, b) + 1, max(c, d) + 1)
    (mark,) = place(marks_in_result(made.WHOLE, [made.found(box.as_tuple(), "thing")]), made.WHOLE)
    x1, y1, x2, y2 = box.to_xyxy(made.HEIGHT)
    drawn = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    expected = (x1 / made.WIDTH, y1 / made.HEIGHT, x2 / made.WIDTH, y2 / made.HEIGHT)
    assert drawn == pytest.approx(expected)


def test_a_mark_on_a_crop_is_placed_in_the_crop() -> None:
    regions = marks_in_result(made.DOOR, {"lines": [{"box": list(made.DOOR.box.as_tuple()), "text": "all of it"}]})
    (mark,) = place(regions, made.DOOR)
    assert (mark.x, mark.y, mark.width, mark.height) == pytest.approx((0, 0, 1, 1))
    assert mark.label == "all of it"


def test_what_lies_outside_a_crop_or_in_another_picture_is_not_drawn_on_it() -> None:
    elsewhere = ImageRef.whole("other", made.WIDTH, made.HEIGHT)
    regions = marks_in_result(made.WHOLE, [made.found((0, 0, 10, 10), "corner")])
    regions += marks_in_result(elsewhere, [made.found((350, 50, 360, 60), "stranger")])
    assert place(regions, made.DOOR) == []


def test_a_line_keeps_its_slope() -> None:
    (mark,) = place(marks_in_result(made.WHOLE, {"lines": [[0, 0, made.WIDTH, made.HEIGHT]]}), made.WHOLE)
    # From the bottom left to the top right of the picture, on a page whose y grows downwards.
    assert (mark.x, mark.y, mark.width, mark.height) == pytest.approx((0, 1, 1, -1))


def test_keypoints_that_are_not_trusted_are_not_drawn() -> None:
    person = {"box": [0, 0, 9, 9], "confidence": 0.9, "keypoints": {"nose": [5, 5, 0.9], "knee": [1, 1, 0.01]}}
    shapes = [mark.shape for mark in place(marks_in_result(made.WHOLE, {"people": [person]}), made.WHOLE)]
    assert shapes == ["box", "point"]


def test_the_same_label_has_the_same_hue() -> None:
    boxes = [made.found((9 * n, 0, 9 * n + 8, 9), label) for n, label in enumerate(["dog", "cat", "dog"])]
    dog, cat, second_dog = place(marks_in_result(made.WHOLE, boxes), made.WHOLE)
    assert dog.hue == second_dog.hue != cat.hue


def test_patches_are_found_however_deep_they_are_in_a_value() -> None:
    patch = {"$patch": made.DOOR.to_wire(), "label": "door", "confidence": 0.5}
    regions = regions_in_value({"doors": [[patch], {"$tuple": [patch]}], "count": 2})
    assert [region.label for region in regions] == ["door", "door"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda s: (
            st.lists(s)
            | st.dictionaries(
                st.sampled_from(
                    ["box", "lines", "people", "codes", "text", "keypoints", "label", "confidence", "$patch"]
                ),
                s,
            )
        ),
    )
)
def test_results_of_any_shape_give_marks_and_never_an_error(result: object) -> None:
    place(marks_in_result(made.WHOLE, result) + regions_in_value(result), made.WHOLE)


def test_a_reference_that_is_none_gives_none() -> None:
    assert image_ref({"kind": "image"}) is None
    assert image_ref(made.WHOLE.to_wire()) == made.WHOLE
