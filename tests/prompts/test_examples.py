"""Every example program is sound: it passes the check and gives the right answer in a known world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.prompts.example_worlds import WORLDS, ExampleRuntime
from tests.support.running import plain, run_in_process

from sightline.agent.check import check_program
from sightline.prompts.library import BUILT_IN, Example, Library
from sightline.sandbox import Sandbox
from sightline.tools.errors import BadRequest

EXAMPLES = {example.name: example for example in Library().examples}


def test_every_example_has_a_world_and_every_world_an_example() -> None:
    assert set(WORLDS) == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_gives_the_right_answer(name: str) -> None:
    example = EXAMPLES[name]
    world, expected = WORLDS[name]
    runtime = ExampleRuntime({"media": world})
    inputs = {"possible_answers": list(example.options or ()), "query": example.question}
    assert plain(run_in_process(example.source, runtime, "media", inputs)) == expected


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_gives_the_same_answer_in_the_sandbox(name: str, sandbox: Sandbox) -> None:
    example = EXAMPLES[name]
    world, expected = WORLDS[name]
    runtime = ExampleRuntime({"media": world})
    inputs = {
        example.kind: runtime.reference("media"),
        "possible_answers": list(example.options or ()),
        "query": example.question,
    }
    result = sandbox.run(example.source, inputs=inputs, runtime=runtime)
    assert result.error is None
    assert plain(result.value) == expected


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_does_not_fail_where_there_is_nothing(name: str) -> None:
    example = EXAMPLES[name]
    empty = {"size": [640, 480], "objects": []}
    tables = {"people": [], "tracks": [], "segments": [], "moments": [], "shots": []}
    world = {**empty, **tables} if example.kind == "image" else {**tables, "size": [640, 480], "frames": [empty, empty]}
    inputs = {"possible_answers": list(example.options or ()), "query": example.question}
    run_in_process(example.source, ExampleRuntime({"media": world}), "media", inputs)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_passes_the_check(name: str) -> None:
    example = EXAMPLES[name]
    report = check_program(example.source, media_kind=example.kind, video_samples=30)
    assert report.issues == ()
    assert report.capabilities == example.capabilities


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_asks_only_for_what_its_code_says(name: str) -> None:
    example = EXAMPLES[name]
    world, _ = WORLDS[name]
    runtime = ExampleRuntime({"media": world})
    inputs = {"possible_answers": list(example.options or ()), "query": example.question}
    run_in_process(example.source, runtime, "media", inputs)
    assert {capability for capability, _ in runtime.calls} <= example.capabilities


def test_the_examples_are_many_and_of_both_kinds() -> None:
    kinds = [example.kind for example in EXAMPLES.values()]
    assert kinds.count("image") >= 24
    assert kinds.count("video") >= 8
    assert sum(example.options is not None for example in EXAMPLES.values()) >= 4


def test_no_two_examples_ask_the_same() -> None:
    questions = [example.question for example in EXAMPLES.values()]
    assert len(set(questions)) == len(questions)


def test_the_built_in_folder_holds_nothing_else() -> None:
    assert {path.stem for path in BUILT_IN.glob("*.py")} == set(EXAMPLES)


def test_a_folder_of_one_s_own_can_be_used(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "mine.py").write_text("# Where is Wally?\ndef execute_command(image):\n    return image.find('Wally')\n")
    (example,) = Library(folder).examples
    assert isinstance(example, Example)
    assert (example.name, example.question, example.kind) == ("mine", "Where is Wally?", "image")
    assert example.capabilities == {"detect"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def execute_command(image):\n    return 1\n", "comment that holds the question"),
        ("# What?\n# media: sound\ndef execute_command(x):\n    return 1\n", "image or video, not sound"),
        ("# What?\ndef execute_command(image:\n", "not a Python program"),
    ],
)
def test_a_file_that_is_no_example_is_named(tmp_path: object, source: str, said: str) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "odd.py").write_text(source)
    with pytest.raises(BadRequest, match=rf"odd\.py: .*{said}"):
        Library(folder)
