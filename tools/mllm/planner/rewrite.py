"""Changes around the model: a question said in words that it reads well, and a plan suited to where it runs."""

from __future__ import annotations

import re

from .plan import OPERATORS, Kind, Node
from .tokens import PLAIN

_READS = frozenset(name for name in OPERATORS if name.startswith("read") or name.endswith("_word")) | {
    "value",
    "says",
    "has_text",
    "word_count",
    "mentions",
    "lines",
    "lines_with",
    "codes",
}
_IMAGE = Node("image")
_MORE_IN_NUMBER = re.compile(
    r"(?P<start>^|\b)is the number of (?P<a>.+?) (?:greater|larger|bigger|higher|more) than the number of (?P<b>.+)$",
    re.IGNORECASE,
)


_BEFORE = r"(?:^|[\s,]+)(?:at the (?:very )?moment (?:when |that )?|the moment (?:when )?|while |when |as )"
_TELLS = r"(?:some(?:body|one)|any(?:body|one)|they|he|she|the (?:man|woman|speaker|voice|person))"
_WORDS = r"(?:the (?:words?|sentence|phrase) )?"
_WHILE_SAID = (
    re.compile(
        rf"{_BEFORE}{_WORDS}(?P<mark>[\"'])(?P<quote>[^\"']+)(?P=mark) (?:is|are) (?:being )?"
        r"(?:said|spoken|mentioned|heard)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"{_BEFORE}{_TELLS} (?:says?|mentions?) (?P<mark>[\"'])(?P<quote>[^\"']+)(?P=mark)", re.IGNORECASE),
    re.compile(
        rf"{_BEFORE}{_WORDS}(?P<quote>\w+(?: \w+){{0,5}}?) (?:is|are) (?:being )?(?:said|spoken|mentioned|heard)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"{_BEFORE}{_TELLS} (?:says?|mentions?) (?P<quote>[\w ]+?)\s*(?=[,?!.]|$)", re.IGNORECASE),
)


# Who "could check when X is said" asks for a time; nothing is asked of a picture then.
_ASKS_WHEN = re.compile(
    r"\b(?:check|tell|me|us|know|say|see|hear|out|wonder(?:ing)?|ask|idea|determine|show|learn|state|sure|remember)$",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3  # of a question about a picture


def while_said(question: str) -> tuple[str, str] | None:
    """The question without its "while X is said", and X; None where it does not say so.

    >>> while_said('Is there a cube while "hello" is said?')
    ('Is there a cube?', 'hello')
    """
    plain = question.translate(PLAIN)
    for pattern in _WHILE_SAID:
        match = pattern.search(plain)
        if match is None:
            continue
        before = plain[: match.start()].rstrip(" ,")
        rest = (before + plain[match.end() :]).strip(" ,")
        quote = match["quote"].strip()
        if len(re.findall(r"\w+", rest)) < _FEWEST_WORDS or _ASKS_WHEN.search(before) or not re.search(r"\w", quote):
            return None
        return rest, quote
    return None


def restated(question: str) -> str:
    """The question, with "is the number of X greater than the number of Y" said as "are there more X than Y".

    The same words also ask about two sorts of one thing ("of red balls ... of blue balls"), and the shipped model tends
    to take two things for two sorts of the second.
    """
    return _MORE_IN_NUMBER.sub(r"\g<start>are there more \g<a> than \g<b>", question)


def read_whole_picture(plan: Node) -> Node:
    """The plan with every text or code read off the whole picture, where it named the thing that bears it.

    Places that need no name stay: the top left corner, a line, a code.
    """
    arguments = tuple(read_whole_picture(a) if isinstance(a, Node) else a for a in plan.args)
    if plan.op in _READS and isinstance(arguments[0], Node) and _named(arguments[0]):
        arguments = (_IMAGE, *arguments[1:])
    return Node(plan.op, arguments)


def _named(node: Node) -> bool:
    """Whether an object is found by a name."""
    if node.op in ("find", "find_in", "objects", "people"):
        return True
    return any(isinstance(argument, Node) and _named(argument) for argument in node.args) and not _of_text(node)


def _of_text(node: Node) -> bool:
    """Whether the node stands for lines of text or codes, whatever it is placed by."""
    return node.op in ("lines", "lines_with", "codes") or (
        bool(node.args) and isinstance(node.args[0], Node) and _of_text(node.args[0])
    )


def among_options(plan: Node) -> Node:
    """A plan for when answers are given: what declines as an opinion becomes a choice about the whole picture."""
    return Node("identify", (_IMAGE,)) if OPERATORS[plan.op].result is Kind.DECLINE else plan


def over_time_among_options(plan: Node) -> Node:
    """A plan about a video for when answers are given: what declines becomes a choice that its frames vote on."""
    if OPERATORS[plan.op].result is not Kind.DECLINE:
        return plan
    return Node("mostly", (Node("identify", (_IMAGE,)),))
