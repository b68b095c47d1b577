"""Makes scenes to look at or to learn from.

    python -m sightline.tools.mllm.scenes --count 12 --seed 7 --out DIR [--sheet FILE.png] [--plain-share 0.5]

`--out` writes pictures, maps and `scenes.json` in the published layout; `--sheet` one picture of all, boxes drawn (the
whole things red, their visible parts green).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ...errors import BadRequest, SightlineError
from .clevr import write_scenes
from .stream import Recipe, stream
from .truth import Sample

__all__ = ["main"]

_COLUMNS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sightline.tools.mllm.scenes", description="Make scenes to look at or to learn from."
    )
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first scene of the stream")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--plain-share", type=float, default=0.5, help="of scenes in the published look")
    parser.add_argument("--print-share", type=float, default=0.0, help="of scenes with printed words and numbers")
    parser.add_argument("--extra-shape-share", type=float, default=0.0, help="of things in further shapes")
    parser.add_argument(
        "--strange-share", type=float, default=0.0, help="each of patterned tables, backdrops and lamps"
    )
    parser.add_argument("--out", type=Path, default=None, help="folder for pictures, maps and scenes.json")
    parser.add_argument("--sheet", type=Path, default=None, help="one picture of all scenes")
    options = parser.parse_args(arguments)
    try:
        if options.out is None and options.sheet is None:
            raise BadRequest("Say where to: --out DIR, --sheet FILE.png or both.")
        if options.count < 1:
            raise BadRequest(f"--count is at least 1, not {options.count}.")
        recipe = Recipe(
            width=options.width,
            height=options.height,
            plain_share=options.plain_share,
            print_share=options.print_share,
            extra_shape_share=options.extra_shape_share,
            pattern_share=options.strange_share,
            backdrop_share=options.strange_share,
            lamp_share=options.strange_share,
        )
        samples = islice(stream(options.seed, options.start, recipe), options.count)
        if options.sheet is None:
            write_scenes(options.out, samples)
            return 0
        kept = list(samples)
        if options.out is not None:
            write_scenes(options.out, kept)
        _sheet(kept, options.sheet)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _sheet(samples: Sequence[Sample], path: Path) -> None:
    from PIL import Image, ImageDraw

    height, width = samples[0].pixels.shape[:2]
    columns = min(_COLUMNS, len(samples))
    sheet = Image.new("RGB", (columns * width, -(-len(samples) // columns) * height))
    for k, sample in enumerate(samples):
        picture = Image.fromarray(sample.pixels)
        draw = ImageDraw.Draw(picture)
        for box in sample.boxes:
            draw.rectangle([float(c) for c in box], outline=(200, 60, 60))
        for label in sample.labels:
            draw.polygon(label.quad, outline=(60, 200, 60) if label.legible else (200, 60, 60))
        for box in sample.visible_boxes:
            draw.rectangle([float(c) for c in box], outline=(60, 200, 60))
        sheet.paste(picture, (k % columns * width, k // columns * height))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


if __name__ == "__main__":
    sys.exit(main())
