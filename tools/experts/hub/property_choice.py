"""From how much better a text with a property fits to the chance that the property holds; see `calibration.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import BadRequest
from ..base import Settings

__all__ = ["PropertyChoice"]

_TEMPERATURE, _THRESHOLD = 1.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChoice:
    """`temperature`: above 0, what margins are divided by; `threshold`: 0 to 1, where the choice tips.

    Raises:
        BadRequest: when they are outside of that.
    """

    temperature: float = _TEMPERATURE
    threshold: float = _THRESHOLD

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and math.isfinite(self.temperature) and 0 <= self.threshold <= 1):
            raise BadRequest(
                f"a calibration has a temperature above 0 and a threshold from 0 to 1, not {self.temperature} and "
                f"{self.threshold}"
            )

    @classmethod
    def of(cls, settings: Settings) -> PropertyChoice:
        """What the settings `temperature` and `threshold` say."""
        return cls(
            temperature=float(settings.get("temperature", _TEMPERATURE)),
            threshold=float(settings.get("threshold", _THRESHOLD)),
        )

    def chance(self, margin: float) -> float:
        """That the property holds, where the text with it fits better by so much, in logits."""
        if self.threshold in (0.0, 1.0):  # always, never
            return 1.0 - self.threshold
        tipping = math.log(self.threshold / (1 - self.threshold))
        away = margin / self.temperature - tipping
        return 1 / (1 + math.exp(-away)) if away > -700 else 0.0
