"""What models that compare pictures with texts share: `match`, and `verify_property` built on it.

Whether a thing has a property is asked as a choice between the thing with the property and the thing as such. Where
the choice tips, and how sure it is, is calibrated by the settings `temperature` and `threshold`: see `calibration.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...capabilities import Property, Texts
from ...results import Result, Scores, Verdict
from ..base import ExpertRequest
from .model import HubExpert, pictures
from .property_choice import PropertyChoice

if TYPE_CHECKING:
    import torch

__all__ = ["ImageTextExpert"]


class ImageTextExpert(HubExpert):
    """Base of CLIP and its like. Settings: `temperature` and `threshold` of `verify_property`; see `PropertyChoice`."""

    capabilities = ("match", "verify_property")
    most_at_once = 32

    def logits(self, requests: Sequence[ExpertRequest], texts: list[str]) -> torch.Tensor:
        """(pictures, texts), how well each fits."""
        inputs = self.processor(text=texts, images=pictures(requests), return_tensors="pt", **self.padding())
        logits: torch.Tensor = self.run(inputs).logits_per_image.float().cpu()
        return logits

    def padding(self) -> dict[str, object]:
        """How the texts are brought to one length."""
        return {"padding": True, "truncation": True}

    def chances(self, logits: torch.Tensor) -> torch.Tensor:
        """The model's own figures for each text."""
        return logits.softmax(dim=-1)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Result]:
        asked = requests[0].arguments
        if isinstance(asked, Texts):
            rows = self.chances(self.logits(requests, list(asked.texts)))
            return [self._scores(row.tolist()) for row in rows]
        choice = PropertyChoice.of(self.settings)
        chances = [choice.chance(margin) for margin in self.margins(requests)]
        return [Verdict(value=each >= 0.5, confidence=max(each, 1.0 - each)) for each in chances]

    def margins(self, requests: Sequence[ExpertRequest]) -> list[float]:
        """By how much the thing with the property fits each picture better than the thing as such, in logits; for
        requests that ask the same.
        """
        asked = requests[0].arguments
        assert isinstance(asked, Property)
        texts = [f"a photo of a {asked.attribute} {asked.name}", f"a photo of a {asked.name}"]
        return [float(has - plain) for has, plain in self.logits(requests, texts).tolist()]

    def _scores(self, scores: list[float]) -> Scores:
        first, second = [*sorted(scores, reverse=True), 0.0][:2]
        sure = first / (first + second) if first > 0 and len(scores) > 1 else None
        return Scores(scores=scores, confidence=sure)
