"""Manifests of every kind give the same rows, and a fault is named with its place."""

import json

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from sightline.agent.batch.manifest import read_manifest
from sightline.tools.errors import BadRequest

ROWS = [
    {"media": "a.png", "query": "How many?", "options": "1|2", "id": "first", "split": "val"},
    {"media": "s3://bucket/b.mp4", "query": "What, exactly?\nSay it.", "options": "", "id": "", "split": "test"},
]


def as_csv(path):
    quoted = "\n".join(",".join('"' + row[name].replace('"', '""') + '"' for name in ROWS[0]) for row in ROWS)
    path.write_text(",".join(ROWS[0]) + "\n" + quoted + "\n", "utf-8")


def as_jsonl(path):
    path.write_text("\n\n".join(map(json.dumps, ROWS)) + "\n", "utf-8")


def as_parquet(path):
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)


@pytest.mark.parametrize(("name", "write"), [("m.csv", as_csv), ("m.jsonl", as_jsonl), ("m.parquet", as_parquet)])
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    first, second = read_manifest(tmp_path / name)
    assert (first.number, first.id, first.media, first.query) == (0, "first", str(tmp_path / "a.png"), "How many?")
    assert (first.options, dict(first.extra)) == (("1", "2"), {"split": "val"})
    assert (second.id, second.media, second.options) == ("1", "s3://bucket/b.mp4", None)
    assert second.query == "What, exactly?\nSay it."


def test_a_query_of_the_batch_stands_in_where_a_row_has_none(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text('{"media": "a.png"}\n{"media": "b.png", "question": "Why?"}\n')
    assert [row.query for row in read_manifest(path, query="How many?")] == ["How many?", "Why?"]
    with pytest.raises(BadRequest, match=r"line 1 .* no query"):
        list(read_manifest(path))


def test_a_folder_gives_its_pictures_and_videos_by_name(tmp_path):
    (tmp_path / "deeper").mkdir()
    for name in ("b.PNG", "a.mp4", "notes.txt", "deeper/c.jpg"):
        (tmp_path / name).write_bytes(b"")
    rows = list(read_manifest(tmp_path, query="What is this?"))
    assert [row.id for row in rows] == ["a.mp4", "b.PNG", "deeper/c.jpg"]
    assert rows[2].media == str(tmp_path / "deeper" / "c.jpg")
    with pytest.raises(BadRequest, match="--query"):
        list(read_manifest(tmp_path))


def test_a_folder_without_pictures_is_no_batch(tmp_path):
    with pytest.raises(BadRequest, match="no pictures"):
        list(read_manifest(tmp_path, query="What?"))


def test_a_limit_takes_the_first_and_reads_no_further(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text('{"media": "a", "query": "?"}\nnot JSON')
    assert len(list(read_manifest(path, limit=1))) == 1
    with pytest.raises(BadRequest, match="limit"):
        list(read_manifest(path, limit=0))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("m.csv", "file,query\na,b\n", "no column media; it has file, query"),
        ("m.csv", "media,query\na,b\nc\n", "line 3 .* another number of fields"),
        ("m.csv", "media,query\na,b,c\n", "line 2 .* another number of fields"),
        ("m.csv", "media,media,query\na,b,c\n", "column media twice"),
        ("m.csv", "media,query\n,b\n", "line 2 .* no media"),
        ("m.csv", "media,query,options\na,b,[1\n", "line 2 .* options"),
        ("m.csv", 'media,query\n"a', "cannot be read as CSV"),
        ("m.jsonl", '{"media": "a", "query": "b"}\n{]', "line 2 .* not JSON"),
        ("m.jsonl", "[1]", "line 1 .* not a JSON object"),
        ("m.jsonl", '{"media": "a", "query": 3}', "line 1 .* no query"),
        ("m.jsonl", '{"media": "a", "query": "b", "options": ["x", 3]}', "line 1 .* options"),
        ("m.parquet", "no parquet", "cannot be read as Parquet"),
        ("m.xlsx", "", "ends in none of"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, name, text, complaint):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadRequest, match=complaint):
        list(read_manifest(tmp_path / name))


def test_a_manifest_that_is_not_there_or_no_text_is_bad_input(tmp_path):
    with pytest.raises(BadRequest, match="no manifest"):
        list(read_manifest(tmp_path / "none.csv"))
    (tmp_path / "m.csv").write_bytes(b"media,query\n\xff\xfe,b\n")
    with pytest.raises(BadRequest, match="UTF-8"):
        list(read_manifest(tmp_path / "m.csv"))


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1).filter(str.strip)


@given(query=texts, options=st.lists(texts, min_size=1, max_size=4), more=st.text(st.characters(codec="utf-8")))
def test_whatever_json_can_hold_comes_through(tmp_path_factory, query, options, more):
    path = tmp_path_factory.mktemp("manifests") / "m.jsonl"
    path.write_text(json.dumps({"media": "a", "query": query, "options": options, "more": more}))
    (row,) = read_manifest(path)
    assert (row.query, row.options, row.extra["more"]) == (query, tuple(one.strip() for one in options), more)
