"""Makes clips to look at or to learn from.

python -m sightline.tools.mllm.clips --count 4 --seed 7 --out DIR [--mp4] [--width 160 --height 120]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ...errors import SightlineError
from .clip import ClipRecipe, clips
from .files import write_clips

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    usual = ClipRecipe()
    parser = argparse.ArgumentParser(
        prog="python -m sightline.tools.mllm.clips", description="Make clips of things that move on a table."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for frames, tracks and events")
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first clip of the stream")
    parser.add_argument("--width", type=int, default=usual.scene.width)
    parser.add_argument("--height", type=int, default=usual.scene.height)
    parser.add_argument("--fps", type=int, default=usual.fps)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--print-share", type=float, default=0.0)
    parser.add_argument("--extra-shape-share", type=float, default=0.0)
    parser.add_argument("--mp4", action="store_true", help="needs PyAV")
    options = parser.parse_args(arguments)
    try:
        scene = replace(
            usual.scene,
            width=options.width,
            height=options.height,
            print_share=options.print_share,
            extra_shape_share=options.extra_shape_share,
        )
        recipe = ClipRecipe(scene=scene, fps=options.fps, seconds=options.seconds)
        written = write_clips(
            options.out, islice(clips(options.seed, options.start, recipe), max(options.count, 0)), mp4=options.mp4
        )
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{written} clips in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
