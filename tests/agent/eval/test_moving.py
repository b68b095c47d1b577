"""Questions about clips: their answers follow from how the clips were made, and right programs give them."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from sightline.agent.eval.moving import Judging, judge, main
from sightline.agent.eval.moving_clips import RECIPE, filmed
from sightline.agent.eval.moving_questions import FAMILIES, questions
from sightline.agent.eval.moving_truth import Caption, ClipTruth, Saying, True_
from sightline.agent.eval.spoken import SENTENCES, speak
from sightline.tools.errors import BadRequest
from sightline.tools.mllm.clips.clip import clip
from sightline.tools.mllm.multimodal.reasoning import Unanswerable
from sightline.tools.mllm.planner.questions.wording import Leaf

speaks = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
PLAIN = replace(RECIPE, passing_share=0.0)
BEHIND = replace(RECIPE, passing_share=1.0)


@pytest.fixture(scope="module")
def truth() -> ClipTruth:
    """A clip in which something comes in or goes out."""
    for index in range(40):
        made = clip(3, index, PLAIN)
        if any(event.kind in ("enter", "exit") for event in made.events):
            captions = [Caption("EXIT", 0.5, 1.5), Caption("OPEN", 2.0, 3.0)]
            return ClipTruth(made, captions, [Saying("close the door", 1.0, 2.0), Saying("wait a minute", 3.0, 4.0)])
    raise AssertionError("no clip with entries")


def name(truth: ClipTruth, thing: int) -> Leaf:
    one = truth.clip.things[thing]
    return Leaf(f"{one.size} {one.color} {one.material} {one.shape}")


def test_when_things_are_seen_is_told_from_their_visible_pixels(truth: ClipTruth) -> None:
    told = 0
    for thing in range(truth.count):
        frames = np.flatnonzero(truth.clip.visible_pixels[:, thing] >= 25)
        try:
            first = truth.answer(("first_seen", name(truth, thing)))
        except Unanswerable:
            continue
        others = [k for k in range(truth.count) if name(truth, k).text == name(truth, thing).text]
        if others == [thing]:
            told += 1
            assert first.accepts(frames[0] / truth.clip.fps)
            assert not first.accepts(frames[0] / truth.clip.fps + 1)
    assert told


def test_what_comes_in_is_what_the_clip_says_comes_in(truth: ClipTruth) -> None:
    for thing in range(truth.count):
        try:
            entering = truth.answer(("any_track", ("entering", ("tracks", name(truth, thing)))))
        except Unanswerable:
            continue
        if sum(name(truth, k).text == name(truth, thing).text for k in range(truth.count)) == 1:
            assert entering.value == ("no" if truth.seen[0, thing] else "yes")


def test_captions_are_told_in_their_order(truth: ClipTruth) -> None:
    assert truth.answer(("shown_all",)).accepts("EXIT, OPEN")
    assert truth.answer(("shown_first",)).accepts("exit")
    assert truth.answer(("shown_after", Leaf("exit"))).accepts("Open")
    assert truth.answer(("shown_when", Leaf("open"))).accepts(2.2)
    assert truth.answer(("shown", Leaf("closed"))).accepts("no")
    with pytest.raises(Unanswerable):
        truth.answer(("shown_for", Leaf("closed")))


def test_what_is_not_of_this_world_has_no_certain_answer(truth: ClipTruth) -> None:
    for plan in (
        ("first_seen", Leaf("dog")),
        ("said_when", Leaf("the dog")),
        ("at_second", Leaf("50"), ("count", ("objects",))),
    ):
        with pytest.raises(Unanswerable):
            truth.answer(plan)


@pytest.mark.parametrize(
    ("true", "given", "fits"),
    [
        (True_("yes"), "Yes", True),
        (True_("yes"), "no", False),
        (True_(2.0, 0.5), 2.4, True),
        (True_(2.0, 0.5), "2.6", False),
        (True_(3.0), "3", True),
        (True_(3.0), "many", False),
        (True_(3.0), None, False),
    ],
)
def test_a_value_is_right_when_it_says_the_same(true: True_, given: object, fits: bool) -> None:
    assert true.accepts(given) is fits


def test_what_is_said_is_told_with_its_time(truth: ClipTruth) -> None:
    assert truth.answer(("said_all",)).accepts("close the door wait a minute")
    assert truth.answer(("said", Leaf("door"))).accepts("yes")
    assert truth.answer(("said", Leaf("window"))).accepts("no")
    when = truth.answer(("said_when", Leaf("minute")))
    assert when.accepts(3.0)
    assert when.accepts(4.0)
    assert not when.accepts(2.0)
    with pytest.raises(Unanswerable):
        truth.answer(("said", Leaf("wai")))  # a part of a word


def test_a_picture_while_something_is_said_is_that_of_its_middle(truth: ClipTruth) -> None:
    plan = ("count", ("find", Leaf("thing")))
    try:
        then = truth.answer(("when_said", Leaf("door"), plan))
    except Unanswerable:
        pytest.skip("something comes or goes just then")
    assert then.value == float(truth.seen[12].sum())


def test_a_thing_that_goes_behind_another_stays_one_thing() -> None:
    made = next(one for one in (ClipTruth(clip(5, k, BEHIND)) for k in range(6)) if one.go_behind)
    (thing, *_) = made.go_behind
    assert made.clip.inside[:, thing].any()
    kinds = [event.kind for event in made.clip.events if event.things == (thing,)]
    assert "hidden" in kinds or not made.seen[:, thing].all()
    one = made.clip.things[thing]
    same = [k for k, other in enumerate(made.clip.things) if (other.color, other.shape) == (one.color, one.shape)]
    if same == [thing]:
        assert made.answer(("count_tracks", ("tracks", Leaf(f"{one.color} {one.shape}")))).value == 1.0


def test_what_passes_changes_no_clip_without_it() -> None:
    before, after = clip(5, 0, PLAIN), clip(5, 0, BEHIND)
    assert len(after.things) >= 2
    assert before.look == after.look
    assert {(t.color, t.shape) for t in after.things[:-2]} <= {(t.color, t.shape) for t in before.things}


@speaks
def test_a_sentence_has_a_length_and_is_heard() -> None:
    sound = speak(SENTENCES[0])
    assert sound.dtype == np.int16
    assert 0.5 < len(sound) / 16_000 < 4
    assert np.abs(sound).max() > 2000


def test_without_the_program_that_speaks_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadRequest, match="apt-get install espeak-ng"):
        speak("hello")
    assert main(["--clips", "1"]) == 2
    assert "espeak-ng" in capsys.readouterr().err


def test_a_judging_goes_on_where_it_ended(tmp_path: Path) -> None:
    judging = Judging(clips=2, each=1, true_plans=True)
    rows = tmp_path / "rows.jsonl"
    for index, right in ((0, True), (1, False), (7, True)):
        told = {"family": "when", "right": right, "question": "?", "expected": 1.0, "given": "2", "program": ""}
        line = json.dumps({"clip": index, "judging": asdict(judging), "answers": [told]})
        rows.write_text((rows.read_text() if rows.exists() else "") + line + "\n")
    rows.write_text(rows.read_text() + '{"clip": 1, "judg')  # ended while it wrote
    figures = judge(judging, rows=rows)  # nothing is left to ask
    assert (figures["questions"], figures["accuracy"]) == (2, 0.5)
    assert [wrong["clip"] for wrong in figures["wrong"]] == [1]
    with pytest.raises(BadRequest, match="another judging"):
        judge(replace(judging, seed=6), rows=rows)


@speaks
def test_questions_are_many_of_many_families_and_the_same_again() -> None:
    made = filmed(2, 1)
    assert made.frames.shape == (round(RECIPE.fps * RECIPE.seconds), 240, 320, 3)
    first = list(islice(questions(made.truth, random.Random(4)), 30))
    assert [one.text for one in first] == [one.text for one in islice(questions(made.truth, random.Random(4)), 30)]
    assert len({one.text for one in first}) == 30
    assert len({one.family for one in first}) >= 10
    assert {one.family for one in first} <= set(FAMILIES)


@speaks
@pytest.mark.slow
def test_right_plans_on_true_detections_give_right_answers() -> None:
    figures = judge(Judging(seed=12, clips=2, each=20, true_detections=True, true_plans=True))
    assert figures["questions"] == 40
    assert figures["accuracy"] >= 0.9, figures["wrong"]
