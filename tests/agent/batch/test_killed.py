"""A batch that is killed at any moment and started again ends with the rows and answers of one that was not."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.support.batching import clip, write_csv

LONG = bool(os.environ.get("SIGHTLINE_LONG_TESTS"))  # 2,000 rows take minutes
ROOT = Path(__file__).resolve().parents[3]
TIMES = {"seconds", "plan_seconds", "program_seconds", "expert_seconds"}
# What depends on who came first: where tokens were counted, and which calls found their answer in memory.
CHANCE = {"tokens_in", "tokens_out", "cached_calls"}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A folder with twenty short clips."""
    folder = tmp_path_factory.mktemp("clips")
    for seed in range(20):
        clip(folder / f"{seed:02d}.mp4", seed=seed)
    return folder


def manifest(folder, *, videos, questions):
    queries = [f"seen {color} {step}" for step in range(1, questions // 2 + 1) for color in ("red", "blue")]
    rows = [
        {"media": f"{v:02d}.mp4", "query": q, "id": f"{v}-{k}"} for k, q in enumerate(queries) for v in range(videos)
    ]
    return write_csv(folder / f"m{videos}x{questions}.csv", rows)


def start(path, out, **more):
    told = {"manifest": str(path), "out": str(out), **more}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.support.batch_run", json.dumps(told)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT, start_new_session=True
    )


def killed_after(process, rows):
    """Kill the process, and nothing else, once so many more rows are durable; False when it finished before."""
    first = None
    with process:
        for line in process.stdout:
            if line.startswith("finished"):
                return False
            first = int(line) if first is None else first
            if int(line) - first >= rows:
                os.kill(process.pid, signal.SIGKILL)
                return True
    raise AssertionError("the batch ended without a word")


def answers(out):
    rows = parquet.read_table(out).to_pylist()
    return [{key: value for key, value in row.items() if key not in TIMES | CHANCE} for row in rows]


def same_after_kills(folder, path, *, kills, rows, seed, **more):
    whole, cut = folder / "whole.parquet", folder / "cut.parquet"
    assert not killed_after(start(path, whole, **more), 10**9)
    rng, died = random.Random(seed), 0
    while died < kills and killed_after(start(path, cut, **more), rng.randrange(rows // kills)):
        died += 1
    assert died == kills
    assert not killed_after(start(path, cut, **more), 10**9)
    assert answers(cut) == answers(whole)
    return answers(whole)


def test_a_killed_batch_ends_like_one_that_was_not(clips, tmp_path):
    found = same_after_kills(tmp_path, manifest(clips, videos=3, questions=20), kills=2, rows=50, seed=1)
    assert len(found) == 60
    assert {row["status"] for row in found} == {"answered"}
    assert len({row["answer"] for row in found}) > 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_rows_survive_ten_kills(clips, tmp_path):
    questions = 100 if LONG else 12
    rows = 20 * questions
    path = manifest(clips, videos=20, questions=questions)
    found = same_after_kills(tmp_path, path, kills=10, rows=rows * 9 // 10, seed=2)
    assert len(found) == rows
    assert {row["status"] for row in found} == {"answered"}
