"""Replay of a trace: the same program again, with the recorded results in place of the experts.

It needs no models and no pictures. A program that asks something else than what is recorded (because it was edited,
or because the API changed under it) is noticed at its first different call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..sandbox import Sandbox, SandboxSettings
from ..tools.api import ImageRef, Reference, Target, VideoRef, reference_from_wire
from ..tools.errors import ExpertFailed, ExpertUnavailable, MissingDependency, SightlineError, TraceError, error_types
from ..tools.experts.runtime import CallRecord
from .answer import Answer
from .faults import said
from .inputs import program_inputs
from .planners.base import Plan
from .recorder import Recorder
from .trace import Fault, StepRecord, Trace

__all__ = ["replay"]


class RecordedRuntime:
    """A `Runtime` that answers each call with the next recorded step."""

    def __init__(self, steps: Sequence[StepRecord], on_call: Any) -> None:
        self._steps = list(steps)
        self._next = 0
        self._on_call = on_call

    def call(self, capability: str, target: Target, arguments: dict[str, Any]) -> Any:
        targets: list[Reference] = [target] if isinstance(target, ImageRef | VideoRef) else list(target)
        if self._next >= len(self._steps):
            raise TraceError(f"the program asks for {capability} after the last recorded step")
        step = self._steps[self._next]
        asked = (capability, [ref.to_wire() for ref in targets], arguments)
        if asked != (step.capability, list(step.targets), step.arguments):
            raise TraceError(f"step {step.index} is recorded as {step.capability}, but the program asks {capability}")
        self._next += 1
        error = None if step.error is None else _again(step.error)
        self._on_call(
            CallRecord(
                index=step.index,
                capability=capability,
                targets=tuple(targets),
                arguments=arguments,
                result=step.result,
                error=error,
                expert=step.expert,
                version=step.version,
                cached=step.cached,
                seconds=step.seconds,
                confidence=step.confidence,
            ),
            step.outlines,
        )
        if error is not None:
            raise error
        return step.result


def replay(trace: Trace, *, sandbox: Sandbox | None = None) -> Answer:
    """Run a trace's last program again on its recorded results.

    Raises:
        TraceError: when the trace holds no program that was run.
    """
    attempt = trace.last_attempt
    plan = next((p for p in reversed(trace.plans) if p.attempt == attempt and p.program), None)
    if plan is None or plan.program is None:
        raise TraceError("the trace holds no program to replay")
    if sandbox is None:
        with Sandbox(SandboxSettings()) as own:
            return replay(trace, sandbox=own)
    header = trace.header
    recorder = Recorder(
        question=header.question, options=header.options, planner=header.planner, profile=header.profile
    )
    recorder.attempt = attempt
    recorder.carry_media(header.media)
    recorder.earlier(header.earlier)
    if header.route is not None:
        recorder.route(header.route)
    recorder.plan(
        Plan(program=plan.program, planner=plan.planner, model=plan.model, score=plan.score, notes=plan.notes),
        started_s=recorder.now(),
        estimated_calls=plan.estimated_calls,
    )
    refs = [media.reference() for media in header.media]
    earlier = [reference_from_wire(dict(each.target)) for each in header.earlier]
    inputs = program_inputs(refs, options=header.options, question=header.question, earlier=earlier)
    steps = [step for step in trace.steps if step.attempt == attempt]
    runtime = RecordedRuntime(steps, recorder.step)
    result = sandbox.run(plan.program, inputs=inputs, runtime=runtime, on_call=recorder.call)
    recorder.run(result)
    if result.error is not None:
        return recorder.failed(result.error.status, said(result.error), pictures={})
    return recorder.answered(result.value, pictures={})


def _again(fault: Fault) -> SightlineError:
    kind = error_types().get(fault.type, ExpertFailed)
    # The recorded text is whole; MissingDependency would build a new one from parts that are not recorded.
    return ExpertUnavailable(fault.message) if kind is MissingDependency else kind(fault.message)
