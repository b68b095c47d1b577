"""A page on which talks are judged, and what the judgements do to the stream."""

import json
import re
from itertools import islice

import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.clips.clip import ClipRecipe
from sightline.tools.mllm.scenes.stream import Recipe
from sightline.tools.mllm.talk.marks import marked, read_marks
from sightline.tools.mllm.talk.review import main, review_page
from sightline.tools.mllm.talk.stream import TalkRecipe, bundle, bundles

SCENE = Recipe(width=96, height=72, print_share=0.5)
RECIPE = TalkRecipe(scene=SCENE, clip=ClipRecipe(scene=SCENE, seconds=1.0), talks=6, clip_share=0.3, pair_share=0.3)


@pytest.fixture(scope="module")
def made():
    return list(islice(bundles(2, 0, RECIPE), 8))


def write(tmp_path, marks):
    path = tmp_path / "marks.json"
    path.write_text(json.dumps({"marks": marks}))
    return path


def test_the_page_shows_every_talk_with_its_pictures_and_needs_no_network(made):
    page = review_page(made)
    assert re.findall(r'data-id="(\w+)"', page) == [talk.id for one in made for talk in one.talks]
    pictures = sum(len(one.samples) if one.clip is None else 8 for one in made)
    assert page.count("data:image/jpeg;base64,") == pictures
    assert not re.search(r"https?://|src=\"(?!data:)|@[A-Z]+@", page)
    regions = sum(len(t.given) + len(t.regions) for one in made for talk in one.talks for t in talk.turns)
    assert page.count("data-box=") == regions > 0


def test_marks_drop_and_correct_talks_and_leave_the_rest_alone(made, tmp_path):
    first, second, third = made[0].talks[:3]
    path = write(
        tmp_path,
        {
            first.id: {"verdict": "wrong"},
            second.id: {"verdict": "corrected", "answer": " something better "},
            third.id: {"verdict": "right"},
            "0123456789ab": {"verdict": "wrong"},
        },
    )
    marks = read_marks(path)
    changed = list(marked(made, marks))
    assert changed[0].talks[0].turns[-1].answer == "something better"
    assert all(m.side == "question" for m in changed[0].talks[0].turns[-1].mentions)
    assert changed[0].talks[1:] == made[0].talks[2:]
    assert changed[0].dropped["marked wrong"] == 1
    assert [one.talks for one in changed[1:]] == [one.talks for one in made[1:]]
    assert marks.unused == {"0123456789ab"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"marks": 3}', '{"marks": {"a": {"verdict": "fine"}}}', '{"marks": {"a": {"verdict": "corrected"}}}'],
)
def test_files_that_hold_no_marks_are_refused(tmp_path, text):
    path = tmp_path / "marks.json"
    path.write_text(text)
    with pytest.raises(BadRequest, match=r"marks\.json"):
        read_marks(path)
    with pytest.raises(BadRequest, match="no file"):
        read_marks(tmp_path / "none.json")


def test_the_command_writes_the_page_and_leaves_out_what_was_rejected(tmp_path, capsys):
    options = ["--count", "1", "--seed", "2", "--clip-share", "0", "--pair-share", "0"]
    assert main(["--out", str(tmp_path / "a.html"), *options]) == 0
    ids = re.findall(r'data-id="(\w+)"', (tmp_path / "a.html").read_text())
    path = write(tmp_path, {ids[0]: {"verdict": "wrong"}})
    assert main(["--out", str(tmp_path / "b.html"), *options, "--marks", str(path)]) == 0
    assert re.findall(r'data-id="(\w+)"', (tmp_path / "b.html").read_text()) == ids[1:]
    assert main(["--out", str(tmp_path / "c.html"), "--count", "0"]) == 2
    assert "--count" in capsys.readouterr().err


def test_what_people_could_type_into_a_picture_is_text_on_the_page(made):
    from dataclasses import replace

    one = made[0]
    turn = replace(one.talks[0].turns[-1], answer="<script>alert(1)</script>")
    nasty = replace(one, talks=(replace(one.talks[0], turns=(turn,)),))
    assert "<script>alert" not in review_page([nasty])


def test_records_of_bundles_are_plain_json():
    one = bundle(2, 0, RECIPE)
    record = json.loads(json.dumps(one.record()))
    assert [row["id"] for row in record["talks"]] == [talk.id for talk in one.talks]
