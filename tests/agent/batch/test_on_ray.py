"""The engine for a cluster gives what the local one gives, and a worker that is killed costs no row."""

import os
import random
import signal
import threading
from pathlib import Path

import pytest
from tests.support.batching import clip, picture, write_csv
from tests.support.embedded_rows import write_embedded_rows
from tests.support.results import answers, differing

from sightline.agent.batch.crew import Recipe
from sightline.agent.batch.run import run_batch
from sightline.tools.errors import BadRequest

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

AGENT = "tests.support.batching:make_agent"
LONG = bool(os.environ.get("SIGHTLINE_LONG_TESTS"))  # 2,000 rows take a quarter of an hour

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(7200 if LONG else 600),
    # Ray's own: sockets and files that it leaves to the garbage collector, and what it is about to change.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ray")
    for seed in range(4):
        clip(folder / f"{seed}.mp4", seed=seed)
    picture(folder / "a.png", reds=2)
    queries = [f"seen {color} {step}" for step in range(1, 16) for color in ("red", "blue")]
    rows = [{"media": f"{seed}.mp4", "query": query} for query in queries for seed in range(4)]
    rows += [{"media": "a.png", "query": q} for q in ("count red", "wrong", "count CRASH", "none")]
    return write_csv(folder / "m.csv", rows)


@pytest.fixture(scope="module")
def whole(world):
    """The results of an uninterrupted local run."""
    out = world.with_name("local.parquet")
    run_batch(world, out, recipe=Recipe(agent=AGENT))
    return answers(out)


def test_ray_gives_the_rows_and_answers_of_a_local_run(world, whole, tmp_path):
    notes = tmp_path / "notes"
    recipe = Recipe(agent=AGENT, arguments={"notes": str(notes)})
    finished = run_batch(world, tmp_path / "out.parquet", recipe=recipe, engine="ray")
    assert finished.complete
    assert answers(tmp_path / "out.parquet") == whole
    assert finished.spent["plans"] == len(notes.read_text().splitlines()) == 34
    assert finished.spent["decoded"] <= 2 * 4 * 8  # at most once by each of two actors


def actors_of_this_process():
    """The processes of the actors of the Ray that this process has started."""

    def children(pid):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    below, found = children(os.getpid()), []
    while below:
        pid = below.pop()
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
            below += children(pid)
        except OSError:  # it has just ended
            continue
        if title.startswith(b"ray::") and b"_Operator" in title:
            found.append(pid)
    return found


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="finds the actors' processes through /proc"
)


@needs_proc
def test_a_worker_that_is_killed_costs_no_row(world, whole, tmp_path):
    killed = []

    def kill_one(progress):
        if progress.done and not killed:
            killed.append(actors_of_this_process()[0])
            os.kill(killed[0], signal.SIGKILL)

    finished = run_batch(world, tmp_path / "out.parquet", recipe=Recipe(agent=AGENT), engine="ray", tell=kill_one)
    assert killed
    assert finished.complete
    assert answers(tmp_path / "out.parquet") == whole


@needs_proc
@pytest.mark.skipif(not LONG, reason="takes a quarter of an hour: set SIGHTLINE_LONG_TESTS=1")
def test_many_rows_on_the_embedded_profile_survive_workers_that_are_killed(tmp_path):
    path, rng = write_embedded_rows(tmp_path, videos=20, asked=100), random.Random(3)
    run_batch(path, tmp_path / "whole.parquet")
    moments, killed = sorted(rng.sample(range(1, 1500), 3)), []

    def kill_some(progress):
        actors = actors_of_this_process()
        if actors and len(killed) < len(moments) and progress.done >= moments[len(killed)]:
            killed.append(rng.choice(actors))
            os.kill(killed[-1], signal.SIGKILL)

    finished = run_batch(path, tmp_path / "out.parquet", engine="ray", tell=kill_some)
    assert len(killed) == 3
    assert (finished.done, finished.answered_now) == (2000, 2000)
    assert differing(answers(tmp_path / "out.parquet"), answers(tmp_path / "whole.parquet")) == []


def test_a_run_that_was_stopped_on_ray_goes_on_locally(world, whole, tmp_path):
    stop = threading.Event()
    first = run_batch(
        world,
        tmp_path / "out.parquet",
        recipe=Recipe(agent=AGENT),
        engine="ray",
        stop=stop,
        tell=lambda progress: stop.set() if progress.done else None,
    )
    assert 0 < first.done < first.total
    run_batch(world, tmp_path / "out.parquet", recipe=Recipe(agent=AGENT))
    assert answers(tmp_path / "out.parquet") == whole


def test_an_actor_that_cannot_make_its_agent_says_why(world, tmp_path):
    recipe = Recipe(agent=AGENT, arguments={"wall_s": -1.0})
    with pytest.raises(BadRequest, match="wall_s"):
        run_batch(world, tmp_path / "out.parquet", recipe=recipe, engine="ray")
    with pytest.raises(BadRequest, match="GPUs"):
        run_batch(
            world, tmp_path / "o.parquet", recipe=Recipe(agent=AGENT), engine="ray", engine_options={"gpus": -1.0}
        )
