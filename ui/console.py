"""What the command line tells on standard error while a question is answered, and how it complains.

Standard output is left to the answer. Rich drops colours and spinners by itself when standard error is not a terminal;
lines are never cut or wrapped then, so that they can be searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..agent.trace import AnswerRecord, PlanRecord, RouteRecord, RunRecord, StepRecord, Trace
from .highlight import coloured_lines
from .marks import Region, image_ref, marks_in_result
from .wording import STATUS_WORDS, WAY_WORDS, asked, duration, paired_results, printable, returned

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..agent.answer import Answer
    from ..agent.events import Event

__all__ = ["Narrator", "complain", "error_console"]

_SHOWN_BOXES = 6
_STYLES = {
    "comment": "dim italic",
    "keyword": "magenta",
    "string": "green",
    "number": "yellow",
    "name": "blue",
    "builtin": "cyan",
}
_TONES = {"answered": "green", "cannot_tell": "yellow"}


def error_console() -> Console:
    """The console on standard error that everything but the answer goes to."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """One readable line on standard error."""
    from rich.text import Text

    line = " ".join(printable(message).split())
    error_console().print(Text.assemble(("sightline: ", "bold red"), line))


class Narrator:
    """Tells the events of a question as they happen, or a finished trace at once; a quiet one tells nothing.

    Args:
        console: where to tell it, standard error when omitted.
    """

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or error_console()
        self._quiet = quiet
        self._status: Any = None

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on, where there is a terminal to show it."""
        if self._quiet or not self._console.is_terminal:
            yield
            return
        with self._console.status(what) as self._status:
            try:
                yield
            finally:
                self._status = None

    def __call__(self, event: Event) -> None:
        """Tell one event; meant as the `emit` of an agent."""
        if self._quiet:
            return
        record = event.record
        if isinstance(record, PlanRecord):
            self._plan(record)
            self._busy("running the program")
        elif isinstance(record, StepRecord):
            self._step(record)
        elif isinstance(record, RunRecord):
            self._run(record)
            self._busy("thinking again" if record.error else "done")
        elif isinstance(record, RouteRecord):
            self._print((f"{WAY_WORDS[record.way]}: {printable(record.reason)}", "dim"))
        elif event.kind == "call" and record is not None:
            self._busy(f"line {record.line}: {record.capability.replace('_', ' ')}")

    def trace(self, trace: Trace) -> None:
        """Tell a whole trace, attempt by attempt."""
        if self._quiet:
            return
        for plan in trace.plans:
            self._plan(plan)
            for step in trace.steps:
                if step.attempt == plan.attempt:
                    self._step(step)
            for run in trace.runs:
                if run.attempt == plan.attempt:
                    self._run(run)

    def outcome(self, trace: Trace) -> None:
        """Tell how it ended; why there is no answer is told even by a quiet narrator."""
        answer = trace.answer
        if answer.reason and answer.status != "answered":
            complain(answer.reason)
        if not self._quiet:
            self._outcome(answer, steps=len(trace.steps))

    def verdict(self, answer: Answer, *, expected: str, right: bool) -> None:
        """Tell an answer next to what a person expects."""
        said = printable(answer.text) if answer else f"{answer.status}: {_flat(answer.reason or '')}"
        sign, tone = ("✓ ", "green") if right else ("✗ ", "red")
        self._print((sign, tone), (said, "bold"), ("" if right else f"   expected: {expected}", tone))

    def note(self, message: str) -> None:
        """A remark such as where a report was written."""
        if not self._quiet:
            self._print((printable(message), "dim"))

    # -- the kinds of records --

    def _plan(self, plan: PlanRecord) -> None:
        score = "" if plan.score is None else f", score {plan.score:.2f}"
        by = printable(plan.planner)
        if plan.program:
            said = "the program" if plan.planner == "given" else f"{by} wrote this in {duration(plan.seconds)}{score}"
            self._print((said, "dim"))
            self._program(plan.program)
        if plan.problem is not None:
            at = f"line {plan.problem.line}: " if plan.problem.line else ""
            self._print((f"not run: {at}" if plan.program else "no program: ", "red"), _flat(plan.problem.message))

    def _program(self, program: str) -> None:
        lines = coloured_lines(printable(program))
        width = len(str(len(lines)))
        for number, words in enumerate(lines, start=1):
            self._print((f"  {number:>{width}}  ", "dim"), *((word.text, _STYLES.get(word.kind, "")) for word in words))

    def _step(self, step: StepRecord) -> None:
        by = [printable(step.expert)] if step.expert else []
        by.append("remembered" if step.cached else "seen ahead" if step.ahead else duration(step.seconds))
        boxes = _boxes(step)
        self._print(
            (f"line {step.line}" if step.line else "step", "cyan"),
            f"  {asked(step.capability, step.arguments, targets=len(step.targets))} → ",
            (returned(step, listed=len(boxes) > 1), "red" if step.error else "bold"),
            (f"  {', '.join(by)}", "dim"),
        )
        for text in boxes:
            self._print((f"        {text}", "dim"))

    def _run(self, run: RunRecord) -> None:
        for line in run.printed.splitlines():
            self._print(("printed  ", "dim"), printable(line))
        if run.error is not None:
            at = f" at line {run.error.line}" if run.error.line else ""
            self._print((f"the program ended{at}: ", "red"), f"{run.error.type}: {_flat(run.error.message)}")

    def _outcome(self, answer: AnswerRecord, *, steps: int) -> None:
        facts = [f"confidence {answer.confidence:.2f}"] if answer.confidence is not None else []
        facts += [f"{steps} step{'' if steps == 1 else 's'}", duration(answer.seconds)]
        tone = _TONES.get(answer.status, "red")
        self._print((STATUS_WORDS.get(answer.status, answer.status), f"bold {tone}"), (f", {', '.join(facts)}", "dim"))

    def _busy(self, what: str) -> None:
        if self._status is not None:
            self._status.update(what)

    def _print(self, *parts: str | tuple[str, str]) -> None:
        from rich.text import Text

        line: Text = Text.assemble(*parts)
        self._console.print(line)


def _flat(text: str) -> str:
    return " ".join(printable(text).split())


def _boxes(step: StepRecord) -> list[str]:
    """Where the things that were found lie, as (left, lower, right, upper), y up."""
    regions = []
    for wire, result in paired_results(step):
        ref = image_ref(wire)
        regions += [region for region in marks_in_result(ref, result) if region.shape == "box"] if ref else []
    told = [f"{_what(region)} at {_place(region.box)}" for region in regions[:_SHOWN_BOXES]]
    return told if len(regions) <= _SHOWN_BOXES else [*told, f"and {len(regions) - _SHOWN_BOXES} more"]


def _what(region: Region) -> str:
    label = _flat(region.label or "region")
    return label if region.confidence is None else f"{label} {region.confidence:.2f}"


def _place(box: tuple[float, float, float, float]) -> str:
    return f"({', '.join(f'{value:.0f}' for value in box)})"
