"""A program's answer and a model's answer to the same question become one.

Both are asked. Where they agree, that is the answer; where they do not, the one that is likelier right by its own
calibrated confidence; where neither is likely right, nobody can tell. A program's confidence is true already
(`confidence.py`); the model's, and that of an agreement, are made true by curves of `calibration.json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .confidence import CURVES, Curve, read_curves

__all__ = ["Decision", "Joiner", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer and its confidence; an empty text says that there is none."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer that two become; `how` is "agreed", "chained", "trained" or "unsure". Unsure has no text."""

    text: str
    confidence: float
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Joiner:
    """Decides between a program's answer ("chained") and a model's own ("trained").

    Attributes:
        trained: what the model's confidence is worth where it stands alone or against the program's.
        agreed: what the higher of both is worth where they say the same.
        least: the calibrated confidence below which an answer that the other contradicts is not given.
    """

    trained: Curve = field(default_factory=Curve)
    agreed: Curve = field(default_factory=Curve)
    least: float = 0.2

    @classmethod
    def load(cls, path: Path = CURVES) -> Joiner:
        """A joiner with the curves of a file, or without any where there is no file.

        Raises:
            BadRequest: when the file is damaged.
        """
        curves = read_curves(path)
        return cls(trained=curves.get("trained", Curve()), agreed=curves.get("agreed", Curve()))

    def decide(self, chained: Said, trained: Said) -> Decision:
        """One answer from two; see the module."""
        first = _sure(chained) if chained.text else 0.0
        second = self.trained(_sure(trained)) if trained.text else 0.0
        if chained.text and chained.text.strip().lower() == trained.text.strip().lower():
            return Decision(chained.text, self.agreed(max(_sure(chained), _sure(trained))), "agreed")
        said, sure, how = (chained, first, "chained") if first >= second else (trained, second, "trained")
        if not said.text or sure < self.least:
            return Decision("", 0.0, "unsure")
        return Decision(said.text, sure, how)


def _sure(said: Said) -> float:
    return 1.0 if said.confidence is None else said.confidence
