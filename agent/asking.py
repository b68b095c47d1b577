"""The way of one question: plan, check, run, and on a failure that a planner can mend, plan again.

Everything one question needs is in its `Asking`; nothing here is shared between questions but the planner, the expert
pool and the sandbox. Errors of the tree never leave: they become an `Answer` with a status and a reason.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..prompts.request import Attempt, PlanRequest, Turn
from ..tools.api import ImageRef, VideoRef
from ..tools.errors import BadRequest, ExpertError, NoPlan, ProgramRejected, SightlineError, Status
from ..tools.experts.runtime import CallRecord, InProcessRuntime, Pool
from ..tools.media import MediaStore, Video, load_image, looks_like_video, open_video
from .check import Report, check_program
from .faults import mendable, said
from .inputs import media_facts, program_inputs
from .outlines import outline, outlines_in
from .planners.base import Actor, Plan
from .pointing import Pointing, region
from .router import Route
from .trace import EarlierRecord, Fault, RouteRecord

if TYPE_CHECKING:
    from ..sandbox import Limits, ProgramResult, Sandbox
    from ..tools.api import Reference
    from ..tools.media import Picture
    from .answer import Answer
    from .memory import Remembered
    from .recorder import Recorder
    from .settings import Settings
    from .ways import Decided, Ways

__all__ = ["Asking", "plan_request"]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one attempt ended: a value, or a problem with what the planner may do about it."""

    value: Any = None
    status: Status = "answered"
    problem: str | None = None
    repairable: bool = False


class Asking:
    """One question on its way.

    Args:
        pointing: what the asker points at in one of the pictures, None for all of it.
        earlier: what earlier turns left behind; their media are in the store.
        store: the media of the asker's session; what the question brings is added to it.
        cancel: set by another thread to end the question early.
    """

    def __init__(
        self,
        question: str,
        *,
        options: Sequence[str] | None,
        history: Sequence[Turn],
        pointing: Pointing | None,
        store: MediaStore,
        recorder: Recorder,
        pool: Pool,
        sandbox: Sandbox,
        settings: Settings,
        cancel: threading.Event,
        earlier: Sequence[Remembered] = (),
    ) -> None:
        self._question = question
        self._options = None if options is None else list(options)
        self._history = tuple(history)
        self._pointing = pointing
        self._store = store
        self._recorder = recorder
        self._pool = pool
        self._sandbox = sandbox
        self._settings = settings
        self._cancel = cancel
        self._refs: list[Reference] = []
        self._given_earlier = tuple(earlier)
        self._earlier: list[Reference] = []

    def answer(self, media: Sequence[Any], ways: Ways, route: Route) -> Answer:
        """Choose a way, then plan, check, run and mend until there is an answer or an honest failure."""
        try:
            self._load(media)
            request = self._remember(self._request())
            decided = ways.decide(request, pool=self._pool, route=route)
            self._recorder.route(
                RouteRecord(
                    way=decided.choice.way,
                    reason=decided.choice.reason,
                    chosen_by="router" if route == "auto" else "asker",
                )
            )
            if isinstance(decided.planner, Actor):
                outcome = self._act(request, decided.planner, declined=decided.foreseen)
            else:
                outcome = self._attempts(request, decided)
        except SightlineError as error:
            return self._recorder.failed_with(error, pictures=self._seen())
        finally:
            self._store.rest()
        return self._conclude(outcome)

    def run(self, source: str, media: Sequence[Any]) -> Answer:
        """Run a program that a person wrote; there is no planner to mend it."""
        try:
            self._load(media)
            plan = Plan(program=source, planner="given")
            outcome = self._attempt(plan, started_s=self._recorder.now())
        except SightlineError as error:
            return self._recorder.failed_with(error, pictures=self._seen())
        finally:
            self._store.rest()
        return self._conclude(outcome)

    # -- tool calls --

    def _step(self, call: CallRecord) -> None:
        self._recorder.step(call, outlines_in(call.result, self._store))

    def _act(self, request: PlanRequest, planner: Actor, *, declined: Plan | NoPlan | None = None) -> _Outcome:
        """Let the planner answer by itself; each of its calls is a step of the trace.

        Args:
            declined: why another planner, that was asked before, had no plan.
        """
        self._recorder.acting(planner.name, planner.note)
        runtime = InProcessRuntime(self._pool, self._store, on_call=self._step)
        try:
            acted = planner.act(request, self._refs, runtime=runtime, cancel=self._cancel, earlier=self._earlier)
        except SightlineError as error:
            self._recorder.acted(error=error)
            if isinstance(declined, NoPlan) and isinstance(error, ExpertError):
                return _Outcome(status=declined.status, problem=f"{declined}; asked directly: {error}")
            return _Outcome(status=error.status, problem=str(error))
        self._recorder.acted(acted)
        return _Outcome(value=acted.value)

    # -- the loop --

    def _attempts(self, request: PlanRequest, decided: Decided) -> _Outcome:
        planner, foreseen = decided.planner, decided.foreseen
        feedback: list[Attempt] = []
        tries = 1 + (self._settings.repairs if planner.repairs else 0)
        for attempt in range(tries):
            self._recorder.attempt = attempt
            started_s = self._recorder.now()
            try:
                if isinstance(foreseen, NoPlan):
                    raise foreseen
                plan = foreseen or planner.plan(replace(request, feedback=tuple(feedback)))
                foreseen = None
            except SightlineError as error:
                self._recorder.no_plan(error, planner=planner.name, started_s=started_s)
                outcome = _Outcome(status=error.status, problem=str(error), repairable=error.repairable)
                program = str(error.facts.get("reply", ""))
            else:
                outcome = self._attempt(plan, started_s=started_s)
                program = plan.program
            if outcome.problem is None or not outcome.repairable or self._cancel.is_set():
                break
            feedback.append(Attempt(program=program, problem=outcome.problem))
        return outcome

    def _attempt(self, plan: Plan, *, started_s: float) -> _Outcome:
        report = self._check(plan.program)
        errors = [issue for issue in report.issues if issue.severity == "error"]
        fault = None
        if errors:
            text = "; ".join(str(issue) for issue in errors)
            fault = Fault(type=ProgramRejected.__name__, message=text, line=errors[0].line)
        self._recorder.plan(
            plan,
            started_s=started_s,
            problem=fault,
            estimated_calls=report.estimated_calls,
            keep_prompt=self._settings.keep_prompts,
        )
        if fault is not None:
            return _Outcome(status=ProgramRejected.status, problem=fault.message, repairable=True)
        result = self._execute(plan.program)
        self._recorder.run(result)
        if result.error is None:
            return _Outcome(value=result.value)
        return _Outcome(status=result.error.status, problem=said(result.error), repairable=mendable(result.error))

    def _check(self, program: str) -> Report:
        video = next((ref for ref in self._refs[:1] if isinstance(ref, VideoRef)), None)
        samples = self._settings.video_samples if video is None else video.samples
        return check_program(program, media_kind="image" if video is None else "video", video_samples=samples)

    def _execute(self, program: str) -> ProgramResult:
        return self._sandbox.run(
            program,
            inputs=program_inputs(self._refs, options=self._options, question=self._question, earlier=self._earlier),
            runtime=InProcessRuntime(self._pool, self._store, on_call=self._step),
            limits=self._limits(),
            on_call=self._recorder.call,
            cancel=self._cancel,
        )

    def _limits(self) -> Limits:
        """Experts look at a video for longer than at a picture."""
        limits = self._settings.limits
        if not any(isinstance(ref, VideoRef) for ref in self._refs):
            return limits
        return replace(limits, wall_s=max(limits.wall_s, self._settings.video_wall_s))

    # -- the ends --

    def _load(self, media: Sequence[Any]) -> None:
        for source in media:
            if looks_like_video(source):
                video = open_video(source, limits=self._settings.media)
                ref = self._store.add_video(video, samples=self._settings.video_samples)
                self._refs.append(ref)
                self._recorder.video(self._store.video(ref.media), ref)
                continue
            picture = load_image(source, limits=self._settings.media, allow_urls=self._settings.allow_urls)
            self._refs.append(self._store.add(picture))
            self._recorder.media(picture)
        if self._pointing is not None:
            self._point(self._pointing)

    def _point(self, pointing: Pointing) -> None:
        """Put the region that is meant in the place of its picture, first among what is asked about."""
        whole = next((ref for ref in self._refs if ref.media == pointing.media and isinstance(ref, ImageRef)), None)
        if whole is None:
            raise BadRequest("what is pointed at is not one of the pictures that the question is about")
        # Not told to the recorder: a trace replays the program's own calls, and the region stands in its header.
        runtime = InProcessRuntime(self._pool, self._store)
        meant = region(pointing, whole, runtime=runtime, served=self._pool.capabilities, keep_mask=self._store.add_mask)
        self._refs.remove(whole)
        self._refs.insert(0, meant)
        self._recorder.pointed_at(meant, outline(self._store.mask(meant.mask)) if meant.mask else ())

    def _request(self) -> PlanRequest:
        return plan_request(self._question, self._refs, options=self._options, history=self._history, pool=self._pool)

    def _remember(self, request: PlanRequest) -> PlanRequest:
        """With what earlier turns left behind, but for what the question is about anyway."""
        kept = [each for each in self._given_earlier if each.ref not in self._refs]
        self._earlier = [self._without_lost_mask(each.ref) for each in kept]
        self._recorder.earlier(
            [
                EarlierRecord(turn=each.fact.turn, what=each.fact.what, target=ref.to_wire())
                for each, ref in zip(kept, self._earlier, strict=True)
            ]
        )
        return replace(request, earlier=tuple(each.fact for each in kept))

    def _without_lost_mask(self, ref: Reference) -> Reference:
        if not isinstance(ref, ImageRef) or ref.mask is None or self._store.holds_mask(ref.mask):
            return ref
        return replace(ref, mask=None)  # masks are kept for a while only

    def _conclude(self, outcome: _Outcome) -> Answer:
        if outcome.problem is not None:
            return self._recorder.failed(outcome.status, outcome.problem, pictures=self._seen())
        return self._recorder.answered(outcome.value, pictures=self._seen())

    def _seen(self) -> Mapping[str, Picture | Video]:
        """The pictures and videos that were given and the pictures that experts made."""
        named = (*self._recorder.media_ids, *self._recorder.map_ids)
        known = (media_id for media_id in named if self._store.knows(media_id))
        return {media_id: self._store.held(media_id) for media_id in known}


def plan_request(
    question: str,
    refs: Sequence[Reference],
    *,
    options: Sequence[str] | None,
    pool: Pool,
    history: Sequence[Turn] = (),
) -> PlanRequest:
    """What a planner is told about a question; raises BadRequest as `PlanRequest` does."""
    return PlanRequest(
        question=question,
        media=tuple(media_facts(ref) for ref in refs),
        options=None if options is None else tuple(options),
        history=tuple(history),
        capabilities=pool.capabilities,
        world=pool.world,
    )
