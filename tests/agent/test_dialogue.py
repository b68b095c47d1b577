"""Several turns: what earlier ones left behind can be referred to, by programs, by tools and without any model."""

import json
import threading

import numpy as np
import pytest

pytest.importorskip("langchain.agents", reason="the extra `llm` brings it")

from langchain_core.messages import HumanMessage
from tests.support.blobs import scene
from tests.support.chats import quick_pool
from tests.support.scripted_chat import ScriptedChat, calls

from sightline.agent import Agent, replay
from sightline.agent.lineage import pictures_made
from sightline.agent.memory import recollect
from sightline.agent.planners.llm import LLMPlanner
from sightline.agent.planners.native import NativePlanner
from sightline.agent.planners.phrases import PhrasePlanner
from sightline.agent.session import Session
from sightline.prompts.manager import PromptManager, PromptSettings
from sightline.prompts.request import Artefact, MediaFacts, PlanRequest, Turn
from sightline.sandbox import Sandbox
from sightline.tools.errors import NoPlan
from sightline.tools.mllm.planner import NativePlan

REDS = scene(("red", (10, 10, 30, 30)), ("red", (50, 20, 80, 60)), ("blue", (120, 5, 150, 95)))
FIND = ("detect", {"pictures": ["picture-1"], "names": ["red"]})
COUNT = '```python\ndef execute_command(image):\n    return len(image.find("red"))\n```'


def program(body, parameters="image, earlier"):
    return f"```python\ndef execute_command({parameters}):\n    {body}\n```"


class Narrow:
    """The native model's place: it has a plan for one question and declines all others."""

    name = "narrow"
    plans_videos = False

    def plan(self, question, **_):
        if question == "How many red things are there?":
            written = "def execute_command(image):\n    return len(image.find('red'))\n"
            return NativePlan(program=written, plan="count(red)", score=0.9)
        return NativePlan(program=None, plan="decline_create", score=0.0, reason="it only answers")


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as shared:
        yield shared


def talk(sandbox, planner, route="auto"):
    return Session(Agent(planner, route=route, pool=quick_pool(edit="test-gray"), sandbox=sandbox))


def scripted(*replies):
    return ScriptedChat(replies=list(replies))


def question_told(model, request=-1):
    """What stands in the first user message of a request."""
    return next(message.content for message in model.seen[request] if isinstance(message, HumanMessage))


def made_in(answer):
    """Ids of the pictures that were made."""
    return [media for step in answer.trace.steps for media, _ in pictures_made(step)]


def is_gray(answer):
    (made,) = [answer.pictures[each] for each in made_in(answer)]
    return np.ptp(made.pixels.astype(int), axis=2).max() == 0


# -- with programs --


def test_a_program_gets_the_regions_of_the_answer_before(sandbox):
    model = scripted(COUNT, program("return min(earlier, key=lambda patch: patch.horizontal_center)"))
    session = talk(sandbox, LLMPlanner(model), "program")
    assert session.ask("How many red things are there?", REDS).text == "2"
    answer = session.ask("now only the left one")
    assert answer.value.to_bbox() == (10, 10, 30, 30)
    assert "earlier[0]: turn 1, the region (10, 70, 30, 90): red" in question_told(model)
    assert "Write `execute_command(image, earlier)`." in question_told(model)
    assert replay(answer.trace, sandbox=sandbox).text == answer.text


def test_a_program_is_told_what_was_answered_before(sandbox):
    model = scripted(COUNT, program("return 2", "image"))
    session = talk(sandbox, LLMPlanner(model), "program")
    session.ask("How many red things are there?", REDS)
    assert session.ask("What was the number before?").text == "2"
    assert "| Q: How many red things are there?\n| A: 2" in question_told(model)


def test_a_program_edits_and_the_next_one_has_the_picture_with_where_it_comes_from(sandbox):
    model = scripted(
        program('return image.edit("make it black and white")', "image"),
        program('return len(earlier[-1].find("red"))'),
    )
    session = talk(sandbox, LLMPlanner(model), "program")
    assert is_gray(session.ask("make it black and white", REDS))
    assert session.ask("How many red things has the new one?").text == "0"
    assert 'of 200 x 100 pixels: edit "make it black and white", from' in question_told(model)


# -- with tools --


def test_tools_have_the_regions_of_the_answer_before_by_handle(sandbox):
    model = scripted(calls(FIND), "2", "region-1")
    session = talk(sandbox, model)
    assert session.ask("How many red things are there?", REDS, route="tools").text == "2"
    answer = session.ask("now only the left one")
    assert answer.value.to_bbox() == (10, 10, 30, 30)
    assert answer.trace.header.route.way == "tools"
    assert "region-1: turn 1, the region (10, 70, 30, 90): red" in question_told(model)


def test_tools_are_told_what_was_answered_before(sandbox):
    model = scripted(calls(FIND), "2", "2")
    session = talk(sandbox, model)
    session.ask("How many red things are there?", REDS, route="tools")
    assert session.ask("What was the number before?").text == "2"
    assert "| Q: How many red things are there?\n| A: 2" in question_told(model)


def test_tools_edit_a_picture_and_the_next_turn_has_it_by_handle(sandbox):
    edit = ("edit", {"pictures": ["picture-1"], "instruction": "make it black and white"})
    again = ("detect", {"pictures": ["picture-2"], "names": ["red"]})
    model = scripted(calls(edit), "picture-2", calls(again), "0")
    session = talk(sandbox, model)
    first = session.ask("make it black and white", REDS)
    assert is_gray(first)
    assert "a picture is to be made or changed" in first.trace.header.route.reason
    second = session.ask("How many red things has the new one?", route="tools")
    assert second.text == "0"
    (made,) = made_in(first)
    assert second.trace.steps[0].targets[0]["media"] == made
    assert 'picture-2: turn 1, a picture of 200 x 100 pixels: edit "make it black and white", from' in question_told(
        model
    )


# -- without a chat model --


def test_a_dialogue_needs_no_chat_model_where_the_wording_says_it_all(sandbox):
    session = talk(sandbox, NativePlanner(Narrow()))
    assert session.ask("How many red things are there?", REDS).text == "2"
    assert session.ask("What was the number before?").text == "2"
    assert session.ask("now only the left one").value.to_bbox() == (10, 10, 30, 30)
    gray = session.ask("make it black and white")
    assert is_gray(gray)
    assert gray.trace.header.route.reason == "this change is known by its wording and needs no model to plan it"
    assert session.ask("Sing a song").status == "no_plan"


def planned(question, *, served=("edit", "inpaint", "edges"), history=(), earlier=(), media="image"):
    request = PlanRequest(
        question=question,
        media=(MediaFacts(kind=media, width=200, height=100),),
        capabilities=frozenset(served),
        history=tuple(Turn(question="?", answer=answer) for answer in history),
        earlier=earlier,
    )
    return PhrasePlanner().plan(request).program.partition("return ")[2].strip()


REGIONS = tuple(
    Artefact(turn=turn, kind="region", what="cup", width=9, height=9, box=(0, 0, 9, 9)) for turn in (1, 2, 2)
)


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("Make it black and white.", "image.edit('Make it black and white')"),
        ("please blur the background", "image.edit('blur the background')"),
        ("Remove the cat from the picture", "image.remove('cat')"),
        ("now replace the sky with a sunset", "image.replace('sky', 'a sunset')"),
        ("Draw the edges.", "image.edges()"),
        ("Remove the man's hat", 'image.remove("man\'s hat")'),
    ],
)
def test_a_change_to_a_picture_is_known_by_its_wording(question, body):
    assert planned(question) == body


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("now only the left one", "min(earlier[1:3], key=lambda patch: patch.horizontal_center)"),
        ("only the right one", "max(earlier[1:3], key=lambda patch: patch.horizontal_center)"),
        ("just the top-most one", "max(earlier[1:3], key=lambda patch: patch.vertical_center)"),
        ("Only the biggest.", "max(earlier[1:3], key=lambda patch: patch.width * patch.height)"),
        ("now only the second one", "earlier[1:3][1]"),
        ("only the last one", "earlier[1:3][-1]"),
    ],
)
def test_one_of_several_things_is_known_by_its_wording(question, body):
    assert planned(question, earlier=REGIONS) == body


@pytest.mark.parametrize(
    ("question", "history", "body"),
    [
        ("What was the number before?", ("3", "a cat"), "3"),
        ("what was the last answer", ("3", "a cat"), "'a cat'"),
        ("What was your first answer?", ("3", "a cat"), "3"),
        ("What is the count you gave before?", ("3", "4"), "4"),
    ],
)
def test_what_was_said_is_known_by_its_wording(question, history, body):
    assert planned(question, history=history) == body


@pytest.mark.parametrize(
    ("question", "known"),
    [
        ("Make it black and white", {"served": ()}),
        ("Make it black and white", {"media": "video"}),
        ("now only the left one", {}),
        ("now only the third one", {"earlier": REGIONS}),
        ("now only the shiny one", {"earlier": REGIONS}),
        ("What is the number?", {"history": ("3",)}),
        ("What was the number before?", {"history": ("a cat",)}),
        ("How many cups are there?", {"history": ("3",)}),
        ("Remove", {}),
    ],
)
def test_what_it_does_not_know_for_certain_is_left_to_others(question, known):
    with pytest.raises(NoPlan):
        planned(question, **known)


# -- what is kept of a long dialogue --


def long_dialogue(turns=40):
    return tuple(Turn(question=f"What is thing {n}? " + "word " * 60, answer=f"answer {n}") for n in range(turns))


def test_old_turns_are_summarised_and_what_they_left_behind_is_pinned():
    pinned = tuple(Artefact(turn=n, kind="picture", what=f"photo-{n}.png", width=10, height=10) for n in range(1, 6))
    request = PlanRequest(question="And now?", history=long_dialogue(), earlier=pinned)
    prompt = PromptManager(PromptSettings(history_tokens=300, earlier_tokens=300)).build(request)
    told = prompt.messages[-1].text
    assert "earlier turns left out" in told
    assert "answer 39" in told
    assert "answer 1\n" not in told
    assert all(f"earlier[{n - 1}]: turn {n}, a picture of 10 x 10 pixels: photo-{n}.png" in told for n in range(1, 6))
    assert prompt.parts["history"] <= 640


def test_where_not_all_fits_the_latest_things_keep_their_numbers():
    many = tuple(Artefact(turn=n, kind="picture", what=f"p{n}", width=10, height=10) for n in range(1, 41))
    request = PlanRequest(question="And now?", earlier=many)
    told = PromptManager(PromptSettings(earlier_tokens=120)).build(request).messages[-1].text
    assert "earlier[39]: turn 40" in told
    assert "earlier[0]:" not in told


def test_of_a_long_dialogue_pictures_stay_and_the_oldest_regions_go(sandbox):
    model = scripted(COUNT)
    session = talk(sandbox, LLMPlanner(model), "program")
    traces = [session.ask("How many red things are there?", REDS).trace for _ in range(3)]
    kept = recollect(traces, most=4)
    assert [(each.fact.kind, each.fact.turn) for each in kept] == [
        ("picture", 1), ("region", 2), ("region", 3), ("region", 3),
    ]  # fmt: skip


def test_a_question_with_tools_ends_when_the_model_would_read_too_much(sandbox):
    from sightline.agent.planners.tools import ToolPlanner

    model = ScriptedChat(replies=[calls(FIND, text="thinking " * 400)])
    with Agent(ToolPlanner(model, budget_tokens=3000, rounds=30), pool=quick_pool(), sandbox=sandbox) as agent:
        answer = agent.ask("How many red things are there?", REDS)
    assert answer.status == "limit"
    assert "3000 are the limit" in answer.reason
    assert len(model.seen) < 20


def test_results_of_earlier_rounds_are_left_out_before_that(sandbox):
    from sightline.agent.planners.tools import ToolPlanner

    many = [("detect", {"pictures": ["picture-1"], "names": ["red", "blue"]})] * 3
    model = ScriptedChat(replies=[calls(*many)] * 8 + ["3"])
    with Agent(ToolPlanner(model, budget_tokens=3200), pool=quick_pool(), sandbox=sandbox) as agent:
        answer = agent.ask("How many things are there?", REDS)
    assert answer.text == "3"
    told = [message.content for message in model.seen[-1] if message.type == "tool"]
    assert told[0].startswith("(left out")
    assert json.loads(told[-1])[0]["label"] == "red"


def test_a_cancelled_question_is_not_asked_directly(sandbox):
    cancel = threading.Event()
    cancel.set()
    with Agent(NativePlanner(Narrow()), pool=quick_pool(answer="test-seer"), sandbox=sandbox) as agent:
        assert agent.ask("Why?", REDS, route="direct", cancel=cancel).status == "limit"


def test_a_direct_answer_is_a_step_of_the_trace(sandbox):
    with Agent(NativePlanner(Narrow()), pool=quick_pool(answer="test-seer"), sandbox=sandbox) as agent:
        answer = agent.ask("Why is it red?", REDS)
    assert (answer.text, answer.program) == ("I see 200 x 100 pixels", None)
    assert answer.trace.header.route.chosen_by == "router"
    assert answer.trace.header.route.way == "direct"
    assert [step.expert for step in answer.trace.steps] == ["test-seer"]
    assert "multimodal model" in answer.trace.plans[0].notes[0]


def test_what_nobody_can_answer_says_why_neither_way_could(sandbox):
    with Agent(NativePlanner(Narrow()), pool=quick_pool(answer="test-seer"), sandbox=sandbox) as agent:
        answer = agent.ask("What is unknown here?", REDS)
    assert answer.status == "no_plan"
    assert "the native planner declines: it only answers; asked directly: I have never seen such" in answer.reason
