"""What models that compare pictures with texts share: `match`, and `verify_property` built on it.

Whether a thing has a property is asked as a choice between the thing with the property and the thing as such. Where
the choice tips is the setting `threshold`; 0.5 is the even choice and not a calibrated figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...capabilities import Property, Texts
from ...results import Result, Scores, Verdict
from ..base import ExpertRequest
from .model import HubExpert, pictures

if TYPE_CHECKING:
    import torch

__all__ = ["ImageTextExpert"]

_THRESHOLD = 0.5


class ImageTextExpert(HubExpert):
    """Base of CLIP and its like. Setting: `threshold` of `verify_property`, 0 to 1."""

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
        assert isinstance(asked, Property)
        texts = [f"a photo of a {asked.attribute} {asked.name}", f"a photo of a {asked.name}"]
        threshold = float(self.settings.get("threshold", _THRESHOLD))
        verdicts: list[Result] = []
        for has, _ in self.logits(requests, texts).softmax(dim=-1).tolist():
            verdicts.append(Verdict(value=has >= threshold, confidence=max(has, 1.0 - has)))
        return verdicts

    def _scores(self, scores: list[float]) -> Scores:
        first, second = [*sorted(scores, reverse=True), 0.0][:2]
        sure = first / (first + second) if first > 0 and len(scores) > 1 else None
        return Scores(scores=scores, confidence=sure)
