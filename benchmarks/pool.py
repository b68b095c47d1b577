"""What the pool's parts gain: frames computed ahead, requests joined to batches, and results remembered.

    python benchmarks/pool.py --json FILE [--page docs/pool.md]

One run measures everything with the same expert: a small vision transformer of torch with random weights, on one thread
of one CPU (or with --device cuda:0 on a GPU). Each figure is a ratio of two ways that are run in turn, so that a noisy
machine touches both alike, and both must give the same answers to the last digit that a program sees.

(a) a program that walks 200 frames of a video and asks each the same thing, in the sandbox, with and without
    speculation; (b) 16 programs at once, each about pictures of its own, with and without batching; (c) the programs
    of (a) and (b) again, with the results remembered in memory, and in a later process on disk.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from sightline.sandbox import Limits, Sandbox
from sightline.tools.api import ImagePatch, use_runtime
from sightline.tools.experts import Expert, ExpertPool, ExpertRequest, InProcessRuntime, Profile, register
from sightline.tools.experts.base import Outcome
from sightline.tools.experts.kept import KeptResults
from sightline.tools.experts.pool import PoolSettings
from sightline.tools.media import MediaStore
from sightline.tools.results import Verdict

FRAMES, PROGRAMS, ASKED_EACH = 200, 16, 12
WALK = """
def execute_command(video):
    seen = []
    for frame in video.frame_iterator():
        seen.append(frame.verify_property("square", "red"))
    return seen
"""


@register
class TinyViT(Expert):
    """Twelve layers of a vision transformer, 64 wide, on 64 x 64 pixels; its weights are random and always the same."""

    name = "bench-tiny-vit"
    capabilities = ("verify_property",)
    packages = ("torch",)
    accelerated = True
    most_at_once = 33
    side: ClassVar[int] = 64

    def load(self) -> None:
        import torch
        from torch import nn

        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True, norm_first=True)
        self.patches = nn.Conv2d(3, 64, 16, 16).eval().to(self.device)
        self.layers = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False).eval().to(self.device)
        self.head = nn.Linear(64, 1).eval().to(self.device)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        import cv2
        import torch

        small = [cv2.resize(each.pixels, (self.side, self.side), interpolation=cv2.INTER_NEAREST) for each in requests]
        with torch.inference_mode():
            pixels = torch.from_numpy(np.stack(small)).to(self.device).permute(0, 3, 1, 2).float() / 255  # (N, 3, S, S)
            seen = self.patches(pixels).flatten(2).transpose(1, 2)  # (N, 16, 64)
            logits = self.head(self.layers(seen).mean(1))[:, 0].double()  # (N,)
            chances = torch.sigmoid(40 * (logits - logits.detach().new_tensor(self.middle))).tolist()
        return [Verdict(value=chance >= 0.5, confidence=round(max(chance, 1 - chance), 3)) for chance in chances]

    middle: ClassVar[float] = 0.0


def make_pool(*, kept: KeptResults | None = None, cache_bytes: int = 256_000_000, **settings: Any) -> ExpertPool:
    profile = Profile(name="bench", experts={"verify_property": ("bench-tiny-vit",)})
    return ExpertPool(profile, cache_bytes=cache_bytes, kept=kept, settings=PoolSettings(**settings))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def warmed(pool: ExpertPool) -> ExpertPool:
    """The same with its expert loaded, so that loading is not measured."""
    media = MediaStore()
    pool.serve("verify_property", media.add(np.zeros((8, 8, 3), np.uint8)), {"name": "a", "attribute": "b"}, media)
    return pool


# -- the programs --


def make_clip(path: Path) -> Path:
    """A small video of a square that wanders over a changing ground."""
    import av

    rng = np.random.default_rng(0)
    ground = rng.integers(0, 200, (96, 128, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 128, 96, "yuv420p", 2_000_000
        for n in range(FRAMES):
            shown = np.roll(ground, n, axis=1)
            y, x = n % 64, (3 * n) % 96
            shown[y : y + 24, x : x + 24] = (220, 30, 30)
            for packet in stream.encode(av.VideoFrame.from_ndarray(shown)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def walk(sandbox: Sandbox, pool: ExpertPool, clip: Path) -> tuple[float, list[bool]]:
    """One run of the walking program in the sandbox, with a media store of its own."""
    media = MediaStore()
    ref = media.add_video(clip, samples=FRAMES)
    media.video(ref.media).frame(0)  # starts the decoder
    limits = Limits(wall_s=300.0, calls=10 * FRAMES)
    took, ran = timed(
        lambda: sandbox.run(WALK, inputs={"video": ref}, runtime=InProcessRuntime(pool, media), limits=limits)
    )
    media.rest()
    assert ran.error is None, ran.error
    return took, ran.value


def crowd(pool: ExpertPool, pictures: Sequence[np.ndarray]) -> tuple[float, list[list[bool]]]:
    """All programs at once: each looks at parts of a picture of its own, one after the other."""

    def program(picture: np.ndarray) -> list[bool]:
        media = MediaStore()
        with use_runtime(InProcessRuntime(pool, media)):
            patch = ImagePatch(media.add(picture))
            parts = [patch.crop(8 * n, 0, 8 * n + 40, 96) for n in range(ASKED_EACH)]
            return [part.verify_property("square", "red") for part in parts]

    with ThreadPoolExecutor(PROGRAMS) as threads:
        return timed(lambda: list(threads.map(program, pictures)))


# -- the measurements --


def ratio(slow: Sequence[float], quick: Sequence[float]) -> dict[str, Any]:
    """How many times quicker: the median over runs that were made in turn."""
    each = sorted(a / b for a, b in zip(slow, quick, strict=True))
    return {
        "ratio": round(statistics.median(each), 2),
        "ratio_least": round(each[0], 2),
        "ratio_most": round(each[-1], 2),
        "slow_s": round(statistics.median(slow), 4),
        "quick_s": round(statistics.median(quick), 4),
        "runs": len(each),
    }


def runs_of(pool: ExpertPool) -> int:
    """How often the expert ran, without the once that loaded it."""
    return int(pool.status()["experts"]["bench-tiny-vit"]["runs"]) - 1


def speculation(sandbox: Sandbox, clip: Path, *, runs: int) -> dict[str, Any]:
    slow, quick = [], []
    for _ in range(runs):
        plain, guessing = warmed(make_pool(speculation=False)), warmed(make_pool())
        took_plain, wanted = walk(sandbox, plain, clip)
        took, found = walk(sandbox, guessing, clip)
        assert found == wanted
        slow.append(took_plain)
        quick.append(took)
    counts = guessing.status()["experts"]["bench-tiny-vit"]
    return {
        **ratio(slow, quick),
        "frames": FRAMES,
        "runs_of_the_expert": {
            "off": plain.status()["experts"]["bench-tiny-vit"]["runs"] - 1,
            "on": counts["runs"] - 1,
        },
        "guessed": counts["guessed"],
        "guesses_used": counts["guesses_used"],
        "guesses_wasted": counts["guesses_wasted"],
    }


def batching(*, runs: int) -> dict[str, Any]:
    slow, quick = [], []
    rng = np.random.default_rng(1)
    for _ in range(runs):
        pictures = [rng.integers(0, 256, (96, 128, 3), dtype=np.uint8) for _ in range(PROGRAMS)]
        single, joined = warmed(make_pool(batching=False)), warmed(make_pool())
        took_single, wanted = crowd(single, pictures)
        took, found = crowd(joined, pictures)
        assert found == wanted
        slow.append(took_single)
        quick.append(took)
    counts = joined.status()["experts"]["bench-tiny-vit"]
    return {
        **ratio(slow, quick),
        "programs": PROGRAMS,
        "questions": PROGRAMS * ASKED_EACH,
        "mean_batch": round((counts["computed"] - 1) / (counts["runs"] - 1), 1),
    }


def remembering(sandbox: Sandbox, clip: Path, *, runs: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rng = np.random.default_rng(2)
    pictures = [rng.integers(0, 256, (96, 128, 3), dtype=np.uint8) for _ in range(PROGRAMS)]
    for where in ("memory", "disk"):
        cold_walk, warm_walk, cold_crowd, warm_crowd = [], [], [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                kept = KeptResults(Path(folder)) if where == "disk" else None
                pool = warmed(make_pool(kept=kept, speculation=False, batching=False))
                cold, wanted = walk(sandbox, pool, clip)
                cold_walk.append(cold)
                cold, seen = crowd(pool, pictures)
                cold_crowd.append(cold)
                if where == "disk":
                    pool = make_pool(kept=kept, speculation=False, batching=False)  # as another process finds it
                warm, again = walk(sandbox, pool, clip)
                warm_walk.append(warm)
                warm, seen_again = crowd(pool, pictures)
                warm_crowd.append(warm)
                assert (again, seen_again) == (wanted, seen)
                if kept is not None:
                    kept.close()
        found[where] = {"walk": ratio(cold_walk, warm_walk), "crowd": ratio(cold_crowd, warm_crowd)}
    return found


def settle() -> None:
    """Put the expert's verdicts in the middle of what random pictures give, so that both occur."""
    import torch

    expert = TinyViT()
    expert.load()
    rng = np.random.default_rng(3)
    shown = torch.from_numpy(rng.integers(0, 256, (64, 3, 64, 64), dtype=np.uint8)).float() / 255
    with torch.inference_mode():
        logits = expert.head(expert.layers(expert.patches(shown).flatten(2).transpose(1, 2)).mean(1))
    TinyViT.middle = float(logits.median())


def machine(device: str) -> dict[str, Any]:
    import torch

    return {
        "machine": torch.cuda.get_device_name(0) if device.startswith("cuda") else platform.processor() or "CPU",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "device": device,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.now(tz=UTC).date().isoformat(),
        "command": " ".join(["python", *sys.argv]),
    }


MARKS = ("<!-- measured: python benchmarks/pool.py -->", "<!-- end of what is measured -->")


def paged(page: str, figures: dict[str, Any]) -> str:
    """The page with the table of these figures between its two marks."""
    ahead, again = figures["speculation"], figures["remembering"]
    runs = ahead["runs_of_the_expert"]
    rows = [
        (
            "200 frames walked one by one, frames ahead",
            ahead,
            f"{runs['off']} runs of the expert become {runs['on']}; {ahead['guesses_wasted']} guesses wasted",
        ),
        (
            "16 programs at once, batches",
            figures["batching"],
            f"{figures['batching']['mean_batch']} requests in a batch on average",
        ),
        (
            "the walk again, remembered in memory",
            again["memory"]["walk"],
            "what remains is starting a confined process and 200 turns of its pipe",
        ),
        ("the 16 programs again, remembered in memory", again["memory"]["crowd"], ""),
        ("the walk again, remembered on disk", again["disk"]["walk"], "as a later process finds it"),
        ("the 16 programs again, remembered on disk", again["disk"]["crowd"], ""),
    ]
    lines = ["| measured | without | with | times quicker | |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {one['slow_s']:.2f} s | {one['quick_s']:.2f} s | "
        f"{one['ratio']} ({one['ratio_least']} to {one['ratio_most']}) | {note} |"
        for name, one, note in rows
    ]
    where = "one thread of a CPU" if figures["device"] == "cpu" else figures["machine"]
    lines += [
        "",
        f"Torch {figures['torch']}, {where} with {figures['cores']} cores under a load of {figures['load']}, "
        f"{figures['date']}; {ahead['runs']} runs of each.",
    ]
    start, end = (page.index(mark) for mark in MARKS)
    return page[: start + len(MARKS[0])] + "\n\n" + "\n".join(lines) + "\n\n" + page[end:]


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--json", type=Path, required=True, help="where the figures go")
    told.add_argument("--page", type=Path, help="a page whose table of figures is written anew")
    told.add_argument("--runs", type=int, default=5, help="of each of the two ways")
    told.add_argument("--device", default="cpu")
    given = told.parse_args()
    import torch

    torch.set_num_threads(1)
    TinyViT.accelerated = given.device != "cpu"
    settle()
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        clip = make_clip(Path(folder) / "walk.mp4")
        figures = {
            **machine(given.device),
            "speculation": speculation(sandbox, clip, runs=given.runs),
            "batching": batching(runs=given.runs),
            "remembering": remembering(sandbox, clip, runs=given.runs),
        }
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if given.page is not None:
        given.page.write_text(paged(given.page.read_text("utf-8"), figures), "utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
