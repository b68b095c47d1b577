"""A run: takes up where it was, counts what it does, shares its batches, and leaves its figures."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import nn

from sightline.tools.errors import BadRequest, MissingDependency
from sightline.tools.mllm.training.plots import plot_run
from sightline.tools.mllm.training.practice import Progress, Rhythm, Step, practise
from sightline.tools.mllm.training.run import Run, Schedule
from sightline.tools.mllm.training.speed import FlopCount, peak_tflops
from sightline.tools.mllm.training.team import Team

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def begun(folder, *, length=6, **facts):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    return Run(net, Schedule(seed=3, steps=length, warm_up=2), folder, facts=facts)


def steps(start=0):
    for number in count(start):
        x = torch.randn(5, 4, generator=torch.Generator().manual_seed(number))
        yield Step(lambda net, x=x: (net(x) - x.sum(1, keepdim=True)).square().mean(), x.shape, 5)


def learn(run, **options):
    return practise(run, steps(run.step), judge=lambda: {"score": run.step / 10}, tell=lambda progress: None, **options)


def test_a_resumed_run_is_the_uninterrupted_run(tmp_path):
    whole = begun(tmp_path / "whole")
    learn(whole)
    cut = begun(tmp_path / "cut")
    source = steps()
    for _ in range(3):
        cut.advance(next(source).loss)
    cut.save()
    resumed = begun(tmp_path / "cut")
    resumed.begin(resume=True)
    assert resumed.step == 3
    learn(resumed)
    for state in ("net", "mean"):
        for name, value in getattr(whole, state).state_dict().items():
            assert torch.equal(value, getattr(resumed, state).state_dict()[name]), name


def test_a_run_in_the_way_is_not_overwritten_unless_it_is_to_be_resumed(tmp_path):
    begun(tmp_path).save()
    with pytest.raises(BadRequest, match="--resume"):
        begun(tmp_path).begin(resume=False)
    with pytest.raises(BadRequest, match="begun with"):
        begun(tmp_path, other="facts").begin(resume=True)


def test_the_folder_tells_what_happened(tmp_path):
    told: list[Progress] = []
    run = begun(tmp_path)
    figures = practise(
        run, steps(), judge=lambda: {"score": 0.5}, examples="rows", rhythm=Rhythm(keep_steps=4), tell=told.append
    )
    assert [one.step for one in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1].done == 1
    assert told[-1].left_s == 0
    assert json.loads((tmp_path / "figures.json").read_text()) == figures
    assert figures["steps"] == 6
    assert figures["last"]["score"] == 0.5
    assert figures["rows_per_second"] > 0
    assert [one["step"] for one in json.loads((tmp_path / "losses.json").read_text())] == [4, 6]
    assert json.loads((tmp_path / "config.json").read_text())["schedule"]["steps"] == 6


def test_curves_become_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    learn(begun(tmp_path))
    assert plot_run(tmp_path).read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_training_says_what_is_missing_and_goes_on(tmp_path, monkeypatch, capsys):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    assert learn(begun(tmp_path))["steps"] == 6
    assert "pip install 'sightline[train]'" in capsys.readouterr().err
    with pytest.raises(MissingDependency):
        plot_run(tmp_path)


def test_a_loss_that_is_no_number_ends_the_run(tmp_path):
    with pytest.raises(BadRequest, match="lower rate"):
        begun(tmp_path).advance(lambda net: net(torch.full((1, 4), torch.inf)).sum())


def test_operations_are_those_of_the_matrix_products_there_and_back():
    net = nn.Linear(16, 32, bias=False)
    x = torch.randn(10, 16)
    _, flops = FlopCount().of(None, lambda: net(x).sum().backward())
    assert flops == 2 * 2 * 10 * 16 * 32  # the product, and the gradient of the weights: none is asked of the input
    _, frozen = FlopCount().of(None, lambda: net.requires_grad_(False)(x).sum())
    assert frozen == 2 * 10 * 16 * 32


def test_operations_follow_the_shape_of_a_step(tmp_path):
    run = begun(tmp_path, length=100)

    def advance(rows):
        before = run.flops
        run.advance(lambda net: net(torch.ones(rows, 4)).mean(), shape=rows)
        return run.flops - before

    few, many, again = advance(4), advance(40), advance(4)
    assert many == 10 * few
    assert again == few


def test_the_peak_is_measured_for_the_threads_in_use():
    peak = peak_tflops("cpu")
    assert peak > 0
    assert peak_tflops("cpu") == peak


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(BadRequest, match="no device"):
        Team("cuda:99")
    with pytest.raises(BadRequest, match="no device"):
        Team("toaster")


TOGETHER = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
sys.path.insert(0, sys.argv[2])
from tests.tools.mllm.multimodal import tiny
from sightline.tools.mllm.multimodal.train import Course, begun
from sightline.tools.mllm.training import run as runs
from sightline.tools.mllm.training.run import Schedule
runs.has_bf16 = lambda device: False  # its roundings depend on how a batch is cut
out = Path(sys.argv[1])
course = Course(stage="language", out=out, schedule=Schedule(seed=2, steps=4, rate=2e-3, warm_up=2), batch=6,
                decoder=tiny.config().decoder)
run, steps, held = begun(course)
for _ in range(4):
    step = next(steps)
    run.advance(step.loss, shape=step.shape)
run.save()
run.team.wait()
run.team.part()
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path):
    pytest.importorskip("accelerate")
    script = tmp_path / "together.py"
    script.write_text(TOGETHER)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OMP_NUM_THREADS": "1"}
    states = []
    for name, launcher in (
        ("one", [sys.executable]),
        ("two", [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]),
    ):
        command = [*launcher, str(script), str(tmp_path / name), str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110)
        assert done.returncode == 0, done.stderr[-3000:]
        states.append(torch.load(tmp_path / name / "language" / "checkpoint.pt", weights_only=True))
    one, two = states
    assert one["step"] == two["step"] == 4
    for name, value in one["net"].items():
        assert torch.allclose(value, two["net"][name], atol=1e-5), name


def test_a_launch_that_shards_parameters_is_refused(monkeypatch):
    pytest.importorskip("accelerate")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(BadRequest, match="FSDP"):
        Team("cpu")


def test_a_batch_is_shared_without_rest(monkeypatch):
    team = Team("cpu")
    for size in (1, 2, 3, 5):
        rows = []
        for rank in range(size):
            team.size, team.rank = size, rank
            rows += list(range(7))[team.share(7)]
        assert rows == list(range(7))
    team.size = 8
    with pytest.raises(BadRequest, match="larger"):
        team.share(7)
