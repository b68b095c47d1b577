"""Questions about print: pointed at in thoughts and answers, and joined to words for whoever asked."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.reading import about_print, joined, spelled_out
from sightline.tools.mllm.multimodal.reasoning import Unanswerable
from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.visual import LETTERS

from . import tiny

PRINT = st.text(LETTERS, min_size=1, max_size=8)


def with_print(seed, *texts):
    things = tiny.scene(seed).things
    return Scene((*(replace(one, text=text) for one, text in zip(things, texts, strict=False)), *things[len(texts) :]))


def asked(scene, kind, count=200):
    rng = random.Random(4)
    return [one for _ in range(count) if (one := about_print(rng, scene)) is not None and one.kind == kind]


@given(st.lists(PRINT, min_size=1, max_size=3))
def test_what_is_spelled_out_can_be_joined(texts):
    scene = with_print(2, *texts)
    spelled = [spelled_out(scene, k) for k in range(len(texts))]
    assert joined(" , ".join(spelled), [scene]) == " , ".join(texts)
    assert joined(f"it says {spelled[0]} there", [scene]) == f"it says {texts[0]} there"


def test_letters_count_on_from_one_picture_to_the_next():
    first, second = with_print(2, "fox"), with_print(3, "42")
    assert joined("<c0> <c1> <c2> , <c3> <c4>", [first, second]) == "fox , 42"


def test_letters_that_are_not_there_say_nothing():
    assert joined("it says <c2> <c3> <c30>", [with_print(2, "fox")]) == "it says x"


def test_print_behind_the_last_letter_that_can_be_pointed_at_is_not_asked_about():
    scene = with_print(2, *["abcdefgh"] * 5)
    assert spelled_out(scene, 3) == " ".join(f"<c{k}>" for k in range(24, 32))
    with pytest.raises(Unanswerable):
        spelled_out(scene, 4)


@pytest.mark.parametrize("said", ["", "nothing", "red <o2>", "the second", "<c>"])
def test_what_is_not_print_stays(said):
    assert joined(said, [with_print(2, "fox")]) == said


def test_what_is_read_stands_on_the_thing_that_was_found():
    scene = with_print(2, "fox", "", "42")
    made = asked(scene, "read")
    assert {joined(item.answer, [scene]) for item in made} == {"fox", "42", "nothing"}
    for item in made:
        number = int(re.search(r"read <o(\d+)>", item.thoughts)[1])
        assert joined(item.answer, [scene]) == (scene.things[number].text or "nothing")
    assert all("number" not in item.question for item in made if joined(item.answer, [scene]) == "fox")


def test_everything_is_read_from_left_to_right():
    scene = with_print(2, "fox", "", "42")
    assert {joined(item.answer, [scene]) for item in asked(scene, "read_all")} == {"fox , 42"}
    assert {item.answer for item in asked(scene, "read_count")} == {"2"}
    assert {re.sub(r"[^<>o\d ,]", "", item.answer).split() != [] for item in asked(scene, "read_which")} == {True}
    assert {item.answer for item in asked(with_print(2), "read_all")} == {"nothing"}


def test_whether_there_is_print_is_told_of_one_thing():
    scene = with_print(2, "fox", "", "42")
    for item in asked(scene, "read_any"):
        number = int(re.search(r"find [^:]+: <o(\d+)>", item.thoughts)[1])
        assert item.answer == ("yes" if scene.things[number].text else "no")
