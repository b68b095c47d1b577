"""How a command ends: the answer on standard output, or one readable line and an exit code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...tools.errors import SightlineError

if TYPE_CHECKING:
    from ...agent import Answer

__all__ = ["EXIT_CODES", "FAILED", "INTERRUPTED", "finish", "plainly"]

EXIT_CODES = {"answered": 0, "bad_input": 2, "no_plan": 3, "timeout": 5, "limit": 5}
FAILED = 4
INTERRUPTED = 130


def finish(
    answer: Answer,
    narrator: Any,
    *,
    json: bool,
    trace: Path | None,
    report: Path | None,
    save: Path | None = None,
) -> None:
    """Print the answer, write what was asked for, and leave with the exit code of the status."""
    from ..wording import printable

    narrator.outcome(answer.trace)
    if json:
        print(_as_json(answer))
    elif answer.status in ("answered", "cannot_tell"):
        print(printable(answer.text))
    sys.stdout.flush()
    if trace is not None:
        answer.trace.write(trace)
        narrator.note(f"trace: {trace}")
    if report is not None:
        from ..report import write_report

        narrator.note(f"report: {write_report(report, answer.trace, answer.pictures)}")
    if save is not None and answer:
        _save(answer, narrator, save)
    raise typer.Exit(EXIT_CODES.get(answer.status, FAILED))


def _save(answer: Answer, narrator: Any, path: Path) -> None:
    """Write the answer's pictures; leave as one that failed where there are none."""
    from ..console import complain
    from ..saving import save_pictures

    files = save_pictures(answer, path)
    for file in files:
        narrator.note(f"picture: {file}")
    if not files:
        complain(f"nothing was saved as {path}: the answer is no picture; ask for one, or to change or cut one out")
        raise typer.Exit(FAILED)


def _as_json(answer: Answer) -> str:
    from json import dumps

    recorded = answer.trace.answer
    return dumps(
        {
            "answer": answer.text if answer.status == "answered" else None,
            "value": recorded.value,
            "status": answer.status,
            "reason": answer.reason,
            "confidence": answer.confidence,
            "program": answer.program,
            "trace_id": answer.trace.header.id,
            "steps": len(answer.trace.steps),
            "seconds": round(recorded.seconds, 4),
        },
        ensure_ascii=False,
    )


@contextmanager
def plainly(*, json: bool = False) -> Iterator[None]:
    """Turn every error into one line and an exit code; with `json` into an object on standard output as well."""
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except SightlineError as error:
        _fail(str(error), status=error.status, json=json)
    except Exception as error:  # a fault of ours: still one line, and how to see more of it
        import os

        if os.environ.get("SIGHTLINE_DEBUG"):
            raise
        text = f"internal error, {type(error).__name__}: {error} (SIGHTLINE_DEBUG=1 shows where)"
        _fail(text, status="expert_error", json=json)


def _fail(reason: str, *, status: str, json: bool) -> None:
    from ..console import complain

    complain(reason)
    if json:
        from json import dumps

        print(dumps({"answer": None, "status": status, "reason": reason}, ensure_ascii=False))
    raise typer.Exit(EXIT_CODES.get(status, FAILED))
