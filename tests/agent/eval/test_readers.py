"""Tiny data sets in the published layouts are read and scored, with values that were worked out by hand."""

import json
import pickle

import pytest
from PIL import Image
from tests.support.batching import clip

from sightline.agent.eval.datasets import read_data_set
from sightline.agent.eval.figures import figures
from sightline.agent.eval.judging import judge
from sightline.agent.eval.reply import Reply
from sightline.tools.errors import BadRequest


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30)).save(path)


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


class Says:
    """Answers by question."""

    def __init__(self, **replies):
        self._replies = replies

    def answer(self, asked):
        given = self._replies[asked.question.split()[0].strip("?").lower()]
        return Reply(text=given) if isinstance(given, str) else Reply(text="it", box=given)


def figures_of(data, **replies):
    return figures(judge(Says(**replies), data), metric=data.metric)


# -- GQA --


def gqa(folder):
    picture(folder / "images" / "n161313.jpg")

    def row(question, answer, kind):
        types = {"detailed": "x", "semantic": "obj", "structural": kind}
        return {"imageId": "n161313", "question": question, "answer": answer, "isBalanced": True, "types": types}

    rows = {
        "201307251": row("Is it overcast?", "no", "verify"),
        "201640614": row("Who is wearing the dress?", "women", "query"),
        "202225914": row("What color is it?", "white", "query"),
    }
    write(folder / "testdev_balanced_questions.json", rows)


def test_gqa(tmp_path):
    gqa(tmp_path)
    data = read_data_set("gqa", tmp_path)
    assert [(i.id, i.asked.image.name, i.answer, i.family) for i in data.items] == [
        ("201307251", "n161313.jpg", "no", "verify"),
        ("201640614", "n161313.jpg", "women", "query"),
        ("202225914", "n161313.jpg", "white", "query"),
    ]
    found = figures_of(data, **{"is": "No", "who": "woman", "what": "white"})
    assert found["accuracy"] == round(2 / 3, 4)
    assert found["measures"] == {"open": 0.5, "binary": 1.0}
    assert len(read_data_set("gqa", tmp_path, limit=2).items) == 2


# -- VQAv2, OK-VQA --


def vqa(folder, *, before):
    picture(folder / "val2014" / "COCO_val2014_000000262148.jpg")
    questions = [
        {"image_id": 262148, "question": "Where is he looking?", "question_id": 262148000},
        {"image_id": 262148, "question": "How many people?", "question_id": 262148001},
    ]
    answers = (["down"] * 4 + ["table"] * 3 + ["at table", "skateboard", "down"], ["2"] * 2 + ["3"] * 8)
    annotations = [
        {
            "question_type": "where",
            "multiple_choice_answer": most,
            "answers": [
                {"answer": a, "answer_confidence": "yes", "answer_id": k} for k, a in enumerate(given, start=1)
            ],
            "image_id": 262148,
            "answer_type": kind,
            "question_id": number,
        }
        for number, most, given, kind in (
            (262148000, "down", answers[0], "other"),
            (262148001, "3", answers[1], "number"),
        )
    ]
    write(
        folder / f"{before}OpenEnded_mscoco_val2014_questions.json",
        {"data_subtype": "val2014", "questions": questions},
    )
    write(folder / f"{before}mscoco_val2014_annotations.json", {"annotations": annotations})


@pytest.mark.parametrize(("name", "before"), [("vqav2", "v2_"), ("okvqa", "")])
def test_vqa(tmp_path, name, before):
    vqa(tmp_path, before=before)
    data = read_data_set(name, tmp_path)
    assert (data.name, data.metric) == (name, "vqa")
    assert [(i.id, i.answer, i.family, len(i.answers)) for i in data.items] == [
        ("262148000", "down", "other", 10),
        ("262148001", "3", "number", 10),
    ]
    found = figures_of(data, where="Table.", how="two")
    # three of ten said table: (3 * 2 + 7 * 3) / 30; two of ten said 2: (2 * 1 + 8 * 2) / 30
    assert found["accuracy"] == pytest.approx((27 / 30 + 18 / 30) / 2)
    assert found["families"]["number"]["accuracy"] == pytest.approx(0.6)


# -- RefCOCO --


def refcoco(folder, *, maker):
    picture(folder / "images" / "COCO_train2014_000000581857.jpg")

    def ref(number, split, *sentences):
        told = [{"sent": s, "raw": s, "sent_id": 10 * number + k, "tokens": s.split()} for k, s in enumerate(sentences)]
        return {
            "ref_id": number,
            "ann_id": 1719310,
            "category_id": 1,
            "image_id": 581857,
            "file_name": f"COCO_train2014_000000581857_{number}.jpg",
            "sent_ids": [one["sent_id"] for one in told],
            "sentences": told,
            "split": split,
        }

    refs = [ref(1, "train", "unseen"), ref(2, "val", "navy shirt", "woman in blue"), ref(3, "testA", "boy left")]
    (folder / f"refs({maker}).p").write_bytes(pickle.dumps(refs, protocol=0))
    instances = {
        "images": [{"id": 581857, "file_name": "COCO_train2014_000000581857.jpg", "width": 40, "height": 30}],
        "annotations": [{"id": 1719310, "image_id": 581857, "bbox": [10.0, 5.0, 20.0, 10.0]}],
    }
    write(folder / "instances.json", instances)


@pytest.mark.parametrize(("name", "maker"), [("refcoco", "unc"), ("refcoco+", "unc"), ("refcocog", "umd")])
def test_refcoco(tmp_path, name, maker):
    refcoco(tmp_path, maker=maker)
    data = read_data_set(name, tmp_path)
    assert [(i.id, i.asked.question, i.family, i.box) for i in data.items] == [
        ("2_20", "navy shirt", "val", (10.0, 5.0, 30.0, 15.0)),
        ("2_21", "woman in blue", "val", (10.0, 5.0, 30.0, 15.0)),
        ("3_30", "boy left", "testA", (10.0, 5.0, 30.0, 15.0)),
    ]
    found = figures_of(data, navy=(10, 5, 30, 15), woman=(10, 5, 22, 15), boy=(30, 5, 40, 15))
    assert found["measures"] == {
        "mean IoU": round((1 + 0.6 + 0) / 3, 4),
        "IoU >= 0.5": round(2 / 3, 4),
        "IoU >= 0.7": round(1 / 3, 4),
    }


def test_refcoco_does_not_run_what_a_pickle_would_run(tmp_path):
    refcoco(tmp_path, maker="unc")
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (ran.write_text, ("x",))

    (tmp_path / "refs(unc).p").write_bytes(pickle.dumps([Evil()]))
    with pytest.raises(BadRequest, match="only plain data"):
        read_data_set("refcoco", tmp_path)
    assert not ran.exists()


# -- NExT-QA --


def nextqa(folder, *, chosen):
    clip(folder / "videos" / "1164" / "3238737531.mp4", seed=1) if not (folder / "videos").exists() else None
    write(folder / "map_vid_vidorID.json", {"4010069381": "1164/3238737531"})
    head = "video,frame_count,width,height,question,answer,qid,type"
    rows = [
        ("how do the two man play", "0", "6", "CH", "roll the handle,tap their feet,strum,hit with sticks,pat"),
        ("where are they", "2", "2", "DL", "stage,street,party,field,hall"),
    ]
    lines = [head + (",a0,a1,a2,a3,a4" if chosen else "")]
    for question, answer, number, kind, options in rows:
        told = answer if chosen else options.split(",")[int(answer)]
        line = f"4010069381,369,640,480,{question},{told},{number},{kind}"
        lines.append(f"{line},{options}" if chosen else line)
    (folder / "val.csv").write_text("\n".join(lines) + "\n")


def test_nextqa_with_options(tmp_path):
    (tmp_path / "videos" / "1164").mkdir(parents=True)
    clip(tmp_path / "videos" / "1164" / "3238737531.mp4", seed=1)
    nextqa(tmp_path, chosen=True)
    data = read_data_set("nextqa", tmp_path)
    first, second = data.items
    assert (data.metric, first.id, first.family, second.family) == ("choice", "4010069381_6", "causal", "descriptive")
    assert first.asked.question == "how do the two man play?"
    assert (first.answer, second.answer) == ("roll the handle", "party")
    assert figures_of(data, how="A", where="at a party")["accuracy"] == 1.0
    assert figures_of(data, how="B", where="on the street or a stage")["accuracy"] == 0.0


def test_nextqa_without_options(tmp_path, monkeypatch):
    (tmp_path / "videos" / "1164").mkdir(parents=True)
    clip(tmp_path / "videos" / "1164" / "3238737531.mp4", seed=1)
    nextqa(tmp_path, chosen=False)
    data = read_data_set("nextqa", tmp_path)
    assert (data.metric, data.items[1].answer, data.items[1].asked.options) == ("wups", "party", None)
    monkeypatch.setattr("sightline.agent.eval.scoring.of_wordnet", lambda: lambda one, other: 0.5)
    found = figures_of(data, how="roll the handle", where="hall")
    assert found["measures"] == {"WUPS@0.0": 0.75, "WUPS@0.9": round((1 + 0.05) / 2, 4)}


# -- EgoSchema --


def test_egoschema(tmp_path):
    (tmp_path / "videos").mkdir()
    clip(tmp_path / "videos" / "0074f737.mp4", seed=2)
    options = {f"option {k}": f"C does thing {k}." for k in range(5)}
    rows = [{"q_uid": uid, "question": "What is C doing?", **options} for uid in ("0074f737", "unknown")]
    write(tmp_path / "questions.json", rows)
    write(tmp_path / "subset_answers.json", {"0074f737": 3})
    data = read_data_set("egoschema", tmp_path)
    (item,) = data.items
    assert (item.id, item.answer, len(item.asked.options)) == ("0074f737", "C does thing 3.", 5)
    assert figures_of(data, what="c does thing 3")["accuracy"] == 1.0
    assert figures_of(data, what="(C)")["accuracy"] == 0.0


# -- one's own --


@pytest.mark.parametrize(
    ("row", "metric", "answer"),
    [
        ({"answer": "Two"}, "exact", "Two"),
        ({"answer": True}, "exact", "yes"),
        ({"answer": 3}, "exact", "3"),
        ({"answer": ["a", "b", "b"]}, "vqa", "b"),
        ({"answer": "b", "options": ["a", "b"]}, "choice", "b"),
        ({"box": [1, 2, 3, 4]}, "box", ""),
    ],
)
def test_ones_own_questions(tmp_path, row, metric, answer):
    picture(tmp_path / "a.png")
    (tmp_path / "questions.jsonl").write_text(json.dumps({"image": "a.png", "question": "What?", "id": 7, **row}))
    data = read_data_set("jsonl", tmp_path)
    assert (data.metric, data.items[0].answer, data.items[0].id) == (metric, answer, "7")


# -- damage --


def broken(folder, name):
    if name == "gqa":
        gqa(folder)
        return folder / "testdev_balanced_questions.json"
    if name == "vqav2":
        vqa(folder, before="v2_")
        return folder / "v2_OpenEnded_mscoco_val2014_questions.json"
    if name == "refcoco":
        refcoco(folder, maker="unc")
        return folder / "instances.json"
    if name == "nextqa":
        (folder / "videos" / "1164").mkdir(parents=True)
        nextqa(folder, chosen=True)
        return folder / "val.csv"
    if name == "egoschema":
        write(folder / "subset_answers.json", {})
        write(folder / "questions.json", [])
        return folder / "questions.json"
    (folder / "questions.jsonl").write_text('{"image": "a.png", "question": "?", "answer": "x"}')
    return folder / "questions.jsonl"


SETS = ["gqa", "vqav2", "refcoco", "nextqa", "egoschema", "jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_damage_is_an_error_that_names_the_place(tmp_path, name):
    path = broken(tmp_path, name)
    for text in ("{]", '{"questions": [{"q": 1}], "annotations": [{"q": 1}], "images": []}', ""):
        path.write_text(text)
        with pytest.raises(BadRequest, match=tmp_path.name):
            read_data_set(name, tmp_path)
    path.unlink()
    with pytest.raises(BadRequest, match=tmp_path.name):
        read_data_set(name, tmp_path)


@pytest.mark.parametrize("name", ["gqa", "vqav2", "refcoco", "nextqa", "jsonl"])
def test_a_picture_that_is_missing_is_named(tmp_path, name):
    broken(tmp_path, name)
    for kind in ("*.jpg", "*.mp4"):
        for path in tmp_path.rglob(kind):
            path.unlink()
    with pytest.raises(BadRequest, match="missing, such as"):
        read_data_set(name, tmp_path)
