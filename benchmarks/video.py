"""What looking into a video costs: memory, the first answer, decoding in order and at random, and a second question.

    python benchmarks/video.py --json FILE [--page docs/video.md]

The files are made in a temporary folder. Memory is that of a fresh process with its children, since a peak never goes
back; times are ratios against bare PyAV, or against decoding everything first as ViperGPT does, in the same run, where
both sides take turns. Both decode the same file with PyAV's own setting of threads (those of a processor each, over the
slices of a frame) and end with each frame as RGB of its full size; bare PyAV with threads over frames is told beside
it. Bare PyAV lets go of each frame at once, while ours hands out arrays of their own and keeps the last ones.

PyAV's encoder cuts each frame into slices unless it is told not to, which hardly any file has that comes from
elsewhere, and which let the threads above work where they have nothing to do in other files. So these films are made
without slices.

Moments at random are asked for in two ways: together, as experts and lists of patches do, and one at a time by somebody
who waits for each. The latter can hardly be faster than PyAV that seeks and decodes as little as can be in its own
process; that is told beside it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

MOMENTS = 20  # of the program that looks into a long and a short file
JUMPS = 100
SIZE = (1280, 720)
RATE = 10  # frames a second
PROGRAM = f"""
def execute_command(video):
    video_segment = VideoSegment(video)
    step = video_segment.duration / {MOMENTS}
    return [video_segment.at((n + 0.5) * step).codes() for n in range({MOMENTS})]
"""
QUESTIONS = {  # about a video that nobody has asked about before, and then with what is remembered of it
    "first": 'max([track.end for track in VideoSegment(video).track("cube")], default=0.0)',
    "again": 'len(VideoSegment(video).track("cube"))',
    "another_name": 'len(VideoSegment(video).track("small rubber thing"))',
    "recalled": '[known.text for known in VideoSegment(video).recall("cube")]',
}
MARKS = "<!-- figures -->", "<!-- end of figures -->"
ALLOWED_MB, ALLOWED_CALLS, LEAST_FASTER, LEAST_OF_PYAV = 50.0, 0.1, 5.0, 0.8


def film(path: Path, seconds: int, *, size: tuple[int, int] = SIZE, rate: int = RATE) -> Path:
    """A square that crosses a lightly grained background, H.264, a key frame every five seconds."""
    width, height = size
    grain = np.random.default_rng(0).integers(90, 110, (height, width, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": str(5 * rate)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_type = "FRAME"  # no slices
        for index in range(seconds * rate):
            pixels = grain.copy()
            left = (index * 8) % (width - 100)
            pixels[height // 3 : height // 3 + 100, left : left + 100] = (200, 40, 40)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def repeated(path: Path, film: Path, times: int) -> Path:
    """A film several times over, without encoding it again."""
    with av.open(str(path), "w") as container:
        to: Any = None
        after = 0
        for _ in range(times):
            with av.open(str(film)) as source:
                stream = source.streams.video[0]
                to = container.add_stream_from_template(stream) if to is None else to
                length = int(stream.duration or 0)
                for packet in source.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts, packet.stream = packet.pts + after, packet.dts + after, to
                    container.mux(packet)
                after += length
    return path


# -- memory, each in a process of its own --


def peak_mb() -> float:
    """Of this process and the largest of its children that have ended, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def answered(path: str) -> dict[str, float]:
    from sightline.agent import Agent, Settings
    from sightline.agent.planners.scripted import ScriptedPlanner

    with Agent(planner=ScriptedPlanner(PROGRAM), settings=Settings(video_samples=1000, video_memory=False)) as agent:
        started = time.perf_counter()
        answer = agent.ask("Which codes can be read at twenty moments?", path)
        seconds = time.perf_counter() - started
    if not answer or len(answer.value) != MOMENTS:
        raise SystemExit(f"no answer: {answer.reason}")
    return {"seconds": seconds, "peak_mb": peak_mb()}


def all_decoded(path: str) -> dict[str, float]:
    """As ViperGPT: every frame of the file in one array before the first question is looked at; at most 30 a second."""
    started = time.perf_counter()
    with av.open(path) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    looked = [frames[round((n + 0.5) * len(frames) / MOMENTS)].mean() for n in range(MOMENTS)]
    assert len(looked) == MOMENTS
    return {"seconds": time.perf_counter() - started, "peak_mb": peak_mb()}


def apart(what: str, path: Path) -> dict[str, float]:
    ran = subprocess.run([sys.executable, __file__, "--apart", what, str(path)], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    measured: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return measured


# -- decoding --


def bare(path: Path, *, threads: str | None = None) -> Iterator[Any]:
    with av.open(str(path)) as container:
        if threads is not None:
            container.streams.video[0].thread_type = threads
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def bare_seeking(path: Path, moments: Sequence[int]) -> None:
    """Decode and draw frames of a film of a constant rate, each from the key frame before it."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for index in moments:
            wanted = int(Fraction(index, RATE) / stream.time_base)
            container.seek(wanted, stream=stream)
            found = next(frame for frame in container.decode(stream) if frame.pts >= wanted)
            assert found.pts == wanted
            found.to_ndarray(format="rgb24")


def in_order(path: Path, rounds: int) -> dict[str, float]:
    """Frames a second of `frame_iterator` with an expert that only takes the pixels, and of bare PyAV to RGB."""
    from sightline.tools.api import VideoSegment, use_runtime
    from sightline.tools.media import MediaStore

    ours, theirs, threaded, undecoded = [], [], [], []
    for _ in range(rounds):
        started = time.perf_counter()
        count = sum(1 for _ in bare(path))
        theirs.append(count / (time.perf_counter() - started))
        started = time.perf_counter()
        count = sum(1 for _ in bare(path, threads="AUTO"))
        threaded.append(count / (time.perf_counter() - started))
        started = time.perf_counter()
        with av.open(str(path)) as container:
            count = sum(1 for _ in container.decode(video=0))
        undecoded.append(count / (time.perf_counter() - started))
        store = MediaStore()
        ref = store.add_video(path, samples=count)

        class Taking:
            def call(self, capability: str, target: Any, arguments: dict[str, Any], store: Any = store) -> Any:
                assert store.pixels(target).shape == (SIZE[1], SIZE[0], 3)
                return {"text": "", "confidence": None}

        with use_runtime(Taking()):
            started = time.perf_counter()
            for patch in VideoSegment(ref).frame_iterator():
                patch.simple_query("what?")
            ours.append(count / (time.perf_counter() - started))
        store.rest()
    return {
        "ours_per_second": statistics.median(ours),
        "pyav_rgb_per_second": statistics.median(theirs),
        "pyav_rgb_threaded_per_second": statistics.median(threaded),
        "pyav_undrawn_per_second": statistics.median(undecoded),
        "of_pyav_rgb": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "of_pyav_rgb_threaded": statistics.median(a / b for a, b in zip(ours, threaded, strict=True)),
        "of_pyav_undrawn": statistics.median(a / b for a, b in zip(ours, undecoded, strict=True)),
    }


def jumping(path: Path, rounds: int) -> dict[str, float]:
    """Seconds to look at moments at random, and to decode everything with bare PyAV."""
    from sightline.tools.media import open_video

    seconds: dict[str, list[float]] = {}
    frames = 0
    for turn in range(rounds):
        video = open_video(path)
        frames = video.facts.frame_count
        chosen = [int(index) for index in np.random.default_rng(turn).choice(frames, JUMPS, replace=False)]

        def one_at_a_time(video: Any = video, chosen: list[int] = chosen) -> int:
            return sum(video.frame(index) is not None for index in chosen)

        def together(video: Any = video, chosen: list[int] = chosen) -> int:
            return sum(1 for _ in video.frames(chosen))

        def seeking(chosen: list[int] = chosen) -> None:
            bare_seeking(path, chosen)

        ways: dict[str, Callable[[], Any]] = {
            "everything": lambda: sum(1 for _ in bare(path)),
            "one_at_a_time": one_at_a_time,
            "together": together,
            "pyav_seeking": seeking,
            "everything_threaded": lambda: sum(1 for _ in bare(path, threads="AUTO")),
        }
        for name, way in ways.items():
            video.rest()  # nothing decoded before is left
            video.frame(0)
            started = time.perf_counter()
            way()
            seconds.setdefault(name, []).append(time.perf_counter() - started)
        video.close()

    def faster(name: str, than: str = "everything") -> float:
        return statistics.median(a / b for a, b in zip(seconds[than], seconds[name], strict=True))

    return {
        "moments": JUMPS,
        "frames": frames,
        **{f"{name}_s": statistics.median(each) for name, each in seconds.items()},
        "together_faster": faster("together"),
        "together_faster_than_threaded": faster("together", "everything_threaded"),
        "one_at_a_time_faster": faster("one_at_a_time"),
        "pyav_seeking_faster": faster("pyav_seeking"),
    }


def asked_twice(path: Path, folder: Path) -> dict[str, dict[str, float]]:
    """What each of several questions about one video costs, each in an agent of its own over one memory of videos.

    `calls` are those of the program that were not answered from memory, `computed` how often an expert had to work, for
    the program or for another expert.
    """
    from sightline.agent import Agent, Settings
    from sightline.agent.planners.scripted import ScriptedPlanner

    os.environ["SIGHTLINE_CACHE"] = str(folder)
    costs = {}
    for name, asked in QUESTIONS.items():
        program = f"def execute_command(video):\n    return {asked}\n"
        with Agent(planner=ScriptedPlanner(program), settings=Settings(video_samples=30)) as agent:
            started = time.perf_counter()
            answer = agent.ask("What moves?", path)
            seconds = time.perf_counter() - started
            if not answer:
                raise SystemExit(f"no answer: {answer.reason}")
            calls = sum(not step.cached for step in answer.trace.steps)
            costs[name] = {"calls": calls, "computed": agent.pool.computed, "seconds": round(seconds, 2)}
    return costs


def table_top(path: Path) -> Path:
    """A clip of the world that the embedded detector knows."""
    from sightline.tools.mllm.clips.clip import ClipRecipe, clip
    from sightline.tools.mllm.clips.files import write_mp4
    from sightline.tools.mllm.scenes.placement import Rules
    from sightline.tools.mllm.scenes.stream import Recipe

    scene = Recipe(width=320, height=240, rules=Rules(fewest=3, most=5), plain_share=1.0)
    made = clip(1, 0, ClipRecipe(scene=scene, fps=8, seconds=6.0, moving_camera_share=0.0))
    write_mp4(path, made.frames, made.fps)
    return path


def targets(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each figure that is promised, what it may be at most or must be at least, and whether it is."""
    costs = report["asked_twice"]
    first = costs["first"]["computed"]

    def at_most(figure: float, most: float) -> dict[str, Any]:
        return {"figure": round(figure, 3), "at_most": most, "met": figure <= most}

    def at_least(figure: float, least: float) -> dict[str, Any]:
        return {"figure": round(figure, 3), "at_least": least, "met": figure >= least}

    return {
        "more memory for the long file, MB": at_most(report["more_memory_for_the_long_mb"], ALLOWED_MB),
        "frames in order, of bare PyAV": at_least(report["in_order"]["of_pyav_rgb"], LEAST_OF_PYAV),
        "moments at random asked for together, times faster than all": at_least(
            report["jumping"]["together_faster"], LEAST_FASTER
        ),
        "moments at random asked for one at a time, times faster than all": at_least(
            report["jumping"]["one_at_a_time_faster"], LEAST_FASTER
        ),
        "experts at work for the second question, of the first": at_most(
            costs["again"]["computed"] / first, ALLOWED_CALLS
        ),
        "the same with another name": at_most(costs["another_name"]["computed"] / first, ALLOWED_CALLS),
    }


def paged(page: str, report: dict[str, Any]) -> str:
    """The page with the figures of a report between its two marks."""
    order, jumps = report["in_order"], report["jumping"]
    first, whole = report["everything_first"], report["everything_first"]["all_decoded"]
    told = {
        "frames in order, of bare PyAV with threads over frames": order["of_pyav_rgb_threaded"],
        "moments together, times faster than all with threads over frames": jumps["together_faster_than_threaded"],
        "PyAV that seeks in its own process, moments one at a time, times faster than all": jumps[
            "pyav_seeking_faster"
        ],
        f"less memory than all of {first['file']} decoded first, MB": first["less_memory_mb"],
        f"seconds for twenty moments of {first['file']}, all decoded first": whole["seconds"],
        f"seconds of a whole ask about {first['file']}, twenty codes looked for": first["ours"]["seconds"],
    }
    lines = [
        f"Measured {report['date']} on {report['machine']}.",
        "",
        "| figure | measured | aim |",
        "| --- | ---: | ---: |",
    ]
    for name, each in report["targets"].items():
        bound = f"at most {each['at_most']:g}" if "at_most" in each else f"at least {each['at_least']:g}"
        lines.append(f"| {name} | {each['figure']:.3g} | {bound}{'' if each['met'] else ', missed'} |")
    lines += [f"| {name} | {figure:.3g} | |" for name, figure in told.items()]
    start, end = (page.index(mark) for mark in MARKS)
    return page[: start + len(MARKS[0])] + "\n\n" + "\n".join(lines) + "\n\n" + page[end:]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="a page whose table of figures is written anew")
    parser.add_argument("--quick", action="store_true", help="a short file, for a look")
    parser.add_argument("--apart", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.apart:
        what, path = options.apart
        print(json.dumps({"answered": answered, "all_decoded": all_decoded}[what](path)))
        return 0
    minutes = 1 if options.quick else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        middle, short = film(folder / "middle.mp4", 60), film(folder / "short.mp4", 10)
        long = repeated(folder / "long.mp4", middle, minutes)
        on_long, on_short = apart("answered", long), apart("answered", short)
        compared = short if options.quick else middle
        before, lazily = apart("all_decoded", compared), apart("answered", compared)
        report: dict[str, Any] = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} processors, {platform.platform()}, load {os.getloadavg()[0]:.2f}",
            "threads": threading.active_count(),
            "long_minutes": minutes,
            "long": on_long,
            "short": on_short,
            "more_memory_for_the_long_mb": round(on_long["peak_mb"] - on_short["peak_mb"], 2),
            "everything_first": {
                "file": "10 s" if options.quick else "60 s",
                "all_decoded": before,
                "ours": lazily,
                "less_memory_mb": round(before["peak_mb"] - lazily["peak_mb"], 1),
            },
            "in_order": in_order(middle, 1 if options.quick else 3),
            "jumping": jumping(long, 1 if options.quick else 3),
            "asked_twice": asked_twice(table_top(folder / "table.mp4"), folder / "memory"),
        }
        report["targets"] = targets(report)
    print(json.dumps(report, indent=1))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if options.page:
        options.page.write_text(paged(options.page.read_text("utf-8"), report), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
