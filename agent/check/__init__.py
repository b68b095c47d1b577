"""The check before running: what is sure to fail, and what the program will ask for.

Everything it knows about the program API it reads from the live classes, and what the sandbox refuses it asks the
sandbox's own compiler. An error is certain: the line fails if it is reached. What is only doubtful is a warning. It
does not run anything and does not judge whether the program answers the question.
"""

from __future__ import annotations

import ast

from ...prompts.request import MediaKind
from ..source import parse
from .cost import estimated_calls
from .infer import Inference
from .report import Issue, Report, Severity
from .structure import FUNCTION, MODULES, structure_issues
from .types import Type, join, named

__all__ = ["Issue", "Report", "Severity", "check_program"]

_MOST_CHARACTERS = 100_000
_SAMPLES = 30  # frames of a video that are sampled when nobody says
_MANY_CALLS = 300


def check_program(source: str, *, media_kind: MediaKind = "image", video_samples: int | None = None) -> Report:
    """Check a program without running it.

    Args:
        source: the program.
        media_kind: what its first parameter is.
        video_samples: how many frames of the video it will see, for the estimate.
    """
    if len(source) > _MOST_CHARACTERS:
        return _refused(Issue(line=0, message=f"the program is longer than {_MOST_CHARACTERS} characters"))
    try:
        tree = parse(source)
        issues = structure_issues(source, tree)
        inference = _infer(tree, media_kind, video_samples or _SAMPLES)
        calls = estimated_calls(tree, inference.facts)
    except SyntaxError as error:
        return _refused(Issue(line=error.lineno or 0, message=f"not valid Python: {error.msg}"))
    except (RecursionError, MemoryError):
        return _refused(Issue(line=0, message="the program is nested too deeply"))
    except ValueError as error:
        return _refused(Issue(line=0, message=f"not valid Python: {error}"))
    issues += inference.issues.values()
    if calls > _MANY_CALLS:
        issues.append(
            Issue(
                line=0,
                message=f"the program may ask experts about {calls} times",
                suggestion="ask fewer frames, or keep an answer instead of asking again",
                severity="warning",
            )
        )
    return Report(
        issues=tuple(sorted(issues, key=lambda issue: (issue.line, issue.message))),
        estimated_calls=calls,
        capabilities=frozenset(inference.facts.capabilities.values()),
    )


def _refused(issue: Issue) -> Report:
    return Report(issues=(issue,), estimated_calls=0, capabilities=frozenset())


def _infer(tree: ast.Module, kind: MediaKind, samples: int) -> Inference:
    media = named("ImagePatch") if kind == "image" else named("VideoSegment")
    answers = join((named("list", named("str")), named("None")))
    by_name: dict[str, Type] = {"possible_answers": answers, "query": named("str"), "images": named("list", media)}

    def inputs(function: ast.FunctionDef) -> dict[str, Type]:
        # Only the function that is called with the inputs has known parameters.
        if function.name != FUNCTION or function not in tree.body:
            return {}
        names = [argument.arg for argument in function.args.args]
        given = {name: kind for name, kind in {**by_name, **_api_names()}.items() if name in names}
        if names and names[0] not in given:
            given[names[0]] = media
        return given

    inference = Inference(tree, inputs=inputs, frames=samples)
    modules: dict[str, Type] = {name: named("module") for name in (*MODULES, "np")}
    inference.run({**modules, **by_name, kind: media})
    return inference


def _api_names() -> dict[str, Type]:
    """Published programs take the API itself as parameters."""
    from .live import given_values

    return dict(given_values())
