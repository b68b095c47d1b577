"""Finds the program in a model's reply, however it is wrapped.

Models write prose around code, several blocks, thoughts first, fences that never close, bare code, a lone expression.
The pieces of the reply that may be code are gathered and the best one is taken: one that parses and defines
`execute_command` before one that only parses, the last before the first, since models correct themselves downwards.
Nothing is executed, and code is not repaired beyond putting statements into a function; mending is the model's work.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from ..source import parse

__all__ = ["FUNCTION", "Extracted", "extract_program"]

FUNCTION = "execute_command"
_MOST_CHARACTERS = 100_000
_THOUGHTS = re.compile(r"<(think|thinking|thought|reasoning|scratchpad)>.*?(?:</\1>|\Z)", re.S | re.I)
_THOUGHTS_END = re.compile(r"\A.*</(?:think|thinking|thought|reasoning|scratchpad)>", re.S | re.I)
_FENCE = re.compile(r"^[ \t>]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)$")
_LANGUAGE = re.compile(r"(?:python3?|py3?|python-?code|tool_code|code)\b[ \t]*", re.I)
_CODE_START = re.compile(r"^(?:def |import |from \S+ import |@|class |result\s*=)", re.M)
_ODD_CHARACTERS = str.maketrans({"\u00a0": " ", "\u200b": "", "\ufeff": "", "“": '"', "”": '"', "‘": "'", "’": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A program found in a reply.

    Attributes:
        program: Python source; it may still hold a syntax error.
        runs_to_end: whether it stretches to the very end of the reply, so that a reply that was cut off cut it too.
    """

    program: str
    runs_to_end: bool


def extract_program(reply: str, *, signature: str = f"{FUNCTION}(image)") -> Extracted | None:
    """The program in a reply, None when there is nothing like one.

    Args:
        reply: what the model wrote.
        signature: the head of the function that was asked for; bare statements are put into it.
    """
    for text in _without_thoughts(reply):
        blocks = [*_fenced(text), *_in_json(text)]
        if any(_means_function(block) for block in blocks):
            found = _defining(blocks) or _broken(blocks)
            if found:
                return found
        # From the least to the most likely: the search goes backwards.
        candidates = (
            [*_inline(text), *_bare(text), *blocks] if blocks else [*_inline(text), *_whole(text), *_bare(text)]
        )
        found = _defining(candidates) or _setting_result(candidates) or _wrapped(candidates, signature)
        found = found or _broken(candidates)
        if found:
            return found
    return None


def _without_thoughts(reply: str) -> Iterator[str]:
    reply = reply[:_MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    visible = _THOUGHTS_END.sub("", _THOUGHTS.sub("\n", reply))
    yield visible
    if visible != reply:
        yield reply  # some models leave the program among their thoughts


def _fenced(text: str) -> Iterator[Extracted]:
    """The contents of fenced blocks; the last one may lack its end."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        index += 1
        if not opening:
            continue
        mark, info = opening["mark"], opening["info"]
        if mark[0] == "`" and "`" in info:  # a whole block in one line
            yield _candidate(_LANGUAGE.sub("", info.split("`")[0], count=1))
            continue
        rest = _LANGUAGE.sub("", info, count=1)
        body = [rest] if rest.strip() and not rest.strip().isidentifier() else []
        closed = False
        while index < len(lines):
            closing = _FENCE.match(lines[index])
            if closing and closing["mark"].startswith(mark) and not closing["info"].strip():
                closed = True
                index += 1
                break
            if closing and closing["mark"].startswith(mark) and _LANGUAGE.match(closing["info"]):
                closed = True  # the next block opens where this one should have been closed
                break
            glued = lines[index].rstrip()
            if glued.endswith(mark) and glued != mark and glued.count(mark) == 1 and not closing:
                body.append(glued.removesuffix(mark))  # the end stands behind the last line of code
                closed = True
                index += 1
                break
            body.append(lines[index])
            index += 1
        content = "\n".join(body)
        if "```" in content and _parsed(textwrap.dedent(content)) is None:
            yield from _fenced(content)  # a block inside a block
        else:
            yield _candidate(content, runs_to_end=not closed)


def _in_json(text: str) -> Iterator[Extracted]:
    """Programs that stand as a text in a JSON object."""
    start, end = text.find("{"), text.rfind("}")
    if FUNCTION not in text or start < 0 or end < start:
        return
    try:
        data = json.loads(text[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return
    for value in data.values() if isinstance(data, dict) else ():
        if isinstance(value, str):
            inner = list(_fenced(value))
            yield from inner or [_candidate(value)]


def _bare(text: str) -> Iterator[Extracted]:
    """Code without a fence: from each line that begins like code, as far as it parses."""
    lines = text.split("\n")
    starts = [index for index, line in enumerate(lines) if _CODE_START.match(line)][:8]
    for start in starts:
        end = _parsing_end(lines, start)
        # Code goes on after an indented line that does not parse: its beginning alone would be another program.
        if end > start and not "".join(lines[end : end + 1]).startswith((" ", "\t")):
            yield _candidate("\n".join(lines[start:end]), runs_to_end=not "".join(lines[end:]).strip())
    if starts:
        # The end of broken code cannot be known: take the lines that go on like code.
        last = starts[0]
        for index in range(starts[0], len(lines)):
            if lines[index].startswith((" ", "\t", ")", "]", "}")) or _CODE_START.match(lines[index]):
                last = index
        source = "\n".join(lines[starts[0] : last + 1])
        yield _candidate(source, runs_to_end=not "".join(lines[last + 1 :]).strip())


def _parsing_end(lines: list[str], start: int) -> int:
    """Where the code that begins at `start` ends: just before what does not parse, as often as need be."""
    end = len(lines)
    while end > start:
        try:
            parse("\n".join(lines[start:end]))
        except SyntaxError as error:
            end = min(end - 1, start + (error.lineno or 1) - 1)
        except (ValueError, RecursionError, MemoryError):
            return start
        else:
            return end
    return start


def _inline(text: str) -> Iterator[Extracted]:
    """Code between single backticks."""
    for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)[:20]:
        yield _candidate(span)


def _whole(text: str) -> Iterator[Extracted]:
    yield _candidate(text, runs_to_end=True)


def _candidate(source: str, *, runs_to_end: bool = False) -> Extracted:
    source = textwrap.dedent(source.expandtabs(4)).strip("\n").rstrip()
    if _parsed(source) is None and _parsed(source.translate(_ODD_CHARACTERS)) is not None:
        source = source.translate(_ODD_CHARACTERS)
    return Extracted(program=source + "\n", runs_to_end=runs_to_end)


def _parsed(source: str) -> ast.Module | None:
    try:
        return parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _defines(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == FUNCTION for node in tree.body)


def _defining(candidates: list[Extracted]) -> Extracted | None:
    """The last candidate that parses and defines the function, with helpers that stand in other blocks."""
    for candidate in reversed(candidates):
        tree = _parsed(candidate.program)
        if tree is not None and _defines(tree):
            helpers = _helpers(tree, candidates)
            return Extracted(program=helpers + candidate.program, runs_to_end=candidate.runs_to_end)
    return None


def _helpers(tree: ast.Module, candidates: list[Extracted]) -> str:
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own
    found: list[str] = []
    for candidate in candidates:
        other = _parsed(candidate.program)
        if other is None or _defines(other) or not other.body:
            continue
        names = {node.name for node in other.body if isinstance(node, ast.FunctionDef)}
        only_definitions = all(
            isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Assign) for node in other.body
        )
        if only_definitions and names & read:
            found.append(candidate.program + "\n\n")
            read -= names
    return "".join(found)


def _setting_result(candidates: list[Extracted]) -> Extracted | None:
    for candidate in reversed(candidates):
        tree = _parsed(candidate.program)
        for node in tree.body if tree else ():
            targets = node.targets if isinstance(node, ast.Assign) else ()
            if any(isinstance(target, ast.Name) and target.id == "result" for target in targets):
                return candidate
    return None


def _wrapped(candidates: list[Extracted], signature: str) -> Extracted | None:
    """Statements or an expression that use what the function is given, put into it."""
    given = set(re.findall(r"\w+", signature)) | {"ImagePatch", "VideoSegment", "image_patch", "llm_query"}
    for candidate in reversed(candidates):
        tree = _parsed(candidate.program)
        if tree is None or not tree.body:
            continue
        if any(isinstance(node, ast.FunctionDef) for node in tree.body):
            return candidate  # a function of another name: the check says how to rename it
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if not any(isinstance(node, ast.Call) for node in ast.walk(tree)) or not names & given:
            continue
        last = tree.body[-1]
        if isinstance(last, ast.Expr):
            tree.body[-1] = ast.Return(value=last.value)
        elif isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
            tree.body.append(ast.Return(value=ast.Name(last.targets[0].id, ast.Load())))
        body = ast.unparse(ast.fix_missing_locations(tree))
        program = f"def {signature}:\n{textwrap.indent(body, '    ')}\n"
        return Extracted(program=program, runs_to_end=candidate.runs_to_end)
    return None


def _broken(candidates: list[Extracted]) -> Extracted | None:
    """Something that means to be the function but does not parse: the check will say where."""
    for candidate in reversed(candidates):
        if _means_function(candidate):
            return candidate
    return None


def _means_function(candidate: Extracted) -> bool:
    return re.search(rf"\bdef\s+{FUNCTION}\b", candidate.program) is not None
