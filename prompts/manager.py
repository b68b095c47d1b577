"""Builds the exact messages for one question from templates, the API slice, the closest examples and the dialogue.

Templates are Jinja2 markdown files; a missing variable is an error, and a user's own folder may replace any of them.
Every part has its budget in tokens and the whole has one; what does not fit is left out by whole lines or whole
examples. The same request gives the same messages, whose sha256 is the prompt's hash. Nothing here talks to a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..tools.errors import BadRequest
from .api_reference import ApiSlice, api_slice, missing_members
from .dialogue import artefact_lines, history_lines, one_line, quoted
from .library import Example, Library, built_in
from .request import Attempt, PlanRequest
from .tokens import MESSAGE_OVERHEAD, estimate_tokens, fit_lines

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Message", "Prompt", "PromptManager", "PromptSettings", "signature"]

BUILT_IN_TEMPLATES = Path(__file__).with_name("templates")
_SEAMS = 24  # parts put together may count a little more than apart
_NO_PROGRAM = "(The reply held no program.)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSettings:
    """How long a prompt may be and where its texts come from.

    Attributes:
        budget_tokens: the whole prompt.
        api_tokens, examples_tokens, history_tokens, feedback_tokens: at most so much of it for each part.
        earlier_tokens: at most so much for what earlier turns left behind, which comes before the dialogue itself.
        max_examples: example programs shown.
        templates: a folder whose files replace the templates of the same name; None for the built-in ones.
        examples: a folder of example programs to use instead of the built-in ones.
    """

    budget_tokens: int = 6000
    api_tokens: int = 2400
    examples_tokens: int = 1200
    history_tokens: int = 600
    earlier_tokens: int = 500
    feedback_tokens: int = 1600
    max_examples: int = 4
    templates: Path | None = None
    examples: Path | None = None

    def __post_init__(self) -> None:
        parts = (self.api_tokens, self.examples_tokens, self.history_tokens, self.earlier_tokens, self.feedback_tokens)
        numbers = (self.budget_tokens, *parts)
        if min(numbers) < 0 or self.max_examples < 0:
            raise BadRequest("prompt settings: a budget or count cannot be negative")
        if self.templates is not None and not self.templates.is_dir():
            raise BadRequest(f"prompt settings: there is no folder of templates at {self.templates}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to a chat model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The messages for one question.

    Attributes:
        messages: in order.
        hash: sha256 of all messages, hexadecimal.
        tokens: estimated length.
        parts: the same, part by part; they add up to `tokens`.
        examples: names of the example programs shown.
        members: names of the API members shown.
    """

    messages: tuple[Message, ...]
    hash: str
    tokens: int
    parts: Mapping[str, int]
    examples: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The messages as one text for people."""
        return "\n\n".join(f"[{message.role}]\n{message.text}" for message in self.messages) + "\n"


class PromptManager:
    """Builds prompts; holds templates and examples, and nothing about any question."""

    def __init__(self, settings: PromptSettings | None = None) -> None:
        """Read the templates and examples.

        Raises:
            BadRequest: when a folder is away or a file in it cannot be used.
        """
        self.settings = settings or PromptSettings()
        self._library = Library(self.settings.examples) if self.settings.examples else built_in()
        self._environment = _environment(self.settings.templates)

    def build(self, request: PlanRequest) -> Prompt:
        """The prompt for one question.

        Raises:
            BadRequest: when the question itself does not fit, or a template cannot be rendered.
        """
        settings = self.settings
        question = self._question(request)
        bare = self._system(request, examples=(), api=None)
        fixed = estimate_tokens(question) + estimate_tokens(bare) + 2 * MESSAGE_OVERHEAD + _SEAMS
        left = settings.budget_tokens - fixed
        core = api_slice(request, budget=0)
        if core.tokens > left:
            needed = settings.budget_tokens - left + core.tokens
            raise BadRequest(
                f"the question does not fit: with the rules it takes {needed} tokens of the {settings.budget_tokens} "
                "that a prompt may have; ask a shorter question or raise budget_tokens"
            )
        # What was tried and failed matters most, then what there is to call; the dialogue comes last.
        feedback = self._feedback(request.feedback, min(settings.feedback_tokens, left - core.tokens))
        left -= _tokens_of(feedback)
        names = [f"earlier[{place}]" for place in range(len(request.earlier))]
        earlier = artefact_lines(request.earlier, names, budget=min(settings.earlier_tokens, left - core.tokens))
        left -= estimate_tokens(earlier)
        examples = self._library.closest(
            request, count=settings.max_examples, budget=min(settings.examples_tokens, left - core.tokens)
        )
        examples_tokens = estimate_tokens(self._system(request, examples=examples, api=None)) - estimate_tokens(bare)
        used = {name for example in examples for name in example.members}
        api = api_slice(request, budget=min(settings.api_tokens, left - examples_tokens), used=used)
        left -= examples_tokens + api.tokens
        history = history_lines(request.history, budget=min(settings.history_tokens, left))
        system = self._system(request, examples=examples, api=api)
        whole_question = self._question(request, history=history, earlier=earlier)
        messages = (Message(role="system", text=system), Message(role="user", text=whole_question), *feedback)
        parts = {
            "question": estimate_tokens(question),
            "history": estimate_tokens(whole_question) - estimate_tokens(question),
            "api": api.tokens,
            "examples": examples_tokens,
            "feedback": _tokens_of(feedback),
        }
        tokens = _tokens_of(messages)
        parts["rules"] = tokens - sum(parts.values())
        return Prompt(
            messages=messages,
            hash=_hash(messages),
            tokens=tokens,
            parts=parts,
            examples=tuple(example.name for example in examples),
            members=api.names,
        )

    def _system(self, request: PlanRequest, *, examples: Sequence[Example], api: ApiSlice | None) -> str:
        return self._render(
            "system.md",
            kind=request.kind if request.media else None,
            several=len(request.media) > 1,
            signature=signature(request),
            api=api.text if api else "",
            examples=examples,
            missing=missing_members(request),
            world=request.world,
        )

    def _question(self, request: PlanRequest, *, history: str = "", earlier: str = "") -> str:
        return self._render(
            "question.md",
            question=request.question.strip(),
            media=request.media,
            options=[" ".join(option.split()) for option in request.options or ()],
            history=history,
            earlier=earlier,
            signature=signature(request),
        )

    def _feedback(self, attempts: Sequence[Attempt], budget: int) -> list[Message]:
        """The latest attempt whole where it fits, earlier ones as one line each."""
        if not attempts:
            return []
        *earlier, last = attempts
        summaries = [one_line(attempt.problem) for attempt in earlier]
        while True:
            program = _shown(last.program.strip())
            frame = self._render("feedback.md", problem="", earlier=summaries)
            room = budget - estimate_tokens(program) - estimate_tokens(frame) - 2 * MESSAGE_OVERHEAD
            if room > 0 or not summaries:
                break
            summaries = summaries[1:]
        if room <= 0:
            # The program alone is over the budget: its problem still says what to avoid.
            program = "(The program was too long to repeat.)"
            room = budget - estimate_tokens(program) - estimate_tokens(frame) - 2 * MESSAGE_OVERHEAD
        problem = fit_lines(quoted(last.problem.strip()), room) if room > 0 else ""
        text = self._render("feedback.md", problem=problem, earlier=summaries)
        messages = [Message(role="assistant", text=program), Message(role="user", text=text)]
        return messages if _tokens_of(messages) <= budget else []

    def _render(self, template: str, **variables: Any) -> str:
        from jinja2 import TemplateError

        try:
            return self._environment.get_template(template).render(**variables).strip() + "\n"
        except TemplateError as error:
            number = getattr(error, "lineno", None)
            line = f", line {number}" if number else ""
            raise BadRequest(f"prompt template {template}{line}: {error}") from error


def _shown(program: str) -> str:
    """What the model is shown as its own earlier reply."""
    if not program:
        return _NO_PROGRAM
    return program if "```" in program else f"```python\n{program}\n```"


def signature(request: PlanRequest) -> str:
    """The head of the function that a program for this request defines."""
    parameters = []
    if request.media:
        parameters.append(request.kind if len(request.media) == 1 else f"{request.kind}s")
    if request.options:
        parameters += ["possible_answers", "query"]
    if request.earlier:
        parameters.append("earlier")
    return f"execute_command({', '.join(parameters)})"


def _environment(folder: Path | None) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    folders = [folder, BUILT_IN_TEMPLATES] if folder else [BUILT_IN_TEMPLATES]
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(path) for path in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["quoted"] = quoted
    return environment


def _tokens_of(messages: Sequence[Message]) -> int:
    return sum(estimate_tokens(message.text) + MESSAGE_OVERHEAD for message in messages)


def _hash(messages: Sequence[Message]) -> str:
    data = json.dumps([[message.role, message.text] for message in messages], ensure_ascii=False)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
