"""Follows the types of a program's values and reports what must fail: unknown attributes, wrong calls, wrong loops.

The inference is blind to order: a variable may be all that is ever assigned to it. It is repeated until nothing
changes and then once more to report. A value that could be anything is never reported; a fault that a `try` may be
there to catch becomes a warning. What is seen on the way (which calls ask experts, how long loops are) is kept for
the estimate of the cost.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .builtin_calls import builtin_result, element_of, keyed_by
from .live import (
    MISSING,
    PYTHON_METHODS,
    Arguments,
    attribute_names,
    attribute_of,
    call_problem,
    capability_of,
    given_values,
    in_words,
    likely_capability,
    result_of,
)
from .report import Issue, Severity
from .scopes import Scope
from .structure import near
from .types import ANY, API_CLASSES, Atom, Type, join, just, named
from .values import (
    arithmetic,
    asks_type,
    attributes_made,
    imported,
    instead,
    item,
    local_problem,
    size_of,
    spelt,
    unpacked,
    yields,
)

__all__ = ["Facts", "Inference"]

_MOST_PASSES = 8
_CHANGING = frozenset(("append", "extend", "insert", "add", "update", "setdefault"))
_PATCH = frozenset((Atom("ImagePatch"),))
_API_ATTRIBUTES = frozenset(name for cls in API_CLASSES for name in attribute_names(Atom(cls)))


@dataclass(slots=True)
class Facts:
    """What the inference saw, by `id` of the syntax node.

    Attributes:
        capabilities: of the calls that ask experts.
        sizes: how many times a loop, comprehension or key function is gone through, where that is known.
        locals: the program's own function that a call calls.
    """

    capabilities: dict[int, str] = field(default_factory=dict)
    sizes: dict[int, int | None] = field(default_factory=dict)
    locals: dict[int, ast.FunctionDef] = field(default_factory=dict)


class Inference:
    """One run over one program.

    Args:
        tree: the program.
        inputs: gives the types of the parameters of `execute_command`.
        frames: how many frames of a video are sampled.
    """

    def __init__(self, tree: ast.Module, *, inputs: Callable[[ast.FunctionDef], dict[str, Type]], frames: int) -> None:
        self.facts = Facts()
        self.issues: dict[tuple[int, str], Issue] = {}
        self._tree = tree
        self._inputs = inputs
        self._frames = frames
        self._scopes: dict[int, Scope] = {}
        self._lambda_elements: dict[int, Type] = {}
        self._returns: dict[int, Type] = {}
        self._changed = False
        self._reporting = False
        self._guards = 0
        self._generators = {id(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and yields(node)}
        self._own_attributes = set(attributes_made(tree))
        self._shared = {
            name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
        }

    def run(self, module_names: dict[str, Type]) -> None:
        """Infer until nothing changes, then report."""
        given = Scope(None)
        given.names.update(module_names)
        given.names.update(given_values())
        module = Scope(given)
        for _ in range(_MOST_PASSES):
            self._changed = False
            self._block(self._tree.body, module)
            if not self._changed:
                break
        else:
            return  # the types do not settle: nothing can be said for certain
        self._reporting = True
        self._block(self._tree.body, module)

    # -- statements --

    def _block(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.FunctionDef():
                self._function(node, scope)
            case ast.ClassDef():
                self._bind_name(scope, node.name, ANY)
                body = self._scope(node, scope)
                body.of_class = True
                self._block(node.body, body)
            case ast.Assign():
                value = self._expr(node.value, scope)
                for target in node.targets:
                    self._bind(target, value, scope)
            case ast.AnnAssign():
                if node.value is not None:
                    self._bind(node.target, self._expr(node.value, scope), scope)
            case ast.AugAssign():
                value = self._expr(node.value, scope)
                if isinstance(node.target, ast.Name):
                    before = scope.find(node.target.id)
                    self._bind(node.target, arithmetic(node.op, before, value), scope)
                else:
                    self._bind(node.target, ANY, scope)
            case ast.For():
                self._loop(node.target, node.iter, node, scope)
                self._block(node.body, scope)
                self._block(node.orelse, scope)
            case ast.While():
                self._truth(node.test, scope)
                self._block(node.body, scope)
                self._block(node.orelse, scope)
            case ast.If():
                self._truth(node.test, scope)
                # Code that asks what a value is knows more than we do.
                self._guards += (asks := asks_type(node.test))
                self._block(node.body, scope)
                self._block(node.orelse, scope)
                self._guards -= asks
            case ast.Return():
                if node.value is not None:
                    self._record_return(scope, self._expr(node.value, scope))
            case ast.Try():
                self._guards += bool(node.handlers)
                self._block(node.body, scope)
                self._guards -= bool(node.handlers)
                for handler in node.handlers:
                    if handler.name:
                        self._bind_name(scope, handler.name, ANY)
                    self._block(handler.body, scope)
                self._block(node.orelse, scope)
                self._block(node.finalbody, scope)
            case ast.With():
                for item in node.items:
                    self._expr(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, ANY, scope)
                self._block(node.body, scope)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self._bind_name(scope, alias.asname or alias.name.partition(".")[0], imported(node, alias))
            case ast.Match():
                self._expr(node.subject, scope)
                for case in node.cases:
                    for part in ast.walk(case.pattern):
                        captured = getattr(part, "name", None) or getattr(part, "rest", None)
                        if isinstance(captured, str):
                            self._bind_name(scope, captured, ANY)
                    if case.guard is not None:
                        self._expr(case.guard, scope)
                    self._guards += 1
                    self._block(case.body, scope)
                    self._guards -= 1
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expr(child, scope)

    def _function(self, node: ast.FunctionDef, scope: Scope) -> None:
        self._bind_name(scope, node.name, frozenset((Atom("local", target=node),)) if not node.decorator_list else ANY)
        inner = self._scope(node, scope)
        inputs = self._inputs(node)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            self._bind_name(inner, argument.arg, inputs.get(argument.arg, ANY))
        for star in (node.args.vararg, node.args.kwarg):
            if star is not None:
                self._bind_name(inner, star.arg, ANY)
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
            self._expr(default, scope)
        guards, self._guards = self._guards, 0
        self._block(node.body, inner)
        self._guards = guards

    def _record_return(self, scope: Scope, value: Type) -> None:
        key = next((key for key, known in self._scopes.items() if known is scope), None)
        if key in self._generators:
            value = ANY  # what a call gives is the generator, not what it returns at its end
        if key is not None:
            self._returns[key] = join((self._returns.get(key, frozenset()), value))

    def _loop(
        self, target: ast.expr, iterable: ast.expr, owner: ast.AST, scope: Scope, *, into: Scope | None = None
    ) -> None:
        kind = self._expr(iterable, scope)
        self.facts.sizes[id(owner)] = size_of(kind)
        self._bind(target, self._element(kind, iterable), into or scope)

    def _element(self, kind: Type, node: ast.expr) -> Type:
        """What one gets by going over a value."""
        if kind is None:
            return ANY
        elements = [element_of(atom) for atom in kind]
        usable = [element for element in elements if not isinstance(element, str)]
        if elements and not usable:
            advice = "loop over its frame_iterator()" if any(atom.name == "VideoSegment" for atom in kind) else None
            if advice is None and any(atom.name == "function" for atom in kind):
                advice = "call it: add ()"
            self._report(node, f"{in_words(kind)} cannot be looped over", advice)
        return join(usable) if usable else ANY

    # -- binding --

    def _scope(self, node: ast.AST, parent: Scope) -> Scope:
        if id(node) not in self._scopes:
            self._scopes[id(node)] = Scope(parent)
        return self._scopes[id(node)]

    def _bind_name(self, scope: Scope, name: str, kind: Type) -> None:
        if name in self._shared:
            kind = ANY
        before = scope.names.get(name, frozenset())
        after = join((before, kind))
        if name not in scope.names or after != before:
            scope.names[name] = after
            self._changed = True

    def _bind(self, target: ast.expr, kind: Type, scope: Scope) -> None:
        match target:
            case ast.Name():
                self._bind_name(scope, target.id, kind)
            case ast.Starred():
                self._bind(target.value, named("list", ANY), scope)
            case ast.Tuple() | ast.List():
                for index, part in enumerate(target.elts):
                    self._bind(part, unpacked(kind, index, target), scope)
            case ast.Subscript():
                self._expr(target.value, scope)
                self._expr(target.slice, scope)
                self._loosen(target.value, scope)
            case ast.Attribute():
                self._expr(target.value, scope)

    def _loosen(self, node: ast.expr, scope: Scope) -> None:
        """A container that is changed in place may hold anything from then on."""
        if isinstance(node, ast.Name):
            kind = scope.find(node.id)
            for atom in kind or ():
                if atom.name in ("list", "dict", "set"):
                    self._bind_name(scope.owner(node.id), node.id, named(atom.name, *(ANY for _ in atom.args)))

    # -- expressions --

    def _expr(self, node: ast.expr, scope: Scope) -> Type:
        match node:
            case ast.Constant():
                return just(node.value)
            case ast.Name():
                return scope.find(node.id)
            case ast.NamedExpr():
                value = self._expr(node.value, scope)
                self._bind(node.target, value, scope)
                return value
            case ast.Attribute():
                return self._attribute(node, scope)
            case ast.Call():
                return self._call(node, scope)
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.List() | ast.Set() | ast.Tuple():
                return self._display(node, scope)
            case ast.Dict():
                for part in [*node.keys, *node.values]:
                    if part is not None:
                        self._expr(part, scope)
                return named("dict", ANY, ANY, size=len(node.values))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Lambda():
                inner = self._scope(node, scope)
                for position, argument in enumerate([*node.args.posonlyargs, *node.args.args]):
                    element = self._lambda_elements.get(id(node), ANY) if position == 0 else ANY
                    self._bind_name(inner, argument.arg, element)
                self._expr(node.body, inner)
                return ANY
            case ast.BoolOp():
                self._guards += (asks := asks_type(node))
                kinds = [self._expr(value, scope) for value in node.values]
                self._guards -= asks
                return join(kinds)
            case ast.UnaryOp():
                if isinstance(node.op, ast.Not):
                    self._truth(node.operand, scope)
                    return named("bool")
                operand = self._expr(node.operand, scope)
                self._no_operand(operand, node.operand)
                return operand if operand and all(atom.name in ("int", "float") for atom in operand) else ANY
            case ast.BinOp():
                left, right = self._expr(node.left, scope), self._expr(node.right, scope)
                if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Pow):
                    self._no_operand(left, node.left)
                    self._no_operand(right, node.right)
                return arithmetic(node.op, left, right)
            case ast.Compare():
                sides = [self._expr(side, scope) for side in (node.left, *node.comparators)]
                for index, op in enumerate(node.ops):
                    if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                        for side in (index, index + 1):
                            self._no_operand(sides[side], (node.left, *node.comparators)[side])
                known = all(side is not None for side in sides)
                return named("bool") if known else ANY
            case ast.IfExp():
                self._truth(node.test, scope)
                self._guards += (asks := asks_type(node.test))
                branches = self._expr(node.body, scope), self._expr(node.orelse, scope)
                self._guards -= asks
                return join(branches)
            case ast.JoinedStr():
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        self._expr(part.value, scope)
                return named("str")
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expr(child, scope)
                return ANY

    def _display(self, node: ast.List | ast.Set | ast.Tuple, scope: Scope) -> Type:
        kinds = [self._expr(part, scope) for part in node.elts]
        starred = any(isinstance(part, ast.Starred) for part in node.elts)
        size = None if starred else len(kinds)
        if isinstance(node, ast.Tuple) and not starred:
            return named("tuple", *kinds, size=size)
        elements = ANY if starred or not kinds else join(kinds)
        return named("set" if isinstance(node, ast.Set) else "list", elements, size=size)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> Type:
        inner = self._scope(node, scope)
        sizes = []
        for index, generator in enumerate(node.generators):
            self._loop(generator.target, generator.iter, generator, inner if index else scope, into=inner)
            sizes.append(None if generator.ifs else self.facts.sizes[id(generator)])
            for condition in generator.ifs:
                self._truth(condition, inner)
        if isinstance(node, ast.DictComp):
            self._expr(node.key, inner)
            self._expr(node.value, inner)
            return named("dict", ANY, ANY)
        element = self._expr(node.elt, inner)
        name = {"ListComp": "list", "SetComp": "set"}.get(type(node).__name__, "iterator")
        return named(name, element, size=sizes[0] if len(sizes) == 1 else None)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Type:
        kind = self._expr(node.value, scope)
        if kind is None:
            known = node.attr in PYTHON_METHODS | _API_ATTRIBUTES or node.attr in self._own_attributes
            close = None if known or node.attr.startswith("_") else near(node.attr, _API_ATTRIBUTES)
            if close:
                self._report(node, f"attribute {node.attr} may not exist", close, severity="warning")
            return ANY
        possible = [atom for atom in kind if atom.name != "None"]
        found = [attribute_of(atom, node.attr) for atom in possible]
        there = [kind for kind in found if not isinstance(kind, type(MISSING))]
        if possible and not there:
            self._report(
                node, f"{in_words(frozenset(possible))} has no attribute {node.attr}", instead(possible, node.attr)
            )
        return join(there) if there else ANY  # type: ignore[arg-type]

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Type:
        kind = self._expr(node.value, scope)
        self._expr(node.slice, scope)
        if kind is None:
            return ANY
        results: list[Type] = []
        possible = [atom for atom in kind if atom.name != "None"]
        for atom in possible:
            if atom.name in ("list", "tuple", "str", "dict", "bytes"):
                results.append(item(atom, node.slice))
            elif atom.name in ("module", "class", "local"):
                return ANY
        if possible and not results:
            advice = None
            if any(atom.name == "VideoSegment" for atom in possible):
                advice = "use frame_from_index(i)"
            elif any(atom.name == "iterator" for atom in possible):
                advice = "make a list of it first"
            elif any(atom.name == "function" for atom in possible):
                advice = "call it: use ()"
            self._report(node, f"{in_words(frozenset(possible))} cannot be indexed", advice)
        return join(results) if results else ANY

    def _call(self, node: ast.Call, scope: Scope) -> Type:
        called = self._expr(node.func, scope)
        lambdas = [part for part in [*node.args, *(k.value for k in node.keywords)] if isinstance(part, ast.Lambda)]
        positional = [ANY if isinstance(part, ast.Lambda) else self._expr(part, scope) for part in node.args]
        keywords = {
            keyword.arg: ANY if isinstance(keyword.value, ast.Lambda) else self._expr(keyword.value, scope)
            for keyword in node.keywords
            if keyword.arg is not None
        }
        starred = any(isinstance(part, ast.Starred) for part in node.args) or len(keywords) < len(node.keywords)
        arguments = Arguments(positional, keywords, starred)
        receiver = self._receiver(node, scope)
        over = keyed_by(node, positional, receiver)
        for part in lambdas:
            self._lambda_elements[id(part)] = self._element(over, node) if over else ANY
            self.facts.sizes[id(part)] = size_of(over)
            self._expr(part, scope)
        for keyword in node.keywords:
            if keyword.arg is None:
                self._expr(keyword.value, scope)
        if isinstance(node.func, ast.Name) and not scope.holds(node.func.id):
            return builtin_result(node.func.id, positional, keywords)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            self._loosen(node.func.value, scope)
        return self._called(node, called, arguments)

    def _receiver(self, node: ast.Call, scope: Scope) -> Type:
        # Only names: anything else was visited already and would be reported twice at the cost of exponential time.
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return scope.find(node.func.value.id)
        return ANY

    def _called(self, node: ast.Call, called: Type, arguments: Arguments) -> Type:
        if called is None:
            if isinstance(node.func, ast.Attribute) and (capability := likely_capability(node.func.attr)):
                self.facts.capabilities.setdefault(id(node), capability)
            return ANY
        atoms = [atom for atom in called if atom.name != "None"]
        callable_atoms = [atom for atom in atoms if atom.name in ("function", "class", "local", "module")]
        if atoms and not callable_atoms:
            self._report(
                node, f"{spelt(node.func)} is {in_words(frozenset(atoms))} and cannot be called", "leave out the ()"
            )
            return ANY
        results: list[Type] = []
        problems = []
        for atom in callable_atoms:
            if atom.name == "module":
                return ANY
            if atom.name == "local":
                problems.append(local_problem(atom.target, arguments))
                self.facts.locals[id(node)] = atom.target
                results.append(self._returns.get(id(atom.target), ANY))
                continue
            capability = capability_of(atom)
            if capability:
                self.facts.capabilities[id(node)] = capability
            problem = call_problem(atom, arguments)
            problems.append(problem)
            result = result_of(atom, arguments) if problem is None and not arguments.open else ANY
            results.append(self._with_frames(atom, node, result))
        if problems and all(problems) and (problem := problems[0]):
            self._report(node, problem.message, severity="error" if problem.certain else "warning")
        return join(results) if results else ANY

    def _with_frames(self, atom: Atom, node: ast.Call, result: Type) -> Type:
        """The result of a call that gives frames, with how many there are at most."""
        count: int | None = None
        if getattr(atom.target, "__qualname__", "") == "VideoSegment.frame_iterator":
            count = self._frames
        elif getattr(atom.target, "__qualname__", "") == "VideoSegment.sample":
            asked = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            count = min(asked, self._frames) if isinstance(asked, int) else self._frames
        if count is None or result is None:
            return result
        return frozenset(Atom(part.name, part.args, count) for part in result)

    # -- reports --

    def _truth(self, node: ast.expr, scope: Scope) -> None:
        kind = self._expr(node, scope)
        if kind and all(atom.name == "function" for atom in kind):
            self._report(
                node, f"{spelt(node)} is a method, which is always true", "call it: add ()", severity="warning"
            )

    def _no_operand(self, kind: Type, node: ast.expr) -> None:
        if not kind:
            return
        if all(atom.name == "function" for atom in kind):
            self._report(node, f"{spelt(node)} is a method, not its result", "call it: add ()")
        elif all(atom.name in API_CLASSES for atom in kind):
            advice = "use one of its attributes, such as horizontal_center" if kind & _PATCH else None
            self._report(node, f"{in_words(kind)} cannot be calculated with or compared", advice)

    def _report(
        self, node: ast.AST, message: str, suggestion: str | None = None, *, severity: Severity = "error"
    ) -> None:
        if not self._reporting:
            return
        line = getattr(node, "lineno", 0)
        if self._guards:
            severity = "warning"
        key = (line, message)
        if key not in self.issues or severity == "error":
            self.issues[key] = Issue(line=line, message=message, suggestion=suggestion, severity=severity)
