"""A chat model with a script: real LangChain messages in, the next reply of the script out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

__all__ = ["ScriptedChat", "calls"]


class ScriptedChat(BaseChatModel):
    """Gives its replies in order, the last one for ever after; an exception among them is raised.

    Attributes:
        seen: the messages of each request.
        tools: what it was told that it can call.
    """

    replies: list[Any]
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    tools: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedChat:
        self.tools[:] = tools
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        reply = self.replies[min(len(self.seen), len(self.replies) - 1)]
        self.seen.append(list(messages))
        if callable(reply):
            reply = reply(messages)
        if isinstance(reply, Exception):
            raise reply
        message = AIMessage(reply) if isinstance(reply, str) else self._as_of_now(reply)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _as_of_now(self, reply: AIMessage) -> AIMessage:
        """With ids that no earlier reply had, as a real model gives them."""
        named = [{**call, "id": f"{call['id']}-of-{len(self.seen)}"} for call in reply.tool_calls]
        return reply.model_copy(update={"tool_calls": named})


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> AIMessage:
    """A reply that calls tools, given as (name, arguments)."""
    made = [
        {"name": name, "args": arguments, "id": f"call-{number}", "type": "tool_call"}
        for number, (name, arguments) in enumerate(wanted)
    ]
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    return AIMessage(text, tool_calls=made, usage_metadata=usage)
