"""Manifests, results and pages may lie where fsspec reaches, and are there whole or not at all."""

import json

import fsspec
import pytest
from pyarrow import parquet
from tests.support.batching import picture

from sightline.agent.batch.crew import Recipe
from sightline.agent.batch.manifest import read_manifest
from sightline.agent.batch.places import Far, far_or_path, work_folder
from sightline.agent.batch.run import run_batch
from sightline.agent.batch.summary import summary_of
from sightline.tools.errors import BadRequest, MissingDependency, OutputFailed
from sightline.ui.batch_page import write_batch_page

RECIPE = Recipe(agent="tests.support.batching:make_agent")


@pytest.fixture
def far(tmp_path, monkeypatch):
    """fsspec's memory, empty, and a cache folder of the test's own."""
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def manifest(far, tmp_path):
    media = str(picture(tmp_path / "a.png", reds=2))
    rows = [{"media": media, "query": query} for query in ("count red", "count blue")]
    far.pipe("/bucket/rows.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return "memory://bucket/rows.jsonl"


def rows_at(far, path):
    with far.open(path, "rb") as file:
        return parquet.read_table(file).to_pylist()


def test_a_batch_from_one_address_to_another(far, tmp_path):
    out = "memory://bucket/deep/results.parquet"
    finished = run_batch(manifest(far, tmp_path), out, recipe=Recipe(agent=RECIPE.agent, traces=True))
    assert (finished.complete, str(finished.out)) == (True, out)
    assert [row["answer"] for row in rows_at(far, "/bucket/deep/results.parquet")] == ["2", "0"]
    assert far.cat("/bucket/deep/results.parquet.traces.jsonl").count(b'"count ') >= 2
    assert sorted(far.find("/bucket/deep")) == [
        "/bucket/deep/results.parquet", "/bucket/deep/results.parquet.traces.jsonl",
    ]  # fmt: skip
    assert not finished.work.exists()
    again = run_batch(manifest(far, tmp_path), out, recipe=Recipe(agent=RECIPE.agent, traces=True))
    assert (again.answered_now, again.total) == (0, 2)
    assert summary_of(out).tally.rows == 2
    assert write_batch_page("memory://bucket/page.html", out) == "memory://bucket/page.html"
    assert b"count red" in far.cat("/bucket/page.html")


def test_an_upload_that_fails_keeps_all_rows_and_is_tried_again(far, tmp_path, monkeypatch):
    out, rows = "memory://bucket/results.parquet", manifest(far, tmp_path)
    far.pipe("/bucket/results.parquet.kept", b"")

    def full(*arguments, **more):
        raise OSError("no space left in the bucket")

    with monkeypatch.context() as patched:
        patched.setattr(type(far), "mv", full)
        with pytest.raises(OutputFailed, match=r"no space left in the bucket; all 2 rows are done and kept in .*again"):
            run_batch(rows, out, recipe=RECIPE)
    assert far.find("/bucket") == ["/bucket/results.parquet.kept", "/bucket/rows.jsonl"]  # nothing that is half there
    finished = run_batch(rows, out, recipe=RECIPE)
    assert (finished.answered_now, finished.total) == (0, 2)
    assert len(rows_at(far, "/bucket/results.parquet")) == 2


def test_results_of_another_batch_are_not_written_over_at_an_address(far, tmp_path):
    far.pipe("/bucket/results.parquet", b"mine")
    with pytest.raises(BadRequest, match="not the result of this batch"):
        run_batch(manifest(far, tmp_path), "memory://bucket/results.parquet", recipe=RECIPE)
    assert far.cat("/bucket/results.parquet") == b"mine"


def test_media_are_named_from_where_their_manifest_lies(far):
    far.pipe("/bucket/rows.csv", b"media,query\nclips/a.mp4,?\n/data/b.mp4,?\ns3://other/c.mp4,?\n")
    rows = read_manifest("memory://bucket/rows.csv")
    assert [row.media for row in rows] == ["memory://bucket/clips/a.mp4", "/data/b.mp4", "s3://other/c.mp4"]


def test_a_folder_at_an_address_gives_its_pictures_and_videos(far):
    for name in ("b.png", "deeper/a.mp4", "notes.txt"):
        far.pipe(f"/bucket/{name}", b"x")
    rows = list(read_manifest("memory://bucket", query="What is it?"))
    assert [(row.id, row.media) for row in rows] == [
        ("b.png", "memory://bucket/b.png"), ("deeper/a.mp4", "memory://bucket/deeper/a.mp4"),
    ]  # fmt: skip
    with pytest.raises(BadRequest, match="--query"):
        list(read_manifest("memory://bucket"))
    with pytest.raises(BadRequest, match="no manifest memory://bucket/none"):
        list(read_manifest("memory://bucket/none.csv"))


def test_a_path_may_be_written_as_an_address(tmp_path):
    picture(tmp_path / "a b.png", reds=1)
    (tmp_path / "m.csv").write_text("media,query\na b.png,count red\n")
    finished = run_batch(f"file://{tmp_path}/m.csv", f"file://{tmp_path}/out%20put.parquet", recipe=RECIPE)
    assert finished.out == tmp_path / "out put.parquet"
    assert parquet.read_table(finished.out)["answer"].to_pylist() == ["1"]


def test_the_work_for_an_address_lies_on_this_machine_and_is_its_own(far, tmp_path):
    one, other = (work_folder(far_or_path(f"memory://{b}/results.parquet")) for b in ("a", "b"))
    assert one != other
    assert one.parent == other.parent == tmp_path / "cache" / "batches"
    assert work_folder(tmp_path / "r.parquet") == tmp_path / "r.parquet.work"


def test_an_address_whose_package_is_missing_says_what_to_install(monkeypatch):
    import builtins

    real = builtins.__import__

    def without_s3fs(name, *more, **others):
        if name.split(".")[0] == "s3fs":
            raise ImportError("No module named 's3fs'")
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", without_s3fs)
    for name in ("s3fs", "s3fs.core"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    with pytest.raises(MissingDependency, match="pip install 's3fs'"):
        Far("s3://bucket/results.parquet")
    with pytest.raises(BadRequest, match="no address that fsspec knows"):
        Far("nosuch://bucket/results.parquet")
