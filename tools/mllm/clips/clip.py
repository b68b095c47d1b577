"""A moving clip of a table-top world with everything that is known of it, and the endless stream of such clips.

Clip k of seed s is the same on every run, wherever the stream starts. Things, look and layout come from the recipe of
still scenes; `Clip.at` gives any frame as a still `Sample`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from ..scenes.camera import Camera
from ..scenes.looks import Look, jittered_camera, plain_look, varied_look
from ..scenes.placement import Rules, place
from ..scenes.render import Picture
from ..scenes.solids import solid
from ..scenes.stream import Recipe, beyond
from ..scenes.truth import Sample
from ..scenes.world import Thing
from .casting import cast
from .events import Event, events, moving
from .filming import film
from .motion import Motion, simulate
from .passing import pass_behind

__all__ = ["Clip", "ClipRecipe", "clip", "clips"]

_CLIP = 2  # marks the generator of a clip beside that of a still scene
_PASSING = 3  # marks the generator of what passes behind something, so that it changes no other clip
_USUAL_SCENE = Recipe(width=160, height=120, rules=Rules(fewest=2, most=6))
_TURNING = ("cube", "pyramid", "prism", "ring")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipRecipe:
    """What the clips of a stream are like."""

    scene: Recipe = _USUAL_SCENE  # size, looks, print and shapes; its rules hold for the layout behind the parts
    fps: int = 8
    seconds: float = 4.0
    busiest: int = 4  # most things that are set going; at least one is
    moving_camera_share: float = 0.2  # of clips whose camera drifts; drawn whole, so slower
    passing_share: float = 0.0  # of clips in which something passes behind another thing

    def __post_init__(self) -> None:
        if not 1 <= self.fps <= 60 or not 0 < self.seconds <= 60 or self.frames < 2:
            raise BadRequest(f"Clips have 1 to 60 frames a second for up to 60 s, not {self.fps} for {self.seconds} s.")
        if self.busiest < 1 or not all(0 <= share <= 1 for share in (self.moving_camera_share, self.passing_share)):
            raise BadRequest("busiest is at least 1; moving_camera_share and passing_share lie between 0 and 1.")

    @property
    def frames(self) -> int:
        """How many frames a clip has."""
        return round(self.fps * self.seconds)


_USUAL = ClipRecipe()


@dataclass(frozen=True, kw_only=True)
class Clip:
    """T frames of N things; `seed` and `index` say how to make it again. A thing's index is its track's id."""

    seed: int
    index: int
    fps: int
    shots: tuple[tuple[tuple[Thing, ...], Camera], ...]  # per frame: the things as they stand, and the camera
    look: Look
    motion: Motion
    pictures: tuple[Picture, ...]

    @property
    def things(self) -> tuple[Thing, ...]:
        """The things as the clip begins."""
        return self.shots[0][0]

    @cached_property
    def frames(self) -> NDArray[np.uint8]:
        """The pictures, (T, H, W, 3) RGB."""
        return np.stack([picture.pixels for picture in self.pictures])

    @cached_property
    def maps(self) -> NDArray[np.int8]:
        """Which thing each pixel shows, -1 for none, (T, H, W)."""
        return np.stack([picture.things for picture in self.pictures])

    @cached_property
    def visible_pixels(self) -> NDArray[np.float64]:
        """(T, N)"""
        return np.stack([picture.samples / picture.samples_per_pixel for picture in self.pictures])

    @cached_property
    def outlines(self) -> NDArray[np.float32]:
        """Boxes of the whole things as if nothing hid them, not cut at the edges, (T, N, 4), pixels, y down."""
        _, height, width = self.maps.shape
        rows = [[solid(thing).box(camera, width, height) for thing in things] for things, camera in self.shots]
        return np.array(rows, np.float32).reshape(len(self.shots), -1, 4)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Whether at least a pixel's breadth of a thing lies in the picture, hidden or not, (T, N)."""
        _, height, width = self.maps.shape
        x1, y1, x2, y2 = np.moveaxis(self.outlines, -1, 0)
        inside: NDArray[np.bool_] = (x2 > 1) & (y2 > 1) & (x1 < width - 1) & (y1 < height - 1)
        return inside

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """Which things slide, roll or visibly turn in which frame, (T, N)."""
        return moving(self.motion, self._turns)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happens, in order of time."""
        _, height, width = self.maps.shape
        x1, y1, x2, y2 = np.moveaxis(self.outlines, -1, 0)
        whole = (x1 >= 0) & (y1 >= 0) & (x2 <= width) & (y2 <= height)
        return events(self.motion, self._turns, self.inside, whole, self.visible_pixels, self.fps)

    @property
    def _turns(self) -> NDArray[np.bool_]:
        return np.array([thing.shape in _TURNING or thing.label is not None for thing in self.things])

    def at(self, frame: int) -> Sample:
        """One frame as a still sample; things outside the picture are among its things, with empty visible boxes."""
        things, camera = self.shots[frame]
        return Sample(
            seed=self.seed, index=self.index, things=things, camera=camera, look=self.look, picture=self.pictures[frame]
        )

    def record(self) -> dict[str, Any]:
        """Plain data for JSON: tracks with a row per frame, and events."""
        _, height, width = self.maps.shape
        samples = [self.at(frame) for frame in range(len(self.shots))]
        tracks = []
        for k, thing in enumerate(self.things):
            rows = [
                {
                    "frame": frame,
                    "box": [float(c) for c in one.boxes[k]],
                    "visible_box": [float(c) for c in one.visible_boxes[k]],
                    "visible_pixels": float(self.visible_pixels[frame, k]),
                    "3d_coords": list(one.things[k].center),
                    "rotation": one.things[k].rotation,
                    "in_picture": bool(self.inside[frame, k]),
                    "moving": bool(self.moving[frame, k]),
                }
                for frame, one in enumerate(samples)
            ]
            names = {name: getattr(thing, name) for name in ("shape", "size", "color", "material")}
            text = None if thing.label is None else thing.label.text
            tracks.append({"id": k, **names, "text": text, "frames": rows})
        return {
            "seed": self.seed,
            "clip_index": self.index,
            "fps": self.fps,
            "width": width,
            "height": height,
            "tracks": tracks,
            "events": [event.record() for event in self.events],
            "cameras": [
                {"position": list(c.position), "target": list(c.target), "focal": c.focal} for _, c in self.shots
            ],
        }


def clip(seed: int, index: int, recipe: ClipRecipe = _USUAL) -> Clip:
    """Make clip `index` of the stream `seed`, by itself."""
    if seed < 0 or index < 0:
        raise BadRequest(f"Seeds and indices are not negative; got {seed} and {index}.")
    rng = np.random.default_rng((seed, index, _CLIP))
    scene = recipe.scene
    plain = rng.random() < scene.plain_share
    camera = jittered_camera(rng)
    look = plain_look(rng) if plain else varied_look(rng)
    layout, look = beyond(rng, place(rng, camera, scene.rules), camera, look, scene)
    busy = int(rng.integers(1, recipe.busiest + 1))
    things, kicks = cast(rng, layout, camera, recipe.seconds, busy)
    if recipe.passing_share:
        own = np.random.default_rng((seed, index, _PASSING))
        if own.random() < recipe.passing_share:
            things, kicks = pass_behind(own, things, kicks, camera)
    motion = simulate(things, kicks, np.arange(recipe.frames) / recipe.fps)
    cameras = _cameras(rng, camera, recipe)
    shots = tuple(
        (tuple(_posed(thing, pose) for thing, pose in zip(things, row, strict=True)), seen)
        for row, seen in zip(motion.poses, cameras, strict=True)
    )
    pictures = tuple(film(shots, look, rng, width=scene.width, height=scene.height))
    return Clip(seed=seed, index=index, fps=recipe.fps, shots=shots, look=look, motion=motion, pictures=pictures)


def clips(seed: int, start: int = 0, recipe: ClipRecipe = _USUAL) -> Iterator[Clip]:
    """Clips `start`, `start` + 1, ... of the stream `seed`, without end."""
    index = start
    while True:
        yield clip(seed, index, recipe)
        index += 1


def _posed(thing: Thing, pose: NDArray[np.float64]) -> Thing:
    x, y, rotation = (float(c) for c in pose)
    label = thing.label
    if label is not None:  # print turns with what carries it
        label = replace(label, facing=label.facing + rotation - thing.rotation)
    return replace(thing, x=x, y=y, rotation=rotation, label=label)


def _cameras(rng: np.random.Generator, camera: Camera, recipe: ClipRecipe) -> list[Camera]:
    """The camera of each frame: at rest, or drifting evenly by up to about a unit, always aimed near the middle."""
    count = recipe.frames
    if rng.random() >= recipe.moving_camera_share:
        return [camera] * count
    way, aim = rng.uniform(-1.0, 1.0, 3) * (1, 1, 0.5), rng.uniform(-0.4, 0.4, 2)
    drifting = []
    for share in np.linspace(0, 1, count):
        x, y, z = (float(c) for c in np.add(camera.position, share * way))
        drifting.append(replace(camera, position=(x, y, z), target=(float(share * aim[0]), float(share * aim[1]), 0.0)))
    return drifting
