"""Five experts of torch that weigh 64 MiB each, and ones that run out of a GPU's memory; `python -m tests.support.heavy
DEVICE` asks the five in a process of its own and prints what they said.

They multiply no matrices, because the workspaces of the libraries that do would be counted with the models.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from sightline.tools.api.refs import ImageRef
from sightline.tools.experts import ExpertPool, Profile, registry
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.pool import PoolSettings
from sightline.tools.results import Answer, Depth, Result, Scores, Verdict

WEIGHT_MB = 64.0
_BLOCKS = 4  # of 16 MiB: smaller ones would share what torch takes of a GPU at once
_SEEN_OF_A_BLOCK = 2048  # the stride with which a block is looked at, so that what is computed stays small


class Shown:
    """A media store with one picture for every name."""

    def pixels(self, ref: ImageRef, *, margin_px: int = 0) -> np.ndarray:
        rng = np.random.default_rng(int(ref.media.rpartition("-")[2]))
        return rng.integers(0, 256, (ref.box.height, ref.box.width, 3), dtype=np.uint8)


def place(n: int = 0) -> ImageRef:
    """The whole of picture n."""
    return ImageRef.whole(f"picture-{n}", 56, 40)


def _model(seed: int) -> Any:
    import torch

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            numbers = torch.arange(2**22, dtype=torch.float32)
            self.blocks = torch.nn.ParameterList(
                (numbers * (seed + 2 * n + 1)).remainder(97) / 97 for n in range(_BLOCKS)
            )
            self.circle = [self]  # as models have, which are therefore not gone once nobody has them any more

        def forward(self, shown: torch.Tensor) -> torch.Tensor:
            """(pictures,) from (pictures,)."""
            told = torch.zeros_like(shown)
            for block in self.blocks:
                told += torch.sin(block[::_SEEN_OF_A_BLOCK] * shown[:, None]).mean(1) + block.mean()
            return told / (2 * _BLOCKS)

    return Model().requires_grad_(False)


class Heavy(Expert):
    """Says a number that depends on all of its weights and on the picture.

    Attributes:
        ran_on: the devices on which weights lay while an expert worked, by its name.
    """

    packages = ("torch",)
    memory_mb = int(WEIGHT_MB)
    accelerated = True
    most_at_once = 8
    seed: ClassVar[int] = 0
    ran_on: ClassVar[dict[str, set[str]]] = {}

    def load(self) -> None:
        self.model: Any = _model(self.seed).to(self.device)

    def unload(self) -> None:
        self.__dict__.pop("model", None)

    def measured_mb(self) -> float:
        return float(sum(each.numel() * each.element_size() for each in self.model.parameters())) / 2**20

    def move(self, device: str) -> bool:
        self.model.to(device)
        self.device = device
        return True

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Result]:
        import torch

        self.ran_on.setdefault(self.name, set()).update(str(each.device) for each in self.model.parameters())
        shown = torch.tensor([float(each.pixels.mean()) / 255 for each in requests], device=self.device)
        return [self.told(number) for number in self.model(shown).tolist()]

    def told(self, number: float) -> Result:
        raise NotImplementedError


@registry.register
class HeavyMatch(Heavy):
    name, capabilities, seed = "test-heavy-match", ("match",), 1

    def told(self, number: float) -> Result:
        return Scores(scores=[number])


@registry.register
class HeavyAnswer(Heavy):
    name, capabilities, seed = "test-heavy-answer", ("answer",), 2

    def told(self, number: float) -> Result:
        return Answer(text="so", confidence=number)


@registry.register
class HeavyCaption(Heavy):
    name, capabilities, seed = "test-heavy-caption", ("caption",), 3

    def told(self, number: float) -> Result:
        return Answer(text="thus", confidence=number)


@registry.register
class HeavyVerdict(Heavy):
    name, capabilities, seed = "test-heavy-verdict", ("verify_property",), 4

    def told(self, number: float) -> Result:
        return Verdict(value=True, confidence=number)


@registry.register
class HeavyDepth(Heavy):
    name, capabilities, seed = "test-heavy-depth", ("depth",), 5

    def told(self, number: float) -> Result:
        return Depth(median=number)


FIVE: dict[str, dict[str, Any]] = {
    "match": {"texts": ["a cat"]},
    "answer": {"question": "what is this?"},
    "caption": {},
    "verify_property": {"name": "cat", "attribute": "red"},
    "depth": {},
}
HEAVY: dict[str, type[Heavy]] = {
    each.capabilities[0]: each for each in (HeavyMatch, HeavyAnswer, HeavyCaption, HeavyVerdict, HeavyDepth)
}


@registry.register
class Hungry(Heavy):
    """Wants so much of a GPU for each request, and remembers how many it was asked at once.

    Settings: `wanted_mb` for each request, `wanted_to_load_mb` on the way to being loaded.
    """

    name, capabilities, seed = "test-hungry", ("answer",), 6
    most_at_once = 8
    batches_seen: ClassVar[list[int]] = []

    def load(self) -> None:
        wanted = [self._taken(float(self.settings.get("wanted_to_load_mb", 0)))]
        super().load()
        wanted.clear()

    def together(self, request: ExpertRequest) -> str:
        return request.capability

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Result]:
        self.batches_seen.append(len(requests))
        taken: list[Any] = []
        for _ in requests:  # what was got before it ran out lies in this frame, as a model's activations do
            taken.append(self._taken(float(self.settings.get("wanted_mb", 0))))
        return super().serve_many(requests)

    def _taken(self, megabytes: float) -> Any:
        import torch

        return torch.empty(int(megabytes * 2**20), dtype=torch.uint8, device=self.device)

    def told(self, number: float) -> Result:
        return Answer(text="fed", confidence=number)


def five(
    *,
    budgets_mb: dict[str, float] | None = None,
    settings: dict[str, dict[str, Any]] | None = None,
    **pool: Any,
) -> ExpertPool:
    """A pool of the five, which remembers nothing."""
    profile = Profile(name="five", experts={name: (cls.name,) for name, cls in HEAVY.items()}, settings=settings or {})
    return ExpertPool(profile, cache_bytes=0, settings=PoolSettings(budgets_mb=budgets_mb or {}, **pool))


def said(pool: ExpertPool, capability: str, n: int = 0) -> Any:
    """What a pool says about picture n."""
    return pool.serve(capability, place(n), FIVE[capability], Shown()).data  # type: ignore[arg-type]


def main(device: str) -> None:
    """Asks the five in turn on a device, with room for two, and prints what they said as JSON."""
    pool = five(
        budgets_mb={device: 2.2 * WEIGHT_MB} if device != "cpu" else {"cuda": 0},
        settings={cls.name: {"device": device} for cls in HEAVY.values()},
    )
    answers = [said(pool, name, n) for n in range(4) for name in FIVE]
    print(json.dumps({"answers": answers, "ran_on": sorted(set().union(*Heavy.ran_on.values()))}))


if __name__ == "__main__":
    main(sys.argv[1])
