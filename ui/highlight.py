"""A program cut into lines of coloured words, as data for the template.

Pygments does the lexing (Rich brings it); the classes are our own six, so a page needs six colours and no style sheet
of Pygments. Text that does not lex as Python comes back as plain words.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Word", "coloured_lines"]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line; `kind` is a CSS class or empty."""

    text: str
    kind: str


def coloured_lines(program: str) -> list[list[Word]]:
    """One list of words per line of the program, which together are exactly its text without the line breaks."""
    from pygments.lexers.python import PythonLexer
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    # The first that holds a token's type wins; built-in names and operators that are words are told apart.
    kinds = (
        (Comment, "comment"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (Number, "number"),
        (String, "string"),
        (Name.Function, "name"),
        (Name.Class, "name"),
        (Name.Builtin, "builtin"),
    )
    lines: list[list[Word]] = [[]]
    for token, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(program):
        kind = next((name for group, name in kinds if token in group), "")
        for index, part in enumerate(text.split("\n")):
            if index:
                lines.append([])
            if part:
                lines[-1].append(Word(part, kind))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines
