"""The example programs: real `.py` files that a person can read, run and add to.

The first lines of a file are comments: the question, then optional `# media: video` and `# options: a | b | c`. The
rest is the program, shown as it is. What a program asks experts for is read from its code, so that an example that
nobody here could serve is never shown.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..tools.errors import BadRequest
from ..tools.source import syntax_tree
from .members import api_members
from .request import MediaKind, PlanRequest
from .similarity import Similarity, stems
from .tokens import estimate_tokens

__all__ = ["BUILT_IN", "Example", "Library"]

BUILT_IN = Path(__file__).with_name("examples")
# Words that no question holds: questions are more alike when both have options, or both want a yes or no.
_OPTIONS_MARK = "givenoptions"
_YES_NO_MARK = "wantsyesorno"
_YES_NO_WORDS = frozenset(("is", "are", "was", "were", "do", "does", "did", "has", "have", "can", "could", "will"))
# Words that shape a program; the words that call for a member of the API do so too.
_RELATIONS = frozenset(
    stem
    for stem in stems(
        "left right above below over under how many more less fewer than both all every no not nobody or and wear hold "
        "next same other another second third fourth last who where when after before while why appear count see "
        "dominant whole first find show"
    )
) | {_OPTIONS_MARK, _YES_NO_MARK}
_AT_LEAST = 2  # examples shown even when none is like the question: they show the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question and a program that answers it.

    Attributes:
        name: the file's name without its ending.
        question: what is asked.
        kind: the media that it is for.
        options: the answers to choose from, None when free.
        source: the program without the head comments.
        members: names of the API members that it uses.
        capabilities: what it asks experts for.
    """

    name: str
    question: str
    kind: MediaKind
    options: tuple[str, ...] | None
    source: str
    members: frozenset[str]
    capabilities: frozenset[str]


class Library:
    """A folder of example programs.

    Raises:
        BadRequest: when the folder is away, or a file in it has no question or is not Python.
    """

    def __init__(self, folder: Path = BUILT_IN) -> None:
        if not folder.is_dir():
            raise BadRequest(f"there is no folder of example programs at {folder}")
        self.examples: tuple[Example, ...] = tuple(_read(path) for path in sorted(folder.glob("*.py")))
        texts = [_marked(example.question, example.options) for example in self.examples]
        called_for = {word for member in api_members().values() for word in member.words}
        self._similarity = Similarity(texts, telling=called_for | _RELATIONS)

    def closest(self, request: PlanRequest, *, count: int, budget: int) -> list[Example]:
        """At most `count` examples for media of the same kind within `budget` tokens, most alike last.

        Last, because models follow most closely what stands nearest to the question.
        """
        if not request.media:
            return []
        scores = self._similarity.scores(_marked(request.question, request.options))
        order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        chosen: list[Example] = []
        for index in order:
            example = self.examples[index]
            if len(chosen) == count or (scores[index] == 0 and len(chosen) >= _AT_LEAST):
                break
            if example.kind != request.kind or not _served(example, request):
                continue
            cost = estimate_tokens(example.source) + estimate_tokens(example.question) + 16
            if cost <= budget:
                chosen.append(example)
                budget -= cost
        return chosen[::-1]


def _marked(question: str, options: Sequence[str] | None) -> str:
    first = question.split(maxsplit=1)[0].lower() if question.split() else ""
    yes_no = _YES_NO_MARK if first in _YES_NO_WORDS else ""
    return f"{question} {yes_no} {_OPTIONS_MARK if options else ''}"


def _served(example: Example, request: PlanRequest) -> bool:
    return not request.capabilities or example.capabilities <= request.capabilities


def _read(path: Path) -> Example:
    lines = path.read_text("utf-8").splitlines()
    head: list[str] = []
    while lines and lines[0].startswith("#"):
        head.append(lines.pop(0).lstrip("# ").strip())
    if not head or not head[0]:
        raise BadRequest(f"{path.name}: the first line must be a comment that holds the question")
    facts = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    if facts.get("media", "image") not in ("image", "video"):
        raise BadRequest(f"{path.name}: '# media:' must be image or video, not {facts['media']}")
    source = "\n".join(lines).strip() + "\n"
    members = _members_used(path.name, source)
    options = tuple(option.strip() for option in facts["options"].split("|")) if "options" in facts else None
    served = (api_members()[name].capability for name in members)
    return Example(
        name=path.stem,
        question=head[0],
        kind="video" if facts.get("media") == "video" else "image",
        options=options,
        source=source,
        members=members,
        capabilities=frozenset(capability for capability in served if capability),
    )


def _members_used(name: str, source: str) -> frozenset[str]:
    try:
        tree = syntax_tree(source)
    except SyntaxError as error:
        raise BadRequest(f"{name}: not a Python program: {error.msg}, line {error.lineno}") from error
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _asks_media(node)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset(
        full for full, member in api_members().items() if member.short_name in (attributes if member.owner else names)
    )


def _asks_media(node: ast.Attribute) -> bool:
    """Whether this is not rather a method of a text or list, such as `replace` and `remove`."""
    if not any(hasattr(kind, node.attr) for kind in (str, list, dict, set)):
        return True
    receiver = node.value.id if isinstance(node.value, ast.Name) else ""
    return receiver in ("image", "video") or receiver.endswith(("patch", "segment", "frame"))


@cache
def built_in() -> Library:
    """The library that ships with Sightline, read once."""
    return Library()
