"""`PlannerModel`: the shipped planner, ready to be asked.

It tokenizes, decodes under the grammar, renders, and says how sure it is; where the question is not one that a program
over one picture can answer, or the score is too low, it declines with a reason instead of guessing.  Loading and torch
wait for the first question.  It knows nothing of agents, experts or pictures.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .happening import render_over_time
from .plan import OPERATORS, Kind, Node, Span, show
from .render import render
from .rewrite import among_options, over_time_among_options, read_whole_picture, restated, while_said
from .tokens import MAX_TOKENS, Token, tokenize

if TYPE_CHECKING:
    from .decode import Decoded
    from .weights import Shipped

WEIGHTS = Path(__file__).parent / "weights" / "planner.safetensors"

_DECLINED = {
    "chat": "this does not ask about the picture",
    "create": "this asks to make or change a picture, and the embedded planner only writes programs that answer",
    "opinion": "this asks for a reason, an opinion or a guess, which cannot be looked up in a picture",
    "moment": "this asks what happens over time, and the embedded planner answers questions about one picture",
    "language": "the embedded planner reads English only",
    "unclear": "no question could be made out",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NativePlan:
    """What the planner makes of a question.

    Attributes:
        program: Python source with one function `execute_command`, None when the planner declines.
        plan: the plan in readable prefix form, with the copied words in quotes.
        score: calibrated probability that the plan is right, 0 to 1; when it declines, that of its best program.
        reason: why it declines, None when there is a program.
        notes: what was changed to suit the installation, such as reading the whole picture.
    """

    program: str | None
    plan: str
    score: float
    reason: str | None = None
    notes: tuple[str, ...] = ()


class PlannerModel:
    """Question -> plan -> program.  Safe to share between threads; nothing is kept from one question to the next."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._shipped: Shipped | None = None
        self._lock = threading.Lock()

    @classmethod
    def load(cls, weights: Path = WEIGHTS) -> PlannerModel:
        """A planner with its weights in memory.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file holds another kind of model.
        """
        model = cls(weights)
        model._ready()
        return model

    @property
    def name(self) -> str:
        """The weights' own name: what they were trained as, and a digest."""
        return self._ready().name

    @property
    def plans_videos(self) -> bool:
        """Whether the weights were trained with questions about videos."""
        return "first_seen" in json.loads(self._ready().facts["operators"])

    def plan(
        self, question: str, *, options: Sequence[str] | None = None, detector: bool = True, video: bool = False
    ) -> NativePlan:
        """Plan one question.

        Args:
            question: plain English, at most about 70 words; later words are not read.
            options: answers to choose from; the program then takes `possible_answers` and prefers one of them.
            detector: whether something here can find named objects; without it, questions about the text on an object
                read the whole picture.
            video: whether it is asked of a video; the program then takes one.
        """
        shipped = self._ready()
        spoken = while_said(question) if video else None
        question, quote = spoken or (question, None)
        question = restated(question)
        if quote is not None:
            question = f"{question.rstrip(' ?!.')} at the end of the video?"  # in the place of what is said
        tokens = tokenize(question)
        if not tokens:
            return NativePlan(program=None, plan="decline_unclear", score=0.0, reason=_DECLINED["unclear"])
        if len(tokens) == MAX_TOKENS:
            return NativePlan(
                program=None,
                plan="decline_unclear",
                score=0.0,
                reason=f"the question is longer than the {MAX_TOKENS} words and marks that the embedded planner reads",
            )
        best = self._decode(shipped, tokens, Kind.HAPPENING if video else Kind.ANSWER)
        readable = show(best.plan, [question[token.start : token.end] for token in tokens])
        likely = math.exp(best.total)
        if OPERATORS[best.plan.op].result is Kind.DECLINE:
            why = _DECLINED[best.plan.op.removeprefix("decline_")]
            if options is None or best.plan.op not in ("decline_opinion", "decline_chat"):
                return NativePlan(program=None, plan=readable, score=min(1.0, max(0.0, 1 - likely)), reason=why)
        score = shipped.calibration.score(best.log_probabilities)
        if score < shipped.calibration.threshold:
            return NativePlan(
                program=None,
                plan=readable,
                score=score,
                reason=f"the embedded planner is not sure enough of its best plan ({score:.2f}): {readable}",
            )
        if video:
            plan = over_time_among_options(best.plan) if options is not None else best.plan
            if quote is not None and plan.op == "at_end":
                plan, question, tokens = _while_said(plan, quote, question, tokens)
                readable = show(plan, [question[token.start : token.end] for token in tokens])
            program = render_over_time(plan, question, tokens, options=options is not None)
            return NativePlan(program=program, plan=readable, score=score)
        return self._programmed(best.plan, question, tokens, readable, score, options, detector)

    @staticmethod
    def _programmed(
        plan: Node,
        question: str,
        tokens: Sequence[Token],
        readable: str,
        score: float,
        options: Sequence[str] | None,
        detector: bool,
    ) -> NativePlan:
        notes: tuple[str, ...] = ()
        if not detector:
            whole = read_whole_picture(plan)
            if whole != plan:
                plan, notes = whole, ("nothing here finds named objects, so the whole picture is read",)
        if options is not None:
            plan = among_options(plan)
        program = render(plan, question, tokens, options=options is not None)
        return NativePlan(program=program, plan=readable, score=score, notes=notes)

    @staticmethod
    def _decode(shipped: Shipped, tokens: Sequence[Token], root: Kind) -> Decoded:
        from .decode import decode, on_one_thread

        with on_one_thread():
            return decode(shipped.net, shipped.vocabulary, tokens, root=root)[0]

    def _ready(self) -> Shipped:
        with self._lock:
            if self._shipped is None:
                from .weights import load

                self._shipped = load(self._weights)
            return self._shipped


def _while_said(plan: Node, quote: str, question: str, tokens: list[Token]) -> tuple[Node, str, list[Token]]:
    """The plan for the end of a video as one for while `quote` is said; the quote is put behind the question."""
    place = len(question) + 1
    said = [replace(token, start=token.start + place, end=token.end + place) for token in tokenize(quote)]
    span = Span(len(tokens), len(tokens) + len(said))
    return Node("when_said", (span, *plan.args)), f"{question} {quote}", [*tokens, *said]
