"""The chat-model planner over a real HTTP round trip."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
from tests.support.openai_server import OpenAIServer, Reply, fenced

from sightline.agent.planners.base import Planner
from sightline.agent.planners.llm import LLMPlanner
from sightline.agent.planners.names import make_planner
from sightline.prompts import Attempt, MediaFacts, PlanRequest
from sightline.tools.errors import BadRequest, MissingDependency, PlannerUnavailable, UnusableReply

PROGRAM = 'def execute_command(image):\n    return len(image.find("dog"))\n'
REQUEST = PlanRequest(question="How many dogs are there?", media=(MediaFacts(kind="image", width=640, height=480),))


class Naps:
    """Stands in for sleep and remembers."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def asked(naps: Naps) -> Callable[..., LLMPlanner]:
    def planner(server: OpenAIServer, **settings: object) -> LLMPlanner:
        return LLMPlanner(server.planner, sleep=naps, **settings)  # type: ignore[arg-type]

    return planner


@pytest.mark.parametrize(
    "reply",
    [
        fenced(PROGRAM),
        f"Sure! I will count them.\n\n{fenced(PROGRAM)}\n\nThis looks for dogs and counts them.",
        f"<think>Let me see: ```python\nwrong(\n``` no.</think>\n{fenced(PROGRAM)}",
        PROGRAM,
        f"```python\n{PROGRAM}",
        f"~~~python\n{PROGRAM}~~~",
        f"```python\ndef execute_command(image):\n    return 0\n```\nNo, better:\n{fenced(PROGRAM)}",
    ],
    ids=["fenced", "chatty", "thoughts first", "bare", "unclosed", "tildes", "corrects itself"],
)
def test_it_finds_the_program_in_what_a_model_writes(reply: str, asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer([reply]) as server:
        plan = asked(server).plan(REQUEST)
    assert plan.program == PROGRAM
    assert plan.model == "test-model"
    assert (plan.tokens_in, plan.tokens_out) == (11, 7)
    assert plan.prompt_hash is not None
    assert len(plan.prompt_hash) == 64
    assert plan.prompt is not None
    assert REQUEST.question in plan.prompt


def test_it_sends_the_messages_of_the_prompt(asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer([fenced(PROGRAM)]) as server:
        asked(server).plan(REQUEST)
        (sent,) = server.requests
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert REQUEST.question in sent["messages"][1]["content"]
    assert sent["temperature"] == 0


def test_feedback_reaches_the_model_as_a_dialogue_and_the_second_program_is_used(
    asked: Callable[..., LLMPlanner],
) -> None:
    wrong = "def execute_command(image):\n    return image.fnid('dog')\n"
    with OpenAIServer([fenced(wrong), fenced(PROGRAM)]) as server:
        planner = asked(server)
        first = planner.plan(REQUEST)
        problem = "line 2: an ImagePatch has no attribute fnid (did you mean find?)"
        again = PlanRequest(
            question=REQUEST.question,
            media=REQUEST.media,
            feedback=(Attempt(program=first.program, problem=problem),),
        )
        second = planner.plan(again)
        sent = server.requests[1]["messages"]
    assert planner.repairs
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert "fnid" in sent[2]["content"]
    assert problem in sent[3]["content"]
    assert second.program == PROGRAM
    assert second.prompt_hash != first.prompt_hash


def test_a_reply_without_a_program_is_an_error_that_feedback_may_mend(asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer(["There are two dogs in the picture."]) as server, pytest.raises(UnusableReply) as caught:
        asked(server).plan(REQUEST)
    assert caught.value.repairable
    assert caught.value.status == "no_plan"
    assert "two dogs" in caught.value.facts["reply"]
    assert len(server.requests) == 1


def test_an_empty_reply_is_an_error_that_feedback_may_mend(asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer([""]) as server, pytest.raises(UnusableReply, match="empty"):
        asked(server).plan(REQUEST)


def test_a_program_that_was_cut_off_is_not_used(asked: Callable[..., LLMPlanner]) -> None:
    cut = Reply(
        text="```python\ndef execute_command(image):\n    dogs = image.find('dog')\n    if not", finish="length"
    )
    parses = Reply(text="```python\ndef execute_command(image):\n    if 1 > 2:\n        return 0", finish="length")
    for reply in (cut, parses):
        with OpenAIServer([reply]) as server, pytest.raises(UnusableReply, match="cut off"):
            asked(server).plan(REQUEST)


def test_a_reply_that_was_cut_off_after_the_program_is_used(asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer([Reply(text=f"{fenced(PROGRAM)}\nThis program", finish="length")]) as server:
        plan = asked(server).plan(REQUEST)
    assert plan.program == PROGRAM
    assert plan.notes == ("the reply was cut off after the program",)


def test_a_busy_server_is_asked_again_after_the_time_it_names(asked: Callable[..., LLMPlanner], naps: Naps) -> None:
    busy = Reply(status=429, headers={"retry-after": "7"})
    with OpenAIServer([busy, fenced(PROGRAM)]) as server:
        assert asked(server).plan(REQUEST).program == PROGRAM
    assert naps.seconds == [7.0]


def test_a_date_in_retry_after_is_understood(asked: Callable[..., LLMPlanner], naps: Naps) -> None:
    busy = Reply(status=503, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    with OpenAIServer([busy, fenced(PROGRAM)]) as server:
        asked(server).plan(REQUEST)
    assert naps.seconds == [0.0]


def test_it_does_not_wait_for_longer_than_anyone_would(asked: Callable[..., LLMPlanner], naps: Naps) -> None:
    busy = Reply(status=429, headers={"retry-after": "3600"})
    with OpenAIServer([busy]) as server, pytest.raises(PlannerUnavailable, match="3600 seconds"):
        asked(server).plan(REQUEST)
    assert naps.seconds == []


@pytest.mark.parametrize(
    "trouble",
    [Reply(status=500), Reply(status=429), Reply(status=503), Reply(body=b'{"choices": [{"mess'), Reply(drop=True)],
    ids=["500", "429", "503", "malformed JSON", "dropped connection"],
)
def test_passing_trouble_is_sat_out_with_longer_and_longer_waits(
    trouble: Reply, asked: Callable[..., LLMPlanner], naps: Naps
) -> None:
    with OpenAIServer([trouble, trouble, fenced(PROGRAM)]) as server:
        assert asked(server).plan(REQUEST).program == PROGRAM
        assert len(server.requests) == 3
    first, second = naps.seconds
    assert 0.25 <= first <= 0.5 <= second <= 1.0


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Reply(status=500), "trouble of its own"),
        (Reply(status=429), "slow down"),
        (Reply(body=b"<html>It works!</html>"), "not a chat reply"),
        (Reply(body=b'{"object": "chat.completion", "choices": null}'), "not a chat reply"),
        (Reply(drop=True), "cannot be reached"),
    ],
    ids=["500", "429", "a web page", "no choices", "dropped connection"],
)
def test_lasting_trouble_ends_with_a_plain_message_after_the_allowed_tries(
    trouble: Reply, said: str, asked: Callable[..., LLMPlanner], naps: Naps
) -> None:
    with OpenAIServer([trouble]) as server, pytest.raises(PlannerUnavailable, match=said) as caught:
        asked(server, retries=2).plan(REQUEST)
    assert len(server.requests) == 3
    assert len(naps.seconds) == 2
    assert "tried 3 times" in str(caught.value)
    assert caught.value.status == "no_plan"


@pytest.mark.parametrize(
    ("status", "said"), [(401, "refused the key"), (403, "refused the key"), (404, "no such model"), (400, "made up")]
)
def test_what_cannot_get_better_is_not_tried_again(
    status: int, said: str, asked: Callable[..., LLMPlanner], naps: Naps
) -> None:
    with OpenAIServer([Reply(status=status)]) as server, pytest.raises(PlannerUnavailable, match=said):
        asked(server).plan(REQUEST)
    assert len(server.requests) == 1
    assert naps.seconds == []


def test_an_empty_account_is_not_asked_again(asked: Callable[..., LLMPlanner]) -> None:
    body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    with OpenAIServer([Reply(status=429, body=body)]) as server, pytest.raises(PlannerUnavailable, match="quota"):
        asked(server).plan(REQUEST)
    assert len(server.requests) == 1


def test_a_model_that_takes_no_temperature_is_asked_without(asked: Callable[..., LLMPlanner], naps: Naps) -> None:
    picky = Reply(status=400, error="Unsupported value: 'temperature' does not support 0 with this model.")
    with OpenAIServer([picky, fenced(PROGRAM)]) as server:
        planner = asked(server)
        assert planner.plan(REQUEST).program == PROGRAM
        planner.plan(REQUEST)
        sent = server.requests
    assert ["temperature" in request for request in sent] == [True, False, False]
    assert naps.seconds == []


def test_a_silent_server_is_given_up_after_the_time_out(asked: Callable[..., LLMPlanner], naps: Naps) -> None:
    with (
        OpenAIServer([Reply(text=fenced(PROGRAM), hold=threading.Event())]) as server,
        pytest.raises(PlannerUnavailable, match=r"within 0\.2 seconds"),
    ):
        asked(server, timeout_s=0.2).plan(REQUEST)
    assert len(server.requests) == 1
    assert naps.seconds == []


def test_a_server_that_drips_is_given_up_too(asked: Callable[..., LLMPlanner]) -> None:
    with (
        OpenAIServer([Reply(text=fenced(PROGRAM) * 50, drip=True)]) as server,
        pytest.raises(PlannerUnavailable, match=r"within 0\.1 seconds"),
    ):
        asked(server, timeout_s=0.1).plan(REQUEST)


def test_a_server_that_is_away_is_named(naps: Naps) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    planner = LLMPlanner(f"http://127.0.0.1:{port}/v1#qwen", retries=1, sleep=naps)
    with pytest.raises(PlannerUnavailable, match=rf"http://127\.0\.0\.1:{port}/v1#qwen cannot be reached"):
        planner.plan(REQUEST)
    assert len(naps.seconds) == 1


def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with OpenAIServer([fenced(PROGRAM)]) as server:
        planner = LLMPlanner("openai:gpt-5", base_url=server.url)
        with pytest.raises(PlannerUnavailable, match="OPENAI_API_KEY"):
            planner.plan(REQUEST)
        assert server.requests == []


def test_a_provider_s_key_is_never_sent_to_a_server_given_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-belongs-to-openai")
    with OpenAIServer([fenced(PROGRAM)]) as server:
        make_planner(server.planner).plan(REQUEST)
        LLMPlanner("test-model", base_url=server.url).plan(REQUEST)
        monkeypatch.setenv("SIGHTLINE_API_KEY", "for-this-server")
        make_planner(server.planner).plan(REQUEST)
        sent = [headers["authorization"] for headers in server.headers]
    assert sent == ["Bearer none", "Bearer none", "Bearer for-this-server"]


def test_secrets_stand_in_no_message(asked: Callable[..., LLMPlanner]) -> None:
    leaky = Reply(
        status=400, error="bad request with key hunter2hunter2 and header Bearer abc.def and sk-1234567890abcdef"
    )
    with OpenAIServer([leaky]) as server, pytest.raises(PlannerUnavailable) as caught:
        asked(server, api_key="hunter2hunter2").plan(REQUEST)
    message = str(caught.value)
    assert "bad request" in message
    assert not any(secret in message for secret in ("hunter2", "abc.def", "sk-1234"))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_password_in_an_address_stays_out_of_the_name() -> None:
    planner = LLMPlanner("https://ann:hunter2@models.example.org/v1?token=abc#qwen")
    assert planner.name == "https://models.example.org/v1#qwen"
    assert "hunter2" not in repr(planner)


def test_a_missing_package_is_told_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-for-a-test")
    monkeypatch.setitem(__import__("sys").modules, "langchain_anthropic", None)
    with pytest.raises(MissingDependency, match="pip install 'langchain-anthropic'"):
        LLMPlanner("anthropic:claude-sonnet-4-5").plan(REQUEST)


def test_an_unknown_provider_is_told_with_a_near_one() -> None:
    with pytest.raises(BadRequest, match="did you mean anthropic"):
        LLMPlanner("antropic:claude").plan(REQUEST)


def test_a_langchain_model_is_used_as_it_is() -> None:
    from langchain_core.language_models import FakeListChatModel

    planner = make_planner(FakeListChatModel(responses=[fenced(PROGRAM)]))
    plan = planner.plan(REQUEST)
    assert plan.program == PROGRAM
    assert plan.planner == planner.name == "langchain:FakeListChatModel"
    assert plan.tokens_in > 0
    assert plan.tokens_out > 0


def test_a_model_that_hangs_does_not_hang_the_caller() -> None:
    gate = threading.Event()

    class Hanging:
        def invoke(self, messages: object) -> str:
            gate.wait()
            return ""

    try:
        with pytest.raises(PlannerUnavailable, match="did not answer"):
            LLMPlanner(Hanging(), timeout_s=0.05).plan(REQUEST)  # type: ignore[arg-type]
    finally:
        gate.set()


def test_many_questions_at_once_get_their_own_answers(asked: Callable[..., LLMPlanner]) -> None:
    with OpenAIServer([fenced(PROGRAM)]) as server:
        planner = asked(server)
        questions = [f"How many animals number {n}?" for n in range(8)]
        plans: dict[str, str | None] = {}

        def ask(question: str) -> None:
            plans[question] = planner.plan(PlanRequest(question=question, media=REQUEST.media)).prompt

        threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(question in (plans[question] or "") for question in questions)
    assert len(server.requests) == 8


@pytest.mark.parametrize("settings", [{"timeout_s": 0}, {"retries": -1}, {"max_tokens": 0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(BadRequest):
        LLMPlanner("openai:gpt-5", **settings)  # type: ignore[arg-type]


def test_it_is_a_planner() -> None:
    assert isinstance(LLMPlanner("openai:gpt-5"), Planner)
