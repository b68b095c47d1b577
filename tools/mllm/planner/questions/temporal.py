"""Question families about videos: when, how long, how often, in which order, which way, what is shown and said.

Their plans have a root of their own (`Kind.HAPPENING`). A question about a picture becomes one about a moment by saying
when: "at the end, is there a cup left of the plate?".
"""

from __future__ import annotations

from collections.abc import Callable

from ..plan import OPERATORS, Kind
from . import attributes, counting, presence, reading, references, space
from .reading import quoted
from .things import Asked, Speaker
from .wording import Leaf, Piece, Plan, wordings

__all__ = ["FAMILIES", "while_said"]

WORDINGS = wordings("temporal")
_VIDEO = ("video", "video", "clip", "film", "recording", "footage")
_DIRECTIONS = {
    "left": ("[to the] left", "leftwards", "towards the left", "from right to left", "to the left"),
    "right": ("[to the] right", "rightwards", "towards the right", "from left to right", "to the right"),
    "up": ("up", "upwards", "towards the top", "from the bottom to the top"),
    "down": ("down", "downwards", "towards the bottom", "from the top to the bottom"),
}
_CHANGES = ("entering", "leaving", "moving", "still")


def _video(s: Speaker) -> str:
    return s.pick(_VIDEO)


def _tracks(leaf: Leaf) -> Plan:
    return ("tracks", leaf)


def _way(s: Speaker) -> tuple[str, list[Piece]]:
    way = s.pick(("left", "left", "right", "right", "up", "down"))
    return way, s.say(_DIRECTIONS[way])


def when(s: Speaker) -> Asked:
    """When, until when, how long and how often something is in view."""
    x = s.name()
    roll = s.rng.random()
    heading, op = next(
        (heading, op)
        for limit, heading, op in (
            (0.35, "when_first", "first_seen"),
            (0.55, "when_last", "last_seen"),
            (0.8, "seen_for", "seen_for"),
            (1.0, "times_seen", "times_seen"),
        )
        if roll < limit
    )
    return s.ask(WORDINGS[heading], (op, x), x=x, v=_video(s))


def counts_over_time(s: Speaker) -> Asked:
    """How many different things there are, move, come in or leave."""
    if s.chance(0.08):
        return s.ask(WORDINGS["moving_count"], ("count_tracks", ("moving_things",)), v=_video(s))
    xs = s.name(plural=True)
    if s.chance(0.35):
        return s.ask(WORDINGS["count"], ("count_tracks", _tracks(xs)), xs=xs, v=_video(s))
    if s.chance(0.4):
        way, said = _way(s)
        plan: Plan = ("count_tracks", (f"going_{way}", _tracks(xs)))
        return s.ask(WORDINGS["count.going"], plan, xs=xs, d=said)
    change = s.pick(_CHANGES)
    return s.ask(WORDINGS[f"count.{change}"], ("count_tracks", (change, _tracks(xs))), xs=xs, v=_video(s))


def does_it(s: Speaker) -> Asked:
    """Whether something moves some way, comes in or leaves."""
    x = s.name()
    if s.chance(0.4):
        way, said = _way(s)
        return s.ask(WORDINGS["any.going"], ("any_track", (f"going_{way}", _tracks(x))), x=x, d=said)
    change = s.pick(_CHANGES)
    return s.ask(WORDINGS[f"any.{change}"], ("any_track", (change, _tracks(x))), x=x, v=_video(s))


def direction(s: Speaker) -> Asked:
    x = s.name()
    return s.ask(WORDINGS["direction"], ("way", ("the_track", _tracks(x))), x=x)


def which_track(s: Speaker) -> Asked:
    """What color the fastest, first, last or otherwise moving one has."""
    x = s.name(plain=True)
    roll = s.rng.random()
    if roll < 0.6:
        which = s.pick(("fastest", "fastest", "slowest", "first_in", "last_in"))
        return s.ask(WORDINGS[f"{which}.color"], ("track_color", (which, _tracks(x))), x=x)
    if roll < 0.8:
        way, said = _way(s)
        plan: Plan = ("track_color", ("the_track", (f"going_{way}", _tracks(x))))
        return s.ask(WORDINGS["going.color"], plan, x=x, d=said)
    change = s.pick(("entering", "leaving"))
    plan = ("track_color", ("the_track", (change, _tracks(x))))
    return s.ask(WORDINGS[f"{change}.color"], plan, x=x)


def compares(s: Speaker) -> Asked:
    """Before, after, while, faster, longer: of two things."""
    x, y = s.name(), s.name()
    op = s.pick(("earlier", "earlier", "later", "leaves_earlier", "meanwhile", "meanwhile", "faster", "longer"))
    plan: Plan = (op, ("the_track", _tracks(x)), ("the_track", _tracks(y)))
    return s.ask(WORDINGS[op], plan, x=x, y=y)


def which_of_them(s: Speaker) -> Asked:
    op = s.pick(("which_first", "which_first", "which_last", "which_faster", "which_longer", "order"))
    count = 2 if s.chance(0.7) else 3
    names = [s.name() for _ in range(count)]
    joint = s.pick(("and", "or")) if op == "order" else "or"
    words, options = s.options(names, word=joint, article=s.pick(("the", "the", "the", "a", "")))
    return s.ask(WORDINGS[op], (f"{op}_of" if op.startswith("which") else "order_of", options), o=words)


def follows(s: Speaker) -> Asked:
    x = s.name()
    return s.ask(WORDINGS["after_leaving"], ("next_after", x), x=x)


def shown_text(s: Speaker) -> Asked:
    heading = s.pick(("shown_all", "shown_first", "shown_last", "shown_when", "shown_for", "shown", "shown_after"))
    if heading in ("shown_all", "shown_first", "shown_last"):
        return s.ask(WORDINGS[heading], (heading,), v=_video(s))
    pieces, leaf = quoted(s)
    return s.ask(WORDINGS[heading], (heading, leaf), q=pieces, v=_video(s))


def speech(s: Speaker) -> Asked:
    heading = s.pick(("said_all", "said", "said_when"))
    if heading == "said_all":
        return s.ask(WORDINGS[heading], (heading,), v=_video(s))
    pieces, leaf = quoted(s)
    return s.ask(WORDINGS[heading], (heading, leaf), q=pieces, v=_video(s))


def facts(s: Speaker) -> Asked:
    heading = s.pick(("length", "cuts", "cut_count", "busiest", "changed"))
    return s.ask(WORDINGS[heading], (heading,), v=_video(s))


_PICTURED: tuple[Callable[[Speaker], Asked], ...] = (
    *(presence.exists, presence.exists_related, counting.counts, counting.counts_related, attributes.attributes),
    *(attributes.verifies, space.is_related, space.which_side, references.refers, reading.reads),
    *(counting.compares_counts, attributes.colors_of_many, references.which_one),
)


def _pictured(s: Speaker) -> Asked:
    """A question about one picture that is a whole sentence."""
    while True:
        asked = s.pick(_PICTURED)(s)
        if asked.form in "?~!" and OPERATORS[str(asked.plan[0])].result is not Kind.DECLINE:
            return asked


def at_a_moment(s: Speaker) -> Asked:
    """A question about a picture, and when."""
    asked = _pictured(s)
    roll = s.rng.random()
    if roll < 0.5:
        op = s.pick(("at_start", "at_end", "at_end", "halfway"))
        said = s.say(WORDINGS[op], v=_video(s))
        plan: Plan = (op, asked.plan)
    elif roll < 0.65:
        number = Leaf(str(s.pick(tuple(range(1, 61)))), "number")
        said = s.say(WORDINGS["at_second"], n=number, v=_video(s))
        plan = ("at_second", number, asked.plan)
    else:
        op = s.pick(("when_seen", "before_seen", "after_seen"))
        x = s.name()
        said = s.say(WORDINGS[op], x=x, v=_video(s))
        plan = (op, x, asked.plan)
    pieces: list[Piece] = [*said, ",", *asked.pieces] if s.chance(0.35) else [*asked.pieces, *said]
    return Asked(pieces, plan, asked.form)


def while_said(s: Speaker) -> Asked:
    """A question about a picture, while something is said.

    It is no family of the training data: `rewrite.py` takes such a question apart, and the model plans what is left.
    """
    asked = _pictured(s)
    pieces, leaf = quoted(s)
    said = s.say(WORDINGS["when_said"], q=pieces)
    whole: list[Piece] = [*said, ",", *asked.pieces] if s.chance(0.35) else [*asked.pieces, *said]
    return Asked(whole, ("when_said", leaf, asked.plan), asked.form)


def throughout(s: Speaker) -> Asked:
    """Ever, always, at most, or simply of the video."""
    roll = s.rng.random()
    if roll < 0.35:
        asked = s.pick((presence.exists, presence.exists_related, attributes.verifies, space.is_related))(s)
        word, op = s.pick((("ever", "ever"), ("at any time", "ever"), ("always", "always"), ("all the time", "always")))
        return Asked([*asked.pieces, word], (op, asked.plan), asked.form)
    if roll < 0.55:
        asked = s.pick((counting.counts, counting.counts_related))(s)
        word = s.pick(("at most", "at the same time at most", "at once at most", "at the same time", "at once"))
        return Asked([*asked.pieces, word], ("most", asked.plan), asked.form)
    asked = _pictured(s)
    said = s.say(("in the {v}", "", ""), v=_video(s))
    return Asked([*asked.pieces, *said], ("mostly", asked.plan), asked.form)


FAMILIES: tuple[tuple[float, Callable[[Speaker], Asked]], ...] = (
    (14, when),
    (12, counts_over_time),
    (9, does_it),
    (4, direction),
    (8, which_track),
    (10, compares),
    (8, which_of_them),
    (3, follows),
    (9, shown_text),
    (5, speech),
    (4, facts),
    (14, at_a_moment),
    (12, throughout),
)
