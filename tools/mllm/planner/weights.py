"""The shipped form of a trained planner: one safetensors file, half precision, with all it needs in its metadata.

`python -m sightline.tools.mllm.planner.weights --run runs/planner` calibrates a finished run and writes the file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .batches import Vocabulary
from .decode import decode
from .growth import fit
from .model import PlannerConfig, PlannerNet
from .plan import NAMES, Kind
from .planner import WEIGHTS

FORMAT = "sightline-planner-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Turns a plan's log-probabilities into the probability that it is right: a logistic of their sum and minimum."""

    bias: float = 0.0
    of_total: float = 1.0
    of_least: float = 0.0
    threshold: float = 0.35  # below it the planner declines

    def score(self, log_probabilities: Sequence[float]) -> float:
        """Probability that a plan with these step log-probabilities is right."""
        total, least = _features(log_probabilities)
        return 1 / (1 + math.exp(-(self.bias + self.of_total * total + self.of_least * least)))


@dataclass(frozen=True, slots=True)
class Shipped:
    """A planner in memory."""

    net: PlannerNet
    vocabulary: Vocabulary
    calibration: Calibration
    name: str
    facts: dict[str, str]


def _features(log_probabilities: Sequence[float]) -> tuple[float, float]:
    """Log of the chance that something is wrong over all, and at the weakest step; both larger where surer."""
    total = -math.log(1e-4 - math.expm1(min(0.0, sum(log_probabilities))))
    least = -math.log(1e-4 - math.expm1(min(0.0, min(log_probabilities))))
    return total, least


def load(path: Path) -> Shipped:
    """Read a shipped planner.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds another kind of model, or one for operators that have gone since.
    """
    if not path.exists():
        raise FileNotFoundError(f"the planner's weights are missing: {path.name}")
    with safe_open(path, framework="pt") as file:
        facts = dict(file.metadata() or {})
        if facts.get("format") != FORMAT:
            raise ValueError(f"{path.name} holds no planner of this kind")
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  # not a dict
    net = PlannerNet(PlannerConfig(**json.loads(facts["net"])))
    fit(net, tensors, operators=json.loads(facts["operators"]), kinds=len(tensors["kind.weight"]))
    net.eval().requires_grad_(False)
    calibration = Calibration(**json.loads(facts["calibration"]))
    return Shipped(net, Vocabulary(json.loads(facts["words"])), calibration, facts["name"], facts)


def begin_with(net: PlannerNet, path: Path, vocabulary: Vocabulary) -> None:
    """Give a network for a larger vocabulary, or for more operators, the shipped weights of what they know.

    Raises: FileNotFoundError and ValueError as `load`.
    """
    shipped = load(path)
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  # not a dict
    fit(
        net,
        tensors,
        operators=json.loads(shipped.facts["operators"]),
        kinds=len(tensors["kind.weight"]),
        words=vocabulary.words,
        known=shipped.vocabulary.words,
        choosable=True,
    )


def calibrate(net: PlannerNet, vocabulary: Vocabulary, *, each: int = 700, threshold: float = 0.35) -> Calibration:
    """Fit the score on questions that were not trained on, half of them in wordings that were held out."""
    from .questions.stream import examples  # the data engine is not needed to answer

    features: list[tuple[float, float]] = []
    right: list[float] = []
    chosen: tuple[tuple[int, int, dict[str, Any]], ...] = (
        (101, each, {"split": "dev"}),
        (102, each, {"unseen_nouns": True}),
        (103, 2 * each, {"unseen_wordings": True}),
        (104, each, {"split": "dev", "root": Kind.HAPPENING}),
    )
    for seed, count, options in chosen:
        for example in islice(examples(seed, **options), count):
            best = decode(net, vocabulary, example.tokens, root=example.root)[0]
            features.append(_features(best.log_probabilities))
            right.append(float(list(best.steps) == example.steps))
    inputs, target = torch.tensor(features, dtype=torch.float64), torch.tensor(right, dtype=torch.float64)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = weights[0] + inputs @ weights[1:]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target) + 1e-4 * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    bias, of_total, of_least = weights.tolist()
    return Calibration(bias=bias, of_total=of_total, of_least=of_least, threshold=threshold)


def ship(run: Path, target: Path, *, threshold: float = 0.35) -> Shipped:
    """Calibrate a run's last checkpoint, write it to `target`, and read it back."""
    config = json.loads((run / "config.json").read_text())
    vocabulary = Vocabulary.load(run / "vocabulary.json")
    net = PlannerNet(PlannerConfig(**config["net"]))
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    net.load_state_dict({name: value.half().float() for name, value in state["net"].items()})
    net.eval().requires_grad_(False)
    calibration = calibrate(net, vocabulary, threshold=threshold)
    tensors = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    digest = hashlib.sha256(b"".join(tensors[name].numpy().tobytes() for name in sorted(tensors))).hexdigest()
    facts = {
        "format": FORMAT,
        "name": f"planner-{digest[:8]}",
        "net": json.dumps(config["net"]),
        "words": json.dumps(vocabulary.words),
        "operators": json.dumps(NAMES),
        "calibration": json.dumps(asdict(calibration)),
        "training": json.dumps(
            {key: config[key] for key in ("seed", "batch", "peak", "steps")} | {"step": state["step"]}
        ),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, metadata=facts)
    target.chmod(0o644)  # it is written readable by its owner only
    return load(target)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Calibrate a finished training run and write the shipped weights.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--threshold", type=float, default=0.35, help="the planner declines below this score")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    shipped = ship(options.run, options.out, threshold=options.threshold)
    print(shipped.name, shipped.calibration, f"{options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
