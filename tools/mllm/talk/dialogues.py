"""Talks of several turns about one picture, in which "it" and "the one behind it" mean what was spoken of last."""

from __future__ import annotations

import re

from ..planner.questions.wording import Leaf
from .facts import ATTRIBUTES, RELATIONS, View
from .naming import RELATION_SAID, attributes_of, name, noun
from .said import Talk, Turn
from .speech import Named, Part, Voice
from .stills import attribute_turn
from .turns import ask, talk, turn

__all__ = ["dialogue"]

_PRONOUN = re.compile(r"\b(it|its)\b")


def dialogue(voice: Voice, view: View) -> Talk | None:
    """Three to six turns that begin with a named thing."""
    if len(view.present) < 2:
        return None
    topic, asked = voice.pick(view.present), voice.pick(ATTRIBUTES)
    first = attribute_turn(voice, view, topic, asked)
    if first is None:
        return None
    turns, known = [first], {(topic, asked)}
    for _ in range(voice.pick((2, 3, 3, 4, 5))):
        step = voice.pick(("about", "about", "move", "move", "count", "text", "switch"))
        made: Turn | None = None
        if step == "about":
            fresh = [a for a in ATTRIBUTES if (topic, a) not in known]
            if fresh:
                asked = voice.pick(fresh)
                made = _about(voice, view, topic, f"dialogue.about.{asked}", view.value(topic, asked))
        elif step == "move":
            ways = [(r, view.beyond(r, topic)[0]) for r in RELATIONS if len(view.beyond(r, topic)) == 1]
            if ways:
                relation, found = voice.pick(ways)
                made = _moved(voice, view, topic, relation, found)
                topic = found
        elif step == "count":
            relation = voice.pick(RELATIONS)
            things = view.beyond(relation, topic)
            question = _meant(ask(voice, "dialogue.count", r=voice.pick(RELATION_SAID[relation])), view, topic)
            made = turn(question, [Named(str(len(things)), view.picture, things)])
        elif step == "text":
            if topic in view.readable:
                made = _about(voice, view, topic, "dialogue.text", view.readable[topic])
            elif topic not in view.labels and view.labels and voice.chance(0.5):
                made = turn(_meant(ask(voice, "dialogue.text"), view, topic), voice.say("read.none"))
        elif _asks_attribute(turns[-1], view, asked):  # else "what about ..." would ask for nothing
            other = voice.pick([k for k in view.present if k != topic])
            x = name(voice, view, other, without=asked)
            if x is not None and (other, asked) not in known:
                answer = Named(view.value(other, asked), view.picture, (other,))
                made, topic = turn(ask(voice, "dialogue.switch", x=x), [answer]), other
        known.add((topic, asked))
        if made is None:
            continue
        turns.append(made)
    return talk("dialogue", "dialogue", turns, [view]) if len(turns) >= 3 else None


def _about(voice: Voice, view: View, topic: int, heading: str, value: str) -> Turn:
    return turn(_meant(ask(voice, heading), view, topic), [Named(value, view.picture, (topic,))])


def _moved(voice: Voice, view: View, topic: int, relation: str, found: int) -> Turn:
    """ "What about the one behind it?": the answer says what that is."""
    r: Part = voice.pick(RELATION_SAID[relation])
    answer = Named(noun(voice, attributes_of(view, found, ATTRIBUTES)), view.picture, (found,))
    return turn(_meant(ask(voice, "dialogue.move", r=r), view, topic), ["a", answer])


def _asks_attribute(last: Turn, view: View, asked: str) -> bool:
    return last.answer in {view.value(k, asked) for k in view.present}


def _meant(pieces: list[str | Leaf], view: View, topic: int) -> list[str | Leaf]:
    """The pieces with each "it" tied to the thing that it means."""
    out: list[str | Leaf] = []
    for piece in pieces:
        if isinstance(piece, Leaf):
            out.append(piece)
            continue
        for part in _PRONOUN.split(piece):
            if part.strip():
                said = part.strip()
                out.append(Named(said, view.picture, (topic,)) if said in ("it", "its") else said)
    return out
