"""Planners by name."""

from __future__ import annotations

import pytest

from sightline.agent.planners.llm import LLMPlanner
from sightline.agent.planners.names import make_planner
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.tools.errors import BadRequest


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("openai:gpt-5", "openai:gpt-5"),
        (" OpenAI:gpt-5 ", "openai:gpt-5"),
        ("ollama:llama3:8b", "ollama:llama3:8b"),
        ("google-genai:gemini-pro", "google_genai:gemini-pro"),
        ("http://localhost:8000/v1#qwen/qwen3-8b", "http://localhost:8000/v1#qwen/qwen3-8b"),
    ],
)
def test_names_of_chat_models(given: str, name: str) -> None:
    planner = make_planner(given)
    assert isinstance(planner, LLMPlanner)
    assert planner.name == name


def test_a_planner_stands_for_itself() -> None:
    planner = ScriptedPlanner("def execute_command(image):\n    return 1")
    assert make_planner(planner) is planner


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nativ", "did you mean native"),
        ("opnai", "did you mean openai:gpt-5"),
        ("", "use native, provider:model"),
        ("gpt-5", "provider:model"),
        ("openai:", "provider:model"),
        ("http://localhost:8000/v1", "names no model"),
        ("http://", "names no model"),
    ],
)
def test_other_names_are_told_what_names_there_are(given: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        make_planner(given)


def test_what_is_no_planner_is_refused() -> None:
    with pytest.raises(BadRequest, match="not int"):
        make_planner(3)  # type: ignore[arg-type]


def test_making_one_loads_no_model_package() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from sightline.agent.planners.names import make_planner; make_planner('openai:gpt-5');"
        "print([name for name in ('langchain', 'openai', 'torch') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
