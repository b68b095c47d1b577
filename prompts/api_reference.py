"""The part of the program API that one question needs, as the Python stub that a planner reads.

Chosen: the core, what the words of the question call for, what the chosen examples use; never what nobody serves here.
Over the budget it says less before it leaves out: first the examples in docstrings go, then all but their first
paragraph, then the least called-for members.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from .members import FREE, VALUE_CLASSES, Member, api_members, class_doc, value_class_text
from .request import PlanRequest
from .similarity import stems
from .tokens import estimate_tokens

__all__ = ["ApiSlice", "api_slice", "missing_members", "whole_api"]

_WORD = re.compile(r"[a-z]+")
_FULL, _NO_EXAMPLES, _SUMMARY = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSlice:
    """A rendered part of the API.

    Attributes:
        text: a Python stub.
        names: the members in it.
        tokens: its estimated length.
    """

    text: str
    names: tuple[str, ...]
    tokens: int


def api_slice(request: PlanRequest, *, budget: int, used: Collection[str] = ()) -> ApiSlice:
    """The slice for one question.

    Args:
        request: the question, its media and what is served.
        budget: tokens it may take; the core is shown in any case.
        used: names of members that the chosen examples use.
    """
    ranked = _ranked(request, used)
    essential = sum(member.core for member in ranked)
    for detail in (_FULL, _NO_EXAMPLES, _SUMMARY):
        text = _render(ranked, detail)
        if estimate_tokens(text) <= budget:
            break
    while estimate_tokens(text) > budget and len(ranked) > essential:
        ranked = ranked[:-1]
        text = _render(ranked, _SUMMARY)
    return ApiSlice(text=text, names=tuple(member.name for member in ranked), tokens=estimate_tokens(text))


@cache
def whole_api() -> ApiSlice:
    """The whole API in full, for comparison."""
    members = [member for member in api_members().values() if not member.hidden]
    text = _render(members, _FULL)
    return ApiSlice(text=text, names=tuple(member.name for member in members), tokens=estimate_tokens(text))


def missing_members(request: PlanRequest) -> tuple[str, ...]:
    """Members that a planner may expect but that nobody serves here; none when nothing is known about who serves."""
    return tuple(
        member.name
        for member in api_members().values()
        if not member.hidden and not _served(member, request) and _fits_media(member, request)
    )


def _served(member: Member, request: PlanRequest) -> bool:
    return not request.capabilities or member.capability is None or member.capability in request.capabilities


def _fits_media(member: Member, request: PlanRequest) -> bool:
    if not request.media:
        return member.owner == FREE
    return member.owner != "VideoSegment" or request.kind == "video"


def _ranked(request: PlanRequest, used: Collection[str]) -> list[Member]:
    asked = " ".join([request.question, *(request.options or ())])
    words = {*stems(asked), *_WORD.findall(asked.lower())}
    if request.options:
        words.update(("option", "or"))
    scored: list[tuple[int, Member]] = []
    for member in api_members().values():
        if member.hidden or not _served(member, request) or not _fits_media(member, request):
            continue
        hits = len(member.words & words)
        score = 1000 * member.core + 10 * hits + 5 * (member.name in used)
        if score:
            scored.append((score, member))
    # Stable: members of equal score keep the order of the code.
    return [member for _, member in sorted(scored, key=lambda pair: -pair[0])]


def _render(members: Sequence[Member], detail: int) -> str:
    order = list(api_members())
    members = sorted(members, key=lambda member: order.index(member.name))
    blocks: list[str] = []
    for owner in ("ImagePatch", "VideoSegment"):
        mine = [member for member in members if member.owner == owner]
        if mine:
            head = _doc(class_doc(owner), _NO_EXAMPLES, "    ")
            blocks.append("\n".join([f"class {owner}:", head, *(_entry(member, detail, "    ") for member in mine)]))
    blocks += [_entry(member, detail, "") for member in members if member.owner == FREE]
    signatures = " ".join(member.signature for member in members)
    blocks += [value_class_text(name) for name in VALUE_CLASSES if re.search(rf"\b{name}\b", signatures)]
    return "\n\n".join(blocks)


def _entry(member: Member, detail: int, indent: str) -> str:
    if member.is_property:
        return f"{indent}{member.signature}  # {_shortened(member.doc, _SUMMARY)}"
    return f"{indent}def {member.signature}:\n{_doc(member.doc, detail, indent + '    ')}"


def _doc(doc: str, detail: int, indent: str) -> str:
    text = f'"""{_shortened(doc, detail)}'
    if "\n" in text:
        text += "\n"
    text += '"""'
    return "\n".join(indent + line if line else "" for line in text.splitlines())


def _shortened(doc: str, detail: int) -> str:
    if detail == _SUMMARY:
        return " ".join(doc.split("\n\n")[0].split())
    if detail == _NO_EXAMPLES:
        return re.split(r"\n\nExample:", doc)[0]
    return doc
