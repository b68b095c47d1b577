"""Small questions about types and syntax that the inference asks: what a part, an item, a sum of values is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .builtin_calls import element_of
from .live import Arguments, Problem, attribute_names
from .structure import MODULES, near
from .types import ANY, API_CLASSES, Atom, Type, join, named

__all__ = [
    "arithmetic",
    "asks_type",
    "attributes_made",
    "imported",
    "instead",
    "item",
    "local_problem",
    "size_of",
    "spelt",
    "unpacked",
    "yields",
]


def asks_type(test: ast.expr) -> bool:
    """Whether code asks what a value is, and so may know more than the inference."""
    names = {part.id for part in ast.walk(test) if isinstance(part, ast.Name)}
    return bool(names & {"isinstance", "hasattr", "type", "callable", "getattr"})


def imported(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Type:
    """What an import binds."""
    if isinstance(node, ast.Import) and alias.name.partition(".")[0] in MODULES:
        return named("module")
    return ANY


def unpacked(kind: Type, index: int, target: ast.Tuple | ast.List) -> Type:
    """What a target in an unpacking gets."""
    if kind is None or any(isinstance(part, ast.Starred) for part in target.elts):
        return ANY
    parts: list[Type] = []
    for atom in kind:
        if atom.name == "tuple" and index < len(atom.args):
            parts.append(atom.args[index])
        else:
            element = element_of(atom)
            parts.append(ANY if isinstance(element, str) else element)
    return join(parts)


def item(atom: Atom, index: ast.expr) -> Type:
    """What one gets by indexing one possibility of a value."""
    if atom.name == "str":
        return named("str")
    if isinstance(index, ast.Slice):
        return named(atom.name, *atom.args) if atom.name == "list" else ANY
    if atom.name == "tuple":
        position = index.value if isinstance(index, ast.Constant) and isinstance(index.value, int) else None
        return atom.args[position] if position is not None and position < len(atom.args) else ANY
    if atom.name == "dict":
        return atom.args[1] if len(atom.args) == 2 else ANY
    return atom.args[0] if atom.args else ANY


def arithmetic(op: ast.operator, left: Type, right: Type) -> Type:
    """What an operation on two values gives."""
    if left is None or right is None:
        return ANY
    names = {atom.name for atom in left | right}
    if names and names <= {"int", "float", "bool"}:
        return join((named("int"), named("float")))
    if isinstance(op, ast.Add) and names == {"str"}:
        return named("str")
    if isinstance(op, ast.Add) and names == {"list"}:
        elements = [atom.args[0] if atom.args else ANY for atom in left | right]
        return named("list", join(elements))
    return ANY


def size_of(kind: Type) -> int | None:
    """How many elements a value has at most, where that is known."""
    sizes = [atom.size for atom in kind or () if atom.size is not None]
    return max(sizes, default=None)


def spelt(node: ast.expr) -> str:
    """An expression as a message names it."""
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)[:40]


def instead(atoms: Sequence[Atom], name: str) -> str | None:
    """What may have been meant by an attribute that does not exist."""
    for atom in atoms:
        if atom.name in ("list", "iterator"):
            inner = [part for part in (atom.args[0] if atom.args and atom.args[0] else ()) if part.name in API_CLASSES]
            if any(name in attribute_names(part) for part in inner):
                return "take one of its elements, or go through them in a loop"
        if atom.name == "VideoSegment" and name in attribute_names(Atom("ImagePatch")):
            return "ask a frame of it: frame_from_index(i), or each of its frame_iterator()"
    return near(name, {known for atom in atoms for known in attribute_names(atom)})


def local_problem(function: ast.FunctionDef, arguments: Arguments) -> Problem | None:
    """What is wrong with a call of a function of the program itself."""
    taken = function.args
    if arguments.open or taken.vararg or taken.kwarg:
        return None
    names = [argument.arg for argument in [*taken.posonlyargs, *taken.args]]
    required = names[: len(names) - len(taken.defaults)]
    keyword_only = [argument.arg for argument in taken.kwonlyargs]
    given = names[: len(arguments.positional)]
    if len(arguments.positional) > len(names):
        return Problem(f"{function.name} takes {len(names)} arguments, not {len(arguments.positional)}")
    unknown = [name for name in arguments.keywords if name not in [*names, *keyword_only]]
    if unknown:
        return Problem(f"{function.name} has no parameter {unknown[0]}")
    lacking = [name for name in required if name not in given and name not in arguments.keywords]
    return Problem(f"{function.name} is called without {lacking[0]}") if lacking else None


def yields(function: ast.FunctionDef) -> bool:
    """Whether calling the function gives a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def attributes_made(tree: ast.Module) -> Iterator[str]:
    """Names of attributes that the program gives to objects of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id
                elif isinstance(part, ast.FunctionDef):
                    yield part.name
