"""Judges calls: what a call gives, which expert it asks, and what is wrong with it.

The function and the arguments come with their types: nothing here looks into expressions.
"""

from __future__ import annotations

import ast

from .facts import Facts
from .findings import Findings
from .functions import OwnFunctions, own_call_problem
from .live import Arguments, Problem, call_problem, capability_of, likely_capability, result_of
from .types import ANY, Atom, Type, join
from .wording import in_words, spelt

__all__ = ["Calls"]

_CALLABLE = frozenset(("function", "class", "local", "module"))


class Calls:
    """The calls of one program.

    Args:
        functions: the program's own.
        findings: takes what is wrong.
        facts: takes which expert a call asks, and which of the program's own functions it calls.
        frames: how many frames of a video are sampled.
    """

    def __init__(self, *, functions: OwnFunctions, findings: Findings, facts: Facts, frames: int) -> None:
        self._functions = functions
        self._findings = findings
        self._facts = facts
        self._frames = frames

    def result(self, node: ast.Call, called: Type, arguments: Arguments) -> Type:
        """What the call gives, ANY where that is not known."""
        if called is None:
            if isinstance(node.func, ast.Attribute) and (capability := likely_capability(node.func.attr)):
                self._facts.capabilities.setdefault(id(node), capability)
            return ANY
        atoms = [atom for atom in called if atom.name != "None"]
        callables = [atom for atom in atoms if atom.name in _CALLABLE]
        if atoms and not callables:
            message = f"{spelt(node.func)} is {in_words(frozenset(atoms))} and cannot be called"
            self._findings.report(node, message, "leave out the ()")
            return ANY
        results: list[Type] = []
        problems: list[Problem | None] = []
        for atom in callables:
            if atom.name == "module":
                return ANY
            if atom.name == "local":
                self._facts.locals[id(node)] = atom.target
                problems.append(own_call_problem(atom.target, arguments))
                results.append(self._functions.result(atom.target))
            else:
                problem = call_problem(atom, arguments)
                problems.append(problem)
                results.append(self._api_result(node, atom, arguments, faulty=problem is not None))
        if problems and all(problems) and (problem := problems[0]):
            self._findings.report(node, problem.message, severity="error" if problem.certain else "warning")
        return join(results) if results else ANY

    def _api_result(self, node: ast.Call, atom: Atom, arguments: Arguments, *, faulty: bool) -> Type:
        capability = capability_of(atom)
        if capability:
            self._facts.capabilities[id(node)] = capability
        result = ANY if faulty or arguments.open else result_of(atom, arguments)
        count = self._frames_given(node, atom)
        if count is None or result is None:
            return result
        return frozenset(Atom(part.name, part.args, count) for part in result)

    def _frames_given(self, node: ast.Call, atom: Atom) -> int | None:
        """How many frames the call gives at most, None for calls that give something else."""
        match getattr(atom.target, "__qualname__", ""):
            case "VideoSegment.frame_iterator":
                return self._frames
            case "VideoSegment.sample":
                asked = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                return min(asked, self._frames) if isinstance(asked, int) else self._frames
        return None
