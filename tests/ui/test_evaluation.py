"""`sightline eval` as a person types it."""

import json

import pytest
from typer.testing import CliRunner

from sightline.agent.eval.made import make
from sightline.ui.cli import app

run = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("eval") / "set"
    make(path, scenes=1, each=5, seed=8)
    return path


def test_the_table_goes_to_standard_output_and_the_figures_to_the_file(folder, tmp_path):
    out = tmp_path / "deep" / "figures.json"
    done = run.invoke(app, ["eval", "clevr", "--data", str(folder), "--mode", "planner", "--json", str(out), "--quiet"])
    assert done.exit_code == 0, done.output
    assert "5 questions about 1 pictures" in done.stdout
    assert "planner" in done.stdout
    figures = json.loads(out.read_text())["modes"]["planner"]
    assert figures["n"] == 5
    assert set(figures) >= {"accuracy", "families", "ece", "risk_coverage", "low", "high", "wrong"}


def test_wrong_answers_are_told_with_their_program(folder, tmp_path):
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    other = tmp_path / "other"
    other.mkdir()
    for name in ("images", "scenes.json"):
        (other / name).symlink_to(folder / name)
    (other / "questions.jsonl").write_text(json.dumps({**rows[0], "answer": "nonsense"}))
    done = run.invoke(app, ["eval", "clevr", "--data", str(other), "--mode", "planner", "--quiet"])
    assert "planner: 1 wrong" in done.stdout
    assert "right is nonsense" in done.stdout
    assert "def execute_command" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "clever", "--data", "."],
        ["eval", "clevr", "--data", "no-such-folder"],
        ["eval", "clevr", "--data", ".", "--mode", "guess"],
        ["eval", "clevr", "--data", ".", "--limit", "0"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments):
    done = run.invoke(app, arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_a_folder_gets_figures_rows_and_a_page(folder, tmp_path):
    out, program = tmp_path / "run", tmp_path / "p.py"
    program.write_text("def execute_command(image):\n    return 'yes'\n")
    for name, mode in (("a", "planner"), ("b", "fixed")):
        done = run.invoke(
            app,
            ["eval", "clevr", "--data", str(folder), "--mode", mode, "--out", str(out / name), "--quiet"]
            + (["--program", str(program)] if mode == "fixed" else []),
        )
        assert done.exit_code == 0, done.output
    figures = json.loads((out / "b" / "figures.json").read_text())
    assert figures["configuration"]["program"] == program.read_text()
    page = (out / "b" / "index.html").read_text()
    assert "Every way of answering" in page
    assert "<script" not in page
    rows = [json.loads(line) for line in (out / "b" / "rows-fixed.jsonl").read_text().splitlines()]
    assert [row["given"] for row in rows] == ["yes"] * 5
    first, second = str(out / "a" / "rows-planner.jsonl"), str(out / "b" / "rows-fixed.jsonl")
    compared = run.invoke(app, ["compare", first, second, "--page", str(tmp_path / "c.html")])
    assert compared.exit_code == 0, compared.output
    assert "5 questions; first" in compared.stdout
    assert "McNemar" in compared.stdout
    assert "Questions that only one has right" in (tmp_path / "c.html").read_text()


def test_runs_that_cannot_be_compared_are_exit_code_2(tmp_path):
    (tmp_path / "a.jsonl").write_text("")
    done = run.invoke(app, ["compare", str(tmp_path / "a.jsonl"), str(tmp_path / "none.jsonl")])
    assert done.exit_code == 2
    assert "none.jsonl" in done.stderr
