"""Weights that ship: safetensors whose header holds a card, JSON with the sizes of a network and how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from ...errors import BadRequest, ExpertUnavailable

__all__ = ["opened", "require_whole", "write"]

_COUNTER = "num_batches_tracked"  # of batches in training, which nobody needs afterwards


@contextmanager
def opened(path: Path, *, of: str, missing: str) -> Iterator[tuple[dict[str, Any], dict[str, Tensor]]]:
    """The card and the tensors as float32; what goes wrong while a network is built of them is the file's fault.

    Raises: ExpertUnavailable with `missing` where there is no file, or when it does not hold weights of that network.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ExpertUnavailable(missing)
    try:
        with safe_open(str(path), "pt") as file:
            card = json.loads((file.metadata() or {})["card"])
            state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        yield card, state
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, BadRequest) as error:
        raise ExpertUnavailable(f"{path.name} does not hold weights of this {of}: {error}.") from error


def require_whole(path: Path, *, of: str, missing: Sequence[str], unexpected: Sequence[str]) -> None:
    """Counters of batches are not saved; anything else must have been there, and nothing more.

    Raises: ExpertUnavailable when it was not.
    """
    strange = [*(name for name in missing if not name.endswith(_COUNTER)), *unexpected]
    if strange:
        raise ExpertUnavailable(f"{path.name} does not fit this {of}: {strange[:3]}.")


def write(path: Path, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    """Write the tensors as fp16 with their card."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    state = {
        # vectors (statistics among them, which span many magnitudes) are few: kept whole
        name: (tensor.detach().cpu().float() if tensor.ndim < 2 else tensor.detach().cpu().half()).contiguous()
        for name, tensor in tensors.items()
        if not name.endswith(_COUNTER)
    }
    save_file(state, str(path), {"card": json.dumps(card)})
