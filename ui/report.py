"""The HTML report: one self-contained page on which a person can check an answer by looking.

A trace, and the pictures where they are at hand, become plain values that a template lays out with autoescape on. The
file asks for nothing from elsewhere: pictures are data URIs, the style sheet is inline, there is no script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..agent.lineage import lineage
from ..agent.trace import Fault, PlanRecord, RouteRecord, RunRecord, StepRecord, Trace
from ..tools.api import ImageRef
from ..tools.errors import BadRequest
from .film import Film, Span, film_of, frames_to_show, spans_of
from .labels import captioned
from .listing import Line, program_lines
from .marks import Mark, Region, image_ref, marks_in_result, pictures_in_value, place, regions_in_value
from .views import HasFrames, Media, View, ViewBook
from .wording import (
    STATUS_WORDS,
    WAY_WORDS,
    asked,
    describe_result,
    duration,
    paired_results,
    printable,
    returned,
    wall_facts,
)

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = [
    "TONES",
    "Attempt",
    "Happened",
    "IndexEntry",
    "Scene",
    "attempt_of",
    "environment",
    "films_of",
    "render_index",
    "render_report",
    "scenes_of",
    "template",
    "way_words",
    "write_page",
    "write_report",
]

_SHOWN_STEPS = 200
_SHOWN_LOOKS = 12
_SHOWN_MARKS = 80
# How large the page shows a view at most, in CSS pixels.
_SCENE_TALL, _SCENE_WIDE = 520, 600
_LOOK_TALL, _LOOK_WIDE = 200, 250
_FRAME_TALL, _FRAME_WIDE = 110, 150  # of several frames of a video
TONES = {"answered": "good", "cannot_tell": "unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One region that a step asked about, with what came back drawn on it."""

    view: View
    marks: list[Mark]
    result: str
    locator: tuple[View, Mark] | None  # the whole picture and the region's place in it
    made: View | None  # the picture that the expert made, for those that make one


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    number: int
    record: StepRecord
    asked: str
    arguments: str
    returned: str
    took: str
    looks: list[Look]
    more_looks: int
    spans: list[Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One program, its run and its steps; `fault` is what ended it, `running` the line that runs now."""

    plan: PlanRecord
    run: RunRecord | None
    lines: list[Line]
    steps: list[Step]
    more_steps: int
    fault: Fault | None
    running: int | None = None


class Happened(Protocol):
    """What has happened so far: a trace, or what is known of a question while it is answered."""

    @property
    def steps(self) -> Sequence[StepRecord]: ...

    @property
    def runs(self) -> Sequence[RunRecord]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A whole picture with the answer's regions, or with everything found where the answer has none."""

    view: View
    marks: list[Mark]
    name: str
    notes: tuple[str, ...]
    caption: str

    @property
    def numbered(self) -> bool:
        """Whether some marks show only a number, so that a list must say what they are."""
        return any(mark.caption == str(mark.number) for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One report on the page that lists several: where it lies, and whether the answer is what a person expects."""

    href: str
    trace: Trace
    pictures: Media
    expected: str
    right: bool


def write_report(path: str | Path, trace: Trace, pictures: Media | None = None) -> Path:
    """Write the report of a trace and return where it lies.

    Args:
        pictures: by media id; without them the page shows the boxes on blank ground.

    Raises:
        BadRequest: when the file cannot be written.
    """
    return write_page(path, render_report(trace, pictures))


def write_page(path: str | Path, html: str) -> Path:
    """Write a page, with its folder where that is missing; raises BadRequest when that fails."""
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html, encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"cannot write the report to {path}: {error.strerror}; choose another file") from error
    return target


def render_report(trace: Trace, pictures: Media | None = None) -> str:
    """The report of a trace as HTML; pictures as in `write_report`."""
    book = ViewBook(pictures or {})
    attempts = [attempt_of(trace, plan, book) for plan in trace.plans]
    films = films_of(trace, book, pictures or {})
    scenes = scenes_of(trace, book)
    answer = trace.answer
    run = next((attempt.run for attempt in reversed(attempts) if attempt.run), None)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            header=trace.header,
            answer=answer,
            answer_text=printable(answer.text),
            reason=printable(answer.reason) if answer.reason else None,
            status_words=STATUS_WORDS.get(answer.status, answer.status),
            tone=TONES.get(answer.status, "bad"),
            took=duration(answer.seconds),
            way=way_words(trace.header.route),
            scenes=scenes,
            films=films,
            last=attempts[-1] if attempts else None,
            earlier=attempts[:-1],
            step_count=len(trace.steps),
            walls=wall_facts(run.walls) if run else [],
            run=run,
            views=book.views,
        )
    )


def render_index(entries: Sequence[IndexEntry], *, title: str) -> str:
    """A page that leads to several reports."""
    books: dict[str, View] = {}
    cards = []
    for entry in entries:
        media = next((media for media in entry.trace.header.media if media.kind == "image"), None)
        if media is not None and media.id not in books:
            book = ViewBook(entry.pictures, first_number=len(books) + 1, whole_side=560)
            books[media.id] = book.view(ImageRef.whole(media.id, media.width, media.height))
        cards.append((entry, books.get(media.id) if media else None))
    return environment().get_template("index.html.j2").render(cards=cards, views=list(books.values()), title=title)


def template(name: str) -> Template:
    """A template of the reports, with their filters and with autoescape on."""
    found: Template = environment().get_template(name)
    return found


def way_words(route: RouteRecord | None) -> str | None:
    """Which way a question was answered and why, as one phrase; None where the trace does not say."""
    return None if route is None else f"{WAY_WORDS[route.way]}: {printable(route.reason)}"


@cache
def environment() -> Environment:
    """Where the templates of all pages are read: every text is escaped, an unknown name is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = duration
    environment.filters["printable"] = printable
    environment.filters["percent"] = lambda fraction: f"{100 * fraction:.3f}%"
    return environment


def attempt_of(trace: Happened, plan: PlanRecord, book: ViewBook, *, running: int | None = None) -> Attempt:
    """One plan with its run and its steps, as a page lays it out; views are taken from the book.

    Args:
        running: the line of the program that runs now, None when it does not run.
    """
    records = [step for step in trace.steps if step.attempt == plan.attempt]
    run = next((run for run in trace.runs if run.attempt == plan.attempt), None)
    fault = plan.problem or (run.error if run else None)
    lines = program_lines(
        plan.program or "",
        executed=run.executed_lines if run else None,
        calls=[(step.line, number) for number, step in enumerate(records, start=1) if step.line is not None],
        fault=fault,
    )
    steps = [_step(number, record, book) for number, record in enumerate(records[:_SHOWN_STEPS], start=1)]
    return Attempt(
        plan=plan,
        run=run,
        lines=lines,
        steps=steps,
        more_steps=max(0, len(records) - _SHOWN_STEPS),
        fault=fault,
        running=running,
    )


def _step(number: int, record: StepRecord, book: ViewBook) -> Step:
    looks: list[Look] = []
    for wire, result in paired_results(record):
        ref = image_ref(wire)
        if ref is None:
            continue
        if len(looks) < _SHOWN_LOOKS:
            looks.append(_look(ref, record, result, book))
    over_time = frames_to_show(record, most=_SHOWN_LOOKS)
    for ref, time_s, regions in over_time:
        looks.append(_look_at(ref, time_s, regions, book, alone=len(over_time) == 1))
    return Step(
        number=number,
        record=record,
        asked=asked(record.capability, record.arguments, targets=len(record.targets)),
        arguments=printable(json.dumps(record.arguments, indent=1, ensure_ascii=False)),
        returned=returned(record, listed=len(looks) == 1 and sum(m.shape == "box" for m in looks[0].marks) > 1),
        took=duration(record.seconds),
        looks=looks,
        more_looks=0 if over_time else max(0, sum(image_ref(w) is not None for w in record.targets) - len(looks)),
        spans=spans_of(record)[:_SHOWN_MARKS],
    )


def _look(ref: ImageRef, record: StepRecord, result: Any, book: ViewBook) -> Look:
    view = book.view(ref)
    locator = None
    if not view.whole:
        whole = ImageRef.whole(ref.media, ref.width, ref.height, frame=ref.frame)
        here = marks_in_result(ref, [{"box": list(ref.box.as_tuple())}])
        locator = (book.view(whole), place(here, whole)[0])
    said = "" if record.error else describe_result(record.capability, record.arguments, result)
    marks = place(marks_in_result(ref, result, record.outlines), ref)[:_SHOWN_MARKS]
    width_px, height_px = view.shown_px(tall=_LOOK_TALL, wide=_LOOK_WIDE)
    marks = captioned(marks, width_px=width_px, height_px=height_px)
    made = image_ref(result.get("image") or result.get("map")) if isinstance(result, Mapping) else None
    return Look(view=view, marks=marks, result=said, locator=locator, made=book.view(made) if made else None)


def _look_at(ref: ImageRef, time_s: float, regions: list[Region], book: ViewBook, *, alone: bool) -> Look:
    view = book.view(ref)
    tall, wide = (_LOOK_TALL, _LOOK_WIDE) if alone else (_FRAME_TALL, _FRAME_WIDE)
    width_px, height_px = view.shown_px(tall=tall, wide=wide)
    marks = captioned(place(regions, ref)[:_SHOWN_MARKS], width_px=width_px, height_px=height_px)
    return Look(view=view, marks=marks, result=f"{time_s:.1f} s", locator=None, made=None)


def films_of(trace: Trace, book: ViewBook, pictures: Media) -> list[Film]:
    """The videos of a trace with what was found when."""
    steps = [step for step in trace.steps if step.attempt == trace.last_attempt]
    found = [film_of(m, steps, book, pictures.get(m.id)) for m in trace.header.media if m.kind == "video"]
    for media in trace.header.media:
        held = pictures.get(media.id)
        if isinstance(held, HasFrames):
            held.rest()
    return [film for film in found if film is not None]


def scenes_of(trace: Trace, book: ViewBook) -> list[Scene]:
    """The pictures of a trace with the answer's regions, or with everything found where the answer has none."""
    outlines = {name: drawn for step in trace.steps for name, drawn in step.outlines.items()}
    outlines |= {media.region_mask: media.region_outline for media in trace.header.media if media.region_mask}
    regions, caption = regions_in_value(trace.answer.value, outlines), "The regions of the answer"
    if not regions:
        regions = _everything_found(trace)
        caption = "Everything the program found" if regions else "The picture; no region was marked in it"
    known = {media.id for media in trace.header.media}
    scenes = []
    for ref in pictures_in_value(trace.answer.value):
        if ref.media not in known:
            how = _how_made(trace, ref)
            scenes.append(
                _scene(
                    book.view(ref), regions, caption="A picture of the answer", name="made by the program", notes=how
                )
            )
    for media in trace.header.media:
        if media.kind == "image":
            view = book.view(ImageRef.whole(media.id, media.width, media.height))
            scenes.append(_scene(view, regions, caption=caption, name=media.name, notes=media.notes))
    return scenes


def _how_made(trace: Trace, ref: ImageRef) -> tuple[str, ...]:
    """What was done to come to a picture, in order, as phrases."""
    steps = [step for step in trace.steps if step.attempt == trace.last_attempt]
    return tuple(asked(step.capability, step.arguments) for step in lineage(steps, ref.media))


def _scene(view: View, regions: list[Region], *, caption: str, name: str, notes: tuple[str, ...] = ()) -> Scene:
    width_px, height_px = view.shown_px(tall=_SCENE_TALL, wide=_SCENE_WIDE)
    marks = captioned(place(regions, view.ref)[:_SHOWN_MARKS], width_px=width_px, height_px=height_px)
    return Scene(view=view, marks=marks, name=printable(name), notes=notes, caption=caption)


def _everything_found(trace: Trace) -> list[Region]:
    """Each region that a step of the last attempt came back with, once."""
    regions: list[Region] = []
    for step in trace.steps:
        if step.attempt == trace.last_attempt:
            for wire, result in paired_results(step):
                ref = image_ref(wire)
                regions += marks_in_result(ref, result, step.outlines) if ref else []
    return list(dict.fromkeys(regions))
