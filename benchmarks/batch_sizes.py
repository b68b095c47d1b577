"""How large a job of a million videos is, by what was measured, and the part of docs/batch.md that says so.

    python benchmarks/batch_sizes.py

Reads `results/batch.json` (rows, storage, what the engine adds), `results/detector.json` (the project's own detector on
one core) and `results/ask.json` (prompts of a chat model), writes `results/batch_sizes.json`, and the text between the
two marks in docs/batch.md.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs" / "batch.md"
MARKS = "<!-- measured: python benchmarks/batch_sizes.py -->", "<!-- end of what is measured -->"
# The job that is worked out; all else is measured.
JOB = {"videos": 1_000_000, "seconds_of_a_video": 30, "frames_of_a_video": 30, "things_asked": 3, "queries": 100}

GPU_RUNS_A_SECOND = 200  # an example, for an expert whose rate a user puts in
RAY = ", {rows_per_second:.2f} with {workers} actors of a Ray that is started for it"
TEXT = """\
Measured on {measured[rows]:,} rows about {measured[videos]} generated clips, {measured[frames_per_video]} frames of
each looked at, with a small model on a machine of {measured[machine][cores]} cores (load {measured[load]:.0f}: on a
busy machine times are worth less than counts). The loop is a re-creation of what ViperGPT does over a table of queries.

| | loop | batch | ratio |
| --- | ---: | ---: | ---: |
| runs of the expert | {loop[expert_passes]:,} | {best[expert_passes]:,} | {ratios[expert_passes]:.1f} |
| frames decoded | {loop[decoded_frames]:,} | {best[decoded_frames]:,} | {ratios[decoded_frames]:.1f} |
| queries planned | {loop[planning_calls]:,} | {best[planning_calls]:,} | {ratios[planning_calls]:.1f} |
| seconds | {loop[seconds]:.1f} | {best[seconds]:.1f} | {ratios[seconds]:.1f} |
| seconds of processor time | {loop[cpu_seconds]:.1f} | {best[cpu_seconds]:.1f} | {ratios[cpu_seconds]:.1f} |

The batch's seconds have its start-up in them, the loop's have not. Rows a second, start-up included: {one_worker:.2f}
with one worker, {two_workers:.2f} with two{on_ray}.
The engine itself takes {engine_ms_a_row:.1f} ms a row, where answers take no time. In a run of {many[rows]:,} rows
instead of {few[rows]:,} the process that keeps the results peaked at {many[keeper_mb]:.0f} MB instead of
{few[keeper_mb]:.0f} MB, and the one that answers at {many[answerer_mb]:.0f} MB instead of {few[answerer_mb]:.0f} MB.

A million videos of {seconds_of_a_video} s, {queries} queries, {frames_of_a_video} frames of each looked at and
{things_asked} different things asked of a frame, by these figures:

- rows = videos x queries = {rows:,}.
- runs of an expert = videos x frames x different things asked (not rows) = {runs_of_an_expert:,}. For the
  {video_hours:,.0f} hours of video, one that runs R times a second on your card (`sightline batch` says how many runs a
  batch took) needs {runs_a_video_hour:,.0f} / R seconds of GPU a video-hour: with R = {gpu_runs} that is
  {gpu_seconds:.0f} s, and {gpu_hours:,.0f} hours of one card in all.
- the project's own detector reads a frame once, whatever is asked of it, in {detector_ms:.0f} ms on one core:
  {detector_seconds_a_video_hour:,.0f} s of a core a video-hour, {detector_core_hours:,.0f} core hours in all.
- tokens of a chat model = queries x tokens of a prompt = {queries} x {prompt_tokens_a_plan:,.0f} =
  {prompt_tokens:,.0f}, for any number of videos; planned row by row it would be {billions:,.0f} billion. With
  `--replan-on-failure` add failures x tokens of a prompt.
- storage = rows x {result_bytes_a_row:.0f} bytes = {result_gigabytes:.1f} GB of results. Traces are many times that.
- the engine = {engine_hours:.0f} hours of the process that keeps the results; so large a job is cut into manifests of
  some million rows, which run side by side.\
"""


def sizes(batch: dict[str, Any], detector: dict[str, Any], ask: dict[str, Any]) -> dict[str, Any]:
    """The job in runs, hours, tokens and bytes."""
    job = dict(JOB)
    rows = job["videos"] * job["queries"]
    video_hours = job["videos"] * job["seconds_of_a_video"] / 3600
    scene_runs = job["videos"] * job["frames_of_a_video"]  # the detector reads a frame once, whatever is asked of it
    runs = scene_runs * job["things_asked"]
    detector_s = detector["speed"]["batch_of_16_ms_each"] / 1000
    best = min(batch["batch"], key=lambda found: found["seconds"])
    result_bytes = best["results_bytes"] / batch["rows"]
    engine_s = batch["engine"]["engine_ms"] / 1000
    prompt = ask["prompt"]["median_prompt_tokens"]
    return {
        "job": job,
        "rows": rows,
        "video_hours": video_hours,
        "runs_of_an_expert": runs,
        "detector_seconds_a_frame": detector_s,
        "detector_seconds_a_video_hour": detector_s * scene_runs / video_hours,
        "detector_core_hours": detector_s * scene_runs / 3600,
        "prompt_tokens_a_plan": prompt,
        "prompt_tokens": prompt * job["queries"],
        "prompt_tokens_if_each_row_were_planned": prompt * rows,
        "result_bytes_a_row": result_bytes,
        "result_gigabytes": result_bytes * rows / 1e9,
        "engine_ms_a_row": engine_s * 1000,
        "engine_hours": engine_s * rows / 3600,
    }


def told(batch: dict[str, Any], found: dict[str, Any]) -> str:
    """The measured part of the page."""
    best = min(batch["batch"], key=lambda one: one["seconds"])
    by_workers = {one["workers"]: one["rows_per_second"] for one in batch["batch"]}
    few, many = batch["memory"]
    return TEXT.format(
        **found["job"],
        **{key: value for key, value in found.items() if key != "job"},
        measured=batch,
        loop=batch["loop"],
        best=best,
        ratios=batch["ratios"],
        one_worker=by_workers[1],
        two_workers=by_workers[2],
        on_ray="".join(RAY.format(**one) for one in batch["ray"]),
        few=few,
        many=many,
        gpu_seconds=found["runs_of_an_expert"] / found["video_hours"] / GPU_RUNS_A_SECOND,
        gpu_hours=found["runs_of_an_expert"] / GPU_RUNS_A_SECOND / 3600,
        gpu_runs=GPU_RUNS_A_SECOND,
        runs_a_video_hour=found["runs_of_an_expert"] / found["video_hours"],
        detector_ms=1000 * found["detector_seconds_a_frame"],
        billions=found["prompt_tokens_if_each_row_were_planned"] / 1e9,
    )


def read(name: str) -> dict[str, Any]:
    """A file of results."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def page(text: str, measured: str) -> str:
    """The page with the measured part in its place."""
    start, end = MARKS
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: f"{start}\n\n{measured}\n\n{end}", text)


def main() -> int:
    found = sizes(read("batch"), read("detector"), read("ask"))
    (RESULTS / "batch_sizes.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    DOCS.write_text(page(DOCS.read_text(encoding="utf-8"), told(read("batch"), found)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
