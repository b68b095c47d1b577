"""Judging: what counts as right, and that the figures count it."""

import json
from collections import defaultdict
from functools import cache

import pytest

from sightline.tools.mllm.multimodal import evaluate
from sightline.tools.mllm.multimodal.evaluate import judge, main
from sightline.tools.mllm.multimodal.mllm import Reply
from sightline.tools.mllm.multimodal.places import read_box

from . import tiny

WIDTH, HEIGHT = 320, 240
rendered = cache(evaluate.sample)
TASKS = {"caption", "describe", "box", "region"}


def truly(item):
    """The true reply."""
    words = [word for word in item.answer.split() if not word.startswith("<")]
    boxes = ()
    if item.kind == "box":
        x1, y1, x2, y2 = read_box(item.answer)
        boxes = ((x1 * WIDTH, y1 * HEIGHT, x2 * WIDTH, y2 * HEIGHT),)
    return Reply(text=" ".join(words).replace(" ,", ","), thoughts=item.thoughts or "", boxes=boxes, chance=0.75)


class Knowing:
    """Gives the true replies, or what `replying` makes of them; knows what was asked."""

    text = tiny.text()

    def __init__(self, monkeypatch, replying=lambda item, reply: reply):
        self.items, self.asked, self.replying = {}, [], replying
        drawn = evaluate.items

        def items(*args):
            made = drawn(*args)
            self.items |= {item.question: item for item in made}
            return made

        monkeypatch.setattr(evaluate, "items", items)
        monkeypatch.setattr(evaluate, "sample", rendered)

    def answer_all(self, asked, *, think):
        assert all(pictures[0].shape == (HEIGHT, WIDTH, 3) for pictures, _ in asked)
        some = [self.items[question] for _, question in asked]
        self.asked += [(item, think) for item in some]
        return [self.replying(item, truly(item)) for item in some]


def changed(reply, **changes):
    fields = {"text": reply.text, "thoughts": reply.thoughts, "boxes": reply.boxes, "chance": reply.chance}
    return Reply(**{**fields, **changes})


def test_true_replies_are_all_right(monkeypatch):
    model = Knowing(monkeypatch)
    figures = judge(model, 11, 3, per_scene=10)
    assert figures["accuracy"] == 1
    assert figures["questions"] == len(model.asked) == 30
    assert figures["scenes"] == 3
    assert figures["mean_chance"] == 0.75
    assert figures["tokens_per_second"] > 0
    assert figures["wrong"] == []
    assert sum(count for _, count in figures["families"].values()) == 30
    assert all(share == 1 for share, _ in figures["families"].values())


def test_wrong_replies_are_counted_by_family_and_told(monkeypatch):
    wrong = {"exists", "chain", "both", "caption", "indirect"}
    model = Knowing(
        monkeypatch,
        lambda item, reply: changed(reply, text="perhaps", chance=0.25) if item.kind in wrong else reply,
    )
    figures = judge(model, 11, 4, per_scene=12)
    counted = defaultdict(int)
    for item, _ in model.asked:
        counted[item.kind] += 1
    assert figures["families"] == {kind: [float(kind not in wrong), count] for kind, count in counted.items()}
    assert list(figures["families"]) == sorted(counted)
    missed = sum(counted[kind] for kind in wrong)
    assert 0 < missed < 48
    assert figures["accuracy"] == pytest.approx(1 - missed / 48, abs=1e-4)
    assert figures["mean_chance"] == pytest.approx(0.75 - 0.5 * missed / 48, abs=1e-4)
    assert len(figures["wrong"]) == missed
    assert all(one["said"].endswith("=> perhaps") for one in figures["wrong"])


def test_part_of_a_family_can_be_right(monkeypatch):
    seen = []

    def every_other(item, reply):
        seen.append(item.kind)
        return changed(reply, text="perhaps", boxes=()) if seen.count(item.kind) % 2 else reply

    figures = judge(Knowing(monkeypatch, every_other), 11, 3, per_scene=12)
    for share, count in figures["families"].values():
        assert share == pytest.approx(count // 2 / count, abs=1e-4)


def test_case_does_not_count(monkeypatch):
    shout = Knowing(monkeypatch, lambda item, reply: changed(reply, text=reply.text.upper()))
    assert judge(shout, 11, 1)["accuracy"] == 1


def moved(box, share):
    """A box of the same size, moved so that it shares that much of its width."""
    x1, y1, x2, y2 = box
    offset = (x2 - x1) * (1 - share)
    return x1 + offset, y1, x2 + offset, y2


@pytest.mark.parametrize(
    ("boxes", "right"),
    [
        (lambda box: [box], True),
        (lambda box: [moved(box, 0.68)], True),  # 0.68 / 1.32 is more than a half
        (lambda box: [moved(box, 0.65)], False),
        (lambda box: [moved(box, -3)], False),
        (lambda box: [box, box], False),
        (lambda box: [], False),
    ],
)
def test_a_box_is_right_when_it_overlaps_by_half(boxes, right, monkeypatch):
    def answer(item, reply):
        return changed(reply, boxes=tuple(boxes(reply.boxes[0])), text="anything") if item.kind == "box" else reply

    figures = judge(Knowing(monkeypatch, answer), 11, 6, per_scene=6)
    share, count = figures["families"]["box"]
    assert count > 0
    assert share == float(right)


@pytest.mark.parametrize("think", [True, False])
def test_questions_are_thought_about_unless_outright_and_tasks_never_are(think, monkeypatch):
    model = Knowing(monkeypatch)
    judge(model, 11, 4, think=think)
    kinds = {item.kind for item, _ in model.asked}
    assert kinds & TASKS
    assert kinds - TASKS
    for item, thinking in model.asked:
        assert thinking == (think and item.kind not in TASKS)


def test_the_same_seed_asks_the_same(monkeypatch):
    one, again, other = Knowing(monkeypatch), Knowing(monkeypatch), Knowing(monkeypatch)
    for model, seed in ((one, 11), (again, 11), (other, 12)):
        judge(model, seed, 1)
    questions = [[item.question for item, _ in model.asked] for model in (one, again, other)]
    assert questions[0] == questions[1] != questions[2]


def test_the_command_writes_the_figures_or_says_what_is_missing(tmp_path, monkeypatch, capsys):
    assert main(["--weights", str(tmp_path / "nowhere.safetensors")]) == 2
    assert "not installed" in capsys.readouterr().err
    model = Knowing(monkeypatch, lambda item, reply: changed(reply, text="perhaps", boxes=()))
    monkeypatch.setattr(evaluate.MultimodalModel, "load", lambda path, tokenizer: model)
    to = tmp_path / "new" / "figures.json"
    assert main(["--scenes", "1", "--seed", "11", "--json", str(to)]) == 0
    told, written = json.loads(capsys.readouterr().out), json.loads(to.read_text())
    assert len(written.pop("wrong")) == 12
    assert told == written
    assert told["accuracy"] == 0
