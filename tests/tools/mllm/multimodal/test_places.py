"""Boxes as words come back as boxes, within a step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.places import read_box, spelled
from sightline.tools.mllm.multimodal.text import PLACES

from . import tiny

EDGE = st.floats(0, 1)
BOX = st.tuples(EDGE, EDGE, EDGE, EDGE).map(
    lambda e: (min(e[0], e[2]), min(e[1], e[3]), max(e[0], e[2]), max(e[1], e[3]))
)


@given(BOX, st.text(alphabet="abc <o3>", max_size=8))
def test_a_spelled_box_is_read_back_within_a_step(box, around):
    read = read_box(f"{around} {spelled(box)} {around}")
    assert read == pytest.approx(box, abs=0.5 / (PLACES - 1) + 1e-9)
    assert read_box(spelled(read)) == read


@given(BOX)
def test_a_spelled_box_is_four_tokens(box):
    text = tiny.text()
    tokens = text.encode(spelled(box))
    assert len(tokens) == 4
    assert all(text.first_place <= token < text.first_place + PLACES for token in tokens)
    assert text.decode(tokens) == spelled(box)


@given(st.tuples(*[st.floats(-9, 9)] * 4))
def test_edges_outside_the_picture_are_cut(box):
    read = read_box(spelled(box))
    assert read is not None
    assert all(0 <= edge <= 1 for edge in read)


@given(st.lists(st.integers(0, 99), min_size=4, max_size=4))
def test_edges_are_sorted_whatever_was_said(steps):
    x1, y1, x2, y2 = read_box(" ".join(f"<p{one}>" for one in steps))
    assert 0 <= x1 <= x2 <= 1
    assert 0 <= y1 <= y2 <= 1


@pytest.mark.parametrize("said", ["", "left", "<p1> <p2> <p3>", "<o1> <o2> <o3> <o4>", "<p1> <p2> , <p3> <p4>"])
def test_what_is_no_box_is_none(said):
    assert read_box(said) is None
