"""The page of an evaluation: every way of answering in one table, what fails and why, confidence, and comparisons.

One file with no script and no request, like the other reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .report import template, write_page

if TYPE_CHECKING:
    from ..agent.eval.comparing import Comparison

__all__ = ["render_comparison_page", "render_eval_page", "write_comparison_page", "write_eval_page"]

_SHOWN_ERRORS = 150
_CURVE_PX = (320, 150)  # width and height of a risk-coverage curve
_RISKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # at the top of the curves: the first that all of them stay under
_WAYS = {
    "planner": "the planner's programs on true scenes",
    "chained": "the agent: a program for each question, run against experts",
    "trained": "a multimodal model alone, without tools",
    "joined": "the agent and the model, and a router between them",
    "fixed": "one program for all questions",
}
_SCORED = {
    "exact": "equality",
    "gqa": "equality",
    "vqa": "VQA accuracy: how many of the people agree",
    "choice": "the option that is meant",
    "box": "the overlap with the right box (IoU)",
    "boxes": "average precision at an overlap of a half",
    "wups": "WUPS: how near the words are",
    "text": "METEOR",
    "transcript": "1 less the word error rate",
    "ranking": "average precision",
}


def write_eval_page(
    path: str | Path, figures: Mapping[str, Any], comparisons: Mapping[tuple[str, str], Comparison] | None = None
) -> Path:
    """Write the page of `judge_all`'s figures; raises BadRequest when the file cannot be written."""
    return write_page(path, render_eval_page(figures, comparisons or {}))


def render_eval_page(figures: Mapping[str, Any], comparisons: Mapping[tuple[str, str], Comparison]) -> str:
    """The page as HTML; `comparisons` by the names of the two modes."""
    judged = {mode: found for mode, found in figures["modes"].items() if "error" not in found}
    families = list(dict.fromkeys(name for found in judged.values() for name in found["families"]))
    measures = list(dict.fromkeys(name for found in judged.values() for name in found["measures"]))
    failures = list(dict.fromkeys(name for found in judged.values() for name in found["failures"]))
    riskiest = max((point["risk"] for found in judged.values() for point in found["risk_coverage"]), default=1.0)
    top = next(risk for risk in _RISKS if riskiest <= risk)
    known = {key: value for key, value in figures.get("configuration", {}).items() if value is not None}
    return template("eval.html.j2").render(
        figures=figures,
        facts={key: value for key, value in known.items() if key != "program"},
        program=known.get("program"),
        scored=_SCORED.get(figures["metric"], figures["metric"]),
        ways=_WAYS,
        top=top,
        judged=judged,
        missing={mode: found["error"] for mode, found in figures["modes"].items() if "error" in found},
        families=families,
        measures=measures,
        failures=failures,
        curves={mode: _curve(found["risk_coverage"], top) for mode, found in judged.items()},
        curve_px=_CURVE_PX,
        comparisons=comparisons,
        errors={mode: found["wrong"][:_SHOWN_ERRORS] for mode, found in judged.items()},
        shown=_SHOWN_ERRORS,
    )


def write_comparison_page(path: str | Path, comparison: Comparison, *, names: tuple[str, str]) -> Path:
    """Write the page of a comparison; raises BadRequest when the file cannot be written."""
    return write_page(path, render_comparison_page(comparison, names=names))


def render_comparison_page(comparison: Comparison, *, names: tuple[str, str]) -> str:
    """Two runs side by side as HTML."""
    return template("compare.html.j2").render(
        found=comparison, names=names, changed=comparison.changed[:_SHOWN_ERRORS], shown=_SHOWN_ERRORS
    )


def _curve(points: Sequence[Mapping[str, float]], top: float) -> str:
    """The points of a risk-coverage curve in an SVG polyline's notation, coverage to the right and risk upwards."""
    width, height = _CURVE_PX
    points = [{**points[0], "coverage": 0.0}, *points] if points else []  # the surest answers come together
    return " ".join(f"{p['coverage'] * width:.1f},{height * (1 - p['risk'] / top):.1f}" for p in points)
