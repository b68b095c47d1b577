"""Which parts a multimodal model is made of, and their sizes.

A configuration is plain data: it is stored with the weights, and an architecture of the literature is a choice of parts
(`objects` + `mlp`: visual tokens of things; `grid` + `mlp`: the layout of LLaVA, https://arxiv.org/abs/2304.08485).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from ...errors import BadRequest

__all__ = ["WEIGHTS", "ConnectorKind", "DecoderConfig", "ModelConfig", "VisionKind"]

WEIGHTS = Path(__file__).parent / "weights" / "multimodal.safetensors"

VisionKind: TypeAlias = Literal["objects", "grid"]
ConnectorKind: TypeAlias = Literal["linear", "mlp"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderConfig:
    """Sizes of the causal language model."""

    words: int = 1536  # tokens it knows
    width: int = 192
    layers: int = 5
    heads: int = 6
    hidden: int = 768  # of the feed-forward part
    context: int = 320  # longest text, in tokens; visual tokens come on top

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads or (self.width // self.heads) % 2:
            raise BadRequest(f"A width of {self.width} does not divide into {self.heads} heads of even size.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """Vision encoder, connector and language model."""

    vision: VisionKind = "objects"
    connector: ConnectorKind = "mlp"
    features: int = 256  # channels of a visual feature
    connector_hidden: int = 384
    letters: int = 96  # channels of a printed letter's feature
    grid: tuple[int, int] = (8, 10)  # rows and columns of the `grid` encoder
    pictures: int = 8  # most pictures or frames of one question
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    def __post_init__(self) -> None:
        if self.vision not in get_args(VisionKind):
            raise BadRequest(f"Vision is one of {', '.join(get_args(VisionKind))}, not {self.vision!r}.")
        if self.connector not in get_args(ConnectorKind):
            raise BadRequest(f"A connector is one of {', '.join(get_args(ConnectorKind))}, not {self.connector!r}.")

    def plain(self) -> dict[str, Any]:
        """As data for JSON; `of` reads it."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> ModelConfig:
        """From `plain` data.

        Raises: BadRequest when a key is unknown or missing.
        """
        try:
            fields = dict(data)
            fields["decoder"] = DecoderConfig(**fields.get("decoder", {}))
            fields["grid"] = tuple(fields.get("grid", (8, 10)))
            return cls(**fields)
        except TypeError as error:
            raise BadRequest(f"Not a configuration of a multimodal model: {error}.") from error
