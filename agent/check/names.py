"""Finds names that nothing defines: neither the program, nor the sandbox, nor the inputs.

Which names a scope reads and binds is Python's own to say (`symtable`); only the place of a use is looked up here.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

from ..source import FILENAME, parse
from .given import given_names
from .report import Issue
from .wording import near

__all__ = ["name_issues", "own_nodes"]


class _WithoutAnnotations(ast.NodeTransformer):
    """Names that stand only in annotations need not exist when the program runs."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.copy_location(ast.arg(arg=node.arg), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        value = node.value or ast.Constant(None)
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([node.target], value), node))


def name_issues(tree: ast.Module) -> Iterator[Issue]:
    """Uses of names that are not defined, the first of each name."""
    bare = _WithoutAnnotations().visit(parse(ast.unparse(tree)))
    table = symtable.symtable(ast.unparse(bare), FILENAME, "exec")
    defined = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    defined |= {child.get_name() for child in table.get_children()}
    defined |= {name for scope in _scopes(table) for name in _made_global(scope)}
    unknown = {name for scope in _scopes(table) for name in _read_globals(scope)} - defined - given_names()
    in_annotations = {id(inner) for node in _annotations(tree) for inner in ast.walk(node)}
    local = {symbol.get_name() for scope in _scopes(table) for symbol in scope.get_symbols()} - unknown
    seen: set[str] = set()
    for node in _free_names(tree, frozenset()):
        if node.id not in unknown or node.id in seen or id(node) in in_annotations:
            continue
        seen.add(node.id)
        if hasattr(builtins, node.id):
            yield Issue(line=node.lineno, message=f"{node.id} is not available to programs")
        else:
            suggestion = near(node.id, defined | local | given_names())
            yield Issue(line=node.lineno, message=f"name {node.id} is not defined", suggestion=suggestion)


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def _free_names(node: ast.AST, bound: frozenset[str]) -> Iterator[ast.Name]:
    """The uses of names that no function, lambda or comprehension around them binds."""
    if isinstance(node, ast.Name):
        if node.id not in bound and isinstance(node.ctx, ast.Load):
            yield node
        return
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        bound |= {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    if isinstance(node, ast.FunctionDef):
        bound |= {
            part.id for part in own_nodes(node) if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
        } - {part.id for part in _in_comprehensions(node)}
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        bound |= {
            part.id
            for generator in node.generators
            for part in ast.walk(generator.target)
            if isinstance(part, ast.Name)
        }
    for child in ast.iter_child_nodes(node):
        yield from _free_names(child, bound)


def _in_comprehensions(node: ast.AST) -> Iterator[ast.Name]:
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            yield from (name for name in ast.walk(part.target) if isinstance(name, ast.Name))


def _annotations(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if isinstance(annotation, ast.AST):
            yield annotation


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _read_globals(scope: symtable.SymbolTable) -> Iterator[str]:
    for symbol in scope.get_symbols():
        at_top = scope.get_type() == "module"
        if symbol.is_referenced() and (at_top or symbol.is_global()):
            yield symbol.get_name()


def _made_global(scope: symtable.SymbolTable) -> Iterator[str]:
    for symbol in scope.get_symbols():
        if symbol.is_declared_global() and symbol.is_assigned():
            yield symbol.get_name()
