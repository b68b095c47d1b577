"""The trace: what happened while a question was answered, in one format for every face of the product.

A trace is a header, then plans, steps and runs in the order in which they happened, then the answer; on disk one JSON
object per line, the `record` field naming its kind. Boxes are in pixels of the original image, y up; times are
seconds since the question was asked. Unknown fields are refused, so a trace from a newer version is noticed rather
than half read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..tools.api import Box, ImageRef, Reference, VideoRef
from ..tools.errors import EmptyPatch, Status, TraceError

__all__ = [
    "AnswerRecord",
    "EarlierRecord",
    "Fault",
    "Header",
    "MediaRecord",
    "PlanRecord",
    "RouteRecord",
    "RunRecord",
    "StepRecord",
    "Trace",
    "parse_traces",
    "read_trace",
    "read_traces",
]

TRACE_VERSION = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(_Record):
    """An error as it is kept: class name of the error tree (or of Python), its text, the program's line where known."""

    type: str
    message: str
    line: int | None = None


class MediaRecord(_Record):
    """What was asked about; the pixels are not in the trace, `id` names them by content.

    Of a video also how its frames are counted: `frame_count` and exact `fps` of the file, and how many are sampled.
    `region` is the box that the asker pointed at, where the question is about that and not about all of a picture, with
    the mask that was scribbled in it and its outline.
    """

    id: str
    kind: Literal["image", "video"]
    width: int
    height: int
    name: str
    notes: tuple[str, ...] = ()
    frame_count: int | None = None
    fps: tuple[int, int] | None = None
    samples: int | None = None
    region: tuple[int, int, int, int] | None = None
    region_mask: str | None = None
    region_outline: tuple[tuple[float, ...], ...] = ()

    def reference(self) -> Reference:
        """What the question is about, as programs name it.

        Raises:
            TraceError: when a video's counts are missing, or the region lies outside the picture.
        """
        if self.kind == "image":
            whole = ImageRef.whole(self.id, self.width, self.height)
            try:
                return whole if self.region is None else whole.at(Box(*self.region), mask=self.region_mask)
            except EmptyPatch as error:
                raise TraceError(f"the trace points at nothing in {self.name}: {error}") from error
        if self.frame_count is None or self.fps is None or self.samples is None:
            raise TraceError(f"the trace does not say how the frames of {self.name} are counted")
        return VideoRef(
            media=self.id,
            width=self.width,
            height=self.height,
            frame_count=self.frame_count,
            fps=Fraction(*self.fps),
            samples=self.samples,
            start=0,
            end=self.samples,
        )


class RouteRecord(_Record):
    """Which way the question was answered ("direct", "program", "tools"), why, and whether the asker chose it."""

    way: Literal["direct", "program", "tools"]
    reason: str
    chosen_by: Literal["router", "asker"]


class EarlierRecord(_Record):
    """Something of an earlier turn that the question could refer to: where it lies, and what the planner was told."""

    turn: int
    what: str
    target: dict[str, Any]


class Header(_Record):
    record: Literal["header"] = "header"
    format: Literal["sightline-trace"] = "sightline-trace"
    version: Literal[1] = 1
    id: str
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    sightline: str
    question: str
    options: tuple[str, ...] | None = None
    media: tuple[MediaRecord, ...] = ()
    planner: str
    profile: str
    route: RouteRecord | None = None
    earlier: tuple[EarlierRecord, ...] = ()


class PlanRecord(_Record):
    """One attempt at a program; `problem` is what kept it from running, a failure while running stands in its run."""

    record: Literal["plan"] = "plan"
    attempt: int
    planner: str
    model: str | None = None
    program: str | None = None
    score: float | None = None
    prompt: str | None = None
    prompt_hash: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    notes: tuple[str, ...] = ()
    estimated_calls: float | None = None
    started_s: float
    seconds: float
    problem: Fault | None = None


class StepRecord(_Record):
    """One call of an expert: asked by which line, about which region, with what result.

    `outlines` has, by their ids, the outlines of the masks that the result names; see `outlines`.
    """

    record: Literal["step"] = "step"
    attempt: int
    index: int
    capability: str
    targets: tuple[dict[str, Any], ...]
    arguments: dict[str, Any]
    result: Any = None
    error: Fault | None = None
    line: int | None = None
    expert: str | None = None
    version: str | None = None
    cached: bool = False
    ahead: bool = False
    confidence: float | None = None
    started_s: float
    seconds: float
    outlines: dict[str, tuple[tuple[float, ...], ...]] = {}


class RunRecord(_Record):
    """One run of a program in the sandbox."""

    record: Literal["run"] = "run"
    attempt: int
    executed_lines: tuple[int, ...] = ()
    printed: str = ""
    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    walls: dict[str, Any]
    error: Fault | None = None


class AnswerRecord(_Record):
    record: Literal["answer"] = "answer"
    status: Status
    text: str
    value: Any = None
    confidence: float | None = None
    reason: str | None = None
    seconds: float


_AnyRecord = Annotated[Header | PlanRecord | StepRecord | RunRecord | AnswerRecord, Field(discriminator="record")]
_adapter: TypeAdapter[Header | PlanRecord | StepRecord | RunRecord | AnswerRecord] = TypeAdapter(_AnyRecord)


class Trace(_Record):
    header: Header
    plans: tuple[PlanRecord, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    answer: AnswerRecord

    @property
    def program(self) -> str | None:
        """The last program that was written."""
        return next((plan.program for plan in reversed(self.plans) if plan.program), None)

    @property
    def last_attempt(self) -> int:
        return max((plan.attempt for plan in self.plans), default=0)

    def to_jsonl(self) -> str:
        """One JSON object per line; ends with a newline."""
        happened: list[PlanRecord | StepRecord | RunRecord] = [*self.plans, *self.steps, *self.runs]
        middle = sorted(happened, key=lambda record: (record.attempt, _ORDER[record.record]))
        records: list[_Record] = [self.header, *middle, self.answer]
        return "".join(record.model_dump_json() + "\n" for record in records)

    def write(self, path: str | Path) -> None:
        """Append the trace to a JSON-lines file."""
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("a", encoding="utf-8") as file:
                file.write(self.to_jsonl())
        except OSError as error:
            raise TraceError(f"cannot write the trace to {path}: {error.strerror}") from error


_ORDER = {"plan": 0, "step": 1, "run": 2}


def read_traces(path: str | Path) -> list[Trace]:
    """All traces of a JSON-lines file.

    Raises:
        TraceError: when the file cannot be read, a line is not a record of this version, or a trace is cut off.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise TraceError(f"cannot read the trace {path}: {reason}") from error
    traces = parse_traces(text)
    if not traces:
        raise TraceError(f"{path} holds no trace")
    return traces


def parse_traces(text: str) -> list[Trace]:
    """All traces of a text of JSON lines. Raises TraceError as `read_traces`."""
    # Only newlines part records: str.splitlines would also cut at characters that texts may hold.
    return list(_group(enumerate(text.split("\n"), start=1)))


def read_trace(path: str | Path) -> Trace:
    """The last trace of a JSON-lines file; raises as `read_traces`."""
    return read_traces(path)[-1]


def _group(lines: Iterable[tuple[int, str]]) -> Iterable[Trace]:
    header: Header | None = None
    found: dict[str, list[Any]] = {"plan": [], "step": [], "run": []}
    for number, line in lines:
        if not line.strip():
            continue
        record = _record(number, line)
        if isinstance(record, Header):
            if header is not None:
                raise TraceError(f"line {number}: a new trace begins before the last one has its answer")
            header, found = record, {"plan": [], "step": [], "run": []}
        elif header is None:
            raise TraceError(f"line {number}: a {record.record} record stands before any header")
        elif isinstance(record, AnswerRecord):
            yield Trace(
                header=header,
                plans=tuple(found["plan"]),
                steps=tuple(found["step"]),
                runs=tuple(found["run"]),
                answer=record,
            )
            header = None
        else:
            found[record.record].append(record)
    if header is not None:
        raise TraceError("the trace is cut off: its answer is missing")


def _record(number: int, line: str) -> Header | PlanRecord | StepRecord | RunRecord | AnswerRecord:
    try:
        return _adapter.validate_python(json.loads(line), strict=False)
    except json.JSONDecodeError as error:
        raise TraceError(f"line {number} is not JSON: {error.msg}") from error
    except (ValidationError, RecursionError) as error:
        detail = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "nested too deeply"}
        where = ".".join(str(part) for part in detail["loc"])
        raise TraceError(f"line {number} is not a trace record: {where}: {detail['msg']}") from error
