"""A plan about a video -> a readable Python program.

What happens over time is told from tracks, texts, speech and shots; a question about a moment picks its frame and goes
on as one about a picture; one about all moments is asked of each and the answers joined. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import names
from .plan import DIRECTIONS, OPERATORS, Expression, Kind, Node
from .render import Answer, as_program
from .tokens import Token

__all__ = ["render_over_time"]

_FRAME = {
    "at_start": "video_segment.frame_from_index(0)",
    "at_end": "video_segment.frame_from_index(-1)",
    "halfway": "video_segment.frame_from_index(video_segment.num_frames // 2)",
}
_ONLY = {  # which of several tracks are kept
    **{f"going_{way}": f"{{x}}.direction == {way!r}" for way in DIRECTIONS},
    "entering": "{x}.appears",
    "leaving": "{x}.disappears",
    "moving": "{x}.direction != 'still'",
    "still": "{x}.direction == 'still'",
}
_PICK = {  # which one of several tracks is meant
    "the_track": ("max", "duration"),
    "fastest": ("max", "speed"),
    "slowest": ("min", "speed"),
    "first_in": ("min", "start"),
    "last_in": ("max", "start"),
}
_TWO = {
    "earlier": "{a}.start < {b}.start",
    "later": "{a}.start > {b}.start",
    "leaves_earlier": "{a}.end < {b}.end",
    "meanwhile": "{a}.start <= {b}.end and {b}.start <= {a}.end",
    "faster": "{a}.speed > {b}.speed",
    "longer": "{a}.duration > {b}.duration",
}
_AMONG = {  # what is asked for each of several names, and which of the figures wins
    "which_first_of": ("when", "min", "min({x}.start for {x} in found)"),
    "which_last_of": ("when", "max", "min({x}.start for {x} in found)"),
    "which_longer_of": ("when", "max", "sum({x}.duration for {x} in found)"),
    "which_faster_of": ("track", "max", "max({x}.speed for {x} in found)"),
    "order_of": ("when", "", "min({x}.start for {x} in found)"),
}
_LOOKS = 7  # frames of which the commonest answer counts
_SIMPLE = {
    "length": "round(video_segment.duration, 1)",
    "cuts": "len(video_segment.shots())",
    "cut_count": "len(video_segment.shots()) - 1",
    "busiest": "round(max(video_segment.motion(), key=lambda motion: motion.amount).time, 1)",
}


class _OverTime(Answer):
    """A program about a video; inside a moment it speaks of that frame as `image_patch`."""

    def __init__(self, plan: Node, question: str, tokens: Sequence[Token], *, options: bool) -> None:
        super().__init__(plan, question, tokens, options=options)
        self._taken |= {"video", "video_segment", "frame", "look", "speech", "matching", "looks"}

    def give(self, expression: str) -> None:
        """End with an answer; among given ones, with the one that it supports."""
        if self.options:
            self.add(f"found = {expression}")
            self.add("return video_segment.select_answer({query: found}, query, possible_answers)")
        else:
            self.add(f"return {expression}")

    # -- tracks --

    def tracks(self, node: Expression) -> tuple[str, str]:
        """The variable of a list of tracks, and a name for one of them."""
        assert isinstance(node, Node)
        if node.op == "moving_things":
            return self.value("things", "video_segment.track('moving thing')"), "thing"
        if node.op == "tracks":
            phrase = self.phrase(node.args[0])
            one = names.identifier(phrase)
            return self.value(f"{one}_tracks", f"video_segment.track({phrase!r})"), one
        base, one = self.tracks(node.args[0])
        kept = _ONLY[node.op].format(x=one)
        return self.value(f"{node.op}_{base}", f"[{one} for {one} in {base} if {kept}]"), one

    def track(self, node: Expression) -> str:
        """The variable of one track; without any the program returns None."""
        assert isinstance(node, Node)
        base, one = self.tracks(node.args[0])
        best, measure = _PICK[node.op]
        self.need(base)
        return self.value(one, f"{best}({base}, key=lambda track: track.{measure})")

    def moments(self, name: Expression) -> str:
        """The variable of the stretches in which something is in view; without any the program returns None."""
        phrase = self.phrase(name)
        variable = self.value("moments", f"video_segment.when({phrase!r})")
        self.need(variable)
        return variable

    # -- answers --

    def over_time(self, node: Node) -> None:
        """Write the lines that end in the plan's answer."""
        op, args = node.op, node.args
        if op in _FRAME or op in ("at_second", "when_seen", "before_seen", "after_seen", "when_said"):
            self.add(f"image_patch = {self._frame(op, args)}")
            inner = args[-1]
            assert isinstance(inner, Node)
            self.answer(inner)
        elif op in ("ever", "always", "most", "mostly"):
            self._at_all_times(op, args[0])
        elif op in ("first_seen", "last_seen", "seen_for", "times_seen", "next_after"):
            self._in_view(op, args[0])
        elif op == "count_tracks":
            self.give(f"len({self.tracks(args[0])[0]})")
        elif op == "any_track":
            self.give(f"bool_to_yesno(len({self.tracks(args[0])[0]}) > 0)")
        elif op == "way":
            self.give(f"{self.track(args[0])}.direction")
        elif op == "track_color":
            one = self.track(args[0])
            # Something may pass before it, so that one look is not enough.
            self.add(f"looks = {one}.patches[:: max(1, len({one}.patches) // {_LOOKS})]")
            self.give("statistics.mode([look.color() for look in looks])")
        elif op in _TWO:
            a, b = self.track(args[0]), self.track(args[1])
            self.give(f"bool_to_yesno({_TWO[op].format(a=a, b=b)})")
        elif op in _AMONG:
            self._among(op, args[0])
        elif op.startswith("shown"):
            self._shown(op.removeprefix("shown").removeprefix("_"), args)
        elif op.startswith("said"):
            self._said(op, args)
        elif op == "changed":
            self._changed()
        else:
            self.give(_SIMPLE[op])

    def _frame(self, op: str, args: tuple[Expression, ...]) -> str:
        if op in _FRAME:
            return _FRAME[op]
        if op == "at_second":
            return f"video_segment.at({self.said(args[0])})"
        if op == "when_said":
            self.add("speech = video_segment.transcribe()")
            self.add(f"matching = [part for part in speech if {self.quote(args[0])!r} in part.text.lower()]")
            self.need("matching")
            return "video_segment.at((matching[0].start + matching[0].end) / 2)"
        moments = self.moments(args[0])
        if op == "when_seen":
            return f"video_segment.at({moments}[0].start)"
        step = self.value("step", "1 / video_segment.fps")
        return f"video_segment.at({moments}[0].start - {step})" if op == "before_seen" else (
            f"video_segment.at({moments}[-1].end + {step})"
        )  # fmt: skip

    def _at_all_times(self, op: str, inner: Expression) -> None:
        """Ask the same of each frame, and join the answers."""
        assert isinstance(inner, Node)
        each = Answer(inner, self.question, self.tokens, options=self.options and op == "mostly")
        each.answer(inner)
        self.add("def look(image_patch):")
        for line in each.lines:
            self.add(f"    {line}")
        self.add("")
        if op in ("ever", "always"):
            some = "any" if op == "ever" else "all"
            self.give(f"bool_to_yesno({some}(look(frame) == 'yes' for frame in video_segment.frame_iterator()))")
        elif op == "most":
            self.give("max((look(frame) or 0) for frame in video_segment.frame_iterator())")
        else:
            self.add(f"answers = [look(frame) for frame in video_segment.sample({_LOOKS})]")
            self.add("answers = [answer for answer in answers if answer is not None]")
            self.need("answers")
            shown = OPERATORS[inner.op].result in (Kind.OBJECTS, Kind.OBJECT)
            self.add("return answers[len(answers) // 2]" if shown else "return statistics.mode(answers)")

    def _in_view(self, op: str, name: Expression) -> None:
        if op == "times_seen":
            self.give(f"len(video_segment.when({self.phrase(name)!r}))")
            return
        moments = self.moments(name)
        if op == "first_seen":
            self.give(f"round({moments}[0].start, 1)")
        elif op == "last_seen":
            self.give(f"round({moments}[-1].end, 1)")
        elif op == "seen_for":
            self.give(f"round(sum(moment.duration for moment in {moments}), 1)")
        else:
            self.add(f"things = [thing for thing in video_segment.track('object') if thing.start > {moments}[0].end]")
            self.need("things")
            self.add("first = min(things, key=lambda thing: thing.start)")
            self.give("first.patches[len(first.patches) // 2].simple_query('What is this?')")

    def _among(self, op: str, options: Expression) -> None:
        assert isinstance(options, Node)
        asked, best, measure = _AMONG[op]
        pairs = [(names.attribute(self.said(option)), self.phrase(option)) for option in options.args]
        self.add("figures = {}")
        self.add(f"for name, wanted in {pairs!r}:")
        self.add(f"    found = video_segment.{asked}(wanted)")
        self.add("    if found:")
        self.add(f"        figures[name] = {measure.format(x='one')}")
        self.need("figures")
        self.give(f"{best}(figures, key=figures.get)" if best else "', '.join(sorted(figures, key=figures.get))")

    def _shown(self, what: str, args: tuple[Expression, ...]) -> None:
        self.add("texts = video_segment.texts()")
        if what == "all":
            self.give("', '.join(text.text for text in texts) or None")
        elif what in ("first", "last"):
            self.need("texts")
            self.give(f"{'min' if what == 'first' else 'max'}(texts, key=lambda text: text.start).text")
        else:
            self.add(f"matching = [text for text in texts if {self.quote(args[0])!r} in text.text.lower()]")
            if what == "":
                self.give("bool_to_yesno(len(matching) > 0)")
                return
            self.need("matching")
            if what == "when":
                self.give("round(matching[0].start, 1)")
            elif what == "for":
                self.give("round(sum(text.duration for text in matching), 1)")
            else:
                self.add("later = [text for text in texts if text.start > matching[0].start]")
                self.need("later")
                self.give("min(later, key=lambda text: text.start).text")

    def _said(self, op: str, args: tuple[Expression, ...]) -> None:
        self.add("speech = video_segment.transcribe()")
        if op == "said_all":
            self.give("' '.join(part.text for part in speech) or None")
            return
        quote = self.quote(args[0])
        if op == "said":
            self.give(f"bool_to_yesno({quote!r} in ' '.join(part.text for part in speech).lower())")
            return
        self.add(f"matching = [part for part in speech if {quote!r} in part.text.lower()]")
        self.need("matching")
        self.give("round(matching[0].start, 1)")

    def _changed(self) -> None:
        self.add("def things_in(frame):")
        self.add("    return [thing.simple_query('What is this?') for thing in frame.find('object')]")
        self.add("")
        self.add("before = things_in(video_segment.frame_from_index(0))")
        self.add("after = things_in(video_segment.frame_from_index(-1))")
        self.add("new = [thing for thing in after if thing not in before]")
        self.add("gone = [thing for thing in before if thing not in after]")
        self.add("changes = [f'{thing} is new' for thing in new] + [f'{thing} is gone' for thing in gone]")
        self.give("', '.join(changes) or 'nothing'")


def render_over_time(plan: Node, question: str, tokens: Sequence[Token], *, options: bool = False) -> str:
    """The program for a plan about a video; with `options` it answers with one of `possible_answers`.

    Raises:
        ValueError: the plan declines, so there is no program.
    """
    if OPERATORS[plan.op].result is Kind.DECLINE:
        raise ValueError("a plan that declines has no program")
    program = _OverTime(plan, question, tokens, options=options)
    program.over_time(plan)
    return as_program("video", "video_segment = VideoSegment(video)", program.lines, options=options)
