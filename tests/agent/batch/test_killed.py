"""A batch that is killed at any moment and started again ends with the rows and answers of one that was not."""

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.batching import clip, write_csv
from tests.support.embedded_rows import write_embedded_rows
from tests.support.results import answers, differing

LONG = bool(os.environ.get("SIGHTLINE_LONG_TESTS"))  # 2,000 rows take a quarter of an hour
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A folder with three short clips."""
    folder = tmp_path_factory.mktemp("clips")
    for seed in range(3):
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


def killed_after(process, rows, *, moment_s=0.0):
    """Kill the process, and nothing else, once so many more rows are durable and a moment later.

    False when it finished before that.
    """
    first = None
    with process:
        for line in process.stdout:
            if line.startswith("finished"):
                return False
            first = int(line) if first is None else first
            if int(line) - first >= rows:
                time.sleep(moment_s)  # or the kill would always follow a commit
                os.kill(process.pid, signal.SIGKILL)
                return True
    raise AssertionError("the batch ended without a word")


def same_after_kills(folder, path, *, kills, rows, seed, **more):
    whole, cut = folder / "whole.parquet", folder / "cut.parquet"
    assert not killed_after(start(path, whole, **more), 10**9)
    rng, died = random.Random(seed), 0
    for _ in range(kills):
        died += killed_after(start(path, cut, **more), rng.randrange(rows // kills), moment_s=rng.uniform(0, 0.3))
    assert died == kills
    assert not killed_after(start(path, cut, **more), 10**9)
    found = answers(whole)
    assert differing(answers(cut), found) == []
    return found


@pytest.mark.timeout(300)
def test_a_killed_batch_ends_like_one_that_was_not(clips, tmp_path):
    found = same_after_kills(tmp_path, manifest(clips, videos=3, questions=20), kills=2, rows=50, seed=1)
    assert len(found) == 60
    assert {row["status"] for row in found} == {"answered"}
    assert len({row["answer"] for row in found}) > 3


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches a process that is not its child")
def test_who_is_still_loading_models_ends_with_a_killed_batch(clips, tmp_path):
    told = tmp_path / "pid"
    os.mkfifo(told)
    path = manifest(clips, videos=1, questions=2)
    with start(path, tmp_path / "out.parquet", agent="endless", arguments={"notes": str(told)}) as process:
        worker = os.pidfd_open(int(told.read_text()))
        process.kill()
    try:
        ended, _, _ = select.select([worker], [], [], 60)
    finally:
        os.close(worker)
    assert ended


def test_a_worker_ends_when_the_other_side_is_gone_in_the_middle_of_a_line():
    ours, theirs = socket.socketpair()
    code = "import sys; from sightline.agent.batch.worker import main; main(sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    begin = {"agent": "tests.support.batching:make_agent", "arguments": {}, "workers": 2, "replan": False}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),), env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        theirs.close()
        with ours:
            ours.sendall(json.dumps({**begin, "traces": False}).encode() + b"\n")
            assert b"ready" in ours.makefile("rb").readline()
            ours.sendall(b'{"chunk": 0, "med')
        try:
            assert process.wait(timeout=60) == -signal.SIGKILL
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.timeout(7200 if LONG else 300)
def test_rows_on_the_embedded_profile_survive_kills_at_random_moments(tmp_path):
    videos, asked, kills = (20, 100, 10) if LONG else (2, 8, 2)
    path = write_embedded_rows(tmp_path, videos=videos, asked=asked)
    found = same_after_kills(tmp_path, path, kills=kills, rows=videos * asked * 9 // 10, seed=2, agent="embedded")
    assert [row["id"] for row in found] == [f"{video}-{k}" for k in range(asked) for video in range(videos)]
    answered = [row["answer"] for row in found if row["status"] == "answered"]
    assert len(answered) > videos * asked // 2
    assert len(set(answered)) > 3
