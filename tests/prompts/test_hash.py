"""The same request gives the same prompt in every process."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
from sightline.prompts import MediaFacts, PlanRequest, PromptManager
media = (MediaFacts(kind="image", width=9, height=9),)
served = frozenset({"detect", "answer", "read_text", "color", "depth"})
for question in ("How many red cups are left of the plate?", "What does the third sign from the left say?"):
    print(PromptManager().build(PlanRequest(question=question, media=media, capabilities=served)).hash)
"""


def test_the_hash_does_not_depend_on_the_process() -> None:
    outputs = set()
    for seed in ("1", "2", "3"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=environment)
        outputs.add(run.stdout)
    assert len(outputs) == 1
