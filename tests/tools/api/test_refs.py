"""References are values: they say where pixels are and never hold any."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api import Box, ImageRef, VideoRef, reference_from_wire
from sightline.tools.errors import ApiMisuse, EmptyPatch

SIDES = st.integers(1, 4000)


@st.composite
def boxes(draw, within: tuple[int, int] = (4000, 3000)):
    left = draw(st.integers(0, within[0] - 1))
    lower = draw(st.integers(0, within[1] - 1))
    return Box(left, lower, draw(st.integers(left + 1, within[0])), draw(st.integers(lower + 1, within[1])))


@given(boxes(), boxes())
def test_intersection_is_symmetric_and_inside_both(a, b):
    common = a.intersection(b)
    assert common == b.intersection(a)
    if common is None:
        assert a.iou(b) == 0
    else:
        assert common.intersection(a) == common == common.intersection(b)
        assert 0 < a.iou(b) <= 1


@given(boxes())
def test_turning_y_down_and_up_again_gives_the_same_box(box):
    assert Box.from_xyxy(box.to_xyxy(3000), 3000) == box


@given(boxes())
def test_an_image_reference_survives_the_wire(box):
    ref = ImageRef.whole("a" * 32, 4000, 3000).at(box, mask="m")
    assert reference_from_wire(ref.to_wire()) == ref


@given(st.integers(1, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))), st.integers(1, 100000))
def test_a_video_reference_survives_the_wire_and_samples_inside_the_file(span, frame_count):
    samples, start = span
    ref = VideoRef(
        media="v", width=64, height=48, frame_count=frame_count, fps=Fraction(30000, 1001),
        samples=samples, start=start, end=samples,
    )  # fmt: skip
    assert reference_from_wire(ref.to_wire()) == ref
    frames = [ref.source_frame(i) for i in range(samples)]
    assert frames == sorted(frames)
    assert 0 <= frames[0] <= frames[-1] < frame_count


@given(st.integers(1, 40), st.data())
def test_the_sample_at_a_samples_own_time_is_that_sample(samples, data):
    ref = VideoRef(
        media="v", width=8, height=8, frame_count=samples * 10, fps=Fraction(25), samples=samples, start=0, end=samples
    )
    sample = data.draw(st.integers(0, samples - 1))
    assert ref.sample_at(ref.time_s(sample)) == sample


def test_a_box_without_area_is_refused():
    with pytest.raises(EmptyPatch, match="no area"):
        Box(5, 0, 5, 10)


GOOD = ImageRef.whole("abc", 64, 48).to_wire()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "secret"},
        {"media": 5},
        {"media": ""},
        {"media": "x" * 1000},
        {"size": [64]},
        {"size": [0, 48]},
        {"size": [True, 48]},
        {"size": [64.0, 48]},
        {"size": [1 << 60, 48]},
        {"box": [0, 0, 65, 48]},
        {"box": [-1, 0, 64, 48]},
        {"box": "0064"},
        {"frame": -1},
        {"frame": 1.5},
        {"mask": 7},
        {"extra": 1},
    ],
)
def test_a_wire_reference_of_any_other_shape_is_refused(change):
    with pytest.raises(ApiMisuse):
        reference_from_wire({**GOOD, **change})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_no_plain_data_does_worse_than_be_refused(data):
    with pytest.raises((ApiMisuse, EmptyPatch)):
        reference_from_wire(data)
