"""The page that sums up a batch: counts, failures by class, queries with their programs, and rows to filter.

One file with no script and no request, like the other reports; the filters are radio buttons that the style sheet
listens to.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .report import template, write_page
from .wording import STATUS_WORDS, duration

if TYPE_CHECKING:
    from ..agent.batch.summary import Summary

__all__ = ["render_batch_page", "write_batch_page"]

_OPEN_QUERIES = 12  # the others are folded away
_TONES = {"answered": "good", "cannot_tell": "unsure"}


def write_batch_page(path: str | Path, results: str | Path) -> str:
    """Write the page of a batch's results, both by path or address; gives the place back.

    Raises:
        BadRequest, OutputFailed: when one of them cannot be used.
    """
    from ..agent.batch.places import Far, far_or_path
    from ..agent.batch.summary import summary_of

    html = render_batch_page(summary_of(results), name=far_or_path(results).name)
    target = far_or_path(path)
    if isinstance(target, Far):
        with TemporaryDirectory(prefix="sightline-") as folder:
            target.put(write_page(Path(folder) / "page.html", html))
    else:
        write_page(target, html)
    return str(target)


def render_batch_page(summary: Summary, *, name: str) -> str:
    """The page as HTML."""
    tally = summary.tally
    statuses = [
        {
            "name": status,
            "words": STATUS_WORDS.get(status, status),
            "count": count,
            "share": count / tally.rows,
            "tone": _TONES.get(status, "bad"),
        }
        for status, count in tally.statuses.most_common()
    ]
    failures = [
        {
            "status": status,
            "words": STATUS_WORDS.get(status, status),
            "failure": failure,
            "count": count,
            "reason": tally.reasons[status, failure],
        }
        for (status, failure), count in tally.failures.most_common()
    ]
    classes = {name: number for number, name in enumerate(dict.fromkeys(one["failure"] for one in failures))}
    facts = [
        ("rows", f"{tally.rows:,}"),
        ("planner", str(summary.facts.get("arguments", {}).get("planner", summary.facts.get("agent")))),
        ("profile", str(summary.facts.get("arguments", {}).get("profile", "embedded"))),
        ("expert calls", f"{tally.sums['expert_calls']:,}"),
        ("from memory", f"{tally.sums['cached_calls']:,}"),
        ("tokens", f"{tally.sums['tokens_in'] + tally.sums['tokens_out']:,}"),
        ("time in rows", duration(tally.sums["seconds"])),
        ("of it planning", duration(tally.sums["plan_seconds"])),
        ("of it experts", duration(tally.sums["expert_seconds"])),
    ]
    queries = sorted(summary.queries.items(), key=lambda item: (item[1].answered / item[1].rows, -item[1].rows))
    told = [
        {"text": text, "rows": share.rows, "answered": share.answered, "programs": sorted(share.programs)}
        for text, share in queries
    ]
    return template("batch.html.j2").render(
        name=name,
        manifest=Path(str(summary.facts.get("manifest", ""))).name,
        statuses=statuses,
        failures=failures,
        facts=facts,
        classes=classes,
        queries=told[:_OPEN_QUERIES],
        folded_queries=told[_OPEN_QUERIES:],
        more_queries=summary.more_queries,
        rows=[{**row, "media": Path(row["media"]).name} for row in summary.shown],
        hidden=tally.rows - len(summary.shown),
        tones=_TONES,
    )
