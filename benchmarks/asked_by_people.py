"""How well a planner plans what people really ask, against small known worlds.

    python benchmarks/asked_by_people.py --planner native --json FILE

Each question is planned, its program run over a stub world, and the value compared with what is true there. The worlds
hold distractors, so that a program with the wrong noun, relation or attribute gives a wrong answer; questions that no
program can answer must be declined. Nothing is trained on these questions. Programs of the native planner run in this
process; those of any other planner run in the sandbox.

A row holds `id`, `family`, `question`, `options` (or null), `world` (a name in tests/support/worlds.json, or a world)
and one of: `expect` (a value; a patch is {"box": [left, lower, right, upper]}, several are {"boxes": [...]}),
`expect_any` (a list of such values), `expect_call` (a capability that the program must ask, for what only a look at
the picture can tell), or `expect_status` ("no_plan").
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.support.running import plain, run_in_process  # noqa: E402
from tests.support.stub_world import CAPABILITIES, WorldRuntime  # noqa: E402

from sightline.prompts.request import MediaFacts, PlanRequest  # noqa: E402
from sightline.tools.api import Box  # noqa: E402
from sightline.tools.errors import NoPlan, SightlineError  # noqa: E402

DATA = ROOT / "tests" / "agent" / "data"
_NUMBER = re.compile(
    r"(?:[$€£]\s*)?(-?\d+(?:,\d{3})*(?:\.\d+)?)\s*(?:%|[$€£]|usd|dollars?|euros?|pounds?|pixels?|px|/?(?:kg|km|g|kcal))?"
)
_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one question.

    Attributes:
        kind: "right", "wrong" (another value), "failed" (the program raised), "declined" (no plan where there is an
            answer) or "planned" (a plan where there is none).
        said: the value as plain data, or the error's text.
    """

    row: Mapping[str, Any]
    kind: str
    said: Any = None
    program: str | None = None
    score: float | None = None
    seconds: float = 0.0


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def load_worlds() -> dict[str, Any]:
    worlds: dict[str, Any] = json.loads((ROOT / "tests" / "support" / "worlds.json").read_text())
    return worlds


def same(expected: Any, value: Any) -> bool:
    """Whether a plain value says what is expected, in whatever form: "yes" for True, "3" for 3, another case."""
    if isinstance(expected, dict):
        return _same_boxes(expected, value)
    if isinstance(expected, list):
        return isinstance(value, list | tuple) and len(value) == len(expected) and all(map(same, expected, value))
    if isinstance(expected, bool):
        expected = "yes" if expected else "no"
    if isinstance(expected, int | float):
        number = _number(value)
        return number is not None and abs(number - expected) < 1e-6
    if expected in ("yes", "no") and isinstance(value, bool):
        return value == (expected == "yes")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(expected) == value
    if isinstance(value, list) and len(value) == 1:
        return same(expected, value[0])
    return isinstance(value, str) and _bare(value) in (_bare(expected), {"yes": "true", "no": "false"}.get(expected))


def _same_boxes(expected: Mapping[str, Any], value: Any) -> bool:
    wanted = [expected["box"]] if "box" in expected else expected["boxes"]
    if not isinstance(value, dict) or not ("box" in value or "boxes" in value):
        return False
    given = [value["box"]] if "box" in value else value["boxes"]
    return len(given) == len(wanted) and all(any(Box(*w).iou(Box(*g)) > 0.9 for g in given) for w in wanted)


def _number(value: Any) -> float | None:
    """The number that a value is, with a currency or unit at most; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    text = _bare(value)
    if text in _WORDS:
        return float(_WORDS[text])
    match = _NUMBER.fullmatch(value.strip().rstrip(".").lower())
    return float(match.group(1).replace(",", "")) if match else None


def _bare(text: str) -> str:
    """Without case, outer punctuation, a leading article and the difference between kinds of white space."""
    words = " ".join(text.lower().split()).strip(" .,;:!?\"'()[]")
    return re.sub(r"^(a|an|the) ", "", words)


def judge(row: Mapping[str, Any], value: Any, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether a program's plain value and calls are what the row asks for."""
    if "expect_status" in row:
        return False
    if "expect_call" in row:
        asked = any(capability == row["expect_call"] for capability, _ in calls)
        return asked and isinstance(value, str) and bool(value.strip())
    expected = row["expect_any"] if "expect_any" in row else [row["expect"]]
    return any(same(one, value) for one in expected)


def run(program: str, row: Mapping[str, Any], worlds: Mapping[str, Any], sandbox: Any = None) -> tuple[Any, list[Any]]:
    """The program's plain value over the row's world, and the calls it made. Raises what the program raises."""
    world = row["world"]
    media = world if isinstance(world, str) else "inline"
    runtime = WorldRuntime(worlds if isinstance(world, str) else {**worlds, media: world})
    inputs = {"possible_answers": row.get("options"), "query": row["question"]}
    if sandbox is None:
        return plain(run_in_process(program, runtime, media, inputs)), runtime.calls
    result = sandbox.run(program, inputs={"image": runtime.reference(media), **inputs}, runtime=runtime)
    if result.error is not None:
        raise RuntimeError(f"{result.error.type}: {result.error.message}")
    return plain(result.value), runtime.calls


def ask(planner: Any, row: Mapping[str, Any], worlds: Mapping[str, Any], sandbox: Any = None) -> Verdict:
    """Plan one question, run its program and judge the value."""
    world = worlds[row["world"]] if isinstance(row["world"], str) else row["world"]
    width, height = world.get("size", (640, 480))
    options = tuple(row["options"]) if row.get("options") else None
    facts = (MediaFacts(kind="image", width=width, height=height),)
    request = PlanRequest(question=row["question"], media=facts, options=options, capabilities=CAPABILITIES)
    must_decline = row.get("expect_status") == "no_plan"
    started = time.perf_counter()
    try:
        plan = planner.plan(request)
    except NoPlan as error:
        score = error.facts.get("score")
        seconds = time.perf_counter() - started
        kind = "right" if must_decline else "declined"
        return Verdict(row=row, kind=kind, said=str(error), score=score, seconds=seconds)
    seconds = time.perf_counter() - started
    if must_decline:
        return Verdict(row=row, kind="planned", program=plan.program, score=plan.score, seconds=seconds)
    try:
        value, calls = run(plan.program, row, worlds, sandbox)
        kind = "right" if judge(row, value, calls) else "wrong"
    except Exception as error:
        # A planner's program may raise anything; all of it counts against the planner.
        value, kind = f"{type(error).__name__}: {error}", "failed"
    return Verdict(row=row, kind=kind, said=value, program=plan.program, score=plan.score, seconds=seconds)


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Accuracy overall and by family, and every miss with its program."""

    def part(chosen: Sequence[Verdict]) -> dict[str, Any]:
        right = sum(verdict.kind == "right" for verdict in chosen)
        return {"n": len(chosen), "right": right, "accuracy": round(right / len(chosen), 4) if chosen else None}

    families = sorted({verdict.row["family"] for verdict in verdicts})
    answerable = [verdict for verdict in verdicts if "expect_status" not in verdict.row]
    seconds = sorted(verdict.seconds for verdict in verdicts)
    kinds = ("right", "wrong", "failed", "declined", "planned")
    return {
        "all": part(verdicts),
        "answerable": part(answerable),
        "to_be_declined": part([verdict for verdict in verdicts if "expect_status" in verdict.row]),
        "right_of_those_planned": part([verdict for verdict in answerable if verdict.kind != "declined"]),
        "outcomes": {kind: sum(verdict.kind == kind for verdict in verdicts) for kind in kinds},
        "planning_seconds_median": round(seconds[len(seconds) // 2], 4) if seconds else None,
        "families": {family: part([v for v in verdicts if v.row["family"] == family]) for family in families},
        "misses": [
            {
                "id": verdict.row["id"],
                "question": verdict.row["question"],
                "outcome": verdict.kind,
                "expected": next((verdict.row[k] for k in verdict.row if k.startswith("expect")), None),
                "said": verdict.said,
                "score": verdict.score,
                "program": verdict.program,
            }
            for verdict in verdicts
            if verdict.kind != "right"
        ],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planner", default="native", help="a planner's name, as `sightline ask --planner` takes it")
    parser.add_argument(
        "--rows", type=Path, default=DATA / "asked_by_people.jsonl", help="questions to ask, JSON lines"
    )
    parser.add_argument("--family", help="ask only this family")
    parser.add_argument("--json", type=Path, help="write the figures and every miss to this file")
    options = parser.parse_args(arguments)

    from sightline.agent.planners.names import make_planner

    rows = [row for row in read_jsonl(options.rows) if options.family in (None, row["family"])]
    worlds = load_worlds()
    try:
        planner = make_planner(options.planner)
        if options.planner.split(":")[0] == "native":
            verdicts = [ask(planner, row, worlds) for row in rows]
        else:
            from sightline.sandbox import Sandbox

            with Sandbox() as sandbox:
                verdicts = [ask(planner, row, worlds, sandbox) for row in rows]
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2 if error.status == "bad_input" else 4
    figures = {"planner": options.planner, "rows": options.rows.name, **summary(verdicts)}
    for miss in figures["misses"]:
        print(f"{miss['outcome']:9} {miss['id']:15} {miss['question']!r}: {miss['said']!r}, not {miss['expected']!r}")
    for family, part in figures["families"].items():
        print(f"{family:12} {part['right']:3} of {part['n']:3}")
    for name in ("all", "answerable", "to_be_declined", "right_of_those_planned"):
        print(f"{name}: {figures[name]['right']} of {figures[name]['n']}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False, default=repr) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
