"""Curves of a training run as one PNG, from the files in its folder; matplotlib draws, where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import BadRequest, MissingDependency

__all__ = ["plot_run"]

_SAYS_WHERE = {"step", "minutes"}  # what a judgement was made after, not what it says


def plot_run(folder: Path) -> Path:
    """Draw losses.json and the numbers of curve.json against steps into curves.png; returns its path.

    Raises: BadRequest when the folder holds no run; MissingDependency without matplotlib.
    """
    try:
        losses: list[dict[str, float]] = json.loads((folder / "losses.json").read_text("utf-8"))
        curve: list[dict[str, Any]] = json.loads((folder / "curve.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{folder} holds no curves of a run: {error}") from error
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("Drawing curves", "matplotlib", extra="train") from error
    panels = {"loss while learning": {"loss": [(one["step"], one["loss"]) for one in losses]}, **_panels(curve)}
    figure = Figure(figsize=(7, 3 * len(panels)), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, lines) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels.items(), strict=True):
        for name, points in lines.items():
            axes.plot(*zip(*points, strict=True), label=name, marker="." if len(points) < 40 else None)
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        if len(lines) > 1:
            axes.legend(fontsize="small")
    path = folder / "curves.png"
    figure.savefig(path, dpi=100)
    return path


def _panels(curve: list[dict[str, Any]]) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Judgements by panel: the shares (0 to 1) of each group together, a number by itself alone."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for entry in curve:
        for group, value in entry.items():
            if group in _SAYS_WHERE:
                continue
            grouped = isinstance(value, dict)
            for name, number in (value if grouped else {group: value}).items():
                if isinstance(number, bool) or not isinstance(number, (int, float)) or (grouped and number > 1):
                    continue
                panels.setdefault(group, {}).setdefault(name, []).append((entry["step"], float(number)))
    return panels
