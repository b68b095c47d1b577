"""What the detector's figures are worth: chances that are true, and whether a picture is of this world at all.

The network's scores and attribute chances are mapped to probabilities by curves of one or two numbers each. A picture
counts as one of the table-top world when what was found in it is sure of itself and stands as things on a table under
such a camera would: the network describes each thing's size, distance and height in the picture apart from each other,
and in a photograph of something else they do not fit together. All numbers stand in `trust.json` beside the weights;
`calibrate.py` makes them from renders and from pictures of anything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

from ...errors import ExpertUnavailable
from ..scenes.camera import Camera
from ..scenes.world import RADIUS
from .found import Found

__all__ = ["CANDIDATE", "EVIDENCE", "TRUST", "Trust", "evidence"]

TRUST = Path(__file__).parent / "weights" / "trust.json"
CANDIDATE = 0.1  # score from which something is a candidate
_STRONG = 0.35  # score from which a candidate is evidence for or against the world

EVIDENCE = ("count", "strongest", "score", "certain", "doubtful", "height", "size", "across", "depth")
_LEAST = 1e-3
# Misfits of height and depth from which a thing cannot stand on the table; those of true things are tenths of these.
_OFF_HEIGHT, _OFF_DEPTH = 0.12, 3.0


def _typical() -> tuple[float, float, float]:
    """The usual camera's height above the table and the cosine and sine of how far it looks down."""
    camera = Camera()
    _, down, forward = camera.axes
    return float(camera.position[2]), float(-down[2]), float(-forward[2])


_HEIGHT, _LEVEL, _DOWN = _typical()


def evidence(found: Sequence[Found], width: int, height: int) -> tuple[float, ...]:
    """What speaks for and against the table-top world, in the order of `EVIDENCE`; `found` must not be empty.

    Count and scores of the strong candidates, how certain their attributes are, how many weak candidates there are,
    and how badly, at the median, each described position and size fits the others under the usual camera.
    """
    strong = [thing for thing in found if thing.score >= _STRONG] or [max(found, key=lambda thing: thing.score)]
    certain = [
        fmean(math.log(max(max(values.values()), 1e-6)) for values in thing.chances.values()) for thing in strong
    ]
    misfits = [_misfits(thing, width, height) for thing in strong]
    return (
        math.log(len(strong)),
        max(thing.score for thing in strong),
        fmean(thing.score for thing in strong),
        fmean(certain),
        math.log1p(sum(thing.score for thing in found if thing.score < _STRONG)),
        *(math.log(_LEAST + median(column)) for column in zip(*misfits, strict=True)),
    )


def _misfits(thing: Found, width: int, height: int) -> tuple[float, float, float, float]:
    """How far a thing's height in the picture, size, sideways place and depth are from what the others imply."""
    focal, away = Camera.focal, max(thing.depth, 0.1)
    right, forward = thing.ground
    above = _HEIGHT - RADIUS[thing.value("size")]  # type: ignore[index]
    u, v = (thing.center[0] - width / 2) / width, (thing.center[1] - height / 2) / width
    across = max(thing.box[2] - thing.box[0], 1e-3 * width) / width
    return (
        abs(v - focal * (above * _LEVEL - forward * _DOWN) / away),
        abs(math.log(across * away / (2 * focal * RADIUS[thing.value("size")]))),  # type: ignore[index]
        abs(right - u * away / focal),
        abs(away - (forward * _LEVEL + above * _DOWN)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """The curves; the defaults take every figure as it is and every picture with things in it as this world's.

    Attributes:
        exists: slope and offset of the log-odds of a score, which give those of something being there.
        temperatures: attribute -> by what its log-chances are divided.
        weights, offset: of the evidence, for the log-odds of this world; no weights: everything is this world.
        threshold: chance from which a picture is taken to be of this world.
        facts: how the curves were made and what they reach.
    """

    exists: tuple[float, float] = (1.0, 0.0)
    temperatures: Mapping[str, float] = field(default_factory=dict)
    weights: tuple[float, ...] = ()
    offset: float = 0.0
    threshold: float = 0.5
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = TRUST) -> Trust:
        """Read the curves.

        Raises: ExpertUnavailable when the file is missing or damaged.
        """
        try:
            data = json.loads(path.read_text("utf-8"))
            trust = cls(
                exists=(float(data["exists"][0]), float(data["exists"][1])),
                temperatures={str(name): float(value) for name, value in data["temperatures"].items()},
                weights=tuple(float(weight) for weight in data["weights"]),
                offset=float(data["offset"]),
                threshold=float(data["threshold"]),
                facts=data.get("facts", {}),
            )
            if len(trust.weights) not in (0, len(EVIDENCE)):
                raise ValueError("another number of weights than pieces of evidence")
        except FileNotFoundError as error:
            raise ExpertUnavailable(
                "The detector's trust.json is missing; make it with "
                "`python -m sightline.tools.mllm.detector.calibrate --foreign DIR`."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ExpertUnavailable(f"{path.name} does not hold the detector's curves: {error}.") from error
        return trust

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    def world_chance(self, found: Sequence[Found], width: int, height: int) -> float:
        """The chance that a picture of that size in which these candidates were found is of the table-top world."""
        if not found:
            return 0.0
        if not self.weights:
            return 1.0
        told = evidence(found, width, height)
        return _chance(self.offset + sum(w * x for w, x in zip(self.weights, told, strict=True)))

    def is_world(self, found: Sequence[Found], width: int, height: int) -> bool:
        """Whether the picture is taken to be of the table-top world."""
        return self.world_chance(found, width, height) >= self.threshold

    def stands(self, thing: Found, width: int, height: int) -> bool:
        """Whether a thing can stand where it was seen in a picture of that size; a letter of a caption cannot."""
        off_height, _, _, off_depth = _misfits(thing, width, height)
        return not self.weights or off_height < _OFF_HEIGHT or off_depth < _OFF_DEPTH

    def judged(self, thing: Found) -> Found:
        """The same thing with its score and chances made true."""
        slope, offset = self.exists
        odds = math.log(max(thing.score, 1e-6) / max(1 - thing.score, 1e-6))
        chances = {name: _tempered(values, self.temperatures.get(name, 1.0)) for name, values in thing.chances.items()}
        return replace(thing, score=_chance(slope * odds + offset), chances=chances)


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -60.0), 60.0)))


def _tempered(chances: Mapping[str, float], temperature: float) -> dict[str, float]:
    powers = {word: max(chance, 1e-12) ** (1 / temperature) for word, chance in chances.items()}
    total = sum(powers.values())
    return {word: power / total for word, power in powers.items()}
