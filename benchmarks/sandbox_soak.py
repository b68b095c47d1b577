"""Runs thousands of programs through one sandbox, a tenth of them hostile, and looks for what leaks over time.

    python benchmarks/sandbox_soak.py [--programs 20000] [--threads 8] [--json FILE]

Counts wrong answers of the honest programs, hostile ones that were not contained, and compares processes, descriptors
and resident memory at the end with those after a warm-up.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sightline.sandbox import Limits, Sandbox, SandboxSettings
from sightline.tools.api import ImageRef

IMAGE = ImageRef.whole("0" * 64, 640, 480)
HONEST = [
    "result = sum(i * i for i in range({n}))",
    "def execute_command(image):\n    return [p.left + {n} for p in image.find('cup')]",
    "def execute_command(image):\n    return image.simple_query('how many?'), {n}",
    "import math\nresult = math.isqrt({n}), 'a' * ({n} % 7)",
    "words = ['b', 'a', 'c'] * ({n} % 5)\nresult = sorted(words), len(words)",
]
HOSTILE = [
    "while True:\n    pass",
    "x = 'a' * 10 ** 10",
    "import os",
    "result = ().__class__",
    "def f(): return f()\nf()",
    "while True:\n    print('A' * 1000)",
    "while True:\n    image.simple_query('x')",
    "result = lambda: 1",
    "x = []\nwhile True:\n    x.append('a' * 10 ** 6)",
    "f = iter([])\nfor i in range(10 ** 6):\n    f = filter(None, f)\nresult = list(f)",
]


class StubRuntime:
    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        if capability == "detect":
            return [{"box": [10, 10, 60, 50], "label": "cup", "confidence": 0.9, "mask": None}]
        return {"text": "four", "confidence": 0.9}


def expected(kind: int, n: int) -> Any:
    match kind:
        case 0:
            return sum(i * i for i in range(n))
        case 1:
            return [10 + n]
        case 2:
            return ("four", n)
        case 3:
            import math

            return (math.isqrt(n), "a" * (n % 7))
    words = ["b", "a", "c"] * (n % 5)
    return (sorted(words), len(words))


def state() -> dict[str, float]:
    gc.collect()
    children = sum(len((task / "children").read_text().split()) for task in Path("/proc/self/task").iterdir())
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "processes": children,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "resident_mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 2),
    }


def helper_state(pid: int) -> dict[str, int]:
    facts = Path(f"/proc/{pid}/status").read_text()
    resident = next(line for line in facts.splitlines() if line.startswith("VmRSS"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    try:
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:  # the helper cannot be looked into by its own user
        descriptors = -1
    return {"helper_resident_kb": int(resident.split()[1]), "workers": len(children), "helper_descriptors": descriptors}


def soak(sandbox: Sandbox, programs: int, threads: int) -> dict[str, Any]:
    limits = Limits(wall_s=0.5, cpu_s=2, memory_mb=128, calls=50, output_chars=20_000)
    honest_limits = Limits(wall_s=60.0, cpu_s=2, memory_mb=128)
    numbers = iter(range(programs))
    lock = threading.Lock()
    found: dict[str, Any] = {"honest": 0, "hostile": 0, "wrong": [], "uncontained": []}

    def work() -> None:
        while True:
            with lock:
                n = next(numbers, None)
            if n is None:
                return
            hostile = n % 10 == 0
            kind = (n // 10) % len(HOSTILE) if hostile else n % len(HONEST)
            source = HOSTILE[kind] if hostile else HONEST[kind].format(n=n % 500)
            result = sandbox.run(
                source, inputs={"image": IMAGE}, runtime=StubRuntime(), limits=limits if hostile else honest_limits
            )
            with lock:
                found["hostile" if hostile else "honest"] += 1
                if hostile and result.error is None:
                    found["uncontained"].append(n)
                if not hostile and (result.error is not None or result.value != expected(kind, n % 500)):
                    found["wrong"].append([n, str(result.error)])

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    at_start = state()
    started = time.monotonic()
    settings = SandboxSettings(spares=2, limits=Limits(wall_s=60.0, cpu_s=2, memory_mb=128))
    with Sandbox(settings) as sandbox:
        soak(sandbox, min(500, options.programs), options.threads)
        helper = sandbox._running().pid
        warm, warm_helper = state(), helper_state(helper)
        found = soak(sandbox, options.programs, options.threads)
        time.sleep(0.5)  # the spares that were ordered last are still being made
        done, done_helper = state(), helper_state(helper)
    closed = state()
    report = {
        "programs": options.programs,
        "threads": options.threads,
        "honest": found["honest"],
        "hostile": found["hostile"],
        "wrong": found["wrong"],
        "uncontained": found["uncontained"],
        "at_start": at_start,
        "warm": warm | warm_helper,
        "done": done | done_helper,
        "closed": closed,
        "seconds": round(time.monotonic() - started, 1),
    }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))
    leaked = (
        closed["processes"] > at_start["processes"]
        or closed["descriptors"] > at_start["descriptors"]
        or done["resident_mb"] - warm["resident_mb"] > 10
        or done_helper["workers"] > settings.spares
    )
    return 1 if leaked or found["wrong"] or found["uncontained"] else 0


if __name__ == "__main__":
    sys.exit(main())
