"""Planners by name, as the command line and the settings spell them.

    native                        the model that ships with the package
    openai:gpt-5                  provider:model, any provider that LangChain knows
    http://localhost:8000/v1#qwen a server that speaks the OpenAI protocol, and one of its models
    tools:openai:gpt-5            either of these two, calling tools in place of writing a program

A chat model of LangChain, or anything that follows the `Planner` protocol, stands for itself.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from ...tools.errors import BadRequest
from .base import Planner

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from ...prompts import PromptManager

__all__ = ["make_planner"]


_EXAMPLES = {
    "native": "native",
    "openai": "openai:gpt-5",
    "anthropic": "anthropic:claude-sonnet-4-5",
    "ollama": "ollama:qwen3",
}


def make_planner(planner: str | Planner | BaseChatModel, *, prompts: PromptManager | None = None) -> Planner:
    """The planner of that name; models load and connect when they are first asked.

    Args:
        planner: a name, or something that is a planner or a chat model already.
        prompts: how a chat model is prompted; the default when omitted.

    Raises:
        BadRequest: on a name of no known form; the text says which forms there are.
    """
    if not isinstance(planner, str):
        return planner if isinstance(planner, Planner) else _from_chat_model(planner, prompts)
    name = planner.strip()
    if name == "native":
        from .native import NativePlanner

        native: Planner = NativePlanner()
        return native
    if name.startswith("tools:"):
        from .tools import ToolPlanner

        return ToolPlanner(name.removeprefix("tools:"))
    if ":" in name:
        from .llm import LLMPlanner

        return LLMPlanner(name, prompts=prompts)
    near = difflib.get_close_matches(name.lower(), _EXAMPLES, n=1)
    hint = f"did you mean {_EXAMPLES[near[0]]}? " if near else ""
    raise BadRequest(
        f"no planner is called {name!r}; {hint}use native, provider:model (as in openai:gpt-5), "
        "or the address of a server and a model (as in http://localhost:8000/v1#qwen3)"
    )


def _from_chat_model(model: Any, prompts: PromptManager | None) -> Planner:
    if not callable(getattr(model, "invoke", None)):
        raise BadRequest(f"a planner must be a name, a chat model or a Planner, not {type(model).__name__}")
    from .llm import LLMPlanner

    return LLMPlanner(model, prompts=prompts)
