"""Labels where there is room, numbers where there is none."""

from tests.support import made_traces as made

from sightline.ui.labels import captioned
from sightline.ui.marks import Mark, marks_in_result, place


def shown(*boxes: tuple[tuple[int, int, int, int], str]) -> list[Mark]:
    result = [made.found(box, label) for box, label in boxes]
    return captioned(place(marks_in_result(made.WHOLE, result), made.WHOLE), width_px=made.WIDTH, height_px=made.HEIGHT)


def test_labels_that_have_room_are_written() -> None:
    assert [mark.caption for mark in shown(((10, 10, 90, 90), "dog"), ((300, 200, 380, 290), "cat"))] == ["dog", "cat"]


def test_labels_that_would_cover_another_box_give_way_to_numbers() -> None:
    assert [mark.caption for mark in shown(((10, 10, 90, 90), "dog"), ((10, 92, 90, 170), "cat"))] == ["1", "2"]


def test_a_label_that_leaves_the_view_is_not_written_and_a_lone_box_needs_no_number() -> None:
    (mark,) = shown(((made.WIDTH - 20, 10, made.WIDTH, 30), "a rather long label"))
    assert mark.caption == ""


def test_a_label_at_the_top_of_the_view_stands_inside_a_box_that_is_tall_enough() -> None:
    tall, flat = ((10, 200, 200, made.HEIGHT), "tall"), ((10, made.HEIGHT - 20, 200, made.HEIGHT), "flat")
    assert [mark.caption for mark in shown(tall)] == ["tall"]
    assert [mark.caption for mark in shown(flat)] == [""]
