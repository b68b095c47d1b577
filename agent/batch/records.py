"""What is kept of an answer: one flat record of plain data for each row."""

from __future__ import annotations

import json
from typing import Any

from ..answer import Answer
from ..trace import Trace

__all__ = ["failed_record", "record_of"]


def record_of(answer: Answer) -> dict[str, Any]:
    """The record of an answer; see `schema.FIELDS` for what each entry means."""
    trace = answer.trace
    plan = next((plan for plan in reversed(trace.plans) if plan.program), trace.plans[-1] if trace.plans else None)
    steps = trace.steps
    experts = sorted({f"{step.expert} {step.version}" for step in steps if step.expert})
    return {
        "answer": answer.text if answer.status == "answered" else None,
        "value": None if trace.answer.value is None else json.dumps(trace.answer.value, ensure_ascii=False),
        "status": answer.status,
        "reason": answer.reason,
        "failure": _failure(trace),
        "confidence": answer.confidence,
        "program": answer.program,
        "planner": plan.planner if plan else None,
        "model": plan.model if plan else None,
        "prompt_hash": plan.prompt_hash if plan else None,
        "experts": experts,
        "attempts": len(trace.plans),
        "expert_calls": len(steps),
        "cached_calls": sum(step.cached for step in steps),
        "tokens_in": sum(plan.tokens_in for plan in trace.plans),
        "tokens_out": sum(plan.tokens_out for plan in trace.plans),
        "seconds": trace.answer.seconds,
        "plan_seconds": sum(plan.seconds for plan in trace.plans),
        "program_seconds": sum(run.wall_s for run in trace.runs),
        "expert_seconds": sum(step.seconds for step in steps),
    }


def failed_record(status: str, failure: str, reason: str, *, seconds: float) -> dict[str, Any]:
    """The record of a row that ended outside of the agent: its process crashed or hung."""
    return {
        "answer": None,
        "value": None,
        "status": status,
        "reason": reason,
        "failure": failure,
        "confidence": None,
        "program": None,
        "planner": None,
        "model": None,
        "prompt_hash": None,
        "experts": [],
        "attempts": 0,
        "expert_calls": 0,
        "cached_calls": 0,
        "tokens_in": 0,
        "tokens_out": 0,
        "seconds": seconds,
        "plan_seconds": 0.0,
        "program_seconds": 0.0,
        "expert_seconds": 0.0,
    }


def _failure(trace: Trace) -> str | None:
    """The class of the error that ended it, where one did."""
    if trace.answer.status in ("answered", "cannot_tell"):
        return None
    last = trace.last_attempt
    faults = [plan.problem for plan in trace.plans if plan.attempt == last]
    faults += [run.error for run in trace.runs if run.attempt == last]
    return next((fault.type for fault in reversed(faults) if fault), trace.answer.status)
