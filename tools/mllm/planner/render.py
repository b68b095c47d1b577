"""A plan -> a readable Python program in the published ViperGPT idiom.

Every operator has one rendering.  `patches` finds and picks what the plan speaks of; here it is counted, compared, read
and asked about.  Where an anchor is missing the program returns None (nobody can tell); existence and counts of nothing
are False and 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import inflect, names
from .patches import RELATION_SUFFIX, SEEN_OTHERWISE, Patches
from .patterns import NUMBER_WITH_UNIT, PATTERNS
from .plan import OPERATORS, Expression, Kind, Node
from .tokens import Token

_MEASURE = {  # a comparison: the measure, and whether more of it wins
    "bigger": ("{x}.width * {x}.height", True),
    "smaller": ("{x}.width * {x}.height", False),
    "taller": ("{x}.height", True),
    "shorter": ("{x}.height", False),
    "wider": ("{x}.width", True),
    "narrower": ("{x}.width", False),
    "nearer": ("{x}.compute_depth()", False),
    "farther": ("{x}.compute_depth()", True),
    "higher": ("{x}.vertical_center", True),
    "lower": ("{x}.vertical_center", False),
    "left": ("{x}.horizontal_center", False),
    "right": ("{x}.horizontal_center", True),
}
_FORMAT = {"portrait": "<", "landscape": ">", "square": "=="}  # width against height
_COMPARE = {"more": ">", "fewer": "<", "equal": "==", "at_least": ">=", "at_most": "<="}
_QUALITY = {"blurry": "sharpness() < 0.4", "dark": "brightness() < 0.25", "bright": "brightness() > 0.65"}
_CATEGORIES = frozenset(
    [
        "animal",
        "vehicle",
        "fruit",
        "toy",
        "tool",
        "food",
        "plant",
        "drink",
        "vegetable",
        "appliance",
        "instrument",
        "building",
        "bird",
        "dog",
        "flower",
        "tree",
        "sport",
        "game",
        "letter",
        "word",
        "number",
        "shape",
        "color",
        "symbol",
        "logo",
        "furniture",
    ]
)

_OPEN_ENDED = frozenset(
    ["ask", "identify", "caption", "choose", "color", "material", "shape", "size", "colors"]
)  # with given answers, these choose among them


class Answer(Patches):
    """A program that ends in an answer."""

    def __init__(self, plan: Node, question: str, tokens: Sequence[Token], *, options: bool) -> None:
        super().__init__(plan, question, tokens)
        self.options = options

    # -- numbers --

    def number(self, node: Expression) -> str:
        """An expression for a number."""
        assert isinstance(node, Node)
        op, args = node.op, node.args
        if op == "count":
            return f"len({self.several(args[0]).variable})"
        if op == "number":
            return str(inflect.number(self.said(args[0])) or 0)
        if op == "subtract":
            return f"{self.number(args[0])} - {self.number(args[1])}"
        if op in ("width", "height"):
            return f"{self.single(args[0]).variable}.{op}"
        if op == "distance":
            gap = f"distance({self.single(args[0]).variable}, {self.single(args[1]).variable})"
            return f"max(0, {gap})"
        if op == "word_count":
            return f"len({self.single(args[0]).variable}.read_text().split())"
        if op in ("sharpness", "brightness"):
            return f"{self.single(args[0]).variable}.{op}()"
        if op == "kinds_of":
            base = self.several(args[0])
            each = self.each(base)
            return f"len({{{each}.simple_query({_what(base.noun)!r}) for {each} in {base.variable}}})"
        if op == "mentions":
            return f"{self.text_of(args[0])}.count({self.quote(args[1])!r})"
        base = self.several(args[0])  # kinds_color and its like
        each = self.each(base)
        return f"len({{{self.attribute(each, op.removeprefix('kinds_'))} for {each} in {base.variable}}})"

    def text_of(self, patch: Expression) -> str:
        """The patch's text in lower case on one line, in a variable."""
        return self.value("text", f"' '.join({self.single(patch).variable}.read_text().lower().split())")

    # -- truth --

    def truth(self, node: Expression) -> str:
        """An expression that is true or false."""
        assert isinstance(node, Node)
        op, args = node.op, node.args
        if op == "exists":
            return self._exists(args[0])
        if op == "several":
            return f"len({self.several(args[0]).variable}) > 1"
        if op == "verify":
            patch, what = self.single(args[0]), names.attribute(self.said(args[1]))
            return f"{patch.variable}.verify_property({patch.noun!r}, {what!r})"
        if op == "all":
            base, what = self.several(args[0]), names.attribute(self.said(args[1]))
            self.need(base.variable)
            each = self.each(base)
            return f"all({each}.verify_property({base.noun!r}, {what!r}) for {each} in {base.variable})"
        if op == "not":
            inner = self.truth(args[0])
            return f"not {inner}" if _one_call(inner) else f"not ({inner})"
        if op in ("and", "or"):
            return f" {op} ".join(self._part(argument, op) for argument in args)
        if op in _COMPARE:
            return f"{self.number(args[0])} {_COMPARE[op]} {self.number(args[1])}"
        if op == "has_text":
            return f"{self.single(args[0]).variable}.read_text().strip() != ''"
        if op == "says":
            return f"{self.quote(args[1])!r} in {self.text_of(args[0])}"
        if op in _QUALITY:
            return f"{self.single(args[0]).variable}.{_QUALITY[op]}"
        if op in ("portrait", "landscape", "square"):
            x = self.single(args[0]).variable
            return f"{x}.width {_FORMAT[op]} {x}.height"
        if op.startswith("uniform_"):
            base = self.several(args[0])
            self.need(base.variable)
            each = self.each(base)
            return f"len({{{self.attribute(each, op.removeprefix('uniform_'))} for {each} in {base.variable}}}) == 1"
        if op.startswith("all_"):
            base, anchor = self.several(args[0]), self.single(args[1])
            self.need(base.variable)
            each = self.each(base)
            return f"all({self.relation(op.removeprefix('all_'), each, anchor.variable)} for {each} in {base.variable})"
        if op.startswith("in_"):
            return self._on_side(self.single(args[0]).variable, op.removeprefix("in_"))
        patches = [self.single(argument).variable for argument in args]
        if op.startswith("alike_"):
            attribute = op.removeprefix("alike_")
            return f"{self.attribute(patches[0], attribute)} == {self.attribute(patches[1], attribute)}"
        if op == "is_between":
            return self.between(*patches)
        if op == "touching":
            return "{0}.overlaps_with({1}.left, {1}.lower, {1}.right, {1}.upper)".format(*patches)
        if op == "closer_to":
            return "distance({0}, {2}) < distance({1}, {2})".format(*patches)
        word = op.removeprefix("is_")
        if word in RELATION_SUFFIX:
            return self.relation(word, *patches)
        measure, most = _MEASURE[word]
        return f"{measure.format(x=patches[0])} {'>' if most else '<'} {measure.format(x=patches[1])}"

    def _part(self, node: Expression, op: str) -> str:
        part = self.truth(node)
        inner = isinstance(node, Node) and node.op in ("and", "or") and node.op != op
        return f"({part})" if inner or (" and " in part and op == "or") else part

    def _exists(self, node: Expression) -> str:
        if isinstance(node, Node) and node.op in ("find", "find_in") and node not in self._several_of:
            phrase = self.phrase(node.args[-1])
            if phrase not in SEEN_OTHERWISE:
                where = self.single(node.args[0]).variable if node.op == "find_in" else "image_patch"
                return f"{where}.exists({phrase!r})"
        return f"len({self.several(node).variable}) > 0"

    @staticmethod
    def _on_side(x: str, side: str) -> str:
        middle, axis = (
            ("horizontal_center", "width") if side in ("left", "right", "center") else ("vertical_center", "height")
        )
        if side == "center":
            return f"abs({x}.horizontal_center - image_patch.width / 2) < image_patch.width / 4"
        return f"{x}.{middle} {'<' if side in ('left', 'bottom') else '>'} image_patch.{axis} / 2"

    # -- answers --

    def answer(self, node: Node) -> None:
        """Write the lines that end in the plan's answer."""
        result = OPERATORS[node.op].result
        if result is Kind.OBJECTS:
            found = self.several(node)
            self.need(found.variable)
            self.add(f"return {found.variable}")
        elif result is Kind.OBJECT:
            self.add(f"return {self.single(node).variable}")
        elif result is Kind.NUMBER:
            number = self.number(node)
            self.add(f"return str({number})" if self.options else f"return {number}")
        elif result is Kind.TRUTH:
            self.add(f"return bool_to_yesno({self.truth(node)})")
        else:
            self.text(node)

    def text(self, node: Node) -> None:
        """The lines that end in a text."""
        op, args = node.op, node.args
        if self.options and op in _OPEN_ENDED:
            shown = self.single(Node("the", (args[0],)) if op == "colors" else args[0])
            self.add(f"return {shown.variable}.best_text_match(possible_answers)")
        elif op.startswith("which_"):
            self._which(op.removeprefix("which_"), args)
        elif op.startswith(("side_", "half_")):
            self._side(op, [self.single(argument).variable for argument in args])
        elif op == "colors":
            base = self.several(args[0])
            self.need(base.variable)
            each = self.each(base)
            self.add(f"return ', '.join(sorted({{{each}.color() for {each} in {base.variable}}}))")
        elif op.startswith("read_") or op.endswith("_word") or op in ("read", "value"):
            self._read(op, args)
        else:
            self.add(f"return {self._described(op, args)}")

    def _described(self, op: str, args: tuple[Expression, ...]) -> str:
        patch = self.single(args[0])
        x = patch.variable
        if op in ("color", "material", "shape", "size"):
            return self.attribute(x, op)
        if op == "identify":
            return f"{x}.simple_query({_what(patch.noun)!r})"
        if op == "ask":
            return f"{x}.simple_query({_sentence(self.said(args[1]))!r})"
        if op == "caption":
            return f"{x}.caption()"
        if op == "choose":
            options = args[1]
            assert isinstance(options, Node)
            return f"{x}.best_text_match({[names.attribute(self.said(option)) for option in options.args]!r})"
        if op == "resolution":
            return f"f'{{{x}.width}} x {{{x}.height}} pixels'"
        return f"'landscape' if {x}.width > {x}.height else 'portrait' if {x}.width < {x}.height else 'square'"

    def _read(self, op: str, args: tuple[Expression, ...]) -> None:
        patch = self.single(args[0])
        x = patch.variable
        if op == "value":
            self._value(x, self.quote(args[1]))
            return
        text = f"{x}.label" if patch.source in ("lines", "codes") else f"{x}.read_text()"
        pattern = op.removeprefix("read_")
        if pattern in PATTERNS:
            self.add(f"text = {text}")
            searches = " or ".join(
                f"re.search({_raw(expression)}, text{', re.IGNORECASE' if flag else ''})"
                for expression, flag in PATTERNS[pattern]
            )
            self.add(f"match = {searches}")
            self.add("return match.group().strip() if match else None")
        elif op == "read" and self.options:
            self.add(f"text = {text}.lower()")
            self.add("return next((option for option in possible_answers if option.lower() in text), None)")
        elif op == "read":
            self.add(f"return {text} or None")
        else:
            self.add(f"words = {text}.split()")
            self.need("words")
            pick = {"first_word": "words[0]", "last_word": "words[-1]", "longest_word": "max(words, key=len)"}[op]
            self.add(f"return {pick}")

    def _value(self, x: str, quote: str) -> None:
        """The number in the line of a word, or in the lines to its right."""
        word = rf"\b{re.escape(quote)}\b"
        self.add(f"lines = {x}.text_lines()")
        self.add(f"labels = [line for line in lines if re.search({_raw(word)}, line.label, re.IGNORECASE)]")
        self.need("labels")
        self.add("label = labels[0]")
        self.add("# Its number stands in the same line of text, or further right at the same height.")
        same_row = "line.left >= label.left and label.lower <= line.vertical_center <= label.upper"
        self.add(f"row = [line for line in lines if {same_row}]")
        self.add("for line in sorted(row, key=lambda line: line.left):")
        self.add(rf"    numbers = re.findall({_raw(NUMBER_WITH_UNIT)}, line.label)")
        self.add("    if numbers:")
        self.add("        return numbers[-1].strip()")
        self.add("return None")

    def _which(self, word: str, args: tuple[Expression, ...]) -> None:
        options = args[0]
        assert isinstance(options, Node)
        said = [names.attribute(self.said(option)) for option in options.args]
        if word in ("more", "fewer"):
            counted = zip(said, map(self.phrase, options.args), strict=True)
            counts = ", ".join(f"{text!r}: len(image_patch.find({phrase!r}))" for text, phrase in counted)
            self.add(f"counts = {{{counts}}}")
            self.add(f"return {'max' if word == 'more' else 'min'}(counts, key=counts.get)")
            return
        patches = [self.single(Node("the", (Node("find", (option,)),))).variable for option in options.args]
        self.add("candidates = {" + ", ".join(f"{s!r}: {p}" for s, p in zip(said, patches, strict=True)) + "}")
        if word == "closer":
            best, key = "min", f"distance(candidates[name], {self.single(args[1]).variable})"
        else:
            measure, most = _MEASURE[word]
            best, key = "max" if most else "min", measure.format(x="candidates[name]")
        self.add(f"return {best}(candidates, key=lambda name: {key})")

    def _side(self, op: str, patches: list[str]) -> None:
        x = patches[0]
        if op == "side_depth":
            self.add(f"return 'in front' if {x}.is_in_front_of({patches[1]}) else 'behind'")
            return
        if op == "side_sideways":
            self.add(f"return 'left' if {x}.is_left_of({patches[1]}) else 'right'")
            return
        sideways = op.endswith("sideways")
        middle, size = ("horizontal_center", "width") if sideways else ("vertical_center", "height")
        limit = f"{patches[1]}.{middle}" if op.startswith("side_") else f"image_patch.{size} / 2"
        low, high = (
            ("left", "right") if sideways else ("below", "above") if op.startswith("side_") else ("bottom", "top")
        )
        self.add(f"return {low!r} if {x}.{middle} < {limit} else {high!r}")


def _what(noun: str) -> str:
    kind = names.head(noun)
    return f"What {kind} is this?" if kind in _CATEGORIES else "What is this?"


def _raw(pattern: str) -> str:
    """A regular expression as source, without doubled backslashes where that can be."""
    return repr(pattern) if "'" in pattern or pattern.endswith("\\") else f"r'{pattern}'"


def _one_call(expression: str) -> bool:
    """Whether it is one call and nothing else, so that `not` binds to all of it."""
    if not re.fullmatch(r"[\w.]+\(.*\)", expression):
        return False
    depth = 0
    for at, mark in enumerate(expression):
        depth += (mark == "(") - (mark == ")")
        if mark == ")" and depth == 0:
            return at == len(expression) - 1
    return False


def _sentence(text: str) -> str:
    said = " ".join(text.split()).strip(" .,;:?!")
    return said[:1].upper() + said[1:] + "?"


def render(plan: Node, question: str, tokens: Sequence[Token], *, options: bool = False) -> str:
    """The program for a plan; with `options` it takes `possible_answers` and answers with one of them where it can.

    Raises:
        ValueError: the plan declines, so there is no program.
    """
    if OPERATORS[plan.op].result is Kind.DECLINE:
        raise ValueError("a plan that declines has no program")
    program = Answer(plan, question, tokens, options=options)
    program.answer(plan)
    return as_program("image", "image_patch = ImagePatch(image)", program.lines, options=options)


def as_program(medium: str, opening: str, lines: Sequence[str], *, options: bool) -> str:
    """The source of a program about an `image` or a `video`: its first line, then the others."""
    parameters = f"{medium}, possible_answers, query" if options else medium
    body = (f"    {line}" if line else "" for line in (opening, *lines))
    return "\n".join([f"def execute_command({parameters}):", *body]) + "\n"
