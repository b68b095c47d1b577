"""Programs about videos: whole, readable, and right about worlds whose tracks, texts and speech are known."""

from __future__ import annotations

import ast
from fractions import Fraction
from itertools import islice
from typing import Any, ClassVar

import pytest

from sightline.tools.api import VideoRef, VideoSegment, bool_to_yesno, use_runtime
from sightline.tools.mllm.planner.happening import render_over_time
from sightline.tools.mllm.planner.plan import OPERATORS, Kind, Node, Span, build
from sightline.tools.mllm.planner.questions.stream import examples
from sightline.tools.mllm.planner.tokens import tokenize

VIDEO = VideoRef(media="v", width=100, height=80, frame_count=80, fps=Fraction(8), samples=80, start=0, end=80)


def track(number: int, start: float, end: float, *, to: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """Seen eight times a second; its box moves evenly from (40, 40) by `to`, y up."""
    count = max(2, round((end - start) * 8) + 1)
    frames = []
    for k in range(count):
        x, y = (40 + way * k / (count - 1) for way in to)
        time = start + (end - start) * k / (count - 1)
        box = [round(x), round(y), round(x) + 10, round(y) + 10]
        frames.append({"frame": round(time * 8), "box": box, "confidence": 1.0, "time_s": time})
    return {"id": number, "label": "thing", "frames": frames}


class World:
    """Knows tracks by name, texts and speech."""

    tracks: ClassVar = {
        "car": [track(1, 1.0, 4.0, to=(50, 0)), track(2, 5.0, 6.0, to=(-30, 0))],
        "dog": [track(3, 0.0, 9.9)],
        "bird": [track(4, 2.0, 3.0, to=(0, 28))],
    }
    texts: ClassVar = [("EXIT", 1.0, 2.0), ("Open now", 3.0, 5.5)]
    speech: ClassVar = [("welcome to the show", 2.5, 4.0)]

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        if capability == "track":
            return {"tracks": self.tracks.get(arguments["name"], [])}
        if capability == "texts":
            seen = {"frame": 0, "box": [0, 0, 9, 9], "confidence": 1.0, "time_s": 0.0}
            return {
                "texts": [
                    {"text": t, "start_s": a, "end_s": b, "seen": seen, "confidence": 1.0} for t, a, b in self.texts
                ]
            }
        if capability == "transcribe":
            return {"segments": [{"text": t, "start_s": a, "end_s": b, "confidence": None} for t, a, b in self.speech]}
        if capability == "shots":
            return {"shots": [[0, 40], [40, 80]]}
        if capability == "detect":  # two cups in the first half, one after
            count = 2 if target.frame < 40 else 1
            found = {"label": "cup", "confidence": 1.0, "mask": None}
            return [{**found, "box": [20 * k, 0, 20 * k + 9, 9]} for k in range(count)]
        if capability == "color":
            return {"name": "red", "fractions": {"red": 1.0}}
        if capability == "select_answer":
            return {"text": next(o for o in arguments["options"] if o in map(str, arguments["info"].values()))}
        raise AssertionError(capability)


def run(op: str, question: str, *spans: str, inner: Node | None = None, options: list[str] | None = None) -> Any:
    """The value of the program for a plan whose leaves are these words of the question."""
    tokens = tokenize(question)
    words = [token.word for token in tokens]

    def span(text: str) -> Span:
        wanted = [token.word for token in tokenize(text)]
        start = next(k for k in range(len(words)) if words[k : k + len(wanted)] == wanted)
        return Span(start, start + len(wanted))

    arguments = [span(text) for text in spans]
    plan = _plan(op, arguments, inner)
    source = render_over_time(plan, question, tokens, options=options is not None)
    import statistics

    names: dict[str, Any] = {"VideoSegment": VideoSegment, "bool_to_yesno": bool_to_yesno, "statistics": statistics}
    with use_runtime(World()):
        exec(compile(source, "<program>", "exec"), names)
        given = (VIDEO,) if options is None else (VIDEO, options, question)
        return names["execute_command"](*given)


def _plan(op: str, spans: list[Span], inner: Node | None) -> Node:
    """`count_tracks.going_right` with one name, `earlier` with two, `which_first_of` with several."""
    first, *rest = op.split(".")
    kinds = OPERATORS[first].args
    if kinds and kinds[-1] is Kind.OPTIONS:
        return Node(first, (Node({2: "two", 3: "three"}[len(spans)], tuple(spans)),))
    if kinds and kinds[0] in (Kind.TRACKS, Kind.TRACK):
        arguments = []
        for span in spans:
            node = Node("tracks", (span,))
            for wrap in reversed(rest):
                node = Node(wrap, (node,))
            arguments.append(node)
        return Node(first, tuple(arguments))
    return Node(first, (*spans, *([inner] if inner else [])))


@pytest.mark.parametrize(
    ("op", "question", "spans", "value"),
    [
        ("first_seen", "when does the car appear", ["car"], 1.0),
        ("last_seen", "when does the car leave", ["car"], 6.0),
        ("seen_for", "how long is the car in view", ["car"], 4.0),
        ("times_seen", "how often does the car appear", ["car"], 2),
        ("times_seen", "how often does the cat appear", ["cat"], 0),
        ("first_seen", "when does the cat appear", ["cat"], None),
        ("count_tracks", "how many cars are there", ["cars"], 2),
        ("count_tracks.going_right", "how many cars go right", ["cars"], 1),
        ("count_tracks.going_up", "how many birds go up", ["birds"], 1),
        ("count_tracks.entering", "how many cars enter", ["cars"], 2),
        ("count_tracks.leaving", "how many dogs leave", ["dogs"], 0),
        ("any_track.still", "does the dog stay still", ["dog"], "yes"),
        ("any_track.moving", "does the dog move", ["dog"], "no"),
        ("way.the_track", "which way does the car go", ["car"], "right"),
        ("track_color.fastest", "what color is the fastest car", ["car"], "red"),
        ("earlier.the_track", "does the car appear before the bird", ["car", "bird"], "yes"),
        ("later.the_track", "does the car appear after the bird", ["car", "bird"], "no"),
        ("leaves_earlier.the_track", "does the bird leave before the dog", ["bird", "dog"], "yes"),
        ("meanwhile.the_track", "is the car there while the bird is", ["car", "bird"], "yes"),
        ("faster.the_track", "is the bird faster than the dog", ["bird", "dog"], "yes"),
        ("longer.the_track", "is the bird seen longer than the dog", ["bird", "dog"], "no"),
        ("which_first_of", "what appears first , the car or the dog", ["car", "dog"], "dog"),
        ("which_last_of", "what appears last , the car , the bird or the dog", ["car", "bird", "dog"], "bird"),
        ("which_longer_of", "what is seen longer , the car or the bird", ["car", "bird"], "car"),
        (
            "order_of",
            "in what order do the bird , the car and the dog appear",
            ["bird", "car", "dog"],
            "dog, car, bird",
        ),
        ("shown_all", "what is written", [], "EXIT, Open now"),
        ("shown_first", "what is shown first", [], "EXIT"),
        ("shown_last", "what is shown last", [], "Open now"),
        ("shown", 'is "open" shown', ["open"], "yes"),
        ("shown_when", 'when is "exit" shown', ["exit"], 1.0),
        ("shown_for", 'how long is "open now" shown', ["open now"], 2.5),
        ("shown_after", 'what is shown after "exit"', ["exit"], "Open now"),
        ("said_all", "what is said", [], "welcome to the show"),
        ("said", 'is "show" said', ["show"], "yes"),
        ("said_when", 'when is "welcome" said', ["welcome"], 2.5),
        ("length", "how long is it", [], 10.0),
        ("cuts", "how many shots are there", [], 2),
        ("cut_count", "how many cuts are there", [], 1),
    ],
)
def test_a_program_tells_what_happened(op: str, question: str, spans: list[str], value: Any) -> None:
    assert run(op, question, *spans) == value


CUPS = Node("count", (Node("find", (Span(2, 3),)),))  # "how many cups ..."


@pytest.mark.parametrize(
    ("op", "question", "spans", "value"),
    [
        ("at_start", "how many cups at the start", [], 2),
        ("at_end", "how many cups at the end", [], 1),
        ("at_second", "how many cups at second 7", ["7"], 1),
        ("when_seen", "how many cups when the bird appears", ["bird"], 2),
        ("after_seen", "how many cups after the car leaves", ["car"], 1),
        ("before_seen", "how many cups before the car appears", ["car"], 2),
        ("when_said", 'how many cups when "show" is said', ["show"], 2),
        ("most", "how many cups at most", [], 2),
    ],
)
def test_a_question_about_a_picture_is_asked_of_its_moment(
    op: str, question: str, spans: list[str], value: Any
) -> None:
    assert run(op, question, *spans, inner=CUPS) == value


def test_the_commonest_answer_of_several_frames_counts() -> None:
    assert run("mostly", "how many cups are there", inner=CUPS) == 1  # in four of the seven


@pytest.mark.parametrize(("op", "value"), [("ever", "yes"), ("always", "no")])
def test_ever_is_any_frame_and_always_all(op: str, value: str) -> None:
    two = Node("at_least", (CUPS, Node("number", (Span(0, 1),))))
    assert run(op, "2 many cups", inner=two) == value


def test_among_given_answers_one_of_them_is_given() -> None:
    assert run("way.the_track", "which way does the car go", "car", options=["left", "right"]) == "right"


def test_every_drawn_question_has_a_program_that_parses() -> None:
    drawn = 0
    for example in islice(examples(21, root=Kind.HAPPENING), 600):
        plan = build(example.steps, Kind.HAPPENING)
        if OPERATORS[plan.op].result is Kind.DECLINE:
            continue
        drawn += 1
        for options in (False, True):
            (function,) = ast.parse(render_over_time(plan, example.question, example.tokens, options=options)).body
            assert isinstance(function, ast.FunctionDef)
            assert function.args.args[0].arg == "video"
    assert drawn > 500


def test_a_plan_that_declines_has_no_program() -> None:
    with pytest.raises(ValueError, match="declines"):
        render_over_time(Node("decline_chat"), "hello", tokenize("hello"))


def test_a_moment_of_a_video_is_answered_and_does_not_decline() -> None:
    with pytest.raises(ValueError, match="cannot stand for answer"):
        build(["at_end", "decline_chat"], Kind.HAPPENING)
    assert build(["at_end", "count", "find", Span(0, 1)], Kind.HAPPENING).op == "at_end"
