"""Writes one HTML page on which a person looks at talks with their pictures and marks them right, wrong or corrected.

    python -m sightline.tools.mllm.talk.review --seed 7 --count 12 --out review.html [--marks marks.json]

The page needs no network: pictures are inside, marks are kept in the browser until "Download marks" saves them as
JSON, which `marks.py` reads. With `--marks`, earlier marks are applied first, so that what was rejected is not shown
again. Needs Pillow.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest, SightlineError
from .marks import marked, read_marks
from .said import Region, Talk
from .stream import Bundle, TalkRecipe, bundles

__all__ = ["main", "review_page"]

_STRIP = 8  # frames of a clip that are shown
_PAGE = Path(__file__).with_name("review.html")
_TINTS = ("#d33", "#36c", "#2a2", "#b3b", "#c80", "#099")


def review_page(shown: Iterable[Bundle]) -> str:
    """The page of these bundles."""
    sections, dropped, total = [], Counter[str](), 0
    for one in shown:
        dropped.update(one.dropped)
        total += len(one.talks)
        rows = "".join(_row(talk) for talk in one.talks)
        title = f"{html.escape(one.kind)} {one.seed}/{one.index}"
        sections.append(f"<section><h2>{title}</h2>{_pictures(one)}<table>{rows}</table></section>")
    counts = ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items())) or "none"
    page = _PAGE.read_text("utf-8")
    for slot, text in (
        ("@SECTIONS@", "".join(sections)),
        ("@TOTAL@", str(total)),
        ("@DROPPED@", html.escape(counts)),
    ):
        page = page.replace(slot, text)
    return page


def _row(talk: Talk) -> str:
    lines = []
    for turn in talk.turns:
        lines.append(f'<div class="q">{_boxed(turn.question, turn.given)}</div>')
        lines.append(f'<div class="a">{_boxed(turn.answer, turn.regions)}</div>')
    if talk.rejected is not None:
        lines.append(f'<div class="x">worse ({html.escape(talk.flaw or "")}): {html.escape(talk.rejected)}</div>')
    answer = html.escape(talk.turns[-1].answer, quote=True)
    buttons = "".join(f'<button data-verdict="{v}">{v}</button>' for v in ("right", "wrong", "corrected"))
    return (
        f'<tr data-id="{talk.id}"><td class="f">{html.escape(talk.family)}</td><td>{"".join(lines)}</td>'
        f'<td class="m">{buttons}<input value="{answer}" aria-label="corrected answer"></td></tr>'
    )


def _boxed(text: str, regions: Sequence[Region]) -> str:
    """The text with a chip for each box that it gives or points at; pointing at a row outlines them."""
    said = html.escape(text)
    chips = []
    for place, region in enumerate(regions):
        box = ",".join(f"{c:.1f}" for c in region.box)
        tint = _TINTS[place % len(_TINTS)]
        chips.append(
            f'<span class="r" data-picture="{region.picture}" data-box="{box}" style="border-color:{tint}">'
            f"thing {region.thing}</span>"
        )
    for chip in list(chips):
        if "&lt;region&gt;" in said:
            said = said.replace("&lt;region&gt;", chip, 1)
            chips.remove(chip)
    return said + "".join(f" {chip}" for chip in chips)


def _pictures(one: Bundle) -> str:
    if one.clip is not None:
        frames = one.clip.frames
        chosen = frames[np.linspace(0, len(frames) - 1, min(_STRIP, len(frames))).astype(int)]
        return '<div class="strip">' + "".join(_picture(pixels, 0) for pixels in chosen) + "</div>"
    shots = "".join(_picture(sample.pixels, number) for number, sample in enumerate(one.samples))
    return f'<div class="shots">{shots}</div>'


def _picture(pixels: NDArray[np.uint8], number: int) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    height, width = pixels.shape[:2]
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<figure data-picture="{number}" data-width="{width}" data-height="{height}">'
        f'<img alt="picture {number + 1}" width="{width}" src="data:image/jpeg;base64,{data}"></figure>'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    usual = TalkRecipe()
    parser = argparse.ArgumentParser(
        prog="python -m sightline.tools.mllm.talk.review", description="Write a page on which talks are judged."
    )
    parser.add_argument("--out", type=Path, required=True, help="the HTML file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first bundle of the stream")
    parser.add_argument("--count", type=int, default=12, help="of bundles")
    parser.add_argument("--clip-share", type=float, default=usual.clip_share)
    parser.add_argument("--pair-share", type=float, default=usual.pair_share)
    parser.add_argument("--marks", type=Path, default=None, help="marks to apply first")
    options = parser.parse_args(arguments)
    try:
        if options.count < 1:
            raise BadRequest(f"--count is at least 1, not {options.count}.")
        recipe = replace(usual, clip_share=options.clip_share, pair_share=options.pair_share)
        shown: Iterable[Bundle] = islice(bundles(options.seed, options.start, recipe), options.count)
        if options.marks is not None:
            shown = marked(shown, read_marks(options.marks))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(review_page(shown), "utf-8")
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Open {options.out} in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
