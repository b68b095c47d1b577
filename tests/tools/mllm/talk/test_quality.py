"""The sieve drops what would teach something wrong, and says why."""

import random
from dataclasses import replace

import pytest

from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.talk.facts import view
from sightline.tools.mllm.talk.naming import name, unique_looks
from sightline.tools.mllm.talk.quality import REASONS, Sieve
from sightline.tools.mllm.talk.said import Mention, Talk, Turn
from sightline.tools.mllm.talk.speech import Named, Voice, sentence


@pytest.fixture(scope="module")
def seen():
    return view(sample(7, 0, Recipe(width=96, height=72)))


def talk(question="How many things are there?", answer="3", **other):
    mentions = other.pop("mentions", ())
    turn = Turn(question=question, answer=answer, mentions=mentions)
    return Talk(task="answer", family="answer.count", pictures=(0,), turns=(turn,), **other)


def ambiguous(seen):
    shape = next(s for s in ("cube", "sphere", "cylinder") if len(seen.having({"shape": s})) > 1)
    thing = seen.having({"shape": shape})[0]
    text = f"What color is the {shape}?"
    start = text.index(shape)
    meant = Mention(side="question", start=start, end=start + len(shape), picture=0, things=(thing,))
    return talk(text, seen.value(thing, "color"), mentions=(meant,))


def test_each_fault_is_dropped_for_its_reason(seen):
    faults = {
        "empty": talk(answer=" "),
        "unfilled": talk("What is {x}?"),
        "long": talk(answer="word " * 300),
        "ambiguous": ambiguous(seen),
        "contradictory": talk(answer="4"),
        "duplicate": talk(),
        "not worse": replace(talk(), task="prefer", rejected="3.", flaw="count"),
    }
    assert set(faults) == set(REASONS)
    sieve = Sieve([seen])
    assert sieve.passes(talk())
    for made in faults.values():
        assert not sieve.passes(made)
    assert dict(sieve.dropped) == dict.fromkeys(REASONS, 1)


def test_the_same_question_about_another_picture_is_no_duplicate(seen):
    sieve = Sieve([seen, replace(seen, picture=1)])
    assert sieve.passes(talk())
    assert sieve.passes(replace(talk(answer="5"), pictures=(1,)))


def test_other_words_for_the_same_fault_change_the_id():
    assert talk().id == talk().id
    assert talk().id != talk(answer="4").id
    assert talk().id != replace(talk(), rejected="4", flaw="count").id


def test_every_thing_that_can_be_named_is_named_so_that_the_sieve_agrees():
    for number in range(8):
        seen = view(sample(3, number, Recipe(width=96, height=72)))
        for thing in seen.present:
            for seed in range(3):
                said = name(Voice(random.Random(seed)), seen, thing)
                if said is None:
                    assert not unique_looks(seen, thing)
                    continue
                text, mentions = sentence(["where is", *said], "question", "?")
                turn = Turn(question=text, answer="here", mentions=mentions)
                sieve = Sieve([seen])
                assert sieve.passes(Talk(task="ground", family="x", pictures=(0,), turns=(turn,))), text


def test_a_name_never_says_what_is_asked_for():
    for number in range(6):
        seen = view(sample(4, number, Recipe(width=96, height=72)))
        for thing in seen.present:
            said = name(Voice(random.Random(number)), seen, thing, without="color")
            if said is not None:
                own = next(part for part in said if isinstance(part, Named))
                assert seen.value(thing, "color") not in own.text.split()


def test_sentences_mend_articles_and_keep_marks_close():
    pieces = ["is there a", Named("egg", 0, (1,)), ", or a orange one"]
    text, mentions = sentence(pieces, "question", "?")
    assert text == "Is there an egg, or an orange one?"
    assert text[mentions[0].start : mentions[0].end] == "egg"
