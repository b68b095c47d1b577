"""The README is true: its links lead somewhere, its commands exist, its code prints what it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# (remark in front, language, text) of each fenced block
BLOCKS = re.findall(r"(?:<!-- (.*?) -->\n)?```(\w*)\n(.*?)```", README, flags=re.S)
SHELL = [line for remark, language, text in BLOCKS if language == "sh" and not remark for line in text.splitlines()]
NEEDING_A_KEY = [line for remark, _, text in BLOCKS if remark == "needs a key" for line in text.splitlines()]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT / "src"),
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with the examples in it, so that files of the commands do not land in the checkout."""
    path = tmp_path_factory.mktemp("readme")
    (path / "examples").symlink_to(ROOT / "examples")
    return path


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_lead_to_files(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_picture_is_small_enough_to_load_quickly() -> None:
    assert (ROOT / "docs/images/report.png").stat().st_size <= 300_000


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith("make ")])
def test_make_targets_exist(line: str) -> None:
    target = line.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)


def test_the_test_command_is_what_continuous_integration_runs() -> None:
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("\nmake test")


@pytest.mark.slow
def test_python_blocks_print_what_stands_below_them(folder: Path) -> None:
    pairs = [(text, BLOCKS[n + 1][2]) for n, (_, language, text) in enumerate(BLOCKS) if language == "python"]
    assert pairs
    for code, expected in pairs:
        ran = run([sys.executable, "-c", code], folder)
        assert ran.stdout == expected, ran.stderr


@pytest.mark.slow
def test_commands_work_in_the_order_in_which_they_stand(folder: Path) -> None:
    lines = [line for line in SHELL if line.startswith("sightline ")]
    assert lines
    for line in lines:
        command = [sys.executable, "-m", "sightline.ui.cli", *shlex.split(line)[1:]]
        ran = run(command, folder)
        assert ran.returncode == 0, f"{line}\n{ran.stderr}"
        assert ran.stdout


@pytest.mark.parametrize("line", [line for line in NEEDING_A_KEY if line.startswith("sightline ")])
def test_commands_that_need_a_key_have_flags_that_exist(line: str) -> None:
    words = shlex.split(line)
    told = run([sys.executable, "-m", "sightline.ui.cli", words[1], "--help"], ROOT).stdout
    assert all(word in told for word in words if word.startswith("--"))


def test_the_planners_figures_are_those_that_its_commands_wrote() -> None:
    results = ROOT / "benchmarks" / "results"
    for name, figures in json.loads((results / "planner.json").read_text())["sets"].items():
        assert f"| {figures['exact_match']:.1%} |" in README, name
    people = json.loads((results / "asked_by_people.json").read_text())
    right, asked = people["answerable"]["right"], people["answerable"]["n"]
    assert f"{right} of {asked}" in README
