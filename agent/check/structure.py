"""What the check can tell without types: what is defined, which names exist, what is refused, what never ends."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

from ...sandbox.worker.policy import NotAllowed, compile_program
from ..source import FILENAME, parse
from .given import FUNCTION, INPUTS, given_names
from .report import Issue
from .wording import near

__all__ = ["structure_issues"]

_ENDLESS = frozenset(("count", "cycle", "repeat"))


def structure_issues(source: str, tree: ast.Module) -> list[Issue]:
    """Issues of the program as a whole."""
    return [*_entry_issues(tree), *_name_issues(tree), *_refused_issues(source), *_loop_issues(tree)]


def _entry_issues(tree: ast.Module) -> Iterator[Issue]:
    entries = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == FUNCTION]
    sets_result = any(
        isinstance(node, ast.Name) and node.id == "result" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )
    if not entries and not sets_result:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        misnamed = next(iter(sorted(functions, key=lambda node: node.name != FUNCTION)), None)
        advice = f"define it at the top level as `def {FUNCTION}(image):`"
        if misnamed is not None and misnamed.name != FUNCTION:
            advice = f"rename {misnamed.name} to {FUNCTION}"
        line = misnamed.lineno if misnamed else 0
        yield Issue(line=line, message=f"the program defines no function {FUNCTION}", suggestion=advice)
    for extra in entries[:-1]:
        yield Issue(
            line=extra.lineno,
            message=f"{FUNCTION} is defined more than once; only the last one counts",
            severity="warning",
        )
    for entry in entries[-1:]:
        inner = list(_own_nodes(entry))
        ends = any(isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom) for node in inner)
        if not ends:
            yield Issue(
                line=entry.lineno,
                message=f"{FUNCTION} never returns anything",
                suggestion="return the answer, or None when it cannot be told",
            )
        yield from _parameter_issues(entry)
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inner):
            yield Issue(line=entry.lineno, message=f"{FUNCTION} yields; it must return one answer")


def _parameter_issues(entry: ast.FunctionDef) -> Iterator[Issue]:
    """Parameters are filled by name, the rest by order; more than there are inputs stay empty."""
    names = [argument.arg for argument in [*entry.args.posonlyargs, *entry.args.args]]
    required = names[: len(names) - len(entry.args.defaults)]
    unnamed = [name for name in required if name not in given_names()]
    if len(unnamed) > len(INPUTS):
        yield Issue(
            line=entry.lineno,
            message=f"{FUNCTION} takes more parameters than there are inputs",
            suggestion=f"take some of {', '.join(INPUTS)}",
        )


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own_nodes(child)


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


def _name_issues(tree: ast.Module) -> Iterator[Issue]:
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
            part.id for part in _own_nodes(node) if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
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


def _refused_issues(source: str) -> Iterator[Issue]:
    """What the sandbox's own compiler refuses; it stops at the first."""
    try:
        compile_program(source, filename=FILENAME, language_wall=True)
    except NotAllowed as error:
        imports = "imported" in str(error)
        advice = "leave the import out: ImagePatch and its like are there without one" if imports else None
        yield Issue(line=error.line or 0, message=str(error), suggestion=advice)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield Issue(line=getattr(error, "lineno", None) or 0, message=f"{type(error).__name__}: {error}")


def _loop_issues(tree: ast.Module) -> Iterator[Issue]:
    for node in ast.walk(tree):
        if isinstance(node, ast.While):
            if _leaves(node.body):
                continue
            if _always_true(node.test):
                yield Issue(
                    line=node.lineno,
                    message="this loop never ends: its condition is always true and nothing leaves it",
                    suggestion="loop over what there is, or break",
                )
            elif _never_changes(node):
                yield Issue(
                    line=node.lineno,
                    message="this loop may never end: nothing in it changes its condition",
                    severity="warning",
                )
        elif isinstance(node, ast.For) and _is_endless(node.iter) and not _leaves(node.body):
            yield Issue(line=node.lineno, message="this loop never ends: there is no end to what it goes over")


def _always_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether something in a loop's body can end the loop: a break of its own, a return, a raise, or an error."""
    pending: list[tuple[ast.AST, bool]] = [(statement, True) for statement in body]
    while pending:
        node, own = pending.pop()
        if isinstance(node, ast.Return | ast.Raise | ast.Assert | ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Break) and own:
            return True
        # `next(...)` and the like may raise and so end the loop; that is one way in which people write it.
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("next", "exit", "quit"):
            return True
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.While | ast.For):
            pending += [(child, False) for child in node.body] + [(child, own) for child in node.orelse]
            continue
        pending += [(child, own) for child in ast.iter_child_nodes(node)]
    return False


def _never_changes(loop: ast.While) -> bool:
    parts = list(ast.walk(loop.test))
    if any(isinstance(part, ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr | ast.Await) for part in parts):
        return False
    tested = {part.id for part in parts if isinstance(part, ast.Name)}
    body = [node for statement in loop.body for node in ast.walk(statement)]
    # A list or dict may change without being assigned, a nonlocal through any call.
    stored = {node.id for node in body if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)}
    methods = {node.value.id for node in body if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
    local_calls = any(isinstance(node, ast.Global | ast.Nonlocal) for node in body)
    return bool(tested) and not tested & (stored | methods) and not local_calls


def _is_endless(iterable: ast.expr) -> bool:
    if not isinstance(iterable, ast.Call):
        return False
    function = iterable.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    module = function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
    if name not in _ENDLESS or module != "itertools":
        return False
    return name != "repeat" or len(iterable.args) < 2
