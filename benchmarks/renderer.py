"""How fast scenes and clips are rendered, and talks about them made: pictures, frames and talks per second on one core.

    python benchmarks/renderer.py [--json FILE] [--pictures N] [--clips N]

Counts processor time of this one process (set OMP_NUM_THREADS=1), so that other work on the machine disturbs the
figures less; layout, ground truth and rendering are all included. Wall time stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sightline.tools.mllm.clips.clip import ClipRecipe, clip
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.talk.stream import TalkRecipe, bundle

SIZES = ((160, 120), (224, 168), (320, 240), (480, 360))
CLIP_SIZES = ((160, 120), (224, 168))
LOOKS: dict[str, dict[str, float]] = {
    "plain": {"plain_share": 1.0},
    "varied": {"plain_share": 0.0},
    "printed": {"plain_share": 0.5, "print_share": 1.0},
    "shapes": {"plain_share": 0.5, "extra_shape_share": 0.5},
    "strange": {"plain_share": 0.0, "pattern_share": 1.0, "backdrop_share": 1.0, "lamp_share": 1.0},
}


def measure(width: int, height: int, look: str, pictures: int) -> dict[str, Any]:
    """Render `pictures` scenes of one kind, after one that is not counted."""
    recipe = Recipe(width=width, height=height, **LOOKS[look])
    sample(0, 0, recipe)
    wall, busy, things = time.perf_counter(), time.process_time(), 0
    for index in range(pictures):
        things += len(sample(1, index, recipe).things)
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return {
        "metric": "pictures per second and core",
        "size": [width, height],
        "look": look,
        "n": pictures,
        "things_per_picture": round(things / pictures, 2),
        "value": round(pictures / busy, 2),
        "milliseconds": round(1000 * busy / pictures, 1),
        "wall_seconds": round(wall, 2),
    }


def measure_clips(width: int, height: int, drifting: bool, count: int) -> dict[str, Any]:
    """Film `count` clips, physics and layout included, after one that is not counted."""
    recipe = ClipRecipe(
        scene=replace(ClipRecipe().scene, width=width, height=height), moving_camera_share=float(drifting)
    )
    clip(0, 0, recipe)
    wall, busy, frames = time.perf_counter(), time.process_time(), 0
    for index in range(count):
        frames += len(clip(1, index, recipe).frames)
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return {
        "metric": "frames per second and core",
        "size": [width, height],
        "camera": "drifting" if drifting else "at rest",
        "n": count,
        "frames": frames,
        "value": round(frames / busy, 2),
        "milliseconds": round(1000 * busy / frames, 1),
        "wall_seconds": round(wall, 2),
    }


def measure_talks(count: int) -> dict[str, Any]:
    """Make bundles of small pictures; what rendering them alone costs is taken off."""
    scene = Recipe(width=64, height=48, print_share=0.6)
    recipe = TalkRecipe(scene=scene, pair_share=0.0, clip_share=0.0)
    bundle(0, 0, recipe)
    started = time.process_time()
    for index in range(count):
        sample(1, index, scene)
    rendered, talks = time.process_time(), 0
    for index in range(count):
        talks += len(bundle(1, index, recipe).talks)
    busy = (time.process_time() - rendered) - (rendered - started)
    return {"metric": "talks per second and core", "n": talks, "bundles": count, "value": round(talks / busy, 1)}


def circumstances() -> dict[str, Any]:
    """What the figures depend on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "hardware": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit.stdout.strip(),
        "command": " ".join([Path(sys.executable).name, *sys.argv]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--pictures", type=int, default=30, help="per size and look")
    parser.add_argument("--clips", type=int, default=6, help="per size and camera")
    options = parser.parse_args(arguments)
    rows = []
    for width, height in SIZES:
        for look in LOOKS:
            row = measure(width, height, look, options.pictures)
            rows.append(row)
            print(f"{width} x {height} {look:8} {row['value']:7.1f} pictures/s {row['milliseconds']:7.1f} ms")
    for width, height in CLIP_SIZES:
        for drifting in (False, True):
            row = measure_clips(width, height, drifting, options.clips)
            rows.append(row)
            speed = f"{row['value']:7.1f} frames/s {row['milliseconds']:7.1f} ms"
            print(f"{width} x {height} camera {row['camera']:8} {speed}")
    rows.append(measure_talks(options.pictures))
    print(f"{rows[-1]['value']:.0f} talks/s")
    if options.json is not None:
        options.json.write_text(json.dumps({**circumstances(), "rows": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
