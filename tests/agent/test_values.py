"""What programs return survives JSON and is said in plain words."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.values import decode, encode, words
from sightline.tools.api import ImagePatch, ImageRef, LineSegment, use_runtime
from sightline.tools.api.in_time import Known, Moment, Motion, Speech, Track
from sightline.tools.errors import TraceError

REF = ImageRef.whole("picture", 640, 480)


class Nobody:
    def call(self, capability, target, arguments):
        raise AssertionError("nobody should be asked")


def patch(label=None):
    with use_runtime(Nobody()):
        made = ImagePatch(REF, 10, 20, 30, 40)
    made.label = label
    return made


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers() | st.text())
    ),
    max_leaves=20,
)


@given(values)
def test_every_plain_value_survives_json(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_not_a_number_survives_json():
    assert math.isnan(decode(json.loads(json.dumps(encode(float("nan")), allow_nan=False))))


def test_a_patch_comes_back_as_the_reference_to_its_region():
    ref = decode(json.loads(json.dumps(encode([patch("cup")]))))[0]
    assert ref == patch().ref


def test_a_thing_that_programs_cannot_return_is_refused():
    with pytest.raises(TraceError, match="object"):
        encode(object())


def test_an_unknown_tag_is_refused():
    with pytest.raises(TraceError, match="unknown kind"):
        decode({"$spell": 1})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "cannot tell"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        ("red", "red"),
        (["a", 2], "a, 2"),
        ([], "none"),
        ({"b", "a"}, "a, b"),
        ({"cups": 2}, "cups: 2"),
        (LineSegment(0, 0, 3, 4), "line (0, 0) to (3, 4)"),
    ],
)
def test_values_are_said_in_words(value, said):
    assert words(value) == said


def test_a_patch_is_said_with_its_label_and_place():
    assert words(patch("cup")) == "cup at (10, 20, 30, 40)"
    assert words([patch()]) == "at (10, 20, 30, 40)"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Speech("hello there", 1.0, 2.0), "hello there"),
        (Moment(1.0, 2.5, 0.5), "1.0 to 2.5 s"),
        (Motion(2.0, 0.25, 0.0, 0.0), "25% of the picture moves at 2.0 s"),
        (Known("track", "car", 1.0, 2.0), "car (1.0 to 2.0 s)"),
    ],
)
def test_what_is_known_of_time_survives_json_and_is_said(value, said):
    assert decode(json.loads(json.dumps(encode([value])))) == [value]
    assert words(value) == said


def test_a_track_comes_back_with_the_references_of_its_patches():
    track = Track(3, "cup", (patch("cup"),), appears=True)
    back = decode(json.loads(json.dumps(encode(track))))
    assert (back.id, back.label, back.appears, back.patches) == (3, "cup", True, (patch().ref,))
    assert words(track) == "cup (0.0 to 0.0 s)"
