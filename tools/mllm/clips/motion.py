"""Simple physics of things on a table: discs that slide, roll and turn under friction and bounce off each other.

Bodies are discs in the ground plane with mass by size and material. Friction takes a constant share of speed per
second (balls roll, so theirs is low), collisions follow Newton's law of restitution along the line of centres. Time
runs in steps of 1/240 s; no thing is fast enough to pass another within one. Lengths are world units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenes.world import Thing

__all__ = ["Contact", "Kick", "Motion", "friction", "girth", "simulate"]

_STEP_S = 1 / 240
_BOUNCE = 0.9  # speed kept along the line of centres
_SPIN_LOSS = 0.9  # radians per second, each second
_STILL = 0.03  # speed below which a thing has stopped, world units per second
_TOUCH = 0.12  # least closing speed that counts as a collision
_AGAIN_S = 0.3  # within which a second touch of the same two is the same collision
_GIRTH = {"cube": 1.2, "pyramid": 1.2, "prism": 1.1, "capsule": 0.55, "egg": 0.74}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kick:
    """A push that sets a thing going."""

    thing: int
    time_s: float
    velocity: tuple[float, float]  # world units per second
    spin: float = 0.0  # radians per second


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Two things that hit each other."""

    time_s: float
    things: tuple[int, int]
    speed: float  # at which they closed


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """Where everything is at each of T moments."""

    poses: NDArray[np.float64]  # (T, N, 3): x, y, rotation in radians
    speeds: NDArray[np.float64]  # (T, N)
    spins: NDArray[np.float64]  # (T, N) radians per second, signed
    contacts: tuple[Contact, ...]


def girth(thing: Thing) -> float:
    """Radius of the disc that stands for a thing."""
    return thing.radius * _GIRTH.get(thing.shape, 1.0)


def friction(thing: Thing) -> float:
    """Loss of speed, world units per second each second."""
    if thing.shape == "sphere":
        return 0.3
    return 0.9 if thing.material == "metal" else 1.3


def simulate(things: Sequence[Thing], kicks: Sequence[Kick], times_s: NDArray[np.float64]) -> Motion:
    """Let things go from rest under kicks, and look at them at increasing times (T,), seconds."""
    count = len(things)
    place = np.array([(t.x, t.y) for t in things], float).reshape(-1, 2)
    turn = np.array([t.rotation for t in things], float)
    velocity, spin = np.zeros((count, 2)), np.zeros(count)
    radius = np.array([girth(t) for t in things])
    mass = np.array([t.radius**3 * (2.0 if t.material == "metal" else 1.0) for t in things])
    loss = np.array([friction(t) for t in things])
    poses, speeds, spins = [], [], []
    contacts: list[Contact] = []
    waiting = sorted(kicks, key=lambda kick: kick.time_s)
    now, step = 0.0, 0
    for moment in times_s:
        while now < moment - 1e-9:
            while waiting and waiting[0].time_s <= now:
                kick = waiting.pop(0)
                velocity[kick.thing] += kick.velocity
                spin[kick.thing] += kick.spin
            speed = np.hypot(velocity[:, 0], velocity[:, 1])
            if speed.any():
                _collide(now, place, velocity, spin, radius, mass, contacts)
                speed = np.hypot(velocity[:, 0], velocity[:, 1])
            kept = np.where(speed > _STILL, np.maximum(speed - loss * _STEP_S, 0) / np.maximum(speed, 1e-9), 0)
            velocity *= kept[:, None]
            spin = np.sign(spin) * np.maximum(np.abs(spin) - _SPIN_LOSS * _STEP_S, 0)
            place += velocity * _STEP_S
            turn += spin * _STEP_S
            step += 1
            now = step * _STEP_S
        poses.append(np.column_stack([place, turn]))
        speeds.append(np.hypot(velocity[:, 0], velocity[:, 1]))
        spins.append(spin.copy())
    return Motion(
        poses=np.array(poses).reshape(-1, count, 3),
        speeds=np.array(speeds).reshape(-1, count),
        spins=np.array(spins).reshape(-1, count),
        contacts=tuple(contacts),
    )


def _collide(
    now: float,
    place: NDArray[np.float64],
    velocity: NDArray[np.float64],
    spin: NDArray[np.float64],
    radius: NDArray[np.float64],
    mass: NDArray[np.float64],
    contacts: list[Contact],
) -> None:
    gap = place[:, None] - place[None]
    near = (gap**2).sum(-1) < (radius[:, None] + radius[None]) ** 2
    for a, b in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        line = gap[a, b] / max(float(np.hypot(*gap[a, b])), 1e-9)
        closing = -float((velocity[a] - velocity[b]) @ line)
        if closing <= 0:
            continue
        push = (1 + _BOUNCE) * closing / (1 / mass[a] + 1 / mass[b])
        across = float((velocity[a] - velocity[b]) @ (-line[1], line[0]))
        velocity[a] += push / mass[a] * line
        velocity[b] -= push / mass[b] * line
        # grazing hits set both turning
        spin[a] -= 0.3 * across / radius[a]
        spin[b] -= 0.3 * across / radius[b]
        pair = (int(a), int(b))
        lately = any(c.things == pair and now - c.time_s < _AGAIN_S for c in contacts)
        if closing >= _TOUCH and not lately:
            contacts.append(Contact(time_s=now, things=pair, speed=closing))
