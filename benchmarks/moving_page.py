"""The part of docs/video.md that says how questions about generated clips are answered, from what was measured.

    python benchmarks/moving_page.py

Reads `moving_true_detections.json` and `moving_embedded.json` of `results/`, as `python -m sightline.agent.eval.moving`
writes them, and writes the table between the two marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "video.md"
MARKS = "<!-- measured: python benchmarks/moving_page.py -->", "<!-- end of what is measured of clips -->"
ABOUT = {
    "at_a_moment": "what is to be seen at a moment",
    "behind_others": "what goes behind other things",
    "compares": "which of two is longer, earlier, faster",
    "counts_over_time": "how many over time",
    "direction": "which way",
    "does_it": "whether something happens",
    "facts": "facts of the file",
    "shown_text": "text that is shown",
    "speech": "what is said",
    "throughout": "always, ever, mostly",
    "when": "when, how long, how often",
    "which_of_them": "which of the options",
    "which_track": "first, last, fastest",
    "while_said": "what is seen while something is said",
}


def table(true: dict[str, Any], embedded: dict[str, Any]) -> str:
    """Accuracy by family, with the truth in the experts' place and with the embedded experts."""

    def cell(one: dict[str, Any]) -> str:
        return f"{one['accuracy']:.1%} of {one['n']}"

    rows = ["| questions | true detections and speech | embedded experts |", "| --- | ---: | ---: |"]
    for family in sorted(true["families"]):
        seen = embedded["families"].get(family)
        rows.append(f"| {ABOUT[family]} | {cell(true['families'][family])} | {cell(seen) if seen else ''} |")
    whole = (f"**{one['accuracy']:.1%}** of {one['questions']} about {one['clips']} clips" for one in (true, embedded))
    rows.append(f"| all | {' | '.join(whole)} |")
    return "\n".join(rows)


def main() -> None:
    true, embedded = (
        json.loads((ROOT / "benchmarks" / "results" / f"moving_{name}.json").read_text("utf-8"))
        for name in ("true_detections", "embedded")
    )
    page = PAGE.read_text("utf-8")
    start, end = (page.index(mark) for mark in MARKS)
    PAGE.write_text(f"{page[: start + len(MARKS[0])]}\n\n{table(true, embedded)}\n\n{page[end:]}", "utf-8")


if __name__ == "__main__":
    main()
