"""Agents for the worker processes of batches under test, and manifests for them.

The experts misbehave on demand: a query with the word CRASH ends the process as a broken native library would, HANG
never comes back, and the counts of what was worked out go to files, since processes share nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np

from sightline.agent import Agent, Settings
from sightline.agent.planners.base import Plan
from sightline.prompts.request import PlanRequest
from sightline.sandbox import Limits
from sightline.tools.errors import NoPlan, PlannerUnavailable
from sightline.tools.experts import registry
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.pool import ExpertPool
from sightline.tools.experts.profiles import Profile
from sightline.tools.results import Detection, Detections

from .blobs import scene
from .clips import Mover, film, write_clip

COUNT = "def execute_command(image):\n    return len(ImagePatch(image).find('{word}'))\n"
SEEN = """
def execute_command(video):
    best, when = 0, -1
    for index, frame in enumerate(video.frame_iterator()):
        found = frame.find('{color}')
        if index % {step} == 0 and len(found) > best:
            best, when = len(found), index
    return f"{{best}} at {{when}}"
"""
BOMB = "def execute_command(image):\n    n = 'x'\n    while n:\n        n = n + n\n    return n\n"
LOOP = "def execute_command(image):\n    n = 0\n    while n >= 0:\n        n += 1\n    return n\n"


@registry.register
class Spots(Expert):
    """Serves `detect` for "red" and "blue": one box around each run of columns that holds the colour, roughly."""

    name = "test-spots"
    capabilities = ("detect",)
    version = "7"
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Detections:
        found = []
        for name in request.arguments.names:
            _misbehave(name)
            own, other = (0, 2) if name == "red" else (2, 0)
            pixels = request.pixels.astype(np.int16)
            hit = (pixels[..., own] > pixels[..., other] + 90) & (pixels[..., own] > pixels[..., 1] + 60)
            columns = np.flatnonzero(np.diff(np.concatenate([[0], hit.any(axis=0).astype(int), [0]])))
            for x1, x2 in zip(columns[::2], columns[1::2], strict=True):
                rows = np.flatnonzero(hit[:, x1:x2].any(axis=1))
                box = (float(x1), float(rows[0]), float(x2), float(rows[-1] + 1))
                found.append(Detection(box=box, label=name, confidence=0.9))
        return Detections(items=found)


class WordPlanner:
    """Writes a program from the first words of a query: "count red", "seen red 2", "bomb", "loop", "none", "away".

    Every plan that it makes is noted in a file, one line each.
    """

    name = "words"
    repairs = True

    def __init__(self, notes: str | None = None) -> None:
        self._notes = notes

    def plan(self, request: PlanRequest) -> Plan:
        if self._notes:
            with open(self._notes, "a", encoding="utf-8") as file:
                file.write(json.dumps([request.question, request.kind, len(request.feedback)]) + "\n")
        word, *rest = request.question.split()
        programs = {
            "bomb": BOMB,
            "loop": LOOP,
            "noop": "def execute_command(image):\n    return 1\n",
            "wrong": "def execute_command(image):\n    return [][3]\n",
            "refused": "def execute_command(image):\n    return open('x')\n",
        }
        if word == "none":
            raise NoPlan("there is no plan for that")
        if word == "away":
            raise PlannerUnavailable("the endpoint is away")
        if request.feedback:
            program = COUNT.format(word="blue")
        elif word == "seen":
            program = SEEN.format(color=rest[0], step=rest[1])
        else:
            program = programs.get(word) or COUNT.format(word=rest[0])
        return Plan(program=program, planner=self.name, model="words-1", prompt_hash="abc", tokens_in=7, tokens_out=3)


def make_agent(*, notes: str | None = None, wall_s: float = 30.0) -> Agent:
    """An agent with one expert; its programs may run for `wall_s` seconds."""
    pool = ExpertPool(Profile(name="spots", experts={"detect": ("test-spots",)}))
    settings = Settings(limits=Limits(wall_s=wall_s), video_wall_s=60.0, video_memory=False, repairs=1, workers=1)
    return Agent(WordPlanner(notes), pool=pool, settings=settings)


def make_agent_forever(*, notes: str) -> Agent:
    """Never done, like the loading of a large model; tells its process in a file."""
    Path(notes).write_text(str(os.getpid()))
    threading.Event().wait()
    raise AssertionError


def _misbehave(word: str) -> None:
    if word == "CRASH":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == "HANG":
        threading.Event().wait()


def picture(path: Path, *, reds: int = 1, blues: int = 0) -> Path:
    """A picture with so many red and blue boxes."""
    boxes: list[Any] = [("red", (20 * k + 2, 5, 20 * k + 12, 40)) for k in range(reds)]
    boxes += [("blue", (20 * k + 2, 60, 20 * k + 12, 90)) for k in range(blues)]
    scene(*boxes).save(path)
    return path


def clip(path: Path, *, seed: int, seconds: float = 1.0) -> Path:
    """A short video in which a red and a blue square move, and come and go with the seed."""
    rng = np.random.default_rng(seed)
    speed, start = rng.uniform(5, 30), rng.uniform(10, 30)
    red = Mover(color="red", path=lambda t: (start + speed * t, 20.0), size=12)
    blue = Mover(color="blue", path=lambda t: (60 - speed * t, 40.0) if t > start / 60 else None, size=12)
    return write_clip(path, film(movers=[red, blue], size=(80, 60)), seconds=seconds, fps=8)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A CSV manifest of these rows."""
    import csv

    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path
