"""Reading order as a pure matter of boxes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.experts.reading_order import pieces_of_lines, reading_order

corner = st.tuples(st.floats(0, 900), st.floats(0, 900))
size = st.tuples(st.floats(1, 300), st.floats(1, 60))
boxes = st.lists(st.builds(lambda c, s: (c[0], c[1], c[0] + s[0], c[1] + s[1]), corner, size), max_size=30)


@given(boxes)
def test_every_box_is_read_exactly_once(found: list[tuple[float, float, float, float]]) -> None:
    assert sorted(reading_order(found)) == list(range(len(found)))
    assert [i for line in pieces_of_lines(found) for i in line] == reading_order(found)


@given(st.permutations(range(8)))
def test_a_single_column_is_read_from_top_to_bottom(order: list[int]) -> None:
    column = [(10.0, 30.0 * i, 200.0, 30.0 * i + 20) for i in order]
    assert [column[i][1] for i in reading_order(column)] == sorted(box[1] for box in column)


def test_a_headline_goes_before_the_columns_below_it() -> None:
    headline = (0.0, 0.0, 600.0, 40.0)
    left = [(0.0, 60.0 + 30 * i, 280.0, 80.0 + 30 * i) for i in range(4)]
    right = [(320.0, 62.0 + 30 * i, 600.0, 82.0 + 30 * i) for i in range(4)]
    mixed = [right[2], left[3], headline, right[0], left[0], left[2], right[3], left[1], right[1]]
    assert [mixed[i] for i in reading_order(mixed)] == [headline, *left, *right]


def test_words_with_a_space_between_them_are_one_line_and_cells_of_a_table_are_not() -> None:
    words = [(0.0, 0.0, 50.0, 20.0), (58.0, 1.0, 90.0, 21.0), (300.0, 0.0, 340.0, 20.0)]
    assert pieces_of_lines(words) == [[0, 1], [2]]
