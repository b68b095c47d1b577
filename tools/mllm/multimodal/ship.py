"""Makes the shipped weights from a finished run.

    python -m sightline.tools.mllm.multimodal.ship --run DIR [--stage prefer] [--to FILE]

The averaged weights of the stage go into one fp16 file, with the tokenizer beside it; the header keeps configuration,
seeds, steps, minutes and the curve's last figures of every stage that led there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ...errors import BadRequest, SightlineError
from ..detector.detector import Detector
from .config import WEIGHTS, ModelConfig
from .lessons import usual_words
from .mllm import MultimodalModel
from .model import MultimodalLm
from .text import Text
from .train import STAGES
from .vision import encoder_for

__all__ = ["main", "ship"]


def ship(run: Path, stage: str, to: Path, *, reads: bool = False) -> dict[str, Any]:
    """Write weights and tokenizer; returns the facts that went into the header.

    With `reads` the model gets to see print and answers questions about it; say so of one that has learned to.

    Raises: BadRequest when the stage was not finished in that folder.
    """
    path = run / stage / "model.pt"
    if not path.exists():
        raise BadRequest(f"There is no {path}; finish that stage first.")
    told = {name: _told(run / name) for name in STAGES[: STAGES.index(stage) + 1]}
    config = ModelConfig.of(told[stage]["facts"]["config"])
    net = MultimodalLm(config)
    net.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    text = Text.load(run / "tokenizer.json")
    kept = ("seed", "minutes", "steps", "last")
    facts: dict[str, Any] = {name: {key: one[key] for key in kept} for name, one in told.items()}
    facts["reads"] = reads
    facts["words"] = usual_words(printed=reads)
    MultimodalModel(net, text, encoder_for(config, Detector.load())).save(to, facts)
    text.save(to.parent / "tokenizer.json")
    return facts


def _told(folder: Path) -> dict[str, Any]:
    """What a stage's folder says of it."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        curve = json.loads((folder / "curve.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{folder} does not hold a finished stage: {error}.") from error
    last = curve[-1]
    return {
        "facts": config["facts"],
        "seed": config["schedule"]["seed"],
        "minutes": last["minutes"],
        "steps": last["step"],
        "last": last,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.multimodal.ship", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's folder")
    parser.add_argument("--stage", choices=STAGES, default=STAGES[-1])
    parser.add_argument("--reads", action="store_true", help="the model has learned to read print")
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    try:
        facts = ship(options.run, options.stage, options.to, reads=options.reads)
        print(json.dumps({name: one for name, one in facts.items() if name != "words"}, indent=1))
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
