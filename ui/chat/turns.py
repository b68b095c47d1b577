"""The dialogue as HTML: finished turns with their evidence, and the one that is being answered.

Pieces of the report are laid out by the same templates, so a chat shows what a report shows; autoescape is on for every
text. Views are addresses of the session, so a page that is sent again and again carries no pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ...agent.trace import AnswerRecord, MediaRecord, PlanRecord, RouteRecord, RunRecord, StepRecord, parse_traces
from ...agent.values import patches_in
from ...tools.api import Box, ImageRef
from ...tools.errors import EmptyPatch
from ..film import Film, film_of
from ..marks import Region, place
from ..report import TONES, attempt_of, environment, scenes_of, way_words
from ..views import View, ViewBook
from ..wording import STATUS_WORDS, asked, duration, printable
from .addresses import view_address
from .turn_store import StoredTurn

if TYPE_CHECKING:
    from ...agent.events import Event
    from ...sandbox import CallSite
    from .talk import Talk

__all__ = ["Progress", "render_dialogue", "render_running", "shown_turns"]

_PAGE_TURNS = 10  # the last page has up to twice as many, less one
_VIEWS_PER_TURN = 10_000  # keeps the class names of a page's views apart


@dataclass(slots=True)
class Progress:
    """What has happened so far while a question is answered; fed with events, laid out like a trace."""

    question: str
    media: Sequence[str] = ()
    plans: list[PlanRecord] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    runs: list[RunRecord] = field(default_factory=list)
    site: CallSite | None = None
    route: RouteRecord | None = None

    def take(self, event: Event) -> None:
        """Take note of an event."""
        record: Any = event.record
        match record:
            case RouteRecord():
                self.route = record
            case PlanRecord() if self.plans and self.plans[-1].attempt == record.attempt:
                self.plans[-1] = record  # it has ended
            case PlanRecord():
                self.plans.append(record)
            case StepRecord():
                self.steps.append(record)
                self.site = None
            case RunRecord():
                self.runs.append(record)
                self.site = None
            case _ if event.kind == "call":
                self.site = record

    @property
    def now(self) -> str:
        """What is being done, in words."""
        if self.site is not None:
            return f"{asked(self.site.capability, {})}, for line {self.site.line}"
        if not self.plans:
            return "deciding how to answer" if self.route is None else "planning"
        attempt = self.plans[-1].attempt
        ended = self.plans[-1].problem or any(run.attempt == attempt and run.error for run in self.runs)
        if ended:
            return "mending the program"
        if self.plans[-1].program is None:
            direct = self.route is not None and self.route.way == "direct"
            return "asking a model that looks at it" if direct else "choosing the next tool"
        return "finishing" if any(run.attempt == attempt for run in self.runs) else "running the program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A picture or video as the question shows it: its view, and where it was pointed at."""

    view: View
    marks: list[Any]
    name: str
    video: str | None
    sound: bool = False


def render_dialogue(talk: Talk, *, around: int | None = None) -> str:
    """Finished turns, oldest first: the last ones, or those around the turn of that number; empty where there are none.

    A page holds a bounded number of turns; buttons lead to earlier and later ones.
    """
    count = talk.turns.count()
    if not count:
        return ""
    first, last = shown_turns(count, around=around)
    turns = talk.rendered.between(first, last, lambda turn: _turn_html(talk, turn))
    return (
        environment()
        .get_template("chat_dialogue.html.j2")
        .render(turns=[Markup(turn) for turn in turns], first=first, last=last, count=count)
    )


def shown_turns(count: int, *, around: int | None = None) -> tuple[int, int]:
    """Numbers of the first and the last turn that stand on a page together.

    Args:
        count: turns in all, at least 1.
        around: a turn that is among them; the last one where it is left out.
    """
    newest = max(0, count // _PAGE_TURNS - 1) * _PAGE_TURNS + 1  # whole tens, so that a page changes at its end alone
    if around is None or around >= newest:
        return newest, count
    first = (max(1, around) - 1) // _PAGE_TURNS * _PAGE_TURNS + 1
    return first, first + _PAGE_TURNS - 1


def render_running(talk: Talk, progress: Progress, *, number: int) -> str:
    """The turn that is being answered."""
    book = _book(talk, number)
    running = None if progress.site is None else progress.site.line
    attempts = [attempt_of(progress, plan, book, running=running) for plan in progress.plans]
    return (
        environment()
        .get_template("chat_running.html.j2")
        .render(
            question=printable(progress.question),
            brought=[_brought(talk, media, book, None) for media in progress.media],
            now=progress.now,
            way=way_words(progress.route),
            attempt=attempts[-1] if attempts else None,
            prefix=f"t{number}-s",
            views=book.views,
        )
    )


def _turn_html(talk: Talk, turn: StoredTurn) -> str:
    return environment().get_template("chat_turn.html.j2").render(turn=_finished(talk, turn))


def _finished(talk: Talk, turn: StoredTurn) -> dict[str, Any]:
    (trace,) = parse_traces(turn.trace)
    book = _book(talk, turn.number)
    regions = {media.id: media for media in trace.header.media}
    answer = trace.answer
    last = next((plan for plan in reversed(trace.plans)), None)
    attempts = [attempt_of(trace, plan, book) for plan in trace.plans]
    scenes = scenes_of(trace, book) if answer.status == "answered" else []
    brought = [_brought(talk, media, book, regions.get(media)) for media in turn.media]
    films = [film_of(m, list(trace.steps), book, None) for m in trace.header.media if m.kind == "video"]
    return {
        "number": turn.number,
        "session": talk.id,
        "question": printable(turn.question) or "A program, run as it was given",
        "brought": brought,
        "status": answer.status,
        "status_words": STATUS_WORDS.get(answer.status, answer.status),
        "tone": TONES.get(answer.status, "bad"),
        "text": _said(answer),
        "reason": printable(answer.reason) if answer.reason else None,
        "confidence": answer.confidence,
        "took": duration(answer.seconds),
        # A picture in which nothing is marked stands beside the question already.
        "scenes": [scene for scene in scenes if scene.marks or scene.name == "made by the program"],
        "films": [film for film in films if isinstance(film, Film)],
        "way": way_words(trace.header.route),
        "planner": printable(last.planner if last else trace.header.planner),
        "attempts": attempts,
        "steps": len(trace.steps),
        "prefix": f"t{turn.number}-s",
        "views": book.views,
        "vote": turn.vote,
        "correction": printable(turn.correction),
        "program": trace.program is not None,
    }


def _said(answer: AnswerRecord) -> str:
    """The answer in words; regions and pictures by what they are, since where they lie is drawn below."""
    items = answer.value if isinstance(answer.value, list) else [answer.value]
    patches = list(patches_in(items))
    if not items or len(patches) != len(items) or not all(isinstance(one, dict) and "$patch" in one for one in items):
        return printable(answer.text)
    whole = all(ref.box == ref.bounds for ref, _, _ in patches)
    named = [printable(label) if label else "a picture" if whole else "a region" for _, label, _ in patches]
    return ", ".join(named)


def _book(talk: Talk, number: int) -> ViewBook:
    return ViewBook(talk.media, first_number=number * _VIEWS_PER_TURN, address=lambda ref: view_address(talk.id, ref))


def _brought(talk: Talk, media: str, book: ViewBook, asked_of: MediaRecord | None) -> Brought | None:
    artefact = talk.artefacts.find(media)
    if artefact is None:
        return None
    is_video = artefact.kind in ("video", "sound")
    ref = ImageRef.whole(media, artefact.width, artefact.height, frame=0 if is_video else None)
    marks: list[Any] = []
    if asked_of is not None and asked_of.region is not None:
        try:
            left, lower, right, upper = map(float, ref.at(Box(*asked_of.region)).box.as_tuple())
            spot = Region(
                media=media,
                frame=ref.frame,
                image_height=ref.height,
                box=(left, lower, right, upper),
                outline=asked_of.region_outline,
            )
            marks = place([spot], ref)
        except EmptyPatch:
            marks = []
    address = f"/talks/{talk.id}/videos/{media}" if is_video else None
    return Brought(
        view=book.view(ref), marks=marks, name=printable(artefact.name), video=address, sound=artefact.kind == "sound"
    )
