"""Both layouts of CLEVR are read alike, and damage is named."""

import json

import pytest
from PIL import Image

from sightline.agent.eval.datasets import data_set_names, read_data_set
from sightline.tools.errors import BadRequest

ROWS = [
    {"image": "a.png", "question": "How many cubes are there?", "answer": "2", "family": "zero_hop"},
    {"image": "b.png", "question": "Is there a ball?", "answer": "yes", "family": "zero_hop"},
]
SCENES = {"scenes": [{"image_filename": "a.png", "objects": []}, {"image_filename": "b.png", "objects": []}]}


def pictures(folder):
    folder.mkdir(parents=True)
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 3)).save(folder / name)


@pytest.fixture
def flat(tmp_path):
    pictures(tmp_path / "images")
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, ROWS)) + "\n\n")
    (tmp_path / "scenes.json").write_text(json.dumps(SCENES))
    return tmp_path


@pytest.fixture
def published(tmp_path):
    pictures(tmp_path / "images" / "val")
    rows = [
        {
            "image_filename": "a.png",
            "question": "How many cubes are there?",
            "answer": 2,
            "program": [{"function": "scene"}, {"function": "count"}],
        },
        {
            "image_filename": "b.png",
            "question": "Is there a ball?",
            "answer": True,
            "program": [{"function": "scene"}, {"function": "exist"}],
        },
        {
            "image_filename": "b.png",
            "question": "What size is it?",
            "answer": "Large",
            "program": [{"function": "query_size"}],
        },
        {
            "image_filename": "b.png",
            "question": "More balls than cubes?",
            "answer": "no",
            "program": [{"type": "greater_than"}],
        },
        {
            "image_filename": "b.png",
            "question": "Same color?",
            "answer": "no",
            "program": [{"function": "equal_color"}],
        },
    ]
    for kind, data in (("questions", {"questions": rows}), ("scenes", SCENES)):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"CLEVR_val_{kind}.json").write_text(json.dumps(data))
    return tmp_path


def test_the_flat_layout_is_read(flat):
    data = read_data_set("clevr", flat)
    assert [(i.asked.image.name, i.asked.question, i.answer, i.family) for i in data.items] == [
        ("a.png", "How many cubes are there?", "2", "zero_hop"),
        ("b.png", "Is there a ball?", "yes", "zero_hop"),
    ]
    assert {path.name for path in data.scenes} == {"a.png", "b.png"}


def test_the_published_layout_is_read_with_families_from_its_programs(published):
    data = read_data_set("clevr", published)
    assert [item.answer for item in data.items] == ["2", "yes", "large", "no", "no"]
    families = ["count", "exist", "query_attribute", "compare_integer", "compare_attribute"]
    assert [item.family for item in data.items] == families
    assert all(item.asked.image in data.scenes for item in data.items)


def test_a_limit_reads_the_first(flat, published):
    assert len(read_data_set("clevr", flat, limit=1).items) == 1
    with pytest.raises(BadRequest, match="limit"):
        read_data_set("clevr", flat, limit=0)


def test_scenes_may_be_missing(flat):
    (flat / "scenes.json").unlink()
    assert read_data_set("clevr", flat).scenes == {}


def damaged(flat, what):
    path = flat / "questions.jsonl"
    if what == "no folder":
        path.unlink()
    elif what == "no JSON":
        path.write_text("{]")
    elif what == "no answer":
        path.write_text(json.dumps({**ROWS[0], "answer": None}))
    elif what == "a row that is none":
        path.write_text("[1]")
    elif what == "empty":
        path.write_text("\n")
    elif what == "no picture":
        (flat / "images" / "a.png").unlink()
    elif what == "no scenes":
        (flat / "scenes.json").write_text("{}")


@pytest.mark.parametrize(
    "what", ["no folder", "no JSON", "no answer", "a row that is none", "empty", "no picture", "no scenes"]
)
def test_damage_is_an_error_that_names_the_place(flat, what):
    damaged(flat, what)
    with pytest.raises(BadRequest, match=flat.name):
        read_data_set("clevr", flat)


def test_another_name_is_told_what_there_is(flat):
    assert {"clevr", "gqa", "vqav2"} <= set(data_set_names())
    with pytest.raises(BadRequest, match="did you mean clevr"):
        read_data_set("clever", flat)
