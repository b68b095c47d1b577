"""A chat model as planner: build the prompt, ask, find the program in the reply.

Any model that LangChain reaches. Time-outs, retries and the wording of failures are the same for all of them and are
decided here; which package speaks to which server is `chat_models`' matter, what an error means is `failures`'. It does
not check or run the program, and keeps nothing about a question for the next.
"""

from __future__ import annotations

import contextvars
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...prompts.manager import Message, Prompt, PromptManager, signature
from ...prompts.request import PlanRequest
from ...prompts.tokens import estimate_tokens
from ...tools.errors import BadRequest, PlannerUnavailable, UnusableReply
from .base import Plan
from .chat_models import ModelAddress, connect, secrets_of
from .extract import Extracted, extract_program
from .failures import Failure, failure_of, redacted

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from .tools import ToolPlanner

__all__ = ["LLMPlanner"]

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_CUT_OFF = frozenset(("length", "max_tokens", "MAX_TOKENS", "max_output_tokens"))
_REPLY_CHARACTERS = 2000  # of a reply without a program that go into the feedback


class LLMPlanner:
    """Writes programs with a chat model.

    Args:
        model: "openai:gpt-5" and the like, "http://host:port/v1#model", or a LangChain chat model.
        base_url: another server for the provider; with a bare model name, any server of the OpenAI protocol.
        api_key: the key; by default the provider's own environment variable.
        temperature: 0 for the most likely program; None leaves it to the model.
        timeout_s: seconds that one request may take.
        retries: how often a request is made again after 429, 5xx or a broken connection, waiting longer each time.
        max_tokens: length of a reply at most; None leaves it to the model.
        prompts: how it is prompted.
        sleep: waits between retries; tests replace it.

    Raises:
        BadRequest: when the name or a number cannot be used.
    """

    repairs = True

    def __init__(
        self,
        model: str | BaseChatModel,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        temperature: float | None = 0.0,
        timeout_s: float = 60.0,
        retries: int = 3,
        max_tokens: int | None = None,
        prompts: PromptManager | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if timeout_s <= 0 or retries < 0 or (max_tokens is not None and max_tokens <= 0):
            raise BadRequest("a planner needs a time-out above 0, retries of 0 or more and max_tokens above 0")
        self._address = ModelAddress.parse(model, base_url=base_url) if isinstance(model, str) else None
        self._model: BaseChatModel | None = None if isinstance(model, str) else model
        self.name = self._address.name if self._address else f"langchain:{_model_name(model)}"
        self._api_key = api_key
        self._temperature = temperature
        self._timeout_s = timeout_s
        self._retries = retries
        self._max_tokens = max_tokens
        self._prompts = prompts or PromptManager()
        self._sleep = sleep
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"LLMPlanner({self.name!r})"

    def calling_tools(self) -> ToolPlanner:
        """The same model, calling tools in place of writing programs."""
        from .tools import ToolPlanner

        model = self._address if self._model is None or self._address is not None else self._model
        assert model is not None
        return ToolPlanner(model, api_key=self._api_key, timeout_s=self._timeout_s, retries=self._retries)

    def plan(self, request: PlanRequest) -> Plan:
        """Ask the model for a program.

        Raises:
            UnusableReply: when it replies without one, or is cut off before its end.
            PlannerUnavailable: when it cannot be reached, refuses, or its key is missing.
            MissingDependency: when its package is not installed.
            BadRequest: when the question does not fit into the prompt.
        """
        prompt = self._prompts.build(request)
        reply = self._ask(prompt.messages)
        text, metadata = _text(reply), getattr(reply, "response_metadata", None) or {}
        finish = metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason")
        cut_off = finish in _CUT_OFF
        found = extract_program(text, signature=signature(request))
        if found is None or (cut_off and found.runs_to_end):
            raise self._unusable(text, found, cut_off=cut_off, prompt=prompt)
        usage = getattr(reply, "usage_metadata", None) or {}
        return Plan(
            program=found.program,
            planner=self.name,
            model=str(metadata.get("model_name") or metadata.get("model") or self._model_name()),
            prompt_hash=prompt.hash,
            prompt=prompt.text,
            tokens_in=int(usage.get("input_tokens") or prompt.tokens),
            tokens_out=int(usage.get("output_tokens") or estimate_tokens(text)),
            notes=("the reply was cut off after the program",) if cut_off else (),
        )

    # -- asking --

    def _ask(self, messages: Sequence[Message]) -> Any:
        """The model's reply, after as many tries as are allowed."""
        talk = [(_ROLES[message.role], message.text) for message in messages]
        tries = 0
        while True:
            model = self._connected()
            try:
                return _within(self._hard_limit_s, lambda: model.invoke(talk))  # noqa: B023 - runs before the next turn
            except Exception as error:  # every provider's package has errors of its own
                failure = failure_of(error, timeout_s=self._timeout_s, secrets=self._secrets())
            if failure.unsupported == "temperature" and self._forget_temperature(model):
                continue
            tries += 1
            if not failure.retry or tries > self._retries:
                raise self._unavailable(failure, tries) from None
            self._wait(failure, tries)

    @property
    def _hard_limit_s(self) -> float:
        # The packages' own time-outs count silence; a server that sends a byte now and then would never meet them.
        return self._timeout_s * 1.25 + 0.5

    def _wait(self, failure: Failure, tries: int) -> None:
        if failure.wait_s is not None:
            if failure.wait_s > _LONGEST_WAIT_S:
                asked = Failure(reason=f"asks to wait {failure.wait_s:.0f} seconds; try again then")
                raise self._unavailable(asked, tries) from None
            self._sleep(failure.wait_s)
            return
        # Jitter keeps the questions of a batch from coming back all at once.
        longest = min(_FIRST_WAIT_S * 2 ** (tries - 1), _LONGEST_WAIT_S)
        self._sleep(longest * random.uniform(0.5, 1.0))

    def _connected(self) -> BaseChatModel:
        with self._lock:
            if self._model is None:
                assert self._address is not None
                self._model = connect(
                    self._address,
                    api_key=self._api_key,
                    temperature=self._temperature,
                    timeout_s=self._timeout_s,
                    max_tokens=self._max_tokens,
                )
            return self._model

    def _forget_temperature(self, refused: BaseChatModel) -> bool:
        """Connect anew without a temperature, which some models refuse; False when there was none to leave out."""
        with self._lock:
            if self._model is not refused:
                return True  # another question has just done it
            if self._address is None or self._temperature is None:
                return False
            self._temperature = None
            self._model = None
            return True

    def _secrets(self) -> tuple[str, ...]:
        return secrets_of(self._address, self._api_key) if self._address else ()

    def _model_name(self) -> str:
        return self._address.model if self._address else _model_name(self._model)

    # -- failing --

    def _unavailable(self, failure: Failure, tries: int) -> PlannerUnavailable:
        after = f" (tried {tries} times)" if tries > 1 else ""
        return PlannerUnavailable(f"the planner {self.name} {failure.reason}{after}", tries=tries)

    def _unusable(self, text: str, found: Extracted | None, *, cut_off: bool, prompt: Prompt) -> UnusableReply:
        if cut_off:
            problem = "the reply was cut off before the program was complete: write a shorter program, without comments"
        elif not text.strip():
            problem = "the reply is empty: write the program"
        else:
            problem = "the reply holds no program: reply with one fenced Python block that defines execute_command"
        excerpt = found.program if found else text
        return UnusableReply(
            problem, reply=redacted(excerpt, self._secrets())[:_REPLY_CHARACTERS], prompt_hash=prompt.hash
        )


_ROLES = {"system": "system", "user": "human", "assistant": "ai"}


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """What `function` returns or raises, or TimeoutError after so many seconds.

    The thread of a call that never ends is left behind: Python cannot stop it, and the caller must not wait for it.
    """
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            outcome.put((context.run(function), None))
        except BaseException as error:  # handed to the caller
            outcome.put((None, error))

    threading.Thread(target=work, name="sightline-chat-model", daemon=True).start()
    try:
        value, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value


def _text(reply: Any) -> str:
    """The text of a reply, without blocks of reasoning or tool calls."""
    content = getattr(reply, "content", reply)
    if isinstance(content, str):
        return content
    parts = []
    for block in content if isinstance(content, list) else ():
        if isinstance(block, str):
            parts.append(block)
        elif isinstance(block, dict) and block.get("type") == "text":
            parts.append(str(block.get("text", "")))
    return "".join(parts)


def _model_name(model: Any) -> str:
    for attribute in ("model_name", "model", "model_id"):
        value = getattr(model, attribute, None)
        if isinstance(value, str) and value:
            return value
    return type(model).__name__
