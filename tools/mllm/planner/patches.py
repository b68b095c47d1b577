"""The patches of a program: lists and single ones, found, filtered, sorted and picked, each computed once.

`Patches` writes the lines that compute them and knows their variables.  Things that must be there are guarded, so that
a missing anchor makes the program return None.  What is then said about the patches is `render`'s work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from . import inflect, names
from .plan import Expression, Node, Span, flatten
from .tokens import Token, source

_SORT = {
    "leftmost": ("min", "{x}.horizontal_center"),
    "rightmost": ("max", "{x}.horizontal_center"),
    "topmost": ("max", "{x}.vertical_center"),
    "bottommost": ("min", "{x}.vertical_center"),
    "nearest": ("min", "{x}.compute_depth()"),
    "farthest": ("max", "{x}.compute_depth()"),
    "largest": ("max", "{x}.width * {x}.height"),
    "smallest": ("min", "{x}.width * {x}.height"),
    "tallest": ("max", "{x}.height"),
    "shortest": ("min", "{x}.height"),
    "widest": ("max", "{x}.width"),
    "narrowest": ("min", "{x}.width"),
}
_ORDER = {
    "left": "leftmost",
    "right": "rightmost",
    "top": "topmost",
    "bottom": "bottommost",
    "near": "nearest",
    "far": "farthest",
    "large": "largest",
    "small": "smallest",
}
_REGION = {  # left, lower, right, upper in the patch's own coordinates
    "top": ("0", "{x}.height // 2", "{x}.width", "{x}.height"),
    "bottom": ("0", "0", "{x}.width", "{x}.height // 2"),
    "left": ("0", "0", "{x}.width // 2", "{x}.height"),
    "right": ("{x}.width // 2", "0", "{x}.width", "{x}.height"),
    "center": ("{x}.width // 4", "{x}.height // 4", "3 * {x}.width // 4", "3 * {x}.height // 4"),
    "top_left": ("0", "{x}.height // 2", "{x}.width // 2", "{x}.height"),
    "top_right": ("{x}.width // 2", "{x}.height // 2", "{x}.width", "{x}.height"),
    "bottom_left": ("0", "0", "{x}.width // 2", "{x}.height // 2"),
    "bottom_right": ("{x}.width // 2", "0", "{x}.width", "{x}.height // 2"),
}
_ASK = {"material": "What material is this?", "shape": "What shape is this?", "size": "What size is this?"}
RELATION_SUFFIX = {
    "left": "left",
    "right": "right",
    "above": "above",
    "below": "below",
    "front": "in_front",
    "behind": "behind",
    "inside": "inside",
    "on": "on_it",
    "near": "nearby",
}

# Relations that the API decides, on the ground where places are known.
_TELLING = {"left": "is_left_of", "right": "is_right_of", "front": "is_in_front_of", "behind": "is_behind"}

# Names of what other experts than the detector see.
SEEN_OTHERWISE = {"face": "faces", "human face": "faces", "qr code": "codes", "barcode": "codes", "bar code": "codes"}
# What may stand between two adjectives that share a noun.
_JOINTS = frozenset(("and", "or", ",", "than", "nor", "the", "both"))


@dataclass(frozen=True, slots=True)
class Several:
    """A list of patches in the program: its variable, and what one of them is called and shows."""

    variable: str
    one: str  # a variable name for one of them
    noun: str  # what was looked for; "object" where nothing was named
    source: str = "find"  # "find", "lines", "codes" or "faces"


@dataclass(frozen=True, slots=True)
class Single:
    """One patch in the program."""

    variable: str
    noun: str
    source: str = "find"


class Patches:
    """The lines of a program so far, and the variables that hold its patches."""

    def __init__(self, plan: Node, question: str, tokens: Sequence[Token]) -> None:
        self.question = question
        self.tokens = tokens
        self._spans = [step for step in flatten(plan) if isinstance(step, Span)]
        self.lines: list[str] = []
        self._taken = {"image", "image_patch"}
        self._several_of: dict[Expression, Several] = {}
        self._single_of: dict[Expression, Single] = {}
        self._values: dict[str, str] = {}

    # -- words --

    def said(self, span: Expression) -> str:
        """The copied text."""
        assert isinstance(span, Span)
        return source(self.question, self.tokens, span.start, span.end)

    def phrase(self, argument: Expression) -> str:
        """The name to look for: copied from one place in the question, or joined from two."""
        if isinstance(argument, Node):
            return names.joined(self.said(argument.args[0]), self.said(argument.args[1]))
        text = self.said(argument)
        if names.only_adjectives(text):
            assert isinstance(argument, Span)
            for other in self._spans:  # in "red and blue balls" it is balls that are red
                between = {token.word for token in self.tokens[argument.end : other.start]}
                if between and between <= _JOINTS and not names.only_adjectives(self.said(other)):
                    return names.joined(names.head(names.name(self.said(other))), text)
        return names.name(text)

    def fresh(self, wanted: str) -> str:
        """A variable name that is not in use."""
        free, number = wanted, 2
        while free in self._taken:
            free, number = f"{wanted}_{number}", number + 1
        self._taken.add(free)
        return free

    def add(self, line: str) -> None:
        self.lines.append(line)

    def value(self, wanted: str, expression: str) -> str:
        """A variable that holds an expression, computed once."""
        if expression not in self._values:
            variable = self.fresh(wanted)
            self.add(f"{variable} = {expression}")
            self._values[expression] = variable
        return self._values[expression]

    def need(self, variable: str, comment: str = "") -> None:
        """Return None unless the list has something in it."""
        self.add(f"if not {variable}:{comment}")
        self.add("    return None")

    # -- lists of patches --

    def several(self, node: Expression) -> Several:
        if node not in self._several_of:
            assert isinstance(node, Node)
            self._several_of[node] = self._make_several(node)
        return self._several_of[node]

    def _make_several(self, node: Node) -> Several:
        op, args = node.op, node.args
        if op in ("find", "find_in"):
            where = self.single(args[0]).variable if op == "find_in" else "image_patch"
            return self._found(where, self.phrase(args[-1]))
        if op in ("objects", "people"):
            return self._found("image_patch", "object" if op == "objects" else "person")
        if op in ("faces", "codes", "lines"):
            return self._seen(self.single(args[0]).variable, op)
        if op == "lines_with":
            lines = self.several(Node("lines", (args[0],)))
            quote = self.quote(args[1])
            return self._filtered(lines, f"{quote!r} in {{x}}.label.lower()", "matching_lines")
        if op in ("with", "without"):
            base = self.several(args[0])
            what = names.attribute(self.said(args[1]))
            test = f"{{x}}.verify_property({base.noun!r}, {what!r})"
            return self._filtered(
                base, test if op == "with" else f"not {test}", f"{base.variable}_{'' if op == 'with' else 'not_'}{what}"
            )
        if op in ("having", "lacking"):
            base = self.several(args[0])
            what = names.name(self.said(args[1]))
            test = f"{{x}}.exists({what!r})"
            joint = "with" if op == "having" else "without"
            return self._filtered(
                base, test if op == "having" else f"not {test}", f"{base.variable}_{joint}_{names.identifier(what)}"
            )
        if op == "union":
            return self._union(self.several(args[0]), self.several(args[1]))
        if op == "between":
            base, a, b = self.several(args[0]), self.single(args[1]), self.single(args[2])
            return self._filtered(base, self.between("{x}", a.variable, b.variable), f"{base.variable}_between")
        if op.startswith("same_"):
            return self._same(self.several(args[0]), self.single(args[1]), op.removeprefix("same_"))
        base, anchor = self.several(args[0]), self.single(args[1])
        relation = op.removesuffix("_of")
        test = self.relation(relation, "{x}", anchor.variable)
        return self._filtered(base, test, f"{base.variable}_{RELATION_SUFFIX[relation]}")

    def _found(self, where: str, phrase: str) -> Several:
        if phrase in SEEN_OTHERWISE:
            return self._seen(where, SEEN_OTHERWISE[phrase])
        variable = self.value(names.identifiers(phrase), f"{where}.find({phrase!r})")
        return Several(variable, names.identifier(phrase), phrase)

    def _seen(self, where: str, sort: str) -> Several:
        """Faces, codes or lines of text."""
        call = "text_lines" if sort == "lines" else sort
        one = sort.removesuffix("s")
        return Several(self.value(sort, f"{where}.{call}()"), one, one, sort)

    def _filtered(self, base: Several, test: str, wanted: str) -> Several:
        each = self.each(base)
        variable = self.fresh(_plain(wanted))
        self.add(f"{variable} = [{each} for {each} in {base.variable} if {test.format(x=each)}]")
        return Several(variable, base.one, base.noun, base.source)

    def each(self, base: Several) -> str:
        """A loop variable that hides nothing."""
        return base.one if base.one not in self._taken else "patch" if "patch" not in self._taken else "candidate"

    def _union(self, a: Several, b: Several) -> Several:
        variable = self.fresh("together")
        self.add("# A thing that fits both descriptions counts once.")
        self.add(f"{variable} = {a.variable} + [patch for patch in {b.variable} if patch not in {a.variable}]")
        return Several(
            variable, "patch", a.noun if a.noun == b.noun else "object", a.source if a.source == b.source else "find"
        )

    def _same(self, base: Several, anchor: Single, attribute: str) -> Several:
        wanted = self.value(f"{anchor.variable}_{attribute}", self.attribute(anchor.variable, attribute))
        test = f"{{x}} != {anchor.variable} and {self.attribute('{x}', attribute)} == {wanted}"
        return self._filtered(base, test, f"{base.variable}_same_{attribute}")

    # -- single patches --

    def single(self, node: Expression) -> Single:
        if node not in self._single_of:
            assert isinstance(node, Node)
            self._single_of[node] = self._make_single(node)
        return self._single_of[node]

    def _make_single(self, node: Node) -> Single:
        op, args = node.op, node.args
        if op == "image":
            return Single("image_patch", "picture", "image")
        if op.startswith("region_"):
            where = op.removeprefix("region_")
            whole = self.single(args[0])
            box = ", ".join(edge.format(x=whole.variable) for edge in _REGION[where])
            return Single(self.value(where, f"{whole.variable}.crop({box})"), whole.noun, "image")
        if op.startswith("nth_"):
            return self._nth(node)
        if op == "the" and args[0] not in self._several_of and self._named(args[0]):
            return self._the(args[0])
        base = self.several(args[0])
        each = self.each(base)
        if op == "the":
            self.need(base.variable)
            return Single(self.value(base.one, self._pick(args[0], base)), base.noun, base.source)
        if op == "middle":
            self.need(base.variable)
            row = f"sorted({base.variable}, key=lambda {each}: {each}.horizontal_center)[len({base.variable}) // 2]"
            return Single(self.value(f"middle_{base.one}", row), base.noun, base.source)
        if op in ("closest_to", "farthest_from"):
            anchor = self.single(args[1])
            others = self.fresh(f"other_{base.variable}")
            self.add(f"{others} = [{each} for {each} in {base.variable} if {each} != {anchor.variable}]")
            self.need(others)
            best, wanted = ("min", f"closest_{base.one}") if op == "closest_to" else ("max", f"farthest_{base.one}")
            pick = f"{best}({others}, key=lambda {each}: distance({each}, {anchor.variable}))"
            return Single(self.value(wanted, pick), base.noun, base.source)
        self.need(base.variable)
        best, key = _sorting(op, base)
        pick = f"{best}({base.variable}, key=lambda {each}: {key.format(x=each)})"
        return Single(self.value(f"{op}_{base.one}", pick), base.noun, base.source)

    def _named(self, node: Expression) -> bool:
        """Whether things are found by nothing but a name that detectors take."""
        return isinstance(node, Node) and node.op == "find" and self.phrase(node.args[-1]) not in SEEN_OTHERWISE

    def _the(self, node: Expression) -> Single:
        assert isinstance(node, Node)
        phrase = self.phrase(node.args[-1])
        call = f"image_patch.find_the({phrase!r})"
        if call in self._values:
            return Single(self._values[call], phrase)
        variable = self.value(names.identifier(phrase), call)
        self.add(f"if {variable} is None:")
        self.add("    return None")
        return Single(variable, phrase)

    def _pick(self, node: Expression, base: Several) -> str:
        """Which of several is meant by "the": the first, or where nothing was named the one next to its anchor."""
        unnamed = base.noun in ("object", "person") or base.source == "lines"
        if unnamed and isinstance(node, Node) and node.op.endswith("_of") and not node.op.startswith("lines"):
            anchor, each = self.single(node.args[1]).variable, self.each(base)
            return f"min({base.variable}, key=lambda {each}: distance({each}, {anchor}))"
        return f"{base.variable}[0]"

    def _nth(self, node: Node) -> Single:
        base = self.several(node.args[1])
        index = inflect.number(self.said(node.args[0])) or 1
        best, key = _sorting(_ORDER[node.op.removeprefix("nth_")], base)
        each = self.each(base)
        backwards = ", reverse=True" if best == "max" else ""
        row = self.fresh(f"sorted_{base.variable}")
        self.add(f"{row} = sorted({base.variable}, key=lambda {each}: {key.format(x=each)}{backwards})")
        self.add(f"if len({row}) < {index}:")
        self.add("    return None")
        return Single(self.value(f"{base.one}_{index}", f"{row}[{index - 1}]"), base.noun, base.source)

    # -- tests between patches --

    def relation(self, relation: str, x: str, anchor: str) -> str:
        if relation in _TELLING:
            return f"{x}.{_TELLING[relation]}({anchor})"
        if relation in ("above", "below"):
            return f"{x}.vertical_center {'>' if relation == 'above' else '<'} {anchor}.vertical_center"
        box = f"{anchor}.left, {anchor}.lower, {anchor}.right, {anchor}.upper"
        if relation == "inside":
            return (
                f"{x} != {anchor} and {anchor}.left <= {x}.horizontal_center <= {anchor}.right"
                f" and {anchor}.lower <= {x}.vertical_center <= {anchor}.upper"
            )
        if relation == "on":
            return f"{x} != {anchor} and {x}.overlaps_with({box}) and {x}.lower >= {anchor}.lower"
        return f"{x} != {anchor} and distance({x}, {anchor}) < max({anchor}.width, {anchor}.height)"

    @staticmethod
    def between(x: str, a: str, b: str) -> str:
        return (
            f"min({a}.horizontal_center, {b}.horizontal_center) < {x}.horizontal_center"
            f" < max({a}.horizontal_center, {b}.horizontal_center)"
        )

    @staticmethod
    def attribute(x: str, attribute: str) -> str:
        return f"{x}.color()" if attribute == "color" else f"{x}.simple_query({_ASK[attribute]!r})"

    def quote(self, span: Expression) -> str:
        return " ".join(unicodedata.normalize("NFKC", self.said(span)).lower().split()).strip("\"'")


def _sorting(extreme: str, base: Several) -> tuple[str, str]:
    """Which end of which measure; a large line of text is one in large letters, not a long one."""
    best, key = _SORT[extreme]
    return (best, "{x}.height") if base.source == "lines" and extreme in ("largest", "smallest") else (best, key)


def _plain(wanted: str) -> str:
    return (
        re.sub(
            r"[^a-z0-9]+", "_", unicodedata.normalize("NFKD", wanted.lower()).encode("ascii", "ignore").decode()
        ).strip("_")
        or "found"
    )
