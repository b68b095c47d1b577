"""Fits a model to a detector or a print reader that was trained on, whose features are other numbers than before.

    python -m sightline.tools.mllm.multimodal.reproject --run DIR --before SIGHTS --after SIGHTS --out FILE

The language model knows what to do with what its connector said of the old features. So the projections learn to say
the same of the new ones, by regression on pictures that both encoders looked at (folders of sights that were made with
the same seed and examples): a minute's work, after which the stage `instruct` goes on from there (`--begin FILE`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import BadRequest, SightlineError
from .config import ModelConfig
from .model import MultimodalLm
from .sights import Sights

__all__ = ["fitted", "main", "paired"]

_STEPS, _BATCH, _RATE = 1500, 512, 5e-4
_RIDGE = 1e-3  # of the variance of the features
_HELD = 0.1  # of the pairs, which judge
_FEWEST = 20  # pairs; fewer say nothing

Pairs = tuple[Tensor, Tensor]  # features (N, C) before and after, of the same things


def paired(before: Sights, after: Sights) -> tuple[Pairs, Pairs]:
    """Features of the same things, and of the same letters, in pictures that are in both."""
    then = {_key(before, number): before[number] for number in range(len(before))}
    things: list[Pairs] = []
    letters: list[Pairs] = []
    for number in range(len(after)):
        for old, new in zip(then.get(_key(after, number), ()), after[number], strict=False):
            things.append((old.features, new.features))
            letters += [
                (one, other)
                for one, other in zip(old.letters, new.letters, strict=False)
                if len(one) and one.shape == other.shape  # read as equally long, so letter for letter
            ]
    return _joined(things), _joined(letters)


def fitted(
    projection: nn.Sequential, pairs: Pairs, *, seed: int = 0, steps: int = _STEPS
) -> tuple[nn.Sequential, float]:
    """A projection that says of the features after what the given one says of those before.

    Returns: it, and the share of the variance that it leaves unexplained for pairs that were not learned from.

    Raises: BadRequest when there are too few pairs.
    """
    old, new = pairs
    if len(old) < _FEWEST:
        raise BadRequest(f"Of {len(old)} pairs nothing can be learned; look at the same pictures with both encoders.")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        wanted = projection(old)
    order = torch.randperm(len(old), generator=generator)
    held, learned = order[: max(1, round(len(old) * _HELD))], order[max(1, round(len(old) * _HELD)) :]
    net = _turned(projection, old[learned], new[learned]).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = learned[torch.randint(len(learned), (_BATCH,), generator=generator)]
        loss = F.mse_loss(net(new[rows]), wanted[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
    with torch.no_grad():
        left = F.mse_loss(net.eval()(new[held]), wanted[held]) / wanted[held].var(0, unbiased=False).mean()
    return net, float(left)


@torch.no_grad()
def _turned(projection: nn.Sequential, old: Tensor, new: Tensor) -> nn.Sequential:
    """The projection behind the linear map that comes nearest from the new features to the old ones."""
    turned = deepcopy(projection)
    norms = [part for part in turned if isinstance(part, nn.LayerNorm)]
    layer = next(part for part in turned if isinstance(part, nn.Linear))
    for norm in norms:  # what it scales and adds is in the map
        old, new = norm(old), F.layer_norm(new, norm.normalized_shape, eps=norm.eps)
        norm.weight.fill_(1.0)
        norm.bias.zero_()
    x = torch.cat([new, torch.ones(len(new), 1)], 1).double()
    square = x.T @ x
    ridge = _RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=torch.float64)
    back = torch.linalg.solve(square + ridge, x.T @ old.double()).float()  # (C + 1, C), the last row added to all
    layer.bias.add_(layer.weight @ back[-1])
    layer.weight.copy_(layer.weight @ back[:-1].T)
    return turned


def _key(sights: Sights, number: int) -> str:
    """The truth about a picture tells it from all others."""
    return repr([sight.truth for sight in sights[number]])


def _joined(pairs: Sequence[Pairs]) -> Pairs:
    if not pairs:
        return torch.zeros(0, 0), torch.zeros(0, 0)
    return torch.cat([old for old, _ in pairs]), torch.cat([new for _, new in pairs])


def _all(folder: Path) -> Iterator[Sights]:
    for kind in ("stills", "prints", "clips"):
        if (folder / kind).is_dir():
            yield Sights.load(folder / kind)


def _model(run: Path) -> MultimodalLm:
    try:
        config = json.loads((run / "instruct" / "config.json").read_text("utf-8"))["facts"]["config"]
        weights: dict[str, Any] = torch.load(run / "instruct" / "model.pt", weights_only=True, map_location="cpu")
    except (OSError, ValueError, KeyError) as error:
        raise BadRequest(f"{run} does not hold a finished `instruct` stage: {error}.") from error
    net = MultimodalLm(ModelConfig.of(config))
    net.load_state_dict(weights)
    return net.eval()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.multimodal.reproject", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run whose model is to be fitted")
    parser.add_argument("--before", type=Path, required=True, help="folder of what its encoder saw")
    parser.add_argument("--after", type=Path, required=True, help="folder of what the new encoder saw")
    parser.add_argument("--out", type=Path, required=True, help="file for the fitted weights")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        net = _model(options.run)
        both = [paired(old, new) for old, new in zip(_all(options.before), _all(options.after), strict=True)]
        parts = (("project", [things for things, _ in both]), ("glyph", [letters for _, letters in both]))
        for part, pairs in parts:
            some = _joined([one for one in pairs if len(one[0])])
            if part == "glyph" and not len(some[0]):
                continue  # a model that does not read
            projection, left = fitted(getattr(net.connector, part), some, seed=options.seed)
            setattr(net.connector, part, projection)
            print(json.dumps({"part": part, "pairs": len(some[0]), "unexplained": round(left, 4)}))
        torch.save(net.state_dict(), options.out)
    except (SightlineError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
