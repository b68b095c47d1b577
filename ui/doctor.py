"""`sightline doctor`: what works here, what does not, and the command that mends it.

`examine` loads no expert and sends nothing anywhere. `tell` prints it on standard output, since it is the answer
that was asked for.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..tools.errors import SightlineError

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["Facts", "Served", "examine", "tell"]

_PACKAGES = (
    "torch", "rapidocr", "onnxruntime", "opencv-python-headless", "zxing-cpp", "RestrictedPython", "langchain",
    "langchain-openai", "transformers", "gradio", "ray",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One capability: the experts that serve it, or why nobody does."""

    capability: str
    asks: str
    experts: tuple[str, ...]
    missing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found; `planner_problem` and `sandbox_problem` are None where all is well."""

    system: str
    packages: Mapping[str, str | None]
    planner: str
    planner_problem: str | None
    profile: str
    served: tuple[Served, ...]
    walls: Mapping[str, Any]
    sandbox_problem: str | None

    @property
    def ready(self) -> bool:
        """Whether questions can be answered at all."""
        return self.planner_problem is None and self.sandbox_problem is None and any(not s.missing for s in self.served)


def examine(*, planner: str = "native", profile: str = "embedded") -> Facts:
    """Look at the installation.

    Raises:
        BadRequest: when there is no such profile.
    """
    from ..agent import Agent
    from ..tools.capabilities import CAPABILITIES

    with Agent(planner, profile=profile) as agent:
        pool = agent.pool
        served = []
        for name, capability in sorted(CAPABILITIES.items()):
            listed = pool.profile.experts.get(name, ())
            reason = pool.reason(name) if listed else f"nobody here can {capability.asks}"
            experts = () if reason else listed
            served.append(Served(capability=name, asks=capability.asks, experts=tuple(experts), missing=reason))
        walls, sandbox_problem = _walls(agent)
        return Facts(
            system=_system(),
            packages={name: _version(name) for name in _PACKAGES},
            planner=planner,
            planner_problem=_planner_problem(agent),
            profile=profile,
            served=tuple(served),
            walls=walls,
            sandbox_problem=sandbox_problem,
        )


def _system() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}"


def _planner_problem(agent: Agent) -> str | None:
    """Why there is no planner; the embedded one is asked a question, a chat model is not."""
    from ..prompts import MediaFacts, PlanRequest
    from ..tools.errors import NoPlan

    try:
        planner = agent.planner
        if planner.name == "native":
            picture = MediaFacts(kind="image", width=640, height=480)
            planner.plan(
                PlanRequest(
                    question="How many faces are there?", media=(picture,), capabilities=agent.pool.capabilities
                )
            )
    except NoPlan:
        return None  # it works, and declines
    except SightlineError as error:
        return str(error)
    return None


def _walls(agent: Agent) -> tuple[Mapping[str, Any], str | None]:
    try:
        return asdict(agent.sandbox.walls()), None
    except SightlineError as error:
        return {}, str(error)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def tell(facts: Facts) -> None:
    """Print the facts on standard output."""
    from rich.console import Console
    from rich.text import Text

    from .. import __version__
    from .wording import printable, wall_facts

    console = Console(highlight=False, soft_wrap=True)

    def heading(text: str) -> None:
        console.print()
        console.print(Text(text, style="bold"))

    def line(name: str, text: str, *, good: bool | None = None, width: int = 29) -> None:
        sign = {True: ("✓ ", "green"), False: ("✗ ", "red"), None: ("  ", "")}[good]
        console.print(Text.assemble(sign, f"{name:<{width}} ", (printable(text), "" if good is not False else "dim")))

    console.print(Text.assemble(("Sightline ", "bold"), __version__, (f"   {facts.system}", "dim")))
    heading("Planner")
    ready = "ready" if facts.planner == "native" else "set up; no request was sent"
    line(facts.planner, facts.planner_problem or ready, good=facts.planner_problem is None)
    heading(f"Experts of the profile {facts.profile}")
    for served in sorted(facts.served, key=lambda s: s.missing is not None):
        line(served.capability, served.missing or ", ".join(served.experts), good=served.missing is None)
    if any(served.missing for served in facts.served):
        line("", "an expert for these can be named in a profile of your own, or come with another package")
    heading("Walls of the sandbox")
    if facts.sandbox_problem:
        line("sandbox", facts.sandbox_problem, good=False)
    for name, text, good in wall_facts(facts.walls):
        line(name, text, good=good)
    heading("Packages")
    for name, version in facts.packages.items():
        line(name, version or "not installed")
