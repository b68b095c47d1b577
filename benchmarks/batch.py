"""What a batch saves and what it costs, on generated clips with a small model, measured in one run.

    python benchmarks/batch.py --json FILE [--ray] [--only comparison engine memory]

Compared with a re-creation of the loop that ViperGPT runs over a table of queries: each row is planned, its clip is
decoded again, each call is asked of the model by itself, results are held in memory until the end. Programs, planner,
model, clips and frames are the same on both sides; the loop runs its programs with a plain `exec`, as the original
does, and its planner and model are loaded before its clock starts, while the batch pays for its processes. Then: what
the engine adds to a row, rows a second by workers, and peak memory by rows. Each part is written into the file when it
is done, and leaves the others as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from sightline.agent import Agent, Answer, Settings
from sightline.agent.batch.crew import Recipe
from sightline.agent.batch.run import Progress, run_batch
from sightline.agent.planners.base import Plan
from sightline.agent.planners.native import NativePlanner
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.prompts import MediaFacts, PlanRequest
from sightline.tools.api import ImageRef, VideoRef, VideoSegment, use_runtime
from sightline.tools.capabilities import capability
from sightline.tools.experts import registry
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.pool import ExpertPool
from sightline.tools.experts.profiles import Profile
from sightline.tools.mllm.clips.files import write_mp4
from sightline.tools.results import Detection, Detections

COLORS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 220)}
SAMPLES = 16
SIZE = (240, 320)  # height, width in pixels
PROGRAM = """
def execute_command(video):
    seen, most = 0, 0
    for frame in video.frame_iterator():
        found = frame.find("{color}")
        seen += len(found) > {least}
        most = max(most, len(found))
    return f"{{seen}} frames, at most {{most}}"
"""
REPEATS = 3  # of what other work on the machine disturbs most
PARTS = ("comparison", "engine", "memory")
NOOP = "def execute_command(image):\n    return 1\n"


@registry.register
class SmallModel(Expert):
    """A small convolutional network that marks where a colour is: fixed weights, a real forward pass for each frame."""

    name = "bench-small-model"
    capabilities = ("detect",)
    thread_safe = True

    def load(self) -> None:
        import torch

        torch.manual_seed(0)
        torch.set_num_threads(1)
        self._blur = torch.nn.Sequential(*(torch.nn.Conv2d(3, 3, 9, padding=4, groups=3) for _ in range(6)))
        for layer in self._blur:
            torch.nn.init.constant_(layer.weight, 1 / 81)
            torch.nn.init.zeros_(layer.bias)

    def serve(self, request: ExpertRequest) -> Detections:
        import torch

        found = []
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(request.pixels)).permute(2, 0, 1)[None].float()  # 1 3 H W
            smooth = self._blur(pixels)[0]  # 3 H W
            for name in request.arguments.names:
                wanted = torch.tensor(COLORS[name], dtype=torch.float32)[:, None, None]
                hit = ((smooth - wanted).abs().amax(0) < 60).numpy()  # H W
                edges = np.flatnonzero(np.diff(np.concatenate([[0], hit.any(axis=0).astype(int), [0]])))
                for x1, x2 in zip(edges[::2], edges[1::2], strict=True):
                    rows = np.flatnonzero(hit[:, x1:x2].any(axis=1))
                    box = (float(x1), float(rows[0]), float(x2), float(rows[-1] + 1))
                    found.append(Detection(box=box, label=name, confidence=0.9))
        return Detections(items=found)


class Writer:
    """The shipped planner model works on each question; since it plans for pictures, a frame loop is what is run."""

    name = "bench-writer"
    repairs = False

    def __init__(self) -> None:
        self._native = NativePlanner()

    def plan(self, request: PlanRequest) -> Plan:
        picture = PlanRequest(question=request.question, media=(MediaFacts(kind="image", width=320, height=240),))
        self._native.plan(picture)
        words = request.question.split()
        return Plan(program=PROGRAM.format(color=words[2], least=len(words) % 3), planner=self.name)


def make_agent(*, noop: bool = False) -> Agent:
    """The agent of the worker processes."""
    settings = Settings(video_samples=SAMPLES, video_memory=False)
    pool = ExpertPool(Profile(name="bench", experts={"detect": ("bench-small-model",)}))
    return Agent(ScriptedPlanner(NOOP, repairs=False) if noop else Writer(), pool=pool, settings=settings)


# -- the loop that is compared with --


class FrameByFrame:
    """Answers a program's calls from frames in memory, each by itself, remembering nothing."""

    def __init__(self, model: SmallModel, frames: dict[int, np.ndarray]) -> None:
        self._model, self._frames = model, frames
        self.calls = 0

    def call(self, name: str, target: Any, arguments: dict[str, Any]) -> Any:
        assert isinstance(target, ImageRef)
        assert target.frame is not None
        self.calls += 1
        asked = capability(name)
        request = ExpertRequest(
            capability=name,
            arguments=asked.check_arguments(arguments),
            pixels=self._frames[target.frame],
            mask=None,
            whole=None,
            ask=lambda other, others_arguments: None,
            footage=None,
        )
        height = target.height
        return [
            {
                "box": [round(b) for b in (d.box[0], height - d.box[3], d.box[2], height - d.box[1])],
                "label": d.label,
                "confidence": d.confidence,
                "mask": None,
            }
            for d in self._model.serve(request).items
        ]


def decode(path: Path) -> tuple[VideoRef, dict[int, np.ndarray]]:
    """The whole clip, and of it the frames that are looked at, as the loop loads them for each row."""
    import av

    with av.open(str(path)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    height, width = frames[0].shape[:2]
    ref = VideoRef(
        media="0" * 32, width=width, height=height, frame_count=len(frames), fps=Fraction(12), samples=SAMPLES,
        start=0, end=SAMPLES,
    )  # fmt: skip
    wanted = {ref.frame(sample).frame for sample in range(SAMPLES)}
    return ref, {index: frames[index] for index in wanted if index is not None}


def loop(rows: list[tuple[Path, str]]) -> dict[str, Any]:
    model, writer = SmallModel(), Writer()
    model.load()
    facts = (MediaFacts(kind="video", width=SIZE[1], height=SIZE[0], samples=SAMPLES),)
    writer.plan(PlanRequest(question=rows[0][1], media=facts))
    answers, calls, decoded = [], 0, 0
    began, worked = time.perf_counter(), time.process_time()
    for path, question in rows:
        plan = writer.plan(PlanRequest(question=question, media=facts))
        ref, frames = decode(path)
        decoded += len(frames)
        runtime = FrameByFrame(model, frames)
        with use_runtime(runtime):
            scope: dict[str, Any] = {"VideoSegment": VideoSegment}
            exec(compile(plan.program, "program", "exec"), scope)
            answers.append(scope["execute_command"](VideoSegment(ref)))
        calls += runtime.calls
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "cpu_seconds": time.process_time() - worked,
        "expert_passes": calls,
        "decoded_frames": decoded,
        "planning_calls": len(rows),
        "answers": answers,
    }


# -- the batch --


def batch(folder: Path, manifest: Path, *, workers: int, engine: str = "local") -> dict[str, Any]:
    from pyarrow import parquet

    out = folder / f"{engine}-{workers}.parquet"
    first: list[float] = []

    def tell(progress: Progress) -> None:
        if progress.done and not first:
            first.append(time.perf_counter())

    began, worked = time.perf_counter(), cpu_seconds()
    recipe = Recipe(agent=f"{Path(__file__).stem}:make_agent", workers=workers)
    finished = run_batch(manifest, out, recipe=recipe, engine="ray" if engine == "ray" else "local", tell=tell)
    ended = time.perf_counter()
    return {
        "workers": workers,
        "seconds": ended - began,
        "seconds_after_start": ended - first[0],
        "cpu_seconds": cpu_seconds() - worked,  # not of Ray's own processes, which are nobody's children here
        "rows_per_second": finished.total / (ended - began),
        "expert_passes": finished.spent["experts"],
        "decoded_frames": finished.spent["decoded"],
        "planning_calls": finished.spent["plans"],
        "results_bytes": out.stat().st_size,
        "answers": parquet.read_table(out)["answer"].to_pylist(),
    }


def cpu_seconds() -> float:
    """Processor time of this process and of those that it has started and that have ended, start-up included."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


class Instant(Agent):
    """Runs its program once and gives that answer to every question after it, in no time."""

    _known: Answer | None = None

    def ask(self, question: str, media: Any = (), **more: Any) -> Answer:
        if self._known is None:
            self._known = super().ask(question, media, **more)
        return self._known


def make_instant() -> Agent:
    """The agent for measuring the engine by itself."""
    agent = make_agent(noop=True)
    return Instant(agent.planner, pool=agent.pool, settings=agent.settings)


def engine(folder: Path, rows: int) -> dict[str, Any]:
    """Milliseconds a row of a no-op program: of a whole row, and of the engine alone, where answers take no time.

    The best of a few runs, between the first row that is durable and the last, so that starting a process does not
    count; and processor time, of which what a tenth of the rows takes is left out for the same reason.
    """
    picture = folder / "blank.png"
    from PIL import Image

    Image.new("RGB", (64, 48)).save(picture)
    manifest = folder / "noop.jsonl"
    manifest.write_text("".join(json.dumps({"media": str(picture), "query": "Noop?"}) + "\n" for _ in range(rows)))
    found: dict[str, Any] = {"rows": rows, "load": os.getloadavg()[0]}
    for name, recipe in {
        "whole_row": Recipe(agent=f"{Path(__file__).stem}:make_agent", arguments={"noop": True}, workers=1),
        "engine": Recipe(agent=f"{Path(__file__).stem}:make_instant", workers=1),
    }.items():
        runs = [_timed(manifest, folder / f"{name}-{number}.parquet", recipe) for number in range(REPEATS)]
        few = _timed(manifest, folder / f"{name}-few.parquet", recipe, limit=rows // 10)
        found[f"{name}_ms"] = min(run["ms"] for run in runs)
        found[f"{name}_cpu_ms"] = 1000 * (min(run["cpu_s"] for run in runs) - few["cpu_s"]) / (rows - rows // 10)
    return found


def _timed(manifest: Path, out: Path, recipe: Recipe, *, limit: int | None = None) -> dict[str, float]:
    """Milliseconds of a row, and processor seconds of all, starting the process included."""
    seen: list[tuple[float, int]] = []
    worked = cpu_seconds()
    run_batch(
        manifest,
        out,
        recipe=recipe,
        limit=limit,
        tell=lambda progress: seen.append((time.perf_counter(), progress.done)),
    )
    (first, begun), (last, done) = next(one for one in seen if one[1]), seen[-1]
    return {"ms": (last - first) / max(1, done - begun) * 1000, "cpu_s": cpu_seconds() - worked}


def memory(folder: Path, rows: int) -> dict[str, Any]:
    """Peak memory in MB of the process that keeps the results and of the one that answers, for so many rows."""
    code = "import sys, batch; batch.memory_here(sys.argv[1], int(sys.argv[2]))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])}
    told = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(rows)], check=True, capture_output=True, env=environment
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def memory_here(folder: str, rows: int) -> None:
    """What `memory` runs in a process of its own; prints JSON."""
    from PIL import Image

    place = Path(folder) / f"memory-{rows}"
    place.mkdir()
    for k in range(10):
        Image.new("RGB", (64, 48), (k, k, k)).save(place / f"{k}.png")
    manifest = place / "m.jsonl"
    with manifest.open("w") as file:
        for k in range(rows):
            file.write(json.dumps({"media": f"{k % 10}.png", "query": f"Noop {k % 50}?", "id": f"row {k}"}) + "\n")
    recipe = Recipe(agent="batch:make_agent", arguments={"noop": True}, workers=2)
    began = time.perf_counter()
    run_batch(manifest, place / "out.parquet", recipe=recipe)
    seconds = time.perf_counter() - began
    # Of this process what the kernel says of it alone: ru_maxrss begins with that of whoever started it.
    status = Path("/proc/self/status").read_text()
    keeper = int(status.split("VmHWM:")[1].split()[0]) / 1024
    answerer = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = {"rows": rows, "keeper_mb": keeper, "answerer_mb": answerer, "seconds": seconds}
    print(json.dumps(figures))


# -- all of it --


def make_rows(folder: Path, *, videos: int, questions: int) -> list[tuple[Path, str]]:
    rng = np.random.default_rng(7)
    for number in range(videos):
        starts = rng.uniform(40, 200, (3, 2))
        speeds = rng.uniform(-3, 3, (3, 2))
        frames = np.full((48, *SIZE, 3), 200, np.uint8)
        for index in range(len(frames)):
            for (y, x), color in zip(starts + speeds * index, COLORS.values(), strict=True):
                top, left = int(np.clip(y, 0, SIZE[0] - 40)), int(np.clip(x, 0, SIZE[1] - 40))
                frames[index, top : top + 40, left : left + 40] = color
        write_mp4(folder / f"{number}.mp4", frames, 12)
    kinds = ("thing", "cube", "ball", "cylinder")
    places = ("there", "left of the blue cube", "behind the ball", "in front of the large cube", "right of the ball")
    texts = [f"How many {color} {kind}s are {where}?" for where in places for kind in kinds for color in COLORS]
    return [(folder / f"{number}.mp4", text) for text in texts[:questions] for number in range(videos)]


def comparison(folder: Path, *, videos: int, questions: int, on_ray: bool) -> dict[str, Any]:
    """The loop and the batch on the same rows."""
    rows = make_rows(folder, videos=videos, questions=questions)
    manifest = folder / "m.jsonl"
    manifest.write_text("".join(json.dumps({"media": str(path), "query": text}) + "\n" for path, text in rows))
    load = os.getloadavg()[0]
    looped = loop(rows)
    batches = [batch(folder, manifest, workers=workers) for workers in (1, 2)]
    ray = [batch(folder, manifest, workers=2, engine="ray")] if on_ray else []
    for found in (*batches, *ray):
        assert found.pop("answers") == looped["answers"], "the answers differ"
    looped.pop("answers")
    best = min(batches, key=lambda found: found["seconds"])
    return {
        "load": load,
        "rows": len(rows),
        "videos": videos,
        "questions": len(rows) // videos,
        "frames_per_video": SAMPLES,
        "loop": looped,
        "batch": batches,
        "ray": ray,
        "ratios": {
            key: looped[key] / best[key]
            for key in ("seconds", "cpu_seconds", "expert_passes", "decoded_frames", "planning_calls")
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--videos", type=int, default=20)
    parser.add_argument("--questions", type=int, default=30, help="about each clip, at most 45")
    parser.add_argument("--noop-rows", type=int, default=1000, help="for what the engine adds to a row")
    parser.add_argument("--memory-rows", type=int, nargs=2, default=(1000, 10_000))
    parser.add_argument("--ray", action="store_true", help="also on a Ray of this machine")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure these parts alone")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    if options.json and options.json.exists():
        figures = json.loads(options.json.read_text())
    figures["machine"] = {
        "python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count(),
    }  # fmt: skip
    figures["date"] = time.strftime("%Y-%m-%d")
    with tempfile.TemporaryDirectory(prefix="sightline-batch-") as name:
        folder = Path(name)
        if "engine" in options.only:
            figures["engine"] = engine(folder, options.noop_rows)
            write(figures, options.json)
        if "comparison" in options.only:
            figures |= comparison(folder, videos=options.videos, questions=options.questions, on_ray=options.ray)
            write(figures, options.json)
        if "memory" in options.only:
            figures["memory"] = [memory(folder, count) for count in options.memory_rows]
            write(figures, options.json)
    print(json.dumps(figures, indent=2))
    return 0


def write(figures: dict[str, Any], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
