"""Tiny data sets in the published layouts are read and scored, with values that were worked out by hand."""

import json
import pickle

import pytest
from PIL import Image
from tests.support.batching import clip
from tests.support.wordnet_files import write_wordnet

from sightline.agent.eval import scoring
from sightline.agent.eval.datasets import read_data_set
from sightline.agent.eval.figures import figures
from sightline.agent.eval.judging import judge
from sightline.agent.eval.reply import Reply
from sightline.tools.errors import BadRequest, ExpertUnavailable


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
        if isinstance(given, list):  # of regions with their confidence, or of texts
            texts = isinstance(given[0], str)
            return Reply(text="several", ranking=tuple(given)) if texts else Reply(text="several", regions=tuple(given))
        return Reply(text=given) if isinstance(given, str) else Reply(text="it", box=given)


def figures_of(data, **replies):
    return figures(judge(Says(**replies), data), metric=data.metric)


# -- GQA --


def gqa(folder):
    picture(folder / "images" / "n161313.jpg")

    def row(question, answer, kind, *entailed):
        types = {"detailed": "x", "semantic": "obj", "structural": kind}
        told = {"imageId": "n161313", "question": question, "answer": answer, "isBalanced": True, "types": types}
        return {**told, "entailed": list(entailed)}

    rows = {
        "201307251": row("Is it overcast?", "no", "verify"),
        "201640614": row("Who is wearing the dress?", "women", "query", "201307251"),
        "202225914": row("What color is it?", "white", "query", "202225914", "201307251", "201640614", "unknown"),
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
    # of the two that "white" entails and that are asked, one is right; what a wrong answer entails does not count
    assert found["measures"] == {"open": 0.5, "binary": 1.0, "consistency": 0.5}
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


def clip_of_nextqa(folder):
    (folder / "videos" / "1164").mkdir(parents=True)
    clip(folder / "videos" / "1164" / "3238737531.mp4", seed=1)
    write(folder / "map_vid_vidorID.json", {"4010069381": "1164/3238737531"})


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
    clip_of_nextqa(tmp_path)
    nextqa(tmp_path, chosen=True)
    data = read_data_set("nextqa", tmp_path)
    first, second = data.items
    assert (data.metric, first.id, first.family, second.family) == ("choice", "4010069381_6", "causal", "descriptive")
    assert first.asked.question == "how do the two man play?"
    assert (first.answer, second.answer) == ("roll the handle", "party")
    assert figures_of(data, how="A", where="at a party")["accuracy"] == 1.0
    assert figures_of(data, how="B", where="on the street or a stage")["accuracy"] == 0.0


def test_nextqa_without_options(tmp_path, monkeypatch):
    pytest.importorskip("nltk")
    monkeypatch.setenv("WNSEARCHDIR", str(write_wordnet(tmp_path / "wordnet")))
    scoring._open_answers.cache_clear()
    clip_of_nextqa(tmp_path)
    lines = [
        "video,frame_count,width,height,question,answer,qid,type",
        "4010069381,369,640,480,what lies on the sofa,cat,3,DO",
        "4010069381,369,640,480,who runs,children,4,DO",
        "4010069381,369,640,480,how many are there,dogs,5,DC",
    ]
    (tmp_path / "test.csv").write_text("\n".join(lines) + "\n")
    write(tmp_path / "add_reference_answer_test.json", {"4010069381": {"4": "the kid"}})
    data = read_data_set("nextqa", tmp_path)
    assert (data.metric, data.items[0].answer, data.items[0].asked.options) == ("wups", "cat", None)
    assert (data.items[1].answers, data.items[2].literal) == (("children", "the kid"), True)
    # dog to cat is 2 * 2 / (3 + 3) in the WordNet of the tests; of a number nothing is near
    found = figures_of(data, what="a dog", who="A kid.", how="cats")
    assert found["measures"] == {"WUPS@0.0": round((2 / 3 + 1 + 0) / 3, 4), "WUPS@0.9": round((2 / 30 + 1) / 3, 4)}
    scoring._open_answers.cache_clear()


def test_nextqa_without_options_needs_wordnet_before_anything_is_asked(tmp_path, monkeypatch):
    pytest.importorskip("nltk")
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path))
    scoring._open_answers.cache_clear()
    clip_of_nextqa(tmp_path)
    nextqa(tmp_path, chosen=False)
    with pytest.raises(ExpertUnavailable, match="WordNet"):
        judge(Says(), read_data_set("nextqa", tmp_path))


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
        ({"boxes": [[1, 2, 3, 4]]}, "boxes", ""),
        ({"answer": "a dog", "metric": "text"}, "text", "a dog"),
    ],
)
def test_ones_own_questions(tmp_path, row, metric, answer):
    picture(tmp_path / "a.png")
    (tmp_path / "questions.jsonl").write_text(json.dumps({"image": "a.png", "question": "What?", "id": 7, **row}))
    data = read_data_set("jsonl", tmp_path)
    assert (data.metric, data.items[0].answer, data.items[0].id) == (metric, answer, "7")


def ones_own(folder, *rows):
    picture(folder / "a.png")
    (folder / "questions.jsonl").write_text("\n".join(json.dumps({"image": "a.png", **row}) for row in rows))
    return read_data_set("jsonl", folder)


def test_captions_are_judged_by_the_measures_of_texts(tmp_path, monkeypatch):
    for library in ("nltk", "sacrebleu"):
        pytest.importorskip(library)
    monkeypatch.setenv("WNSEARCHDIR", str(write_wordnet(tmp_path / "wordnet")))
    rows = [("What is it?", "a red car rolls away"), ("Where is it?", "blue dogs run here")]
    data = ones_own(tmp_path, *({"question": q, "answer": a, "metric": "text"} for q, a in rows))
    found = figures_of(data, what="a red automobile rolls away", where="blue dogs run here")["measures"]
    # one chunk each: 1 less 0.5 * (1 / 5) ** 3 and less 0.5 * (1 / 4) ** 3
    assert found["METEOR"] == pytest.approx(1 - (0.5 / 125 + 0.5 / 64) / 2, abs=1e-4)
    # 8 of 9 words, 5 of 7 pairs, 2 of 5 triples and 1 of 3 fours
    assert found["BLEU"] == pytest.approx((8 / 9 * 5 / 7 * 2 / 5 * 1 / 3) ** 0.25, abs=1e-4)
    # the second is perfect; of the first's grams 4 of 5, 2 of 4 and 0 of 3 and 2 are right, all equally rare
    assert found["CIDEr"] == pytest.approx(10 * ((4 / 5 + 2 / 4) / 4 + 1) / 2, abs=1e-4)


def test_what_is_said_is_judged_by_error_rates(tmp_path):
    pytest.importorskip("jiwer")
    rows = [("First?", "a red cube"), ("Then?", "it rolls")]
    data = ones_own(tmp_path, *({"question": q, "answer": a, "metric": "transcript"} for q, a in rows))
    found = figures_of(data, first="a red tube", then="It rolls.")
    assert found["measures"] == {"WER": round(1 / 5, 4), "CER": round(1 / 18, 4)}
    assert found["accuracy"] == round((2 / 3 + 1) / 2, 4)


def test_rankings_are_judged_by_recall_and_precision(tmp_path):
    one = {"question": "Which fit?", "options": list("abcd"), "answer": ["a", "d"], "metric": "ranking"}
    other = {**one, "question": "What else?", "answer": ["c"]}
    found = figures_of(ones_own(tmp_path, one, other), which=["a", "b", "c", "d"], what="b")
    assert found["measures"]["recall@1"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["measures"]["recall@5"] == pytest.approx((1 + 0) / 2)
    assert found["measures"]["mAP"] == found["accuracy"] == pytest.approx((1 + 2 / 4) / 2 / 2)


def test_all_of_a_kind_are_judged_by_average_precision(tmp_path):
    data = ones_own(
        tmp_path,
        {"question": "cubes", "boxes": [[0, 0, 10, 10], [20, 0, 30, 10]]},
        {"question": "balls", "boxes": [[0, 20, 10, 30]]},
    )
    found = figures_of(data, cubes=[((0, 0, 10, 10), 0.9), ((5, 5, 9, 9), 0.8)], balls=[((0, 20, 10, 26), 0.7)])
    # of two cubes the surest is right and the other missed; the ball overlaps by 6 / 10, enough up to 0.6
    assert found["measures"] == {"mAP@0.5": 0.75, "mAP@[0.5:0.95]": pytest.approx((0.5 + 3 / 10) / 2, abs=1e-4)}


@pytest.mark.parametrize(
    ("metrics", "complaint"), [((None, "text"), "different metrics"), (("best", "best"), "the metric 'best'")]
)
def test_a_metric_must_be_one_and_the_same_for_all(tmp_path, metrics, complaint):
    rows = ({"question": "?", "answer": "x"} | ({"metric": metric} if metric else {}) for metric in metrics)
    with pytest.raises(BadRequest, match=complaint):
        ones_own(tmp_path, *rows)


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
