"""Pictures that a program makes: through the sandbox, in the trace with where they came from, and in the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.support.blobs import scene
from tests.support.scripted_chat import ScriptedChat, calls

from sightline.agent import Agent, Answer
from sightline.agent.lineage import lineage, pictures_made
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.agent.planners.tools import ToolPlanner
from sightline.agent.trace import StepRecord
from sightline.sandbox import Sandbox
from sightline.tools.experts import ExpertPool, Profile
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.registry import register
from sightline.tools.results import NewImage
from sightline.ui.report import render_report

SCENE = scene(("red", (20, 20, 50, 50)), ("blue", (120, 15, 150, 45)))


@register
class Plain(Expert):
    """Makes plain pictures: green ones of nothing, and paints green what is replaced."""

    name = "test-plain"
    capabilities = ("generate", "inpaint")

    def serve(self, request: ExpertRequest) -> NewImage:
        if request.capability == "generate":
            height, width = request.arguments.height or 24, request.arguments.width or 32  # type: ignore[attr-defined]
            return NewImage(pixels=np.full((height, width, 3), (0, 255, 0), np.uint8))
        made = np.array(request.pixels)
        found = request.ask("detect", {"names": [request.arguments.name]})  # type: ignore[attr-defined]
        for each in found.items:  # type: ignore[attr-defined]
            x1, y1, x2, y2 = map(int, each.box)
            made[y1:y2, x1:x2] = (0, 255, 0)
        return NewImage(pixels=made)


def pool() -> ExpertPool:
    return ExpertPool(
        Profile(
            name="pictures",
            experts={
                "detect": ("test-blobs",),
                "edges": ("canny-edges",),
                "generate": ("test-plain",),
                "inpaint": ("fill-in", "test-plain"),  # the first only removes
                "map": ("drawn-maps",),
                "set_apart": ("background-effects",),
            },
        )
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared


def run(sandbox: Sandbox, *lines: str) -> Answer:
    body = "".join(f"    {line}\n" for line in lines)
    with Agent(ScriptedPlanner([]), pool=pool(), sandbox=sandbox) as agent:
        return agent.run_program(f"def execute_command(image):\n    image = ImagePatch(image)\n{body}", SCENE)


def test_a_program_changes_a_picture_step_by_step_and_returns_it(sandbox: Sandbox) -> None:
    answer = run(sandbox, "return image.remove('red').replace('blue', 'a fox')")
    assert answer.status == "answered", answer.reason
    made = answer.pictures[answer.value.ref.media].pixels
    shown = np.asarray(SCENE)
    assert made[20:50, 20:50].max() < 60  # the red one is gone
    assert (made[15:45, 120:150] == (0, 255, 0)).all()
    assert np.array_equal(made[60:], shown[60:])
    assert [step.expert for step in answer.trace.steps] == ["fill-in", "test-plain"]


def test_where_a_picture_came_from_stands_in_the_trace_and_in_the_report(sandbox: Sandbox) -> None:
    answer = run(sandbox, "edges = image.edges()", "return image.remove('red').map('canny')")
    steps = answer.trace.steps
    came = lineage(steps, answer.value.ref.media)
    assert [step.capability for step in came] == ["inpaint", "map"]
    assert came[0].targets[0]["media"] == answer.trace.header.media[0].id
    assert came[1].targets[0]["media"] == came[0].result["image"]["media"]
    assert lineage(steps, answer.trace.header.media[0].id) == []
    page = render_report(answer.trace, answer.pictures)
    assert "made by the program, 200 × 100, remove “red”, draw the canny map" in page


def test_what_a_program_makes_of_nothing_can_be_asked_about(sandbox: Sandbox) -> None:
    answer = run(sandbox, "made = generate('a meadow', width=40)", "return [made, len(made.find('green'))]")
    made, count = answer.value
    assert ((made.width, made.height), count) == ((40, 24), 1)
    (step,) = lineage(answer.trace.steps, made.ref.media)
    assert (step.capability, step.targets) == ("generate", ())
    assert made.ref.media in answer.pictures
    assert render_report(answer.trace, answer.pictures).count("make a picture of “a meadow”") >= 2


def test_what_is_not_there_to_be_removed_is_told_to_the_program(sandbox: Sandbox) -> None:
    answer = run(sandbox, "return image.remove('green')")
    assert answer.status == "api_misuse"
    assert "nothing named 'green' is found here" in str(answer.reason)
    caught = run(sandbox, "try:", "    return image.remove('green')", "except EmptyPatch:", "    return 'not there'")
    assert caught.text == "not there"


def test_a_kind_of_map_that_does_not_exist_is_misuse(sandbox: Sandbox) -> None:
    answer = run(sandbox, "return image.map('thermal')")
    assert answer.status == "api_misuse"
    assert "'canny'" in str(answer.reason)


def test_a_model_that_calls_tools_makes_and_changes_pictures(sandbox: Sandbox) -> None:
    model = ScriptedChat(
        replies=[
            calls(("generate", {"prompt": "a meadow"})),
            calls(("inpaint", {"pictures": ["picture-1"], "name": "blue", "prompt": "a bush"})),
            calls(("set_apart", {"pictures": ["picture-3"], "name": "red", "how": "gray"})),
            "picture-4",
        ]
    )
    with Agent(ToolPlanner(model), pool=pool(), sandbox=sandbox) as agent:
        answer = agent.ask("Replace the blue thing by a bush, and take all colours but red.", SCENE)
    assert answer.status == "answered", answer.reason
    assert {"generate", "inpaint", "map", "set_apart"} <= {tool.name for tool in model.tools}
    came = lineage(answer.trace.steps, answer.value.ref.media)
    assert [step.capability for step in came] == ["inpaint", "set_apart"]
    assert answer.value.ref.media in answer.pictures


def test_pictures_made_of_several_at_once_each_know_their_own() -> None:
    step = StepRecord(
        attempt=1, index=0, capability="edges", targets=({"media": "a"}, {"media": "b"}), arguments={},
        result=[{"image": {"media": "c"}}, {"image": {"media": "d"}}], started_s=0.0, seconds=0.0,
    )  # fmt: skip
    assert list(pictures_made(step)) == [("c", "a"), ("d", "b")]
    assert lineage([step], "d") == [step]


def test_a_picture_that_comes_out_as_it_went_in_has_no_endless_past() -> None:
    back = [
        StepRecord(
            attempt=1, index=n, capability="edit", targets=({"media": source},), arguments={},
            result={"image": {"media": made}}, started_s=0.0, seconds=0.0,
        )
        for n, (source, made) in enumerate([("a", "b"), ("b", "a"), ("a", "a")])
    ]  # fmt: skip
    assert len(lineage(back, "a")) <= 2
