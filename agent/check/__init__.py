"""The check before running: what is sure to fail, and what the program will ask for.

Everything it knows about the program API it reads from the live classes, and what the sandbox refuses it asks the
sandbox's own compiler. An error is certain: the line fails if it is reached. What is only doubtful is a warning. It
does not run anything and does not judge whether the program answers the question.

How the parts fit: `structure`, with `names` and `loops`, judges what needs no types. `infer` goes through the program
until the types settle: `statements` calls `expressions`, which infers the types and hands them to `uses` and `calls`,
and these judge them by `values`, `live` (the API) and `functions` (the program's own); `builtin_calls` knows Python's.
Names stand in `scopes`, what is wrong goes to `findings`, what `cost` estimates from goes to `facts`. `given` is what
every program finds, `types` the types themselves, `wording` how messages name things, `report` the outcome.
"""

from __future__ import annotations

from ...prompts.request import MediaKind
from ..source import parse
from .cost import estimated_calls
from .infer import infer
from .report import Issue, Report, Severity
from .structure import structure_issues

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
        inferred = infer(tree, kind=media_kind, frames=video_samples or _SAMPLES)
        calls = estimated_calls(tree, inferred.facts)
    except SyntaxError as error:
        return _refused(Issue(line=error.lineno or 0, message=f"not valid Python: {error.msg}"))
    except (RecursionError, MemoryError):
        return _refused(Issue(line=0, message="the program is nested too deeply"))
    except ValueError as error:
        return _refused(Issue(line=0, message=f"not valid Python: {error}"))
    issues += inferred.issues
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
        capabilities=frozenset(inferred.facts.capabilities.values()),
    )


def _refused(issue: Issue) -> Report:
    return Report(issues=(issue,), estimated_calls=0, capabilities=frozenset())
