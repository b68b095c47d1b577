"""What a question about a moving clip truly comes to, told from how the clip was made.

The plans are those of the planner's families of questions over time. They are carried out here on the clip's truth:
which thing is seen in which frame, where its box is, which captions were laid over it, what is said. What is too close
to call (two things that come in within a few frames, a way that is neither left nor down) has no certain answer. A
thing that is hidden by another has not gone: it stays the same thing when it shows again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tools.mllm.clips.clip import Clip
from ...tools.mllm.multimodal.reasoning import Unanswerable, Wanted, reason
from ...tools.mllm.multimodal.scene import Scene, of_sample
from ...tools.mllm.planner.plan import DIRECTIONS, OPERATORS, Kind
from ...tools.mllm.planner.questions.wording import Leaf, Plan
from ...tools.mllm.scenes.world import WORDS

__all__ = ["Caption", "ClipTruth", "Saying", "True_"]

SEEN_PX = 25.0  # visible pixels from which a thing counts as seen
_NEAR_S = 0.5  # moments that lie nearer to each other are too close to call
_GONE_S = 1.5  # what is away for longer has left
_HIDDEN_S = 0.2  # what is hidden for longer has gone behind something
_LIKE = 1.4  # speeds and ways that differ by a smaller factor are too close to call


@dataclass(frozen=True, slots=True)
class Caption:
    """A text that is laid over the clip, from `start_s` to `end_s`."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence that is spoken in the clip, from `start_s` to `end_s`."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class True_:
    """An answer; a number of seconds is right within `slack`."""

    value: str | float
    slack: float = 0.0

    def accepts(self, given: Any) -> bool:
        """Whether a program's value says the same."""
        if isinstance(self.value, str):
            return str(given).strip().lower() == self.value
        try:
            return bool(abs(float(given) - self.value) <= self.slack)
        except (TypeError, ValueError):
            return False


class ClipTruth:
    """The truth of one clip, of the captions that were laid over it, and of what is said."""

    def __init__(self, clip: Clip, captions: Sequence[Caption] = (), sayings: Sequence[Saying] = ()) -> None:
        self.clip, self.captions, self.sayings = clip, tuple(captions), tuple(sayings)
        self.seen: NDArray[np.bool_] = clip.visible_pixels >= SEEN_PX  # (T, N)
        self.frames, self.count = self.seen.shape

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """Boxes of what is seen of each thing, (T, N, 4), pixels, y down."""
        return np.stack([self.clip.at(frame).visible_boxes for frame in range(self.frames)]).astype(float)

    def scene(self, frame: int) -> Scene:
        """What is seen in a frame, from left to right."""
        sample = self.clip.at(frame)
        whole = of_sample(sample)
        axes = sample.camera.directions()
        offset = np.array([one.center for one in sample.things]) - np.array(sample.camera.position)
        order = np.argsort(offset @ np.array(axes["right"]), kind="stable")
        if len(whole.things) != len(order):
            raise Unanswerable("more things than can be told apart")
        return Scene(tuple(one for one, k in zip(whole.things, order, strict=True) if self.seen[frame, k]))

    def answer(self, plan: Plan) -> True_:
        """What a plan over time comes to.

        Raises: Unanswerable when it has no certain answer here.
        """
        op, args = str(plan[0]), plan[1:]
        handler = _HANDLERS.get(op)
        if handler is None:
            raise Unanswerable(f"{op} is not told from such clips")
        return handler(self, op, args)

    # -- when things are seen --

    def named(self, name: Any) -> list[int]:
        """The things that bear a name and are seen at all."""
        wanted = Wanted.of(name)
        bearing = []
        for k, thing in enumerate(self.clip.things):
            if (
                all(str(getattr(thing, key)) in values for key, values in wanted.demands.items())
                and self.seen[:, k].any()
            ):
                if self.seen[:, k].sum() < 3 or thing.shape not in WORDS["shape"]:
                    raise Unanswerable("something is hardly seen")
                bearing.append(k)
        return bearing

    def _span(self, things: Sequence[int]) -> tuple[float, float]:
        """First and last time at which any of the things is seen."""
        frames = np.flatnonzero(self.seen[:, list(things)].any(1))
        if not len(frames):
            raise Unanswerable("nothing is named so")
        return float(frames[0] / self.clip.fps), float(frames[-1] / self.clip.fps)

    def _gaps(self, things: Sequence[int]) -> list[float]:
        """How long none of the things is seen, between the first and the last time, in seconds."""
        frames = np.flatnonzero(self.seen[:, list(things)].any(1))
        return [float(gap - 1) / self.clip.fps for gap in np.diff(frames) if gap > 1]

    def in_view(self, op: str, args: Any) -> True_:
        things = self.named(args[0])
        first, last = self._span(things)
        gaps = self._gaps(things)
        if any(0.4 < gap < 2.0 for gap in gaps):
            raise Unanswerable("it is away for a moment")
        long = [gap for gap in gaps if gap >= _GONE_S]
        if op == "first_seen":
            return True_(first, _NEAR_S)
        if op == "last_seen":
            return True_(last, _NEAR_S)
        if op == "times_seen":
            return True_(float(len(long) + 1))
        return True_(last - first - sum(long), 2 * _NEAR_S)

    # -- what goes behind another thing --

    def _holes(self, thing: int) -> list[tuple[int, int]]:
        """First and last frame of each stretch in which a thing is not seen, between those in which it is."""
        frames = np.flatnonzero(self.seen[:, thing])
        return [(int(a) + 1, int(b) - 1) for a, b in itertools.pairwise(frames) if b - a > 1]

    def _hidden(self, thing: int, first: int, last: int) -> bool:
        """Whether it is in the picture all that time, so that only another thing can be before it."""
        return bool(self.clip.inside[first : last + 1, thing].all())

    @cached_property
    def go_behind(self) -> frozenset[int]:
        """The things that go behind others and show again."""
        least = _HIDDEN_S * self.clip.fps
        return frozenset(
            k
            for k in range(self.count)
            if any(last - first + 1 >= least and self._hidden(k, first, last) for first, last in self._holes(k))
        )

    # -- tracks --

    def tracks(self, plan: Any) -> list[int]:
        op, args = plan[0], plan[1:]
        if op == "moving_things":
            if self.captions:
                raise Unanswerable("captions come and go too")
            return [k for k in range(self.count) if self.seen[:, k].any() and self._way(k) != "still"]
        if op == "tracks":
            things = self.named(args[0])
            for k in things:
                for first, last in self._holes(k):
                    if (last - first + 1) / self.clip.fps > 0.6 and not self._hidden(k, first, last):
                        raise Unanswerable("one of them is away for a while")
            return things
        base = self.tracks(args[0])
        if op == "entering":
            return [k for k in base if self._comes(k)]
        if op == "leaving":
            return [k for k in base if self._goes(k)]
        ways = {k: self._way(k) for k in base}
        if op in ("moving", "still"):
            return [k for k in base if (ways[k] == "still") == (op == "still")]
        return [k for k in base if ways[k] == op.removeprefix("going_")]

    def _comes(self, thing: int) -> bool:
        first, _ = self._span([thing])
        if 0 < first < 0.8 or (first > 0 and self.clip.inside[0, thing]):
            raise Unanswerable("it is there from the start or almost")
        return bool(first > 0)

    def _goes(self, thing: int) -> bool:
        left = (self.frames - 1) / self.clip.fps - self._span([thing])[1]
        if 0 < left < 0.8 or (left > 0 and self.clip.inside[-1, thing]):
            raise Unanswerable("it is there to the end or almost")
        return bool(left > 0)

    def _middles(self, thing: int) -> NDArray[np.float64]:
        boxes = self.boxes[self.seen[:, thing], thing]
        return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2], 1)

    def _way(self, thing: int) -> str:
        boxes = self.boxes[self.seen[:, thing], thing]
        size = float(max(1.0, ((boxes[:, 2] - boxes[:, 0] + boxes[:, 3] - boxes[:, 1]) / 2).max()))
        middles = self._middles(thing)
        right, down = (float(way) for way in middles[-1] - middles[0])
        most, least = max(abs(right), abs(down)), min(abs(right), abs(down))
        if 0.35 * size < most < 0.7 * size:
            raise Unanswerable("it hardly moves")
        if most <= 0.35 * size:
            return "still"
        if most < _LIKE * least:
            raise Unanswerable("it moves askew")
        if abs(right) > abs(down):
            return "right" if right > 0 else "left"
        return "down" if down > 0 else "up"

    def _speed(self, thing: int) -> float:
        middles = self._middles(thing)
        step = max(1, len(middles) // 8)
        points = np.concatenate([middles[:-1:step], middles[-1:]])
        first, last = self._span([thing])
        if last <= first:
            raise Unanswerable("it is seen too shortly")
        return float(np.hypot(*np.diff(points, axis=0).T).sum() / (last - first))

    def track(self, plan: Any) -> int:
        op, base = plan[0], self.tracks(plan[1])
        if not base:
            raise Unanswerable("nothing is named so")
        if op == "the_track":
            if len(base) > 1:
                raise Unanswerable("more than one is named so")
            return base[0]
        if op in ("first_in", "last_in"):
            starts = {k: self._span([k])[0] for k in base}
            return _single(starts, largest=op == "last_in", apart=_NEAR_S)
        speeds = {k: self._speed(k) for k in base}
        ranked = sorted(speeds.values(), reverse=op == "fastest")
        if len(ranked) > 1 and max(ranked[0], ranked[1]) < _LIKE * max(1.0, min(ranked[0], ranked[1])):
            raise Unanswerable("two are equally fast")
        return _single(speeds, largest=op == "fastest", apart=0.0)

    def of_tracks(self, op: str, args: Any) -> True_:
        if op in ("count_tracks", "any_track"):
            count = len(self.tracks(args[0]))
            return True_(float(count)) if op == "count_tracks" else _yes(count > 0)
        thing = self.track(args[0])
        return True_(self._way(thing)) if op == "way" else True_(str(self.clip.things[thing].color))

    def of_two(self, op: str, args: Any) -> True_:
        a, b = self.track(args[0]), self.track(args[1])
        if a == b:
            raise Unanswerable("one thing, not two")
        (first, last), (other_first, other_last) = self._span([a]), self._span([b])
        if op in ("earlier", "later"):
            return _yes(_apart(first, other_first, _NEAR_S) == (op == "earlier"))
        if op == "leaves_earlier":
            return _yes(_apart(last, other_last, _NEAR_S))
        if op == "meanwhile":
            return _yes(_apart(first, other_last, _NEAR_S) and _apart(other_first, last, _NEAR_S))
        if op == "longer":
            return _yes(not _apart(last - first, other_last - other_first, 2 * _NEAR_S))
        speed, other = self._speed(a), self._speed(b)
        if max(speed, other) < _LIKE * max(1.0, min(speed, other)):
            raise Unanswerable("they are equally fast")
        return _yes(speed > other)

    def among(self, op: str, args: Any) -> True_:
        leaves: Sequence[Leaf] = args[0][1:]
        figures: dict[str, float] = {}
        for leaf in leaves:
            things = self.named(leaf)
            first, last = self._span(things)
            if op == "which_faster_of":
                figures[leaf.text] = max(self._speed(k) for k in things)
            elif op == "which_longer_of":
                if any(gap > 0.4 for gap in self._gaps(things)):
                    raise Unanswerable("it is away for a moment")
                figures[leaf.text] = last - first
            else:
                figures[leaf.text] = first
        values = sorted(figures.values())
        if len(figures) != len(leaves):
            raise Unanswerable("one thing is named twice")
        if op == "which_faster_of":
            if values[-1] < _LIKE * max(1.0, values[-2]):
                raise Unanswerable("two are equally fast")
        elif min(np.diff(values)) < _NEAR_S * (2 if op == "which_longer_of" else 1):
            raise Unanswerable("two are too close to call")
        order = sorted(figures, key=lambda name: figures[name])
        if op == "order_of":
            return True_(", ".join(order))
        return True_(order[0] if op == "which_first_of" else order[-1])

    # -- pictures of a moment --

    def pictured(self, plan: Any, frames: Sequence[int]) -> True_:
        """What a question about a picture comes to, where it is the same in all these frames."""
        if OPERATORS[str(plan[0])].result not in (Kind.TRUTH, Kind.NUMBER, Kind.TEXT):
            raise Unanswerable("only words are compared")
        if str(plan[0]).startswith(("which_", "choose")):
            raise Unanswerable("its words are those of the question, however they were said")
        answers = {reason(plan, self.scene(min(max(frame, 0), self.frames - 1))).answer for frame in frames}
        if len(answers) != 1:
            raise Unanswerable("it changes at that moment")
        return _said(answers.pop())

    def at_a_moment(self, op: str, args: Any) -> True_:
        last = self.frames - 1
        if op == "at_second":
            middle = round(float(args[0].text) * self.clip.fps)
            if middle > last:
                raise Unanswerable("it is over by then")
        elif op in ("when_seen", "before_seen", "after_seen"):
            first, end = (round(time * self.clip.fps) for time in self._span(self.named(args[0])))
            middle = {"when_seen": first + 1, "before_seen": first - 2, "after_seen": end + 2}[op]
            if not 1 <= middle < last:
                raise Unanswerable("there is nothing before or after")
        else:
            middle = {"at_start": 0, "at_end": last, "halfway": self.frames // 2}[op]
        return self.pictured(args[-1], range(middle - 1, middle + 2))

    def throughout(self, op: str, args: Any) -> True_:
        plan = args[0]
        if op == "mostly":
            return self.pictured(plan, range(self.frames))
        answers = [reason(plan, self.scene(frame)).answer for frame in range(self.frames)]
        if op == "most":
            if not all(answer.isdigit() for answer in answers):
                raise Unanswerable("there is no number in some frames")
            most = max(map(int, answers))
            if answers.count(str(most)) < 3:
                raise Unanswerable("only for a moment")
            return True_(float(most))
        share = answers.count("yes") / len(answers)
        if 0 < share < 0.1 or 0.9 < share < 1:
            raise Unanswerable("only for a moment")
        return _yes(share > 0 if op == "ever" else share == 1)

    # -- captions and the clip itself --

    def shown(self, op: str, args: Any) -> True_:
        if not self.captions:
            raise Unanswerable("nothing is written there")
        ordered = sorted(self.captions, key=lambda one: one.start_s)
        if op == "shown_all":
            return True_(", ".join(one.text.lower() for one in ordered))
        if op in ("shown_first", "shown_last"):
            return True_(ordered[0 if op == "shown_first" else -1].text.lower())
        text = " ".join(args[0].text.lower().split())
        matching = [one for one in ordered if text == one.text.lower()]
        if op == "shown":
            return _yes(bool(matching))
        if not matching:
            raise Unanswerable("it is not written there")
        if op == "shown_when":
            return True_(matching[0].start_s, _NEAR_S)
        if op == "shown_for":
            return True_(matching[0].end_s - matching[0].start_s, 2 * _NEAR_S)
        later = [one for one in ordered if one.start_s > matching[0].start_s]
        if not later:
            raise Unanswerable("nothing follows")
        return True_(later[0].text.lower())

    def said(self, op: str, args: Any) -> True_:
        if not self.sayings:
            raise Unanswerable("nothing is said")
        if op == "said_all":
            return True_(" ".join(one.text for one in self.sayings))
        quote = " ".join(args[0].text.lower().split())
        within = [one for one in self.sayings if f" {quote} " in f" {one.text} "]
        if op == "said":
            if not within and any(quote in one.text for one in self.sayings):
                raise Unanswerable("only a part of a word is said")
            return _yes(bool(within))
        if len(within) != 1:
            raise Unanswerable("it is not said once")
        start, end = within[0].start_s, within[0].end_s
        if op == "said_when":  # any time from where its sentence begins to where that ends
            return True_((start + end) / 2, (end - start) / 2 + _NEAR_S)
        middle = round((start + end) / 2 * self.clip.fps)
        return self.pictured(args[-1], range(middle - 2, middle + 3))

    def itself(self, op: str, args: Any) -> True_:
        if op == "length":
            return True_(self.frames / self.clip.fps, 0.3)
        return True_(1.0 if op == "cuts" else 0.0)


def _apart(a: float, b: float, least: float) -> bool:
    """Whether a is less than b. Raises Unanswerable when they are too near."""
    if abs(a - b) < least:
        raise Unanswerable("too close to call")
    return a < b


def _single(figures: dict[int, float], *, largest: bool, apart: float) -> int:
    ranked = sorted(figures, key=lambda k: figures[k], reverse=largest)
    if len(ranked) > 1 and abs(figures[ranked[0]] - figures[ranked[1]]) <= apart:
        raise Unanswerable("two are too close to call")
    return ranked[0]


def _yes(truth: bool) -> True_:
    return True_("yes" if truth else "no")


def _said(answer: str) -> True_:
    return True_(float(answer)) if answer.isdigit() else True_(answer.replace(" , ", ", ").lower())


_HANDLERS: dict[str, Callable[[ClipTruth, str, Any], True_]] = {
    **dict.fromkeys(("first_seen", "last_seen", "seen_for", "times_seen"), ClipTruth.in_view),
    **dict.fromkeys(("count_tracks", "any_track", "way", "track_color"), ClipTruth.of_tracks),
    **dict.fromkeys(("earlier", "later", "leaves_earlier", "meanwhile", "faster", "longer"), ClipTruth.of_two),
    **dict.fromkeys(
        ("which_first_of", "which_last_of", "which_faster_of", "which_longer_of", "order_of"), ClipTruth.among
    ),
    **dict.fromkeys(
        ("at_start", "at_end", "halfway", "at_second", "when_seen", "before_seen", "after_seen"), ClipTruth.at_a_moment
    ),
    **dict.fromkeys(("ever", "always", "most", "mostly"), ClipTruth.throughout),
    **dict.fromkeys(
        ("shown_all", "shown_first", "shown_last", "shown", "shown_when", "shown_for", "shown_after"), ClipTruth.shown
    ),
    **dict.fromkeys(("said_all", "said", "said_when", "when_said"), ClipTruth.said),
    **dict.fromkeys(("length", "cuts", "cut_count"), ClipTruth.itself),
}
assert set(DIRECTIONS) == {"left", "right", "up", "down"}
