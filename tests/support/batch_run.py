"""Runs a batch in a process of its own, which a test may kill; prints how many rows are durable, a number a line.

python -m tests.support.batch_run '{"manifest": ..., "out": ..., ...}', with "agent": "embedded" for the agent that
users get, "endless" for one that is never made, else the one of tests.
"""

from __future__ import annotations

import json
import sys

from sightline.agent.batch.crew import Recipe
from sightline.agent.batch.run import run_batch

AGENTS = {
    "test": "tests.support.batching:make_agent",
    "endless": "tests.support.batching:make_agent_forever",
    "embedded": Recipe().agent,
}


def main() -> None:
    told = json.loads(sys.argv[1])
    agent = AGENTS[told.get("agent", "test")]
    recipe = Recipe(agent=agent, arguments=told.get("arguments", {}), workers=told.get("workers", 2))
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
