"""A batch answers every row, shares what it can, and a row that goes wrong costs itself alone."""

import json
import threading

import pyarrow
import pytest
from pyarrow import parquet
from tests.support.batching import clip, picture, write_csv

from sightline.agent import read_traces
from sightline.agent.batch.crew import Crew, Recipe
from sightline.agent.batch.ledger import Ledger
from sightline.agent.batch.manifest import Row
from sightline.agent.batch.run import run_batch
from sightline.agent.batch.schema import FIELDS, METADATA
from sightline.agent.batch.summary import summary_of
from sightline.tools.errors import BadRequest, OutputFailed, PlannerUnavailable, SightlineError

AGENT = "tests.support.batching:make_agent"


@pytest.fixture
def world(tmp_path):
    """Two pictures and a clip in a folder, and a note of each plan."""
    picture(tmp_path / "a.png", reds=2, blues=1)
    picture(tmp_path / "b.png", reds=1)
    clip(tmp_path / "c.mp4", seed=3)
    return tmp_path


def run(world, rows, *, name="out.parquet", recipe=None, arguments=None, **more):
    manifest = write_csv(world / "m.csv", rows)
    given = {"notes": str(world / "notes"), **(arguments or {})}
    recipe = Recipe(agent=AGENT, arguments=given, **(recipe or {}))
    finished = run_batch(manifest, world / name, recipe=recipe, **more)
    return finished, parquet.read_table(world / name).to_pylist() if finished.complete else []


def plans(world):
    return [json.loads(line) for line in (world / "notes").read_text().splitlines()]


def test_every_row_is_answered_in_the_order_of_the_manifest(world):
    rows = [
        {"media": "b.png", "query": "count red", "id": "x", "answer": "1", "level": ""},
        {"media": "a.png", "query": "count red", "id": "y", "answer": "2", "level": "easy"},
        {"media": "b.png", "query": "count blue", "id": "z", "answer": "0", "level": "hard"},
    ]
    finished, results = run(world, rows)
    assert (finished.done, finished.total, finished.answered_now) == (3, 3, 3)
    assert [(r["id"], r["answer"], r["status"]) for r in results] == [
        ("x", "1", "answered"), ("y", "2", "answered"), ("z", "0", "answered"),
    ]  # fmt: skip
    assert [(r["given_answer"], r["level"]) for r in results] == [("1", ""), ("2", "easy"), ("0", "hard")]
    assert results[0]["media"] == str(world / "b.png")
    first = results[0]
    assert (first["planner"], first["model"], first["prompt_hash"]) == ("words", "words-1", "abc")
    assert first["experts"] == ["test-spots 7"]
    assert (first["expert_calls"], first["attempts"], first["confidence"]) == (1, 1, 0.9)
    assert sum(r["tokens_in"] for r in results) == 2 * 7  # two plans, whoever came first
    assert 0 < first["program_seconds"] <= first["seconds"]


def test_the_file_has_the_documented_columns_and_says_how_it_came_about(world):
    run(world, [{"media": "a.png", "query": "count red", "split": "val"}])
    schema = parquet.read_schema(world / "out.parquet")
    assert schema.names == [*FIELDS, "split"]
    assert schema.field("options").type == pyarrow.list_(pyarrow.string())
    facts = json.loads(schema.metadata[METADATA])
    assert (facts["agent"], facts["replan"]) == (AGENT, False)
    assert not (world / "out.parquet.work").exists()


def test_columns_keep_their_types_where_rows_agree(world):
    lines = [
        {"media": "a.png", "query": "noop", "n": 1, "x": 1, "ok": True, "mixed": "a", "deep": {"k": [1]}},
        {"media": "b.png", "query": "noop", "n": None, "x": 0.5, "ok": False, "mixed": 2, "deep": None},
    ]
    (world / "m.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run_batch(world / "m.jsonl", world / "o.parquet", recipe=Recipe(agent=AGENT))
    table = parquet.read_table(world / "o.parquet")
    assert [str(table.schema.field(n).type) for n in ("n", "x", "ok", "mixed")] == ["int64", "double", "bool", "string"]
    assert table["mixed"].to_pylist() == ['"a"', "2"]
    assert table["deep"].to_pylist() == ['{"k": [1]}', None]
    assert table["x"].to_pylist() == [1.0, 0.5]


def test_a_query_is_planned_once_and_a_video_is_decoded_once(world):
    rows = [{"media": m, "query": q} for q in ("seen red 1", "seen red 2", "seen blue 1") for m in ("c.mp4", "d.mp4")]
    clip(world / "d.mp4", seed=9)
    finished, results = run(world, rows)
    assert sorted(plans(world)) == [[q, "video", 0] for q in ("seen blue 1", "seen red 1", "seen red 2")]
    assert finished.spent == {"plans": 3, "decoded": 2 * 8, "experts": 2 * 2 * 8}
    assert sum(r["cached_calls"] for r in results) == 2 * 8
    assert all(r["status"] == "answered" and r["expert_calls"] == 8 for r in results)


def test_a_failure_is_mended_only_where_asked(world):
    rows = [{"media": "a.png", "query": "wrong"}, {"media": "b.png", "query": "wrong"}]
    _, results = run(world, rows)
    assert [(r["status"], r["failure"], r["attempts"]) for r in results] == [("api_misuse", "IndexError", 1)] * 2
    _, mended = run(world, rows, name="mended.parquet", recipe={"replan": True})
    assert [(r["answer"], r["attempts"]) for r in mended] == [("1", 2), ("0", 2)]


def ends(results):
    """How each row ended, by its query, or by its picture where that is not the usual one."""
    named = {r["query"] if "a.png" in r["media"] else r["media"].rpartition("/")[2]: r for r in results}
    assert all(r["reason"] for r in results if r["status"] != "answered")
    return {name: r["answer"] or (r["status"], r["failure"]) for name, r in named.items()}


def test_a_poisoned_row_costs_itself_alone(world):
    bad = ["count CRASH", "bomb", "none", "wrong"]
    rows = [{"media": "a.png", "query": q} for q in [*bad, "count red", "count blue"]]
    rows += [{"media": "missing.png", "query": "count red"}, {"media": "broken.png", "query": "count red"}]
    (world / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    finished, results = run(world, rows)
    assert ends(results) == {
        "count CRASH": ("expert_error", "Crashed"),
        "bomb": ("limit", "MemoryError"),
        "none": ("no_plan", "NoPlan"),
        "wrong": ("api_misuse", "IndexError"),
        "count red": "2",
        "count blue": "1",
        "missing.png": ("bad_input", "MediaNotFound"),
        "broken.png": ("bad_input", "BrokenMedia"),
    }
    assert finished.complete


@pytest.mark.slow
def test_a_row_that_hangs_costs_itself_alone(world):
    rows = [{"media": "a.png", "query": q} for q in ("count HANG", "loop", "count red", "count blue")]
    _, results = run(world, rows, recipe={"row_s": 20.0}, arguments={"wall_s": 5.0})
    assert ends(results) == {
        "count HANG": ("timeout", "Hung"),
        "loop": ("timeout", "ProgramTimeout"),
        "count red": "2",
        "count blue": "1",
    }


def test_a_crash_does_not_cost_the_plans_that_were_made(world):
    rows = [{"media": "a.png", "query": q} for q in ("count red", "count CRASH", "count blue")]
    run(world, rows, recipe={"workers": 1})
    assert [plan[0] for plan in plans(world)].count("count red") == 1


def test_a_planner_that_cannot_be_reached_stops_the_batch_and_keeps_what_is_done(world):
    rows = [{"media": "a.png", "query": "count red"}, {"media": "b.png", "query": "away"}]
    with pytest.raises(PlannerUnavailable, match="the endpoint is away"):
        run(world, rows, recipe={"workers": 1})
    ledger = Ledger(world / "out.parquet.work" / "ledger.sqlite")
    assert ledger.count() == (1, 2)
    ledger.close()


def test_an_agent_that_cannot_be_made_is_an_error_with_its_reason(world):
    manifest = write_csv(world / "m.csv", [{"media": "a.png", "query": "count red"}])
    with pytest.raises(BadRequest, match="no planner is called"):
        run_batch(manifest, world / "o.parquet", recipe=Recipe(arguments={"planner": "nobody"}))
    with pytest.raises(SightlineError, match="no_such_module"):
        run_batch(manifest, world / "p.parquet", recipe=Recipe(agent="no_such_module:make"))


def test_a_batch_that_was_stopped_goes_on_and_repeats_nothing(world):
    rows = [{"media": m, "query": q} for m in ("a.png", "b.png") for q in ("count red", "noop 1", "noop 2", "noop 3")]
    stop = threading.Event()
    first, _ = run(world, rows, recipe={"workers": 1}, stop=stop, tell=lambda p: stop.set() if p.done else None)
    assert 0 < first.done < 8
    seen = []
    second, results = run(world, rows, recipe={"workers": 1}, tell=lambda p: seen.append(p.done))
    assert seen[0] == first.done
    assert second.answered_now == 8 - first.done
    assert [r["answer"] for r in results] == ["2", "1", "1", "1", "1", "1", "1", "1"]
    assert len(plans(world)) == len({plan[0] for plan in plans(world)}) == 4


def test_a_finished_batch_is_not_done_again(world):
    rows = [{"media": "a.png", "query": "count red"}]
    run(world, rows)
    again, results = run(world, rows)
    assert (again.answered_now, again.complete, len(results)) == (0, True, 1)


def test_results_of_another_batch_are_not_written_over(world):
    run(world, [{"media": "a.png", "query": "count red"}])
    with pytest.raises(BadRequest, match="not the result of this batch"):
        run(world, [{"media": "a.png", "query": "count blue"}])
    (world / "table.parquet").write_text("mine")
    with pytest.raises(BadRequest, match="not the result of this batch"):
        run(world, [{"media": "a.png", "query": "count blue"}], name="table.parquet")
    assert (world / "table.parquet").read_text() == "mine"


def test_a_work_folder_of_another_batch_is_noticed(world):
    stop = threading.Event()
    stop.set()
    run(world, [{"media": "a.png", "query": "count red"}], stop=stop)
    with pytest.raises(BadRequest, match="another manifest"):
        run(world, [{"media": "a.png", "query": "count blue"}])


def test_two_processes_do_not_work_on_one_batch(world):
    import fcntl

    work = world / "out.parquet.work"
    work.mkdir()
    with (work / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutputFailed, match="in use"):
            run(world, [{"media": "a.png", "query": "count red"}])


def test_a_work_folder_that_became_read_only_is_an_error_that_says_what_is_kept(world):
    (world / "out.parquet.work" / "lock").mkdir(parents=True)  # whoever is root may write anywhere else
    with pytest.raises(OutputFailed, match=r"out.parquet.work cannot be written to: .*; what was done is kept there"):
        run(world, [{"media": "a.png", "query": "count red"}])


def test_ids_must_differ_and_nothing_is_kept_of_a_bad_manifest(world):
    with pytest.raises(BadRequest, match=r"two rows .* 'same'"):
        run(world, [{"media": "a.png", "query": "count red", "id": "same"}] * 2)
    _, results = run(world, [{"media": "a.png", "query": "count red", "id": "one"}])
    assert len(results) == 1


def test_a_full_disk_is_an_error_that_says_what_is_kept(world, monkeypatch):
    rows = [{"media": "a.png", "query": f"noop {k}", "more": "x" * 300} for k in range(60)]
    staged = Ledger.stage

    def on_a_small_disk(self, rows, facts):
        staged(self, rows, facts)
        (pages,) = self.database.execute("PRAGMA page_count").fetchone()
        self.database.execute(f"PRAGMA max_page_count={pages + 4}")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "stage", on_a_small_disk)
        with pytest.raises(OutputFailed, match=r"disk is full; \d+ of 60 rows are done and kept in .*run the same"):
            run(world, rows)
    _, results = run(world, rows)
    assert [r["status"] for r in results] == ["answered"] * 60


def test_a_place_that_cannot_be_written_to_is_an_error_before_any_work(world):
    (world / "file").write_text("")
    with pytest.raises(OutputFailed, match="cannot begin"):
        run(world, [{"media": "a.png", "query": "count red"}], name="file/out.parquet")
    with pytest.raises(BadRequest, match="as Parquet"):
        run(world, [{"media": "a.png", "query": "count red"}], name="out.csv")
    assert not (world / "notes").exists()


def test_traces_are_kept_where_asked(world):
    rows = [{"media": "a.png", "query": "count red"}, {"media": "a.png", "query": "count blue"}]
    run(world, rows, recipe={"traces": True})
    traces = read_traces(world / "out.parquet.traces.jsonl")
    assert [(t.header.question, t.answer.text) for t in traces] == [("count red", "2"), ("count blue", "1")]


def test_the_results_are_summed_up(world):
    run(world, [{"media": m, "query": q} for m in ("a.png", "b.png") for q in ("count red", "wrong", "none")])
    summary = summary_of(world / "out.parquet", most_rows=3, most_queries=2)
    assert dict(summary.tally.statuses) == {"answered": 2, "api_misuse": 2, "no_plan": 2}
    assert dict(summary.tally.failures) == {("api_misuse", "IndexError"): 2, ("no_plan", "NoPlan"): 2}
    assert (summary.tally.failed, summary.more_queries) == (4, 1)
    assert [row["status"] for row in summary.shown] == ["api_misuse", "no_plan", "api_misuse"]
    assert summary.queries["count red"].answered == 2
    with pytest.raises(BadRequest, match="does not hold"):
        summary_of(world / "m.csv")


def test_media_may_lie_where_fsspec_reaches(world):
    _, results = run(world, [{"media": f"file://{world}/a.png", "query": "count red"}])
    assert results[0]["answer"] == "2"
    _, results = run(world, [{"media": "nosuch://x/a.png", "query": "count red"}], name="o.parquet")
    assert (results[0]["status"], results[0]["failure"]) == ("bad_input", "MediaNotFound")


def test_a_ledger_gives_each_pending_row_once_and_by_media(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    rows = [Row(number=n, id=str(n), media="abc"[n % 3], query=f"q{n % 2}") for n in range(1100)]
    ledger.stage(rows, {"print": "x"})
    given = []
    for chunk in ledger.pending(most=16):
        assert len({rows[task.number].media for task in chunk.tasks}) == 1
        assert len(chunk.tasks) <= 16
        given += [task.number for task in chunk.tasks]
        kept = ledger.keep([{"number": task.number, "record": {}} for task in chunk.tasks])
        assert kept == [task.number for task in chunk.tasks]
        assert ledger.keep([{"number": kept[0], "record": {}}]) == []
    assert sorted(given) == list(range(1100))
    assert [rows[n].media for n in given] == sorted(rows[n].media for n in given)
    assert ledger.full_parts() == [0, 1]
    ledger.close()


def test_a_crew_leaves_no_process_behind(tmp_path):
    picture(tmp_path / "a.png")
    ledger = Ledger(tmp_path / "ledger")
    ledger.stage([Row(number=0, id="0", media=str(tmp_path / "a.png"), query="count red")], {})
    crew = Crew(Recipe(agent=AGENT))
    results = [result for told in crew.run(ledger.pending()) for result in told.results]
    assert results[0]["record"]["answer"] == "1"
    process = crew._process
    crew.close()
    assert process is not None
    assert process.returncode == 0
    ledger.close()
