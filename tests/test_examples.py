"""The example scripts run as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, str(script), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.name)
def test_an_example_begins_by_saying_what_it_shows(script: Path) -> None:
    assert script.read_text(encoding="utf-8").startswith(('"""', "# "))


@pytest.mark.slow
def test_many_questions_are_answered_and_a_missing_photograph_costs_only_its_row() -> None:
    ran = run(ROOT / "examples/ask_many.py")
    assert ran.returncode == 0, ran.stderr
    faces, color, text, missing = ran.stdout.splitlines()
    assert faces.endswith(" 1")
    assert color.endswith(" blue")
    assert text.endswith(" COMO HOPPER")
    assert "no-such-photo.jpg" in missing


def test_an_expert_of_ones_own_answers_a_program() -> None:
    ran = run(ROOT / "examples/own_expert.py", str(ROOT / "examples/photos/page.png"))
    assert (ran.returncode, ran.stdout) == (0, "bright\n"), ran.stderr


def test_the_chat_model_example_tells_plainly_that_a_key_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    photo = str(ROOT / "examples/photos/page.png")
    ran = run(ROOT / "examples/chat_model.py", "openai:some-model", photo, "Which word is the largest?")
    assert ran.returncode == 0, ran.stderr
    assert "no_plan" in ran.stdout
    assert "OPENAI_API_KEY" in ran.stdout
