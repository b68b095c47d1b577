"""What asking costs: prompt size, planning latency and accuracy, the overhead of running a program in the sandbox, and
a whole question about a scene.

    python benchmarks/ask.py --json FILE

One run measures everything. Program overhead is a ratio taken in the same run against plain `exec` and, where it is
installed, against smolagents' LocalPythonExecutor, all over the same stub runtime, so that a noisy machine touches
each alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sightline.prompts import MediaFacts, PlanRequest, PromptManager
from sightline.prompts.api_reference import whole_api
from sightline.tools.api import ImagePatch, ImageRef, use_runtime
from sightline.tools.experts.pool import ExpertPool

QUESTIONS = [
    "How many faces are there?",
    "What does the sign say?",
    "Is the red cup left of the plate?",
    "Which number is on the player's shirt?",
    "What color is the car next to the tree?",
    "Is there a dog or a cat?",
    "Find the largest box.",
    "Are there more apples than pears?",
]

PROGRAM = """
def execute_command(image):
    image_patch = ImagePatch(image)
    cups = image_patch.find("cup")
    cups.sort(key=lambda cup: cup.horizontal_center)
    total = 0
    for cup in cups:
        if cup.verify_property("cup", "red"):
            total += 1
    plates = image_patch.find("plate")
    nearest = min(cups, key=lambda cup: distance(cup, plates[0]))
    return f"{total} of {len(cups)}, nearest at {nearest.horizontal_center}"
"""


class StubRuntime:
    """Answers at once, so that what is measured is everything but the experts."""

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        if capability == "detect":
            found = {"label": arguments["names"][0], "confidence": 0.9, "mask": None}
            return [{"box": [10 + 50 * i, 20, 40 + 50 * i, 60], **found} for i in range(4)]
        return {"value": True, "confidence": 0.9}


def timed(work: Callable[[], Any], *, runs: int) -> dict[str, float]:
    """Median and minimum milliseconds of `work`, after one run that is not counted."""
    work()
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return {"median_ms": statistics.median(spent), "min_ms": min(spent), "runs": runs}


def prompt_sizes() -> dict[str, Any]:
    capabilities = ExpertPool("embedded").capabilities
    rows = []
    manager = PromptManager()
    for question in QUESTIONS:
        request = PlanRequest(
            question=question, media=(MediaFacts(kind="image", width=640, height=480),), capabilities=capabilities
        )
        prompt = manager.build(request)
        rows.append({"question": question, "tokens": prompt.tokens, "parts": dict(prompt.parts)})
    sliced = statistics.median(row["parts"]["api"] for row in rows)
    return {
        "rows": rows,
        "median_prompt_tokens": statistics.median(row["tokens"] for row in rows),
        "median_api_slice_tokens": sliced,
        "whole_api_tokens": whole_api().tokens,
        "slice_over_whole": sliced / whole_api().tokens,
        "tokens_are": "estimated by prompts/tokens.py",
    }


def planning() -> dict[str, Any]:
    from sightline.agent.planners.names import make_planner

    began = time.perf_counter()
    planner = make_planner("native")
    request = PlanRequest(question=QUESTIONS[0], media=(MediaFacts(kind="image", width=640, height=480),))
    planner.plan(request)
    first = (time.perf_counter() - began) * 1000
    latencies = []
    for question in QUESTIONS:
        request = PlanRequest(question=question, media=(MediaFacts(kind="image", width=640, height=480),))
        latencies.append(timed(lambda request=request: planner.plan(request), runs=5)["median_ms"])
    median = statistics.median(latencies)
    return {"load_and_first_plan_ms": first, "median_plan_ms": median, "questions": len(QUESTIONS)}


def exact_match(count: int) -> dict[str, Any]:
    from sightline.tools.mllm.planner.decode import on_one_thread
    from sightline.tools.mllm.planner.evaluate import SETS, held_out
    from sightline.tools.mllm.planner.planner import WEIGHTS
    from sightline.tools.mllm.planner.weights import load

    shipped = load(WEIGHTS)
    with on_one_thread():
        figures = {name: held_out(shipped, name, count=count)[0] for name in SETS}
    return {name: {key: row[key] for key in ("n", "exact_match")} for name, row in figures.items()}


def overhead(runs: int) -> dict[str, Any]:
    from sightline.sandbox import Sandbox
    from sightline.tools.api import distance

    runtime, ref = StubRuntime(), ImageRef.whole("m", 640, 480)
    names = {"ImagePatch": ImagePatch, "distance": distance}

    def plain() -> Any:
        with use_runtime(runtime):
            scope = dict(names)
            exec(compile(PROGRAM, "program", "exec"), scope)
            return scope["execute_command"](ref)

    results: dict[str, Any] = {"plain_exec": timed(plain, runs=runs)}
    with Sandbox() as sandbox:

        def confined() -> Any:
            outcome = sandbox.run(PROGRAM, inputs={"image": ref}, runtime=runtime)
            assert outcome.error is None, outcome.error
            return outcome.value

        assert confined() == plain()
        results["sightline_sandbox"] = timed(confined, runs=runs)
    try:
        from smolagents.local_python_executor import LocalPythonExecutor
    except ImportError:
        results["smolagents"] = None
    else:
        with use_runtime(runtime):
            image = ImagePatch(ref)  # bound beforehand: the executor runs programs in a thread of its own

        def smol() -> Any:
            executor = LocalPythonExecutor(additional_authorized_imports=[])
            executor.send_tools(names)
            executor.send_variables({"image": image})
            return executor(PROGRAM + "\nexecute_command(image)\n").output

        assert smol() == plain()
        results["smolagents"] = timed(smol, runs=runs)
    results["added_ms_over_plain"] = results["sightline_sandbox"]["median_ms"] - results["plain_exec"]["median_ms"]
    return results


def whole_question(runs: int) -> dict[str, Any]:
    """Milliseconds from question to answer, warm: about a picture that was seen before, and about new ones."""
    import numpy as np

    from sightline.agent import Agent
    from sightline.tools.mllm.scenes.stream import Recipe, sample

    pictures = [sample(5, k, Recipe(plain_share=1.0)).pixels for k in range(runs + 1)]
    question = "How many things are left of the largest thing?"
    with Agent() as agent:

        def ask(pixels: Any) -> float:
            began = time.perf_counter()
            answer = agent.ask(question, pixels)
            assert answer.status == "answered", answer.reason
            return (time.perf_counter() - began) * 1000

        ask(pictures[0])
        again = [ask(pictures[0]) for _ in range(runs)]
        new = [ask(np.array(pixels)) for pixels in pictures[1:]]
    return {
        "question": question,
        "seen_before_ms": statistics.median(again),
        "new_picture_ms": statistics.median(new),
        "runs": runs,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--runs", type=int, default=50, help="timed runs of the program for each engine")
    parser.add_argument("--eval-size", type=int, default=2000, help="held-out questions per split for exact match")
    options = parser.parse_args()

    figures = {
        "machine": {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()},
        "prompt": prompt_sizes(),
        "native_planning": planning(),
        "native_exact_match": exact_match(options.eval_size),
        "program": overhead(options.runs),
        "whole_question": whole_question(min(options.runs, 30)),
    }
    text = json.dumps(figures, indent=2)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
