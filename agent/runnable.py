"""The agent as LangChain sees it: a Runnable in a chain, or a tool that another agent calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import StructuredTool, ToolException
from pydantic import BaseModel, Field

from ..tools.errors import BadRequest
from .answer import Answer

__all__ = ["AgentRunnable", "as_tool"]


class Asks(Protocol):
    """What is needed of an agent here."""

    def ask(self, question: str, media: Any = (), *, options: Sequence[str] | None = None) -> Answer: ...

    async def aask(self, question: str, media: Any = (), **kwargs: Any) -> Answer: ...


class AgentRunnable(Runnable[dict[str, Any], Answer]):
    """From {"question": str, "media": picture or list, "options": list or None} to an `Answer`."""

    def __init__(self, agent: Asks) -> None:
        self._agent = agent

    def invoke(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        question, media, options = _parts(input)
        return self._call_with_config(
            lambda _: self._agent.ask(question, media, options=options), input, config, run_type="chain"
        )

    async def ainvoke(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        question, media, options = _parts(input)

        async def ask(_: dict[str, Any]) -> Answer:
            return await self._agent.aask(question, media, options=options)

        return await self._acall_with_config(ask, input, config, run_type="chain")

    def stream(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        yield self.invoke(input, config, **kwargs)


class _ToolInput(BaseModel):
    question: str = Field(description="What to find out about the picture, as one plain question.")
    picture: str = Field(description="Name of the picture file.")


def as_tool(agent: Asks, *, media_root: str | Path | None = None) -> StructuredTool:
    """The agent as a tool with the arguments `question` and `picture`.

    Args:
        media_root: the folder in which pictures may be named. A model chooses the name, so nothing outside the folder
            is read; the current folder when omitted.
    """
    root = Path(media_root or ".").resolve()

    def look(question: str, picture: str) -> tuple[str, Answer]:
        path = (root / picture).resolve()
        if not path.is_relative_to(root):
            raise ToolException(f"{picture!r} lies outside the folder of pictures: name a file inside it")
        answer = agent.ask(question, path)
        return (answer.text if answer else f"{answer.status}: {answer.reason}"), answer

    return StructuredTool.from_function(
        func=look,
        name="look_at_picture",
        description="Answers a question about a picture by looking at it with vision experts.",
        args_schema=_ToolInput,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _parts(given: dict[str, Any]) -> tuple[str, Any, list[str] | None]:
    if not isinstance(given, dict) or "question" not in given:
        raise BadRequest('give a dict such as {"question": "How many faces?", "media": "party.jpg"}')
    return given["question"], given.get("media", ()), given.get("options")
