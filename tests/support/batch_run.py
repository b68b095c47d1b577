"""Runs a batch in a process of its own, which a test may kill; prints how many rows are durable, a number a line.

python -m tests.support.batch_run '{"manifest": ..., "out": ..., ...}'
"""

from __future__ import annotations

import json
import sys

from sightline.agent.batch.crew import Recipe
from sightline.agent.batch.run import run_batch

AGENT = "tests.support.batching:make_agent"


def main() -> None:
    told = json.loads(sys.argv[1])
    recipe = Recipe(agent=AGENT, arguments=told.get("arguments", {}), workers=told.get("workers", 2))
    run_batch(
        told["manifest"],
        told["out"],
        recipe=recipe,
        engine=told.get("engine", "local"),
        tell=lambda progress: print(progress.done, flush=True),
    )
    print("finished", flush=True)


if __name__ == "__main__":
    main()
