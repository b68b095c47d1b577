"""Keeps the record of one question while it is answered, and tells it on as events.

The recorder is the one place where a trace is put together. It belongs to one question and one thread at a time.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..tools.errors import SightlineError, Status
from .answer import Answer
from .confidence import overall
from .events import Emit, Event
from .lineage import pictures_made
from .outlines import Outline
from .trace import (
    AnswerRecord,
    EarlierRecord,
    Fault,
    Header,
    MediaRecord,
    PlanRecord,
    RouteRecord,
    RunRecord,
    StepRecord,
    Trace,
)
from .values import encode, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..sandbox import CallSite, ProgramResult
    from ..tools.api import ImageRef, VideoRef
    from ..tools.experts.runtime import CallRecord
    from ..tools.media import Picture, Video
    from .planners.base import Acted, Plan

__all__ = ["Recorder"]


class Recorder:
    def __init__(
        self, *, question: str, options: Sequence[str] | None, planner: str, profile: str, emit: Emit | None = None
    ) -> None:
        self._question, self._planner, self._profile = question, planner, profile
        self._options = None if options is None else tuple(options)
        self._emit = emit or (lambda event: None)
        self._began = time.perf_counter()
        self._media: list[MediaRecord] = []
        self._route: RouteRecord | None = None
        self._earlier: tuple[EarlierRecord, ...] = ()
        self._videos: dict[str, Video] = {}
        self._plans: list[PlanRecord] = []
        self._steps: list[StepRecord] = []
        self._runs: list[RunRecord] = []
        self._site: CallSite | None = None
        self.attempt = 0

    def now(self) -> float:
        """Seconds since the question was asked."""
        return time.perf_counter() - self._began

    def media(self, picture: Picture) -> None:
        self._media.append(
            MediaRecord(
                id=picture.id,
                kind="image",
                width=picture.width,
                height=picture.height,
                name=picture.name,
                notes=tuple(picture.notes),
            )
        )

    def video(self, video: Video, ref: VideoRef) -> None:
        self._videos[video.id] = video
        self._media.append(
            MediaRecord(
                id=video.id,
                kind="video",
                width=video.width,
                height=video.height,
                name=video.name,
                notes=video.notes,
                frame_count=ref.frame_count,
                fps=(ref.fps.numerator, ref.fps.denominator),
                samples=ref.samples,
            )
        )

    def pointed_at(self, region: ImageRef, outline: Outline = ()) -> None:
        """The question is about this region of one of the pictures, which is the first of them from now on."""
        whole = next(media for media in self._media if media.id == region.media)
        pointed = {"region": region.box.as_tuple(), "region_mask": region.mask, "region_outline": outline}
        self._media.remove(whole)
        self._media.insert(0, whole.model_copy(update=pointed))

    def carry_media(self, records: Sequence[MediaRecord]) -> None:
        """Take over what another trace says of its media."""
        self._media.extend(records)

    def earlier(self, records: Sequence[EarlierRecord]) -> None:
        """What of earlier turns the question could refer to."""
        self._earlier = tuple(records)

    def route(self, record: RouteRecord) -> None:
        """It is decided which way the question is answered."""
        self._route = record
        self._emit(Event(kind="route", record=record))

    def plan(
        self,
        plan: Plan,
        *,
        started_s: float,
        problem: Fault | None = None,
        estimated_calls: float | None = None,
        keep_prompt: bool = True,
    ) -> None:
        """A planner has written a program; `problem` says what the check found wrong with it."""
        self._keep_plan(
            PlanRecord(
                attempt=self.attempt,
                planner=plan.planner,
                model=plan.model,
                program=plan.program,
                score=plan.score,
                prompt=plan.prompt if keep_prompt else None,
                prompt_hash=plan.prompt_hash,
                tokens_in=plan.tokens_in,
                tokens_out=plan.tokens_out,
                notes=plan.notes,
                estimated_calls=estimated_calls,
                started_s=started_s,
                seconds=self.now() - started_s,
                problem=problem,
            )
        )

    def no_plan(self, error: SightlineError, *, planner: str, started_s: float) -> None:
        """A planner has failed to write one."""
        self._keep_plan(
            PlanRecord(
                attempt=self.attempt,
                planner=planner,
                score=error.facts.get("score"),
                prompt_hash=error.facts.get("prompt_hash"),
                started_s=started_s,
                seconds=self.now() - started_s,
                problem=Fault(type=type(error).__name__, message=str(error)),
            )
        )

    def acting(self, planner: str, note: str) -> None:
        """A planner begins to answer by itself, in place of writing a program."""
        self._keep_plan(
            PlanRecord(attempt=self.attempt, planner=planner, notes=(note,), started_s=self.now(), seconds=0.0)
        )

    def acted(self, acted: Acted | None = None, *, error: SightlineError | None = None) -> None:
        """The planner that called tools has ended, with an answer or an error."""
        begun = self._plans.pop()
        ended: dict[str, Any] = {"seconds": self.now() - begun.started_s}
        if acted is not None:
            ended |= {"model": acted.model, "tokens_in": acted.tokens_in, "tokens_out": acted.tokens_out}
        if error is not None:
            ended["problem"] = Fault(type=type(error).__name__, message=str(error))
        self._plans.append(begun.model_copy(update=ended))
        if error is not None:
            self._emit(Event(kind="problem", record=self._plans[-1]))

    def _keep_plan(self, record: PlanRecord) -> None:
        self._plans.append(record)
        self._emit(Event(kind="problem" if record.problem else "plan", record=record))

    def call(self, site: CallSite) -> None:
        """The program is about to ask an expert."""
        self._site = site
        self._emit(Event(kind="call", record=site))

    def step(self, call: CallRecord, outlines: Mapping[str, Outline] = MappingProxyType({})) -> None:
        """An expert has answered, or failed; `outlines` are those of the masks in its result."""
        record = StepRecord(
            attempt=self.attempt,
            index=sum(step.attempt == self.attempt for step in self._steps),
            capability=call.capability,
            targets=tuple(target.to_wire() for target in call.targets),
            arguments=call.arguments,
            result=call.result,
            error=None if call.error is None else Fault(type=type(call.error).__name__, message=str(call.error)),
            line=self._site.line if self._site else None,
            expert=call.expert,
            version=call.version,
            cached=call.cached,
            ahead=call.ahead,
            confidence=call.confidence,
            started_s=max(0.0, self.now() - call.seconds),
            seconds=call.seconds,
            outlines=dict(outlines),
        )
        self._steps.append(record)
        self._emit(Event(kind="step", record=record))

    def run(self, result: ProgramResult) -> None:
        """The program has ended."""
        fault = result.error
        record = RunRecord(
            attempt=self.attempt,
            executed_lines=result.executed_lines,
            printed=result.printed,
            wall_s=result.usage.wall_s,
            cpu_s=result.usage.cpu_s,
            max_rss_bytes=result.usage.max_rss_bytes,
            walls=asdict(result.walls),
            error=None if fault is None else Fault(type=fault.type, message=fault.message, line=fault.line),
        )
        self._runs.append(record)
        self._emit(Event(kind="problem" if fault else "run", record=record))

    @property
    def media_ids(self) -> list[str]:
        """Content hashes of the pictures that were given, asked about or made, in that order and each once."""
        ids = [media.id for media in self._media]
        ids += [target["media"] for step in self._steps for target in step.targets]
        ids += [media for step in self._steps for media, _ in pictures_made(step)]
        return list(dict.fromkeys(ids))

    @property
    def map_ids(self) -> list[str]:
        """Content hashes of what experts drew to be looked at, such as maps of depth."""
        results = [
            one for step in self._steps for one in (step.result if isinstance(step.result, list) else [step.result])
        ]
        maps = [one.get("map") for one in results if isinstance(one, dict)]
        return [str(drawn["media"]) for drawn in maps if isinstance(drawn, dict) and "media" in drawn]

    def answered(self, value: Any, *, pictures: Mapping[str, Picture | Video]) -> Answer:
        """The question has an answer; None or an empty text means that the program looked and could not tell."""
        if value is None or value == "":
            reason = "the program looked and could not tell; its steps show what it found"
            return self._finish("cannot_tell", value=None, text=words(None), reason=reason, pictures=pictures)
        text = _among(words(value), self._options or ())
        return self._finish("answered", value=value, text=text, reason=None, pictures=pictures)

    def failed(self, status: Status, reason: str, *, pictures: Mapping[str, Picture | Video]) -> Answer:
        return self._finish(status, value=None, text="", reason=reason, pictures=pictures)

    def failed_with(self, error: SightlineError, *, pictures: Mapping[str, Picture | Video]) -> Answer:
        return self.failed(error.status, str(error), pictures=pictures)

    def _noted(self, media: MediaRecord) -> MediaRecord:
        """With what was noticed while it was decoded."""
        video = self._videos.get(media.id)
        return media if video is None else media.model_copy(update={"notes": video.notes})

    def _finish(
        self, status: Status, *, value: Any, text: str, reason: str | None, pictures: Mapping[str, Picture | Video]
    ) -> Answer:
        confidence = overall(self._plans, self._steps, self.attempt) if status == "answered" else None
        trace = Trace(
            header=Header(
                id=uuid.uuid4().hex,
                sightline=__version__,
                question=self._question,
                options=self._options,
                media=tuple(self._noted(media) for media in self._media),
                planner=self._planner,
                profile=self._profile,
                route=self._route,
                earlier=self._earlier,
            ),
            plans=tuple(self._plans),
            steps=tuple(self._steps),
            runs=tuple(self._runs),
            answer=AnswerRecord(
                status=status,
                text=text,
                value=encode(value),
                confidence=confidence,
                reason=reason,
                seconds=self.now(),
            ),
        )
        answer = Answer(
            value=value,
            text=text,
            confidence=confidence,
            status=status,
            reason=reason,
            program=trace.program,
            trace=trace,
            pictures=pictures,
        )
        self._emit(Event(kind="answer", answer=answer))
        return answer


def _among(text: str, options: Sequence[str]) -> str:
    """The option that the text is, whatever its case; the text itself when it is none of them."""
    return next((option for option in options if option.strip().lower() == text.strip().lower()), text)
