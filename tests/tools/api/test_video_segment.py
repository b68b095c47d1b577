"""`VideoSegment`: ViperGPT's index semantics, and seconds beside them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api import VideoRef, VideoSegment, use_runtime
from sightline.tools.errors import ApiMisuse, EmptyPatch

# 300 source frames at 10 a second, of which a program sees 30: one a second.
CLIP = VideoRef(media="clip", width=64, height=48, frame_count=300, fps=Fraction(10), samples=30, start=0, end=30)


class Asked:
    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def call(self, capability, target, arguments):
        self.calls.append((capability, target, arguments))
        return self.answers[capability]


def segment_over(runtime=None, ref=CLIP):
    with use_runtime(runtime or Asked()):
        return VideoSegment(ref)


def frames(segment):
    return [frame.ref.frame for frame in segment.frame_iterator()]


def test_iterating_gives_each_sampled_frame_in_order_and_asks_nobody():
    runtime = Asked()
    segment = segment_over(runtime)
    assert frames(segment) == [5 + 10 * i for i in range(30)]
    assert segment.num_frames == 30
    assert runtime.calls == []


@given(st.integers(-60, 60))
def test_an_index_past_the_end_is_the_last_frame_and_a_negative_one_counts_from_the_end(index):
    segment = segment_over()
    every = frames(segment)
    expected = every[-1] if index >= 30 else every[max(index, -30)]
    assert segment.frame_from_index(index).ref.frame == expected


@given(st.integers(0, 29), st.integers(1, 30), st.integers(0, 29), st.integers(1, 30))
def test_trimming_twice_is_slicing_twice(start, end, inner_start, inner_end):
    segment = segment_over()
    expected = frames(segment)[start:end][inner_start:inner_end]
    if expected:
        assert frames(segment.trim(start, end).trim(inner_start, inner_end)) == expected
    else:
        with pytest.raises(EmptyPatch):
            segment.trim(start, end).trim(inner_start, inner_end)


def test_trim_clamps_to_the_segment():
    assert frames(segment_over().trim(-5, 900)) == frames(segment_over())
    assert frames(segment_over().trim(None, 2)) == [5, 15]
    assert frames(segment_over().trim(27, -1)) == [275, 285]


def test_seconds_and_frames_agree():
    segment = segment_over()
    assert (segment.fps, segment.duration) == (1.0, 30.0)
    assert segment.at(12.2).ref.frame == 125
    assert segment.at(12.2).time == 12.5
    assert [frame.time for frame in segment.between(3, 5.9).frame_iterator()] == [3.5, 4.5, 5.5]


def test_sampling_spreads_evenly_and_never_gives_more_than_there_is():
    segment = segment_over().trim(0, 10)
    assert [patch.time for patch in segment.sample(2)] == [2.5, 7.5]
    assert len(segment.sample(99)) == 10
    with pytest.raises(ApiMisuse):
        segment.sample(0)


@pytest.mark.parametrize("bad", ["1", None, float("nan"), True, [1]])
def test_an_index_that_is_no_number_is_misuse(bad):
    with pytest.raises(ApiMisuse):
        segment_over().frame_from_index(bad)


@pytest.mark.parametrize(("said", "chosen"), [("B dog", "a dog"), ("a cat", "a cat"), ("zzz", None)])
def test_an_answer_is_always_one_of_the_options(said, chosen):
    options = ["a cat", "a dog"]
    answer = segment_over(Asked(select_answer={"text": said})).select_answer({"seen": "dog"}, "which?", options)
    assert answer in options
    assert chosen is None or answer == chosen


def test_information_is_made_readable_for_the_chooser():
    runtime = Asked(select_answer={"text": "x"})
    segment = segment_over(runtime)
    segment.select_answer({"first": segment.frame_from_index(0), "count": 3, "seen": ["a", "b"]}, "q")
    assert runtime.calls[0][2]["info"] == {"first": "ImagePatch(0, 0, 64, 48)", "count": "3", "seen": "a, b"}


def test_tracks_know_their_frames_and_times():
    track = {
        "id": 4,
        "label": "car",
        "frames": [
            {"frame": 10, "time_s": 1.0, "box": [0, 0, 10, 10], "confidence": 0.9},
            {"frame": 20, "time_s": 2.0, "box": [5, 0, 15, 10], "confidence": 0.8},
        ],
    }
    (car,) = segment_over(Asked(track={"tracks": [track]})).track("car")
    assert (car.id, car.label, car.start, car.end) == (4, "car", 1.0, 2.0)
    assert [(patch.time, patch.left, patch.ref.frame) for patch in car.patches] == [(1.0, 0, 10), (2.0, 5, 20)]


def test_shots_are_segments_of_the_same_video():
    shots = segment_over(Asked(shots={"shots": [[0, 12], [12, 30]]})).shots()
    assert [(shot.start, shot.end) for shot in shots] == [(0, 12), (12, 30)]


def tracks(*times):
    """An answer to `track`: one thing for each list of times."""
    return {
        "tracks": [
            {
                "id": number,
                "label": "cup",
                "frames": [{"frame": round(t * 10), "box": [0, 0, 5, 5], "confidence": 0.9, "time_s": t} for t in seen],
            }
            for number, seen in enumerate(times)
        ]
    }


@pytest.mark.parametrize(
    ("seen", "spans"),
    [
        ([[1.0, 1.2, 1.4]], [(1.0, 1.4)]),
        ([[1.0, 1.2, 1.9, 2.1]], [(1.0, 2.1)]),  # away for less than a second
        ([[1.0, 1.2, 4.0, 4.2]], [(1.0, 1.2), (4.0, 4.2)]),  # one thing that comes back
        ([[5.0, 5.2], [1.0, 1.2], [1.3, 1.5]], [(1.0, 1.5), (5.0, 5.2)]),
        ([[0.0, 5.0, 10.0, 15.0]], [(0.0, 15.0)]),  # frames far apart, as in a long video
        ([], []),
    ],
)
def test_a_thing_is_in_view_in_the_stretches_in_which_it_is_seen(seen, spans):
    segment = segment_over(Asked(track=tracks(*seen)))
    assert [(moment.start, moment.end) for moment in segment.when("cup")] == spans
