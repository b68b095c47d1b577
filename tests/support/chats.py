"""A chat for tests: programs by question, a few quick real experts, and no weights."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from tests.support.blobs import COLORS

from sightline.agent import Agent, Settings
from sightline.agent.planners.base import Plan
from sightline.prompts.request import PlanRequest
from sightline.sandbox import Sandbox
from sightline.tools.errors import NoPlan, OutsideWorld
from sightline.tools.experts import registry
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.pool import ExpertPool
from sightline.tools.experts.profiles import Profile
from sightline.tools.results import Answer, Depth, Detection, Detections, NewImage
from sightline.tools.results_in_time import Speech, SpeechSegment

__all__ = ["PROGRAMS", "ByQuestion", "chat_agent", "quick_pool"]

PROGRAMS: Mapping[str, str] = {
    "How many red things are there?": """
def execute_command(image):
    image_patch = ImagePatch(image)
    things = image_patch.find("red")
    return len(things)
""",
    "Draw the edges.": """
def execute_command(image):
    return ImagePatch(image).edges()
""",
    "How wide is it?": """
def execute_command(image):
    return ImagePatch(image).width
""",
    "How bright is it?": """
def execute_command(image):
    return ImagePatch(image).brightness() > 0.5
""",
    "What is the largest text?": """
def execute_command(image):
    return "<script>document.title = 'taken over'</script><b>bold</b> ${1 + 1} {{value}}"
""",
    "Look slowly.": """
def execute_command(image):
    image_patch = ImagePatch(image)
    slow = image_patch.find("slow")
    return len(image_patch.find("red"))
""",
    "Count for ever.": """
def execute_command(image):
    n = 0
    while n >= 0:
        n += 1
    return n
""",
    "When does the picture change?": """
def execute_command(video):
    shots = VideoSegment(video).shots()
    return [shot.start_time for shot in shots]
""",
    "Outline the red things.": """
def execute_command(image):
    return ImagePatch(image).segment("red")
""",
    "Is it near?": """
def execute_command(image):
    return ImagePatch(image).compute_depth() < 0.7
""",
    "Make it gray.": """
def execute_command(image):
    return ImagePatch(image).edit("make it gray")
""",
    "What is said?": """
def execute_command(video):
    return " ".join(part.text for part in VideoSegment(video).transcribe())
""",
    "How many red things are in both?": """
def execute_command(images):
    return sum(len(ImagePatch(image).find("red")) for image in images)
""",
    "What moves?": """
def execute_command(video):
    return VideoSegment(video).track("moving thing")
""",
}


class ByQuestion:
    """A planner that has a program for some questions, and declines all others."""

    name = "by-question"
    repairs = False

    def __init__(self, programs: Mapping[str, str] = PROGRAMS) -> None:
        self.requests: list[PlanRequest] = []
        self._programs = programs
        self._lock = threading.Lock()

    def plan(self, request: PlanRequest) -> Plan:
        with self._lock:
            self.requests.append(request)
        if request.question not in self._programs:
            raise NoPlan(f"the planner has no program for {request.question!r}")
        return Plan(program=self._programs[request.question], planner=self.name)


@registry.register
class Gray(Expert):
    """Makes a picture gray, whatever it is told."""

    name = "test-gray"
    capabilities = ("edit", "inpaint")
    thread_safe = True

    def serve(self, request: ExpertRequest) -> NewImage:
        level = request.pixels.mean(axis=2, keepdims=True)
        return NewImage(pixels=np.repeat(level, 3, axis=2).astype(np.uint8))


@registry.register
class Masks(Expert):
    """Outlines everything of one plain colour, or of any."""

    name = "test-masks"
    capabilities = ("segment",)
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Detections:
        wanted = [request.arguments.name] if request.arguments.name else list(COLORS)
        found = []
        for name in wanted:
            hit = (request.pixels == np.array(COLORS[name], np.uint8)).all(axis=2)
            columns = np.flatnonzero(np.diff(np.concatenate([[0], hit.any(axis=0).astype(int), [0]])))
            for x1, x2 in zip(columns[::2], columns[1::2], strict=True):
                rows = np.flatnonzero(hit[:, x1:x2].any(axis=1))
                mask = np.zeros_like(hit)
                mask[:, x1:x2] = hit[:, x1:x2]
                box = (float(x1), float(rows[0]), float(x2), float(rows[-1] + 1))
                found.append(Detection(box=box, label=name, confidence=0.9, mask=mask))
        return Detections(items=found)


@registry.register
class Ramp(Expert):
    """Depth that grows from left to right."""

    name = "test-ramp"
    capabilities = ("depth",)
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Depth:
        height, width = request.pixels.shape[:2]
        ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
        return Depth(median=0.5, map=ramp[::2, ::2])


@registry.register
class Hears(Expert):
    """Hears one question in every sound, and nothing in silence."""

    name = "test-hears"
    capabilities = ("transcribe",)
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Speech:
        footage = request.footage
        loud = footage is not None and any(np.abs(piece).max() > 100 for piece in footage.sound(rate=8000))
        text = "How many red things are there?"
        return Speech(segments=[SpeechSegment(start_s=0.2, end_s=0.8, text=text)] if loud else [])


@registry.register
class Seer(Expert):
    """A multimodal model in name: it sees how large a picture is."""

    name = "test-seer"
    capabilities = ("answer",)
    multimodal = "any"
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Answer:
        if "unknown" in request.arguments.question:
            raise OutsideWorld("I have never seen such a thing")
        height, width = request.pixels.shape[:2]
        return Answer(text=f"I see {width} x {height} pixels", confidence=0.7)


def quick_pool(**more: str) -> ExpertPool:
    """Experts that load at once: plain colours by name, edges, light, cuts and motion; `more` by capability."""
    assert "red" in COLORS  # importing the blob finder registers it
    experts = {
        "detect": ("test-blobs",),
        "edges": ("canny-edges",),
        "quality": ("exposure-and-focus",),
        "shots": ("cut-finder",),
        "motion": ("frame-motion",),
        "track": ("motion-tracker",),
        **{capability: (name,) for capability, name in more.items()},
    }
    return ExpertPool(Profile(name="quick", experts=experts))


@contextmanager
def chat_agent(sandbox: Sandbox, *, settings: Settings | None = None, **more: str) -> Iterator[Agent]:
    """An agent with the programs above; `more` experts by capability."""
    with Agent(ByQuestion(), pool=quick_pool(**more), sandbox=sandbox, settings=settings) as agent:
        yield agent
