"""`sightline batch` as a person types it, and the page that sums it up."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.support.batching import picture, write_csv
from typer.testing import CliRunner

from sightline.ui.batch_page import write_batch_page
from sightline.ui.cli import app

ROOT = Path(__file__).resolve().parents[2]
COUNT = "def execute_command(image):\n    return ImagePatch(image).width\n"
ENDLESS = "def execute_command(image):\n    n = 0\n    while n >= 0:\n        n += 1\n    return n\n"
run = CliRunner()


@pytest.fixture
def folder(tmp_path):
    """A manifest over three pictures, one of which is missing, and a program."""
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    (tmp_path / "p.py").write_text(COUNT)
    rows = [{"media": name, "query": "<b>How</b> wide?", "split": "val"} for name in ("a.png", "b.png", "none.png")]
    write_csv(tmp_path / "m.csv", rows)
    return tmp_path


def batch(folder, *more):
    arguments = ["batch", str(folder / "m.csv"), "--out", str(folder / "r.parquet"), "--program", str(folder / "p.py")]
    return run.invoke(app, [*arguments, *map(str, more)])


def test_a_batch_says_what_it_did_and_writes_results_and_a_page(folder):
    done = batch(folder)
    assert done.exit_code == 0, done.output
    assert "3 rows in" in done.stderr
    assert "1 failed: 1 MediaNotFound" in done.stderr
    assert "failed: 1 bad_input (MediaNotFound)" in done.stderr
    assert [row["answer"] for row in parquet.read_table(folder / "r.parquet").to_pylist()] == ["200", "200", None]
    page = (folder / "r.html").read_text()
    assert "MediaNotFound" in page
    assert "<b>How</b>" not in page
    assert "&lt;b&gt;How" in page
    assert not re.search(r"<script|https?://|<link", page)
    assert 'id="only-bad_input"' in page


def test_a_batch_that_is_done_says_so_and_does_nothing(folder):
    batch(folder)
    again = batch(folder)
    assert again.exit_code == 0
    assert "complete already" in again.stderr


def test_quiet_says_nothing(folder):
    done = batch(folder, "--quiet", "--limit", "1", "--summary", folder / "page.html")
    assert (done.exit_code, done.output) == (0, "")
    assert (folder / "page.html").is_file()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--engine", "spark"], "no engine 'spark'"),
        (["--workers", "0"], "at least one worker"),
        (["--row-seconds", "0"], "needs some time"),
        (["--limit", "0"], "positive number"),
        (["--planner", "nobody", "--program", ""], "cannot read the program"),
        (["--profile", "nothing"], "nothing"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(folder, more, complaint):
    done = batch(folder, *more)
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.output


def test_results_that_cannot_be_written_are_exit_code_5(folder):
    (folder / "file").write_text("")
    done = run.invoke(app, ["batch", str(folder / "m.csv"), "--out", str(folder / "file" / "r.parquet")])
    assert done.exit_code == 5
    assert "cannot begin" in done.stderr


def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(folder):
    (folder / "p.py").write_text(ENDLESS.replace("n >= 0", "n < 300_000"))
    write_csv(folder / "m.csv", [{"media": "a.png", "query": f"q{k}"} for k in range(60)])
    code = "import sys; from sightline.ui.cli import app; from sightline.agent.batch import run as r;" + (
        "told = r._Run._write; keep = r.Ledger.keep\n"
        "def loud(self, *a):\n    kept = keep(self, *a); print('kept', len(kept), flush=True); return kept\n"
        "r.Ledger.keep = loud\napp(sys.argv[1:])"
    )
    command = ["batch", str(folder / "m.csv"), "--out", str(folder / "r.parquet"), "--program", str(folder / "p.py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    with process:
        for line in process.stdout:
            if re.match("kept [1-9]", line):
                process.send_signal(signal.SIGINT)
                break
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    stopped = re.search(r"stopped: (\d+) of 60 rows are done", told)
    assert stopped, told
    assert 0 < int(stopped.group(1)) < 60
    assert "Traceback" not in told
    again = run.invoke(app, command)
    assert again.exit_code == 0, again.output
    assert f"{stopped.group(1)} of 60 rows are done already" in again.stderr
    rows = parquet.read_table(folder / "r.parquet").to_pylist()
    assert [row["query"] for row in rows] == [f"q{k}" for k in range(60)]
    assert {row["status"] for row in rows} == {"answered"}


def test_failures_of_several_classes_can_be_looked_at_one_by_one(folder):
    (folder / "p.py").write_text("def execute_command(image):\n    return [][3]\n")
    batch(folder, "--quiet")
    page = (folder / "r.html").read_text()
    classes = re.findall(r'id="class-(\d)"> <code>(\w+)</code>', page)
    assert {name for _, name in classes} == {"IndexError", "MediaNotFound"}
    rows = re.findall(r'<tr class="row is-\w+ fails-(\d)">', page)
    number = {name: index for index, name in classes}
    assert sorted(rows) == sorted([number["IndexError"]] * 2 + [number["MediaNotFound"]])
    assert f"body:has(#class-{number['IndexError']}:checked) tr.row:not(.fails-{number['IndexError']})" in page
    assert "index out of range" in page  # an example of what a failure says


def test_a_page_is_written_of_results_that_lie_there(folder):
    batch(folder, "--quiet")
    page = Path(write_batch_page(folder / "deep" / "p.html", folder / "r.parquet")).read_text()
    facts = json.loads(parquet.read_schema(folder / "r.parquet").metadata[b"sightline.batch"])
    assert facts["manifest"].endswith("m.csv")
    assert "m.csv" in page
