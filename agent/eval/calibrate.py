"""Fits the curves of `calibration.json`: what the confidences of programs, of the model and of both are worth.

    python -m sightline.agent.eval.made --scenes 300 --seed 1 --out DIR
    python -m sightline.agent.eval.calibrate --data DIR

Any data set that `sightline eval` reads will do; it should not be one that answers are judged on. Without the
multimodal model only the curve of programs is fitted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...tools.errors import ExpertUnavailable, SightlineError
from ..agent import Agent
from ..confidence import CURVES, JUDGED, Curve, weakest
from .datasets import DataSet, read_data_set
from .trained import Trained

__all__ = ["fit", "main"]

Row = tuple[float, bool]


def fit(agent: Agent, data: DataSet, trained: Trained | None) -> dict[str, Any]:
    """The contents of the file: the curves by name, and on how many answers each stands."""
    chained_rows: list[Row] = []
    trained_rows: list[Row] = []
    both: list[tuple[float, float, bool]] = []  # where program and model agree: the confidence of each
    for item in data.items:
        answer = agent.ask(item.asked.question, item.asked.image)
        said, sure = answer.text.strip().lower(), 0.0
        experts = {step.expert for step in answer.trace.steps}
        if answer and experts and experts <= JUDGED:
            sure = weakest(answer.trace.plans, answer.trace.steps, answer.trace.last_attempt) or 0.0
            chained_rows.append((sure, said == item.answer))
        if trained is None:
            continue
        reply = trained.answer(item.asked)
        if reply.text:
            right = reply.text.strip().lower() == item.answer
            own = 1.0 if reply.confidence is None else reply.confidence
            trained_rows.append((own, right))
            if answer and said == reply.text.strip().lower():
                both.append((sure, own, right))
    chained = _curve(chained_rows)
    agreed_rows = [(max(chained(sure), own), right) for sure, own, right in both]  # as `joining` asks
    rows = {"chained": chained_rows, "trained": trained_rows, "agreed": agreed_rows}
    kept = {name: found for name, found in rows.items() if found}
    return {
        "curves": {name: _curve(found).points for name, found in kept.items()},
        "answers": {name: len(found) for name, found in kept.items()},
        "right": {name: sum(right for _, right in found) for name, found in kept.items()},
    }


def _curve(rows: Sequence[Row]) -> Curve:
    return Curve.fitted([sure for sure, _ in rows], [right for _, right in rows])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sightline.agent.eval.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--name", default="clevr", help="the data set")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path, default=CURVES)
    options = parser.parse_args(arguments)
    try:
        data = read_data_set(options.name, options.data, limit=options.limit)
        try:
            trained = Trained()
        except ExpertUnavailable as error:
            print(f"without the model: {error}", file=sys.stderr)
            trained = None
        with Agent() as agent:
            found = fit(agent, data, trained)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    options.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print({name: f"{found['right'][name]} of {count}" for name, count in found["answers"].items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
