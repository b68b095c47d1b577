"""How fast scenes are rendered: pictures per second on one core, by size.

    python benchmarks/renderer.py [--json FILE] [--pictures N]

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
from pathlib import Path
from typing import Any

from sightline.tools.mllm.scenes.stream import Recipe, sample

SIZES = ((160, 120), (224, 168), (320, 240), (480, 360))


def measure(width: int, height: int, plain_share: float, pictures: int) -> dict[str, Any]:
    """Render `pictures` scenes of one kind, after one that is not counted."""
    recipe = Recipe(width=width, height=height, plain_share=plain_share)
    sample(0, 0, recipe)
    wall, busy, things = time.perf_counter(), time.process_time(), 0
    for index in range(pictures):
        things += len(sample(1, index, recipe).things)
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return {
        "metric": "pictures per second and core",
        "size": [width, height],
        "look": "plain" if plain_share == 1 else "varied",
        "n": pictures,
        "things_per_picture": round(things / pictures, 2),
        "value": round(pictures / busy, 2),
        "milliseconds": round(1000 * busy / pictures, 1),
        "wall_seconds": round(wall, 2),
    }


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
    options = parser.parse_args(arguments)
    rows = []
    for width, height in SIZES:
        for share in (1.0, 0.0):
            row = measure(width, height, share, options.pictures)
            rows.append(row)
            print(f"{width} x {height} {row['look']:7} {row['value']:7.1f} pictures/s {row['milliseconds']:7.1f} ms")
    if options.json is not None:
        options.json.write_text(json.dumps({**circumstances(), "rows": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
