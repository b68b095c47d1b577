"""Plan once: a planner that remembers what another planner wrote for a query and gives it again for every media.

A program is reused where query text, kind of media and number of options agree, unless it names an option of the row
that it was written for and this row has other options. A plan that the check refuses is mended before it is kept, as
that has nothing to do with the media; a plan that fails at one row is mended for that row alone, where this is asked
for. That there is no plan is remembered too; that a planner could not be reached is not.
"""

from __future__ import annotations

import ast
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ...prompts.request import Attempt, PlanRequest
from ...tools.errors import NoPlan, PlannerUnavailable, UnusableReply
from ..check import check_program
from ..planners.base import Plan, Planner
from ..source import parse

__all__ = ["PlanOnce", "plan_key"]

_MOST = 4096  # plans held in memory; a plan that was dropped comes back with the rows that need it
REUSED = "planned once, for another row with the same query"


def plan_key(question: str, kind: str, options: Sequence[str] | None) -> str:
    """What rows must agree in to share a program: query, kind of media, number of options."""
    return json.dumps([question, kind, None if options is None else len(options)])


class PlanOnce:
    """A planner in front of another.

    Args:
        planner: who writes.
        replan: whether a program that failed at a row is handed back to be mended.
        mends: how often a plan that the check refuses is handed back before it is kept.
        learned: told of each new plan, as plain data {"key", "query", "plan"}.

    Attributes:
        asked: how often the planner behind was asked.
    """

    def __init__(
        self,
        planner: Planner,
        *,
        replan: bool = False,
        mends: int = 2,
        learned: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._planner = planner
        self._replan = replan
        self._mends = mends if planner.repairs else 0
        self._learned = learned or (lambda plan: None)
        self._plans: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._turns: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self.asked = 0

    @property
    def name(self) -> str:
        return self._planner.name

    @property
    def repairs(self) -> bool:
        return self._replan and self._planner.repairs

    def remember(self, plans: Mapping[str, Any]) -> None:
        """Take in plans that were made earlier, as `learned` was told of them, by key."""
        with self._lock:
            for key, plan in plans.items():
                self._put(key, plan)

    def plan(self, request: PlanRequest) -> Plan:
        """The program for the query, written now or before; raises as `Planner.plan`."""
        if request.feedback:
            return self._ask(request)
        key = plan_key(request.question, request.kind, request.options)
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:  # whoever asks the same at the same time waits for the plan rather than asking for another
            kept = self._get(key)
            if kept is None:
                kept = self._write(request)
                fresh = True
                with self._lock:
                    self._put(key, kept)
                self._learned({"key": key, "query": request.question, "plan": kept})
            else:
                fresh = False
        with self._lock:
            self._turns.pop(key, None)
        if not fresh and not _fits(kept, request.options):
            return self._ask(request)
        return _revived(kept, fresh=fresh)

    def _write(self, request: PlanRequest) -> dict[str, Any]:
        """A plan that passes the check if the planner can write one, or that there is none, as plain data."""
        options = None if request.options is None else list(request.options)
        feedback: list[Attempt] = []
        tokens_in = tokens_out = 0
        while True:
            try:
                plan = self._ask(replace(request, feedback=tuple(feedback)))
            except PlannerUnavailable:
                raise
            except NoPlan as error:
                program, problem = str(error.facts.get("reply", "")), str(error)
                facts = {key: error.facts[key] for key in ("score", "prompt_hash") if key in error.facts}
                found: dict[str, Any] = {
                    "refused": type(error).__name__,
                    "problem": problem,
                    "facts": facts,
                    "options": options,
                }
                mendable = isinstance(error, UnusableReply)
            else:
                tokens_in, tokens_out = tokens_in + plan.tokens_in, tokens_out + plan.tokens_out
                spent = replace(plan, tokens_in=tokens_in, tokens_out=tokens_out)
                found = {"plan": asdict(spent)}
                program, problem = plan.program, _refused(plan.program, request)
                mendable = bool(problem)
            if not mendable or len(feedback) >= self._mends:
                return {**found, "options": options}
            feedback.append(Attempt(program=program, problem=problem))

    def _ask(self, request: PlanRequest) -> Plan:
        with self._lock:
            self.asked += 1
        return self._planner.plan(request)

    def _get(self, key: str) -> Mapping[str, Any] | None:
        with self._lock:
            kept = self._plans.get(key)
            if kept is not None:
                self._plans.move_to_end(key)
            return kept

    def _put(self, key: str, plan: Mapping[str, Any]) -> None:
        self._plans[key] = plan
        self._plans.move_to_end(key)
        while len(self._plans) > _MOST:
            self._plans.popitem(last=False)


def _refused(program: str, request: PlanRequest) -> str:
    """What the check has against the program, empty where it has nothing."""
    samples = request.media[0].samples if request.media else None
    report = check_program(program, media_kind=request.kind, video_samples=samples)
    return "; ".join(str(issue) for issue in report.issues if issue.severity == "error")


def _fits(kept: Mapping[str, Any], options: Sequence[str] | None) -> bool:
    """Whether a program that was written for other options says nothing that only those have."""
    written_for = kept["options"]
    if written_for is None or options is None or "plan" not in kept or list(options) == written_for:
        return True
    alien = {option.strip().lower() for option in written_for} - {option.strip().lower() for option in options}
    try:
        tree = parse(kept["plan"]["program"])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # it fails wherever it runs
    said = {n.value.strip().lower() for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return not said & alien


def _revived(kept: Mapping[str, Any], *, fresh: bool) -> Plan:
    if "plan" not in kept:
        refusal = UnusableReply if kept["refused"] == "UnusableReply" else NoPlan
        raise refusal(kept["problem"], **kept["facts"])
    plan = Plan(**{**kept["plan"], "notes": tuple(kept["plan"]["notes"])})
    if fresh:
        return plan
    # The tokens were spent once, and the prompt stands in the trace of the row that it was spent for.
    return replace(plan, tokens_in=0, tokens_out=0, prompt=None, notes=(*plan.notes, REUSED))
