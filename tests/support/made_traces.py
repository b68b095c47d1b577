"""Traces made by hand for the tests of the faces: an ordinary one, a repaired one, and the edge cases of layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.agent.trace import AnswerRecord, Fault, Header, MediaRecord, PlanRecord, RunRecord, StepRecord, Trace
from sightline.tools.api import Box, ImageRef

PICTURE_ID = "made-picture"
MADE_ID = "picture-of-an-expert"
WIDTH, HEIGHT = 640, 400
WHOLE = ImageRef.whole(PICTURE_ID, WIDTH, HEIGHT)
DOOR = WHOLE.at(Box(340, 40, 560, 380))

PROGRAM = '''def execute_command(image):
    """The sign on the door."""
    patch = ImagePatch(image)
    doors = patch.find("door")
    if not doors:
        return None
    # the largest is the one that is meant
    door = max(
        doors,
        key=lambda d: d.width * d.height,
    )
    return door.read_text()
'''


@dataclass(frozen=True)
class MadePicture:
    pixels: NDArray[np.uint8]


def picture() -> MadePicture:
    """A wall with a red door in it, rows from the top."""
    pixels = np.full((HEIGHT, WIDTH, 3), (226, 221, 208), np.uint8)
    pixels[20:360, 340:560] = (176, 62, 50)
    pixels[80:130, 390:510] = (250, 250, 245)
    pixels[340:] = (120, 112, 100)
    return MadePicture(pixels)


def header(**changes: Any) -> Header:
    media = MediaRecord(id=PICTURE_ID, kind="image", width=WIDTH, height=HEIGHT, name="door.jpg", notes=("turned",))
    facts: dict[str, Any] = {
        "id": "t-0001", "sightline": "0.1.0", "question": "What does the sign on the door say?", "media": (media,),
        "planner": "native", "profile": "embedded",
    }  # fmt: skip
    return Header(**{**facts, **changes})


def plan(attempt: int = 1, **changes: Any) -> PlanRecord:
    facts: dict[str, Any] = {
        "attempt": attempt, "planner": "native", "program": PROGRAM, "score": 0.98, "started_s": 0.0, "seconds": 0.08,
    }  # fmt: skip
    return PlanRecord(**{**facts, **changes})


def step(index: int, capability: str, arguments: dict[str, Any], result: Any, **changes: Any) -> StepRecord:
    facts: dict[str, Any] = {
        "attempt": 1, "targets": (WHOLE.to_wire(),), "line": 4, "expert": "boxes", "version": "3", "started_s": 0.1,
        "seconds": 0.031,
    }  # fmt: skip
    return StepRecord(index=index, capability=capability, arguments=arguments, result=result, **{**facts, **changes})


def run(attempt: int = 1, **changes: Any) -> RunRecord:
    facts: dict[str, Any] = {
        "executed_lines": (1, 3, 4, 5, 8, 9, 12), "wall_s": 0.12, "cpu_s": 0.004, "max_rss_bytes": 31_000_000,
        "walls": {"language": True, "seccomp": True, "landlock_abi": 0, "user": "an ordinary user"},
    }  # fmt: skip
    return RunRecord(attempt=attempt, **{**facts, **changes})


def answer(**changes: Any) -> AnswerRecord:
    facts: dict[str, Any] = {"status": "answered", "text": "EXIT", "value": "EXIT", "confidence": 0.93, "seconds": 0.34}
    return AnswerRecord(**{**facts, **changes})


def found(box: tuple[int, int, int, int], label: str, confidence: float = 0.9) -> dict[str, Any]:
    return {"box": list(box), "label": label, "confidence": confidence, "mask": None}


def ordinary() -> Trace:
    """A question answered at the first attempt with two steps, one of them about a crop."""
    steps = (
        step(
            0,
            "detect",
            {"names": ["door"]},
            [found((340, 40, 560, 380), "door"), found((20, 60, 90, 200), "door", 0.4)],
        ),
        step(
            1,
            "read_text",
            {},
            {"lines": [{"box": [390, 270, 510, 320], "text": "EXIT", "confidence": 0.97}]},
            targets=(DOOR.to_wire(),),
            line=12,
            expert="reader",
            cached=True,
        ),
    )
    return Trace(header=header(), plans=(plan(),), steps=steps, runs=(run(),), answer=answer())


def referring() -> Trace:
    """The answer is a patch."""
    value = {"$patch": DOOR.to_wire(), "label": "door", "confidence": 0.9}
    steps = (step(0, "detect", {"names": ["door"]}, [found((340, 40, 560, 380), "door")]),)
    said = answer(text="door at (340, 40, 560, 380)", value=value)
    return Trace(header=header(question="Where is the door?"), plans=(plan(),), steps=steps, runs=(run(),), answer=said)


def repaired() -> Trace:
    """The first program failed at a line, the second answered."""
    fault = Fault(type="ProgramFailed", message="IndexError: list index out of range", line=5)
    broken = plan(
        1,
        program="def execute_command(image):\n    p = ImagePatch(image)\n\n    d = p.find('dor')\n    return d[0]\n",
        problem=fault,
    )
    steps = (
        step(0, "detect", {"names": ["dor"]}, []),
        step(0, "detect", {"names": ["door"]}, [found((340, 40, 560, 380), "door")], attempt=2),
    )
    runs = (run(1, executed_lines=(2, 4, 5), error=fault), run(2, printed="1 door\n"))
    return Trace(
        header=header(planner="openai:some-model"),
        plans=(
            broken,
            plan(
                2,
                planner="llm",
                model="some-model",
                prompt="user: hello",
                prompt_hash="ab" * 32,
                tokens_in=812,
                tokens_out=95,
            ),
        ),
        steps=steps,
        runs=runs,
        answer=answer(),
    )


def redrawn() -> Trace:
    """The answer is a picture that an expert made."""
    made = ImageRef.whole(MADE_ID, WIDTH, HEIGHT).to_wire()
    value = {"$patch": made, "label": None, "confidence": None}
    steps = (step(0, "edges", {}, {"image": made}),)
    return Trace(
        header=header(), plans=(plan(),), steps=steps, runs=(run(),), answer=answer(text="a picture", value=value)
    )


def failed(status: str = "timeout", reason: str = "the program ran longer than 10 s; ask less of it") -> Trace:
    """A program that ended without an answer."""
    fault = Fault(type="ProgramTimeout", message=reason, line=12)
    said = AnswerRecord(status=status, text="", reason=reason, seconds=10.1)  # type: ignore[arg-type]
    return Trace(header=header(), plans=(plan(),), runs=(run(error=fault),), answer=said)


def unplanned() -> Trace:
    """No program was written at all."""
    said = AnswerRecord(
        status="no_plan", text="", reason="the planner does not know this kind of question", seconds=0.1
    )
    return Trace(header=header(media=()), answer=said)


def crowded() -> Trace:
    """A long program, many steps of every capability, many boxes, hostile texts."""
    lines = [
        f"    value_{n} = patch.simple_query('Is part {n} of the picture {'very ' * (n % 9)}bright?')"
        for n in range(120)
    ]
    program = "\n".join(["def execute_command(image):", "    patch = ImagePatch(image)", *lines, "    return value_0"])
    hostile = '<script src="https://example.org/x.js"></script><img src=x onerror=alert(1)> \u202e\x1b[31mred'
    boxes = [
        found((40 + 50 * (n % 11), 30 + 60 * (n // 11), 80 + 50 * (n % 11), 70 + 60 * (n // 11)), f"thing {n % 5}")
        for n in range(55)
    ]
    tiny = WHOLE.at(Box(400, 280, 420, 300))
    small = [WHOLE.at(Box(x, 100, x + 60, 190)) for x in range(10, 570, 35)]
    steps = [
        step(0, "detect", {"names": ["thing"]}, boxes),
        step(1, "answer", {"question": hostile}, {"text": hostile, "confidence": 0.5}, targets=(tiny.to_wire(),)),
        step(
            2,
            "match",
            {"texts": ["red", "blue"]},
            [{"scores": [0.1, 0.9]} for _ in small],
            targets=tuple(r.to_wire() for r in small),
        ),
        step(3, "color", {}, {"name": "red", "fractions": {"red": 0.8, "white": 0.2}}, targets=(DOOR.to_wire(),)),
        step(4, "lines", {}, {"lines": [[340, 40, 340, 380], [340, 380, 560, 380]]}),
        step(
            5,
            "pose",
            {},
            {"people": [{"box": [10, 10, 200, 380], "confidence": 0.8, "keypoints": {"nose": [100, 340, 0.9]}}]},
        ),
        step(6, "read_text", {}, {"lines": []}),
        step(7, "depth", {}, None, error=Fault(type="ExpertUnavailable", message="nobody here measures depth", line=9)),
        step(8, "ask_llm", {"question": "why?"}, [{"text": "because"}], targets=()),
        step(9, "quality", {}, {"sharpness": 0.2, "brightness": 0.5, "contrast": 0.4}),
        step(10, "something_new", {"depth": 3}, {"shape": [1, 2, 3]}),
    ]
    steps += [
        step(n, "answer", {"question": "bright?"}, {"text": "yes", "confidence": None}, line=n) for n in range(11, 260)
    ]
    said = answer(text=hostile, value=[hostile], confidence=None)
    return Trace(
        header=header(question=hostile, options=(hostile, "other")),
        plans=(plan(program=program),),
        steps=tuple(steps),
        runs=(run(executed_lines=tuple(range(1, 60)), printed="line\n" * 80),),
        answer=said,
    )
