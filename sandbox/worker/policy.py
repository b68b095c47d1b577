"""The language wall, at compile time: which Python a program may be written in.

A subclass of RestrictedPython's transformer, whose allow-list of syntax nodes is kept (a node of a newer Python that
it does not know is refused) and whose run-time guards are not: what a name or an attribute may be is written in the
source, so it is decided here, and loops, subscripts, unpacking and attribute reads stay native bytecode. A call to a
guard is left only where the danger depends on the object: a handful of attribute names, attributes with one leading
underscore, and every write to an attribute.

This wall gives clear errors and keeps honest programs honest. It is not the boundary: the process walls are.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer, copy_locations

from ...tools.source import code_of, syntax_tree
from .modules import IMPORTABLE

__all__ = ["GUARDED_ATTRIBUTES", "READ_GUARD", "WRITE_GUARD", "NotAllowed", "attribute_problem", "compile_program"]

# No source text can spell these names, so no program can rebind them.
READ_GUARD = "guard: read"
WRITE_GUARD = "guard: write"

# Harmless on most objects and a door on some.
GUARDED_ATTRIBUTES = frozenset({"format", "format_map", "mro", "obj", "with_traceback"})

_METHOD_WORDS = (
    "init post_init repr str len bool hash eq ne lt le gt ge contains iter next reversed getitem setitem "
    "delitem missing call enter exit add sub mul truediv floordiv mod divmod pow matmul and or xor lshift "
    "rshift radd rsub rmul rtruediv rfloordiv rmod rdivmod rpow rmatmul rand ror rxor rlshift rrshift iadd "
    "isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift neg pos abs invert int "
    "float complex index round trunc floor ceil format"
)
_METHODS = frozenset(f"__{name}__" for name in _METHOD_WORDS.split())
_UNDERSCORED = frozenset({"_asdict", "_fields", "_make", "_replace"})  # the public methods of named tuples
_READABLE_DUNDERS = frozenset({"__name__"})


class NotAllowed(Exception):
    """The source holds something that programs may not do; `line` is 1-based."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


def attribute_problem(name: str) -> str | None:
    """Why no program may read or write an attribute of that name on any object; None where it may or may depend."""
    if name.startswith("__") and name not in _READABLE_DUNDERS:
        return f"attribute {name} is not available in programs"
    if name in INSPECT_ATTRIBUTES or name.endswith("__roles__"):
        return f"attribute {name} is not available in programs"
    return None


class _Policy(RestrictingNodeTransformer):
    """Raises `NotAllowed` at the first thing that is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._scopes: list[str] = ["module"]

    def error(self, node: ast.AST, info: str) -> None:
        raise NotAllowed(info, getattr(node, "lineno", None))

    def not_allowed(self, node: ast.AST) -> None:
        kind = {
            "AsyncFunctionDef": "async def",
            "Await": "await",
            "AsyncFor": "async for",
            "AsyncWith": "async with",
            "TryStar": "except*",
            "TypeAlias": "a type alias",
        }.get(type(node).__name__, type(node).__name__)
        self.error(node, f"{kind} is not available in programs")

    # -- names --

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None or not name.startswith("_"):
            if name == "super" and not isinstance(getattr(node, "ctx", None), ast.Load):
                self.error(node, "super is a reserved name")
            return
        if name.startswith("__"):
            in_class = self._scopes[-1] == "class"
            if name.strip("_") and not (in_class and (name in _METHODS or not name.endswith("__"))):
                self.error(node, f"the name {name} is not available in programs")
        elif name == "_print" or (name.endswith("_") and name.strip("_")):
            self.error(node, f"the name {name} is reserved")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "__name__" and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Constant("__main__"), node)
        if node.id == "super":
            self.error(node, "super can only be used as super().method(...)")
        self.check_name(node, node.id)
        return node

    def _check_names(self, node: ast.Global | ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    visit_Global = _check_names
    visit_Nonlocal = _check_names

    def check_import_names(self, node: ast.Import | ast.ImportFrom) -> ast.AST:
        if getattr(node, "is_lazy", 0):
            self.error(node, "lazy imports are not available in programs")
        for alias in node.names:
            if alias.name == "*":
                self.error(node, "import names one by one; * is not available in programs")
            self.check_name(node, alias.asname)
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            self._check_module(node, alias.name)
        return self.check_import_names(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__" and node.level == 0:
            return ast.copy_location(ast.Pass(), node)
        if node.level:
            self.error(node, "relative imports are not available in programs")
        self._check_module(node, node.module or "")
        for alias in node.names:
            if alias.name.startswith("_"):
                self.error(node, f"{alias.name} cannot be imported")
        return self.check_import_names(node)

    def _check_module(self, node: ast.AST, name: str) -> None:
        if name not in IMPORTABLE:
            self.error(node, f"module {name} cannot be imported; these can: {', '.join(sorted(IMPORTABLE))}")

    # -- attributes --

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = node.attr
        if self._is_super_call(node.value):
            # Only names that need no guard: what super() finds cannot be judged by its object.
            if name in GUARDED_ATTRIBUTES or not isinstance(node.ctx, ast.Load):
                self.error(node, f"super().{name} is not available in programs")
            if name not in _METHODS:
                self._check_attribute(node)
            return node
        if (
            name == "__name__"
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "__class__"
            and isinstance(node.value.value, ast.Name)
            and node.value.value.id == "self"
        ):
            kind = ast.Call(ast.Name("type", ast.Load()), [self.visit(node.value.value)], [])
            copy_locations(kind, node)
            node.value = kind
            return node
        self._check_attribute(node)
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            if name in _READABLE_DUNDERS:
                self.error(node, f"attribute {name} cannot be changed")
            node.value = self._guarded(WRITE_GUARD, node, node.value)
            return node
        underscored = name.startswith("_") and not name.startswith("__") and name not in _UNDERSCORED
        if underscored or name in GUARDED_ATTRIBUTES:
            return self._guarded(READ_GUARD, node, node.value, ast.Constant(name))
        return node

    def _check_attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        if name.startswith("__") and not name.endswith("__") and "class" in self._scopes:
            return  # Python turns it into _Class__name of the program's own class
        problem = attribute_problem(name)
        if problem:
            self.error(node, problem)

    def _is_super_call(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            if node.args or node.keywords:
                self.error(node, "super takes no arguments in programs")
            return True
        return False

    @staticmethod
    def _guarded(guard: str, node: ast.expr, *arguments: ast.expr) -> ast.Call:
        call = ast.Call(ast.Name(guard, ast.Load()), list(arguments), [])
        copy_locations(call, node)
        return call

    # -- what the stock policy sends through guards and stays native here --

    def _native(self, node: Any) -> Any:
        return self.node_contents_visit(node)

    guard_iter = _native
    visit_Subscript = _native
    visit_Assign = _native
    visit_AugAssign = _native
    visit_With = _native
    visit_Call = _native
    visit_Module = _native

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Annotations are dropped: they may name types that do not exist here. A class keeps that there was one."""
        if self._scopes[-1] == "class":
            node.annotation = ast.copy_location(ast.Constant("object"), node.annotation)
            node.target = self.visit(node.target)
            node.value = self.visit(node.value) if node.value else None
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        assign = ast.Assign(targets=[node.target], value=node.value)
        return self.node_contents_visit(ast.copy_location(assign, node))

    # -- functions and classes --

    def _outer(self, nodes: list[ast.expr]) -> list[ast.expr]:
        return [self.visit(node) for node in nodes]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.check_name(node, node.name)
        node.decorator_list = self._outer(node.decorator_list)
        node.returns = None
        if sys.version_info >= (3, 12):
            node.type_params = []
        node.args = self.visit(node.args)
        self._scopes.append("function")
        node.body = self._body(node.body)
        self._scopes.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.args = self.visit(node.args)
        self._scopes.append("function")
        node.body = self.visit(node.body)
        self._scopes.pop()
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.check_name(node, node.arg)
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        if node.keywords:
            self.error(node, "a class takes no keyword arguments in programs")
        if any(isinstance(base, ast.Starred) for base in node.bases):
            self.error(node, "write the base classes one by one")
        node.decorator_list = self._outer(node.decorator_list)
        node.bases = self._outer(node.bases)
        if sys.version_info >= (3, 12):
            node.type_params = []
        self._scopes.append("class")
        node.body = self._body(node.body)
        self._scopes.pop()
        return node

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self.visit(statement) for statement in body]

    # -- match --

    visit_Match = _native
    visit_match_case = _native
    visit_MatchValue = _native
    visit_MatchSingleton = _native
    visit_MatchSequence = _native
    visit_MatchOr = _native

    def _named_pattern(self, node: Any) -> Any:
        self.check_name(node, node.rest if isinstance(node, ast.MatchMapping) else node.name)
        return self.node_contents_visit(node)

    visit_MatchMapping = _named_pattern
    visit_MatchStar = _named_pattern
    visit_MatchAs = _named_pattern

    def visit_MatchClass(self, node: ast.MatchClass) -> Any:
        for name in node.kwd_attrs:
            if name.startswith("_") or name in GUARDED_ATTRIBUTES or attribute_problem(name):
                self.error(node, f"attribute {name} is not available in a pattern")
        return self.node_contents_visit(node)


def compile_program(source: str, *, filename: str, language_wall: bool) -> Any:
    """The code object of a program.

    Raises:
        NotAllowed: when the language wall refuses it.
        SyntaxError, ValueError, RecursionError, MemoryError: as Python does.
    """
    tree = syntax_tree(source, filename)
    if language_wall:
        tree = _Policy().visit(tree)
    return code_of(tree, filename)
