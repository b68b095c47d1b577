"""The demo's questions with a chat model behind a real HTTP server: replies as models write them, good and bad."""

import tomllib
from pathlib import Path

import pytest
from tests.support.openai_server import OpenAIServer, Reply, fenced

from sightline.agent import Agent, Settings
from sightline.agent.planners.llm import LLMPlanner
from sightline.sandbox import Sandbox
from sightline.tools.experts.pool import ExpertPool

pytest.importorskip("langchain_openai")

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
QUESTIONS = tomllib.loads((PHOTOS / "questions.toml").read_text())["question"]

# What a good model would write for each of the demo's questions.
PROGRAMS = {
    "What does the text say?": "return ImagePatch(image).read_text()",
    'Does it say "HOPPER"?': 'return bool_to_yesno("hopper" in ImagePatch(image).read_text().lower())',
    "What is written below the face?": (
        "faces = ImagePatch(image).faces()\n"
        "    lines = [line for line in ImagePatch(image).text_lines() if line.upper < faces[0].lower]\n"
        "    return lines[0].label"
    ),
    "How many faces are there?": "return len(ImagePatch(image).faces())",
    'Is the word "segmentation" in the picture?': 'return "segmentation" in ImagePatch(image).read_text().lower()',
    "What does the largest text say?": (
        "lines = ImagePatch(image).text_lines()\n    return max(lines, key=lambda line: line.height).label"
    ),
    "How many lines of text are there?": "return len(ImagePatch(image).text_lines())",
    "Is there a face?": "return bool_to_yesno(len(ImagePatch(image).faces()) > 0)",
    "What is the main color of the picture?": "return ImagePatch(image).color()",
    "Is there any text in the picture?": 'return bool_to_yesno(ImagePatch(image).read_text() != "")',
    "Is the picture blurry?": "return bool_to_yesno(ImagePatch(image).sharpness() < 0.3)",
    "Is the picture wider than it is tall?": (
        "patch = ImagePatch(image)\n    return bool_to_yesno(patch.width > patch.height)"
    ),
}


def program(body):
    return f"def execute_command(image):\n    {body}"


# Each is a way in which models say the same program; some need a second try.
MANNERS = {
    "fenced": lambda code: [fenced(code)],
    "chatty": lambda code: [f"Sure! Here is what I would do:\n\n{fenced(code)}\n\nLet me know if it helps."],
    "bare": lambda code: [code],
    "thinking": lambda code: [f"<think>\nWhich method? Maybe\n```python\nx = 1\n```\n</think>\n{fenced(code)}"],
    "wrong first": lambda code: [fenced(program("return ImagePatch(image).count_everything()")), fenced(code)],
    "failing first": lambda code: [fenced(program("return [][0]")), f"Sorry about that.\n{fenced(code)}"],
    "no program first": lambda code: ["I cannot see the picture, please describe it.", fenced(code)],
    "cut off first": lambda code: [Reply(text=fenced(code)[:40], finish="length"), fenced(code)],
    "busy first": lambda code: [Reply(status=429, headers={"Retry-After": "7"}), Reply(status=500), fenced(code)],
    "malformed first": lambda code: [Reply(body=b"{not json"), fenced(code)],
}  # fmt: skip


@pytest.fixture(scope="module")
def parts():
    with Sandbox() as sandbox:
        yield {"sandbox": sandbox, "pool": ExpertPool("embedded")}


def agent_for(server, parts, **kwargs):
    waits = []
    planner = LLMPlanner(server.planner, api_key="secret-key-123", sleep=waits.append)
    return Agent(planner, **parts, **kwargs), waits


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q['photo']}: {q['ask']}")
@pytest.mark.parametrize("manner", ["fenced"])
def test_a_question_of_the_demo_is_answered_through_a_chat_model(question, manner, parts):
    with OpenAIServer(MANNERS[manner](program(PROGRAMS[question["ask"]]))) as server:
        agent, _ = agent_for(server, parts)
        answer = agent.ask(question["ask"], PHOTOS / question["photo"])
    assert answer.status == "answered"
    assert answer.text.strip(" .").lower() in [expected.lower() for expected in question["expect"]]
    assert answer.trace.plans[0].prompt_hash
    assert question["ask"] in server.requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize("manner", MANNERS)
def test_every_manner_of_replying_comes_to_the_same_answer(manner, parts):
    question = next(q for q in QUESTIONS if q["ask"] == "How many faces are there?")
    with OpenAIServer(MANNERS[manner](program(PROGRAMS[question["ask"]]))) as server:
        agent, waits = agent_for(server, parts)
        answer = agent.ask(question["ask"], PHOTOS / question["photo"])
    assert (answer.status, answer.text) == ("answered", question["expect"][0])
    if manner == "busy first":
        assert waits[0] >= 7
    if manner in ("wrong first", "failing first", "no program first", "cut off first"):
        assert len(answer.trace.plans) == 2
        problem = answer.trace.plans[0].problem or answer.trace.runs[0].error
        told = server.requests[1]["messages"][-1]["content"]
        assert problem.message.splitlines()[0][:40] in told


def test_a_model_that_never_learns_ends_in_an_honest_failure(parts):
    with OpenAIServer([fenced(program("return ImagePatch(image).count_everything()"))]) as server:
        agent, _ = agent_for(server, parts, settings=Settings(repairs=2))
        answer = agent.ask("How many?", PHOTOS / "rocket.jpg")
    assert (answer.status, len(server.requests)) == ("api_misuse", 3)
    assert "count_everything" in answer.reason


def test_a_server_that_is_away_is_said_plainly_and_the_key_is_never_shown(parts):
    with OpenAIServer([""]) as server:
        pass  # closed again: nobody listens at its address any more
    agent, _ = agent_for(server, parts)
    answer = agent.ask("How many?", PHOTOS / "rocket.jpg")
    assert answer.status == "no_plan"
    assert "127.0.0.1" in answer.reason
    assert "secret-key-123" not in answer.trace.to_jsonl()


def test_a_refused_key_is_not_tried_again_and_never_shown(parts):
    with OpenAIServer([Reply(status=401, error="Incorrect API key provided: secret-key-123")]) as server:
        agent, waits = agent_for(server, parts)
        answer = agent.ask("How many?", PHOTOS / "rocket.jpg")
    assert (answer.status, len(server.requests), waits) == ("no_plan", 1, [])
    assert "secret-key-123" not in answer.trace.to_jsonl()
