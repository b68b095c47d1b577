"""A plan -> a readable Python program in the published ViperGPT idiom.

Every operator has one rendering.  Equal parts of a plan are computed once; things that must be there are guarded, so
that a missing anchor makes the program return None (nobody can tell) while existence and counts answer False and 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from . import inflect, names
from .patterns import PATTERNS
from .plan import OPERATORS, Expression, Kind, Node, Span
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
_COMPARE = {"more": ">", "fewer": "<", "equal": "==", "at_least": ">=", "at_most": "<="}
_ASK = {"material": "What material is this?", "shape": "What shape is this?", "size": "What size is this?"}
_QUALITY = {"blurry": "sharpness() < 0.4", "dark": "brightness() < 0.25", "bright": "brightness() > 0.65"}
_CATEGORIES = frozenset(
    """animal vehicle fruit toy tool food plant drink vegetable appliance instrument building bird dog flower tree sport
    game letter word number shape color symbol logo furniture""".split()
)


@dataclass(frozen=True, slots=True)
class _Several:
    """A list of patches in the program: its variable, and what one of them is called and shows."""

    variable: str
    one: str  # a variable name for one of them
    noun: str  # what was looked for; "object" where nothing was named
    source: str = "find"  # "find", "lines", "codes" or "faces"


@dataclass(frozen=True, slots=True)
class _Single:
    """One patch in the program."""

    variable: str
    noun: str
    source: str = "find"


@dataclass(slots=True)
class _Program:
    question: str
    tokens: Sequence[Token]
    options: bool
    lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: {"image", "image_patch"})
    several_of: dict[Expression, _Several] = field(default_factory=dict)
    single_of: dict[Expression, _Single] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    # -- words --

    def said(self, span: Expression) -> str:
        assert isinstance(span, Span)
        return source(self.question, self.tokens, span.start, span.end)

    def phrase(self, argument: Expression) -> str:
        if isinstance(argument, Node):
            return names.joined(self.said(argument.args[0]), self.said(argument.args[1]))
        return names.name(self.said(argument))

    def fresh(self, wanted: str) -> str:
        """A variable name that is not in use."""
        free, number = wanted, 2
        while free in self.taken:
            free, number = f"{wanted}_{number}", number + 1
        self.taken.add(free)
        return free

    def add(self, line: str) -> None:
        self.lines.append(line)

    def value(self, wanted: str, expression: str) -> str:
        """A variable that holds an expression, computed once."""
        if expression not in self.values:
            variable = self.fresh(wanted)
            self.add(f"{variable} = {expression}")
            self.values[expression] = variable
        return self.values[expression]

    def need(self, variable: str, comment: str = "") -> None:
        """Return None unless the list has something in it."""
        self.add(f"if not {variable}:{comment}")
        self.add("    return None")

    # -- lists of patches --

    def several(self, node: Expression) -> _Several:
        if node not in self.several_of:
            assert isinstance(node, Node)
            self.several_of[node] = self._several(node)
        return self.several_of[node]

    def _several(self, node: Node) -> _Several:
        op, args = node.op, node.args
        if op in ("find", "find_in"):
            where = self.single(args[0]).variable if op == "find_in" else "image_patch"
            return self._found(where, self.phrase(args[-1]))
        if op in ("objects", "people"):
            return self._found("image_patch", "object" if op == "objects" else "person")
        if op in ("faces", "codes", "lines"):
            one = {"faces": "face", "codes": "code", "lines": "line"}[op]
            call = {"faces": "faces", "codes": "codes", "lines": "text_lines"}[op]
            variable = self.fresh(op)
            self.add(f"{variable} = {self.single(args[0]).variable}.{call}()")
            return _Several(variable, one, one, op)
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
        return self._filtered(base, test, f"{base.variable}_{_SHORT[relation]}")

    def _found(self, where: str, phrase: str) -> _Several:
        variable = self.value(names.identifiers(phrase), f"{where}.find({phrase!r})")
        return _Several(variable, names.identifier(phrase), phrase)

    def _filtered(self, base: _Several, test: str, wanted: str) -> _Several:
        each = self.each(base)
        variable = self.fresh(_plain(wanted))
        self.add(f"{variable} = [{each} for {each} in {base.variable} if {test.format(x=each)}]")
        return _Several(variable, base.one, base.noun, base.source)

    def each(self, base: _Several) -> str:
        """A loop variable that hides nothing."""
        return base.one if base.one not in self.taken else "patch" if "patch" not in self.taken else "candidate"

    def _union(self, a: _Several, b: _Several) -> _Several:
        variable = self.fresh("together")
        self.add("# A thing that fits both descriptions counts once.")
        self.add(f"{variable} = {a.variable} + [patch for patch in {b.variable} if patch not in {a.variable}]")
        return _Several(
            variable, "patch", a.noun if a.noun == b.noun else "object", a.source if a.source == b.source else "find"
        )

    def _same(self, base: _Several, anchor: _Single, attribute: str) -> _Several:
        wanted = self.value(f"{anchor.variable}_{attribute}", self.attribute(anchor.variable, attribute))
        test = f"{{x}} != {anchor.variable} and {self.attribute('{x}', attribute)} == {wanted}"
        return self._filtered(base, test, f"{base.variable}_same_{attribute}")

    # -- single patches --

    def single(self, node: Expression) -> _Single:
        if node not in self.single_of:
            assert isinstance(node, Node)
            self.single_of[node] = self._single(node)
        return self.single_of[node]

    def _single(self, node: Node) -> _Single:
        op, args = node.op, node.args
        if op == "image":
            return _Single("image_patch", "picture", "image")
        if op.startswith("region_"):
            where = op.removeprefix("region_")
            whole = self.single(args[0])
            box = ", ".join(edge.format(x=whole.variable) for edge in _REGION[where])
            return _Single(self.value(where, f"{whole.variable}.crop({box})"), whole.noun, "image")
        if op.startswith("nth_"):
            return self._nth(node)
        base = self.several(args[0])
        each = self.each(base)
        if op == "the":
            self.need(base.variable)
            return _Single(self.value(base.one, self._pick(args[0], base)), base.noun, base.source)
        if op == "middle":
            self.need(base.variable)
            row = f"sorted({base.variable}, key=lambda {each}: {each}.horizontal_center)[len({base.variable}) // 2]"
            return _Single(self.value(f"middle_{base.one}", row), base.noun, base.source)
        if op in ("closest_to", "farthest_from"):
            anchor = self.single(args[1])
            others = self.fresh(f"other_{base.variable}")
            self.add(f"{others} = [{each} for {each} in {base.variable} if {each} != {anchor.variable}]")
            self.need(others)
            best, wanted = ("min", f"closest_{base.one}") if op == "closest_to" else ("max", f"farthest_{base.one}")
            pick = f"{best}({others}, key=lambda {each}: distance({each}, {anchor.variable}))"
            return _Single(self.value(wanted, pick), base.noun, base.source)
        self.need(base.variable)
        best, key = _SORT[op]
        pick = f"{best}({base.variable}, key=lambda {each}: {key.format(x=each)})"
        return _Single(self.value(f"{op}_{base.one}", pick), base.noun, base.source)

    def _pick(self, node: Expression, base: _Several) -> str:
        """Which of several is meant by "the": the first, or where nothing was named the one next to its anchor."""
        unnamed = base.noun in ("object", "person") or base.source == "lines"
        if unnamed and isinstance(node, Node) and node.op.endswith("_of") and not node.op.startswith("lines"):
            anchor, each = self.single(node.args[1]).variable, self.each(base)
            return f"min({base.variable}, key=lambda {each}: distance({each}, {anchor}))"
        return f"{base.variable}[0]"

    def _nth(self, node: Node) -> _Single:
        base = self.several(node.args[1])
        index = inflect.number(self.said(node.args[0])) or 1
        best, key = _SORT[_ORDER[node.op.removeprefix("nth_")]]
        each = self.each(base)
        backwards = ", reverse=True" if best == "max" else ""
        row = self.fresh(f"sorted_{base.variable}")
        self.add(f"{row} = sorted({base.variable}, key=lambda {each}: {key.format(x=each)}{backwards})")
        self.add(f"if len({row}) < {index}:")
        self.add("    return None")
        return _Single(self.value(f"{base.one}_{index}", f"{row}[{index - 1}]"), base.noun, base.source)

    # -- tests between patches --

    def relation(self, relation: str, x: str, anchor: str) -> str:
        if relation in ("left", "right"):
            return f"{x}.horizontal_center {'<' if relation == 'left' else '>'} {anchor}.horizontal_center"
        if relation in ("above", "below"):
            return f"{x}.vertical_center {'>' if relation == 'above' else '<'} {anchor}.vertical_center"
        if relation in ("front", "behind"):
            depth = self.value(f"{anchor}_depth", f"{anchor}.compute_depth()")
            return f"{x}.compute_depth() {'<' if relation == 'front' else '>'} {depth}"
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
        return " ".join(names.unicodedata.normalize("NFKC", self.said(span)).lower().split()).strip("\"'")

    # -- numbers --

    def number(self, node: Expression) -> str:
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
            return (
                f"not {inner}"
                if inner.replace("_", "").replace(".", "").split("(")[0].isalnum()
                and " " not in inner.split("(")[0]
                and _closed(inner)
                else f"not ({inner})"
            )
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
            return f"{x}.width {dict(portrait='<', landscape='>', square='==')[op]} {x}.height"
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
        if word in _SHORT:
            return self.relation(word, *patches)
        measure, most = _MEASURE[word]
        return f"{measure.format(x=patches[0])} {'>' if most else '<'} {measure.format(x=patches[1])}"

    def _part(self, node: Expression, op: str) -> str:
        part = self.truth(node)
        inner = isinstance(node, Node) and node.op in ("and", "or") and node.op != op
        return f"({part})" if inner or (" and " in part and op == "or") else part

    def _exists(self, node: Expression) -> str:
        if isinstance(node, Node) and node.op in ("find", "find_in") and node not in self.several_of:
            where = self.single(node.args[0]).variable if node.op == "find_in" else "image_patch"
            return f"{where}.exists({self.phrase(node.args[-1])!r})"
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
        op, args = node.op, node.args
        if self.options and op in _OPEN_ENDED:
            base = args[0]
            x = self.single(base).variable if op != "colors" else self.single(Node("the", (base,))).variable
            self.add(f"return {x}.best_text_match(possible_answers)")
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
                f"re.search({expression!r}, text{', re.IGNORECASE' if flag else ''})"
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
        word = rf"\b{names.re.escape(quote)}\b"
        self.add(f"lines = {x}.text_lines()")
        self.add(f"labels = [line for line in lines if re.search({word!r}, line.label, re.IGNORECASE)]")
        self.need("labels")
        self.add("label = labels[0]")
        self.add("# Its number stands in the same line of text, or further right at the same height.")
        self.add(
            "row = [line for line in lines if line.left >= label.left and label.lower <= line.vertical_center <= label.upper]"
        )
        self.add("for line in sorted(row, key=lambda line: line.left):")
        self.add(rf"    numbers = re.findall({NUMBER_WITH_UNIT!r}, line.label)")
        self.add("    if numbers:")
        self.add("        return numbers[-1].strip()")
        self.add("return None")

    def _which(self, word: str, args: tuple[Expression, ...]) -> None:
        options = args[0]
        assert isinstance(options, Node)
        said = [names.attribute(self.said(option)) for option in options.args]
        phrases = [names.name(self.said(option)) for option in options.args]
        if word in ("more", "fewer"):
            counts = ", ".join(f"{s!r}: len(image_patch.find({p!r}))" for s, p in zip(said, phrases, strict=True))
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
            self.add(f"return 'in front' if {x}.compute_depth() < {patches[1]}.compute_depth() else 'behind'")
            return
        sideways = op.endswith("sideways")
        middle, size = ("horizontal_center", "width") if sideways else ("vertical_center", "height")
        limit = f"{patches[1]}.{middle}" if op.startswith("side_") else f"image_patch.{size} / 2"
        low, high = (
            ("left", "right") if sideways else ("below", "above") if op.startswith("side_") else ("bottom", "top")
        )
        self.add(f"return {low!r} if {x}.{middle} < {limit} else {high!r}")


NUMBER_WITH_UNIT = r"[$\u20ac\u00a3\u00a5]?\s?\d[\d.,]*(?:\s?[%\u20ac\u00a3])?"
_SHORT = {
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
_OPEN_ENDED = frozenset(
    "ask identify caption choose color material shape size colors".split()
)  # with given answers, these choose among them


def _what(noun: str) -> str:
    kind = names.head(noun)
    return f"What {kind} is this?" if kind in _CATEGORIES else "What is this?"


def _plain(wanted: str) -> str:
    return (
        names.re.sub(
            r"[^a-z0-9]+", "_", names.unicodedata.normalize("NFKD", wanted.lower()).encode("ascii", "ignore").decode()
        ).strip("_")
        or "found"
    )


def _closed(expression: str) -> bool:
    """Whether the bracket opened first closes at the very end, so that `not` binds to all of it."""
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
    program = _Program(question, tokens, options)
    program.answer(plan)
    parameters = "image, possible_answers, query" if options else "image"
    body = ["image_patch = ImagePatch(image)", *program.lines]
    return "\n".join([f"def execute_command({parameters}):", *(f"    {line}" for line in body)]) + "\n"
