"""When a model that compares pictures with texts may say that a thing has a property, and how sure it then is.

The model's own figures tell the thing with the property from the thing as such by a margin of logits. Two settings turn
margins into chances: chance = sigmoid(margin / temperature - logit(threshold)), and the verdict is yes from a chance of
one half on. So `threshold` is the share that the property must have of the two texts, and `temperature` how far the
model's shares are too sure (above 1) or too timid. Without them, 1 and 0.5, the model's own choice stands.

They are fitted to labelled pairs by maximum likelihood (Platt, "Probabilistic outputs for support vector machines",
1999, with his smoothed targets, so that pairs without a mistake do not make it certain).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from ...capabilities import Name, Property
from ...errors import BadRequest, ExpertUnavailable
from ...media import load_image
from .. import registry
from ..base import ExpertRequest, Settings
from ..faults import missing
from ..profiles import Profile
from .image_text import ImageTextExpert
from .property_choice import PropertyChoice

__all__ = ["Fitted", "LabelledPair", "fit", "fitted_to", "read_pairs"]

_LEAST = 10  # pairs, below which a fit says nothing
_STEPS = 200


class LabelledPair(BaseModel):
    """A picture of a thing and whether it has a property; `image` is a path, from the folder of the file with the
    pairs.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    image: str
    name: Name
    attribute: Name
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What a fit found.

    Attributes:
        choice: the settings that were fitted.
        pairs: how many pairs it was fitted to.
        right_before, right_after: share of the verdicts that are right, by the settings before and by these.
        loss_before, loss_after: mean negative log-likelihood of the labels.
    """

    choice: PropertyChoice
    pairs: int
    right_before: float
    right_after: float
    loss_before: float
    loss_after: float

    def toml(self, expert: str) -> str:
        """The lines for a profile."""
        return (
            f"[settings.{expert}]\n"
            f"temperature = {self.choice.temperature:.4g}\n"
            f"threshold = {self.choice.threshold:.4g}\n"
        )


def fit(margins: Sequence[float], holds: Sequence[bool], *, before: PropertyChoice | None = None) -> Fitted:
    """The temperature and threshold under which labels are likeliest.

    Args:
        margins: for each pair by how much the text with the property fits better.
        holds: for each whether it has the property.
        before: what is in force now, to compare with.

    Raises:
        BadRequest: when there are fewer than ten, or all say the same.
    """
    if len(margins) < _LEAST or len(set(holds)) < 2:
        raise BadRequest(
            f"a calibration needs at least {_LEAST} pairs, some that hold and some that do not; these are "
            f"{len(margins)}, of which {sum(holds)} hold"
        )
    x, yes = np.asarray(margins, np.float64), np.asarray(holds, np.bool_)
    slope, offset = _likeliest(x, yes)
    if slope <= 0:
        raise BadRequest(
            "in these pairs a better fit of the text goes with the absence of the property: the model does not see it, "
            "or the labels are the wrong way round"
        )
    choice = PropertyChoice(temperature=1 / slope, threshold=1 / (1 + math.exp(min(700.0, offset))))
    told = before or PropertyChoice()
    return Fitted(
        choice=choice,
        pairs=len(margins),
        right_before=_right(told, x, yes),
        right_after=_right(choice, x, yes),
        loss_before=_loss(told, x, yes),
        loss_after=_loss(choice, x, yes),
    )


def _likeliest(x: npt.NDArray[np.float64], yes: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """(slope, offset) of chance = sigmoid(slope * x + offset), by Newton's method on Platt's smoothed targets."""
    targets = np.where(yes, (yes.sum() + 1) / (yes.sum() + 2), 1 / ((~yes).sum() + 2))
    spread = max(float(x.std()), 1e-12)
    design = np.stack([x / spread, np.ones_like(x)], axis=1)
    weights = np.zeros(2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (chance - targets)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        step *= min(1.0, 5.0 / max(1e-12, float(np.abs(step).max())))  # far from the top the curve is no guide
        weights -= step
        if float(np.abs(step).max()) < 1e-10:
            break
    return float(weights[0] / spread), float(weights[1])


def _right(choice: PropertyChoice, x: npt.NDArray[np.float64], yes: npt.NDArray[np.bool_]) -> float:
    return float(np.mean([(choice.chance(each) >= 0.5) == label for each, label in zip(x, yes, strict=True)]))


def _loss(choice: PropertyChoice, x: npt.NDArray[np.float64], yes: npt.NDArray[np.bool_]) -> float:
    chances = np.clip([choice.chance(each) for each in x], 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(yes, np.log(chances), np.log(1 - chances))))


def read_pairs(path: Path) -> list[LabelledPair]:
    """The pairs of a file of JSON lines. Raises BadRequest, with the line, when it holds something else."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"the pairs in {path} cannot be read: check the path") from None
    pairs = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                pairs.append(LabelledPair.model_validate(json.loads(line)))
            except (ValueError, ValidationError):
                raise BadRequest(
                    f"line {number} of {path} is no pair: write "
                    '{"image": "cup.jpg", "name": "cup", "attribute": "red", "holds": true}'
                ) from None
    return pairs


def fitted_to(path: Path, *, expert: str, profile: Profile | None = None) -> Fitted:
    """An expert's calibration, fitted to the pairs of a file.

    Raises:
        BadRequest: when the expert has none, or the pairs will not do.
        ExpertUnavailable: when its packages or weights are not here.
    """
    cls = registry.get(expert)
    if not issubclass(cls, ImageTextExpert):
        raise BadRequest(f"the expert {expert} has no calibration: it does not verify properties by comparing texts")
    settings: Settings = {} if profile is None else profile.settings.get(expert, {})
    lacking = missing(cls, settings)
    if lacking is not None:
        raise ExpertUnavailable(lacking, expert=expert)
    pairs = read_pairs(path)
    made = cls()
    made.settings = settings
    made.load()
    try:
        margins = [made.margins([_request(each, path.parent)])[0] for each in pairs]
    finally:
        made.unload()
    return fit(margins, [each.holds for each in pairs], before=PropertyChoice.of(settings))


def _request(pair: LabelledPair, folder: Path) -> ExpertRequest:
    pixels: Any = load_image(folder / pair.image).pixels
    arguments = Property(name=pair.name, attribute=pair.attribute)
    return ExpertRequest(capability="verify_property", arguments=arguments, pixels=pixels)
