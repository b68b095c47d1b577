"""What is said is true of the pictures: answers are worked out again here, by other means than the makers'."""

import random
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.clips.clip import ClipRecipe
from sightline.tools.mllm.scenes.stream import Recipe
from sightline.tools.mllm.talk.facts import view
from sightline.tools.mllm.talk.said import TASKS
from sightline.tools.mllm.talk.stream import TalkRecipe, bundle, bundles

SCENE = Recipe(width=224, height=168, print_share=0.8, plain_share=1.0)
CLIP = ClipRecipe(scene=replace(ClipRecipe().scene, width=96, height=72, print_share=0.5), seconds=3.0)
RECIPE = TalkRecipe(scene=SCENE, clip=CLIP, pair_share=0.0, clip_share=0.0, prefer_share=0.3)
WORDS = {
    **dict.fromkeys(("large", "big"), ("size", "large")),
    **dict.fromkeys(("small", "tiny", "little"), ("size", "small")),
    **dict.fromkeys(("metal", "metallic", "shiny"), ("material", "metal")),
    **dict.fromkeys(("rubber", "matte"), ("material", "rubber")),
    **dict.fromkeys(("cube", "cubes", "block", "blocks"), ("shape", "cube")),
    **dict.fromkeys(("sphere", "spheres", "ball", "balls"), ("shape", "sphere")),
    **dict.fromkeys(("cylinder", "cylinders"), ("shape", "cylinder")),
    **{w: ("color", w) for w in ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")},
}


def having(phrase, things):
    wanted = [WORDS[word] for word in re.findall(r"[a-z]+", phrase.lower()) if word in WORDS]
    return [k for k, thing in enumerate(things) if all(getattr(thing, a) == v for a, v in wanted)]


def talks(made, *families):
    return [(one, talk) for one in made for talk in one.talks if talk.family in families]


@pytest.fixture(scope="module")
def stills():
    return [bundle(7, number, RECIPE) for number in range(24)]


@pytest.fixture(scope="module")
def pairs():
    return [bundle(7, number, replace(RECIPE, pair_share=1.0)) for number in range(10)]


@pytest.fixture(scope="module")
def films():
    return [bundle(7, number, replace(RECIPE, clip_share=1.0)) for number in range(9)]


def test_every_family_of_still_pictures_is_made(stills):
    tasks = {talk.task for one in stills for talk in one.talks}
    assert tasks == set(TASKS) - {"compare", "clip"}
    assert len({talk.family for one in stills for talk in one.talks}) >= 17


def test_mentions_mark_words_that_fit_the_things_that_they_mean(stills, pairs, films):
    seen = 0
    for one in [*stills, *pairs, *films]:
        things = [s.things for s in one.samples] or [one.clip.things]
        for talk in one.talks:
            for turn in talk.turns:
                for mention in turn.mentions:
                    text = turn.question if mention.side == "question" else turn.answer
                    phrase = text[mention.start : mention.end]
                    assert phrase == phrase.strip() != ""
                    assert set(mention.things) <= set(having(phrase, things[mention.picture])) or "says" in phrase
                    seen += 1
    assert seen > 1000


def test_texts_are_clean(stills, pairs, films):
    for one in [*stills, *pairs, *films]:
        for talk in one.talks:
            for turn in talk.turns:
                assert turn.question[0].isupper()
                assert turn.question[-1] in "?."
                for text in (turn.question, turn.answer):
                    assert not re.search(r"[{}\[\]|!]|  | [,.:;?]|\ba [aeiou](?!ne\b)", text), text


def test_counts_are_right(stills):
    found = talks(stills, "answer.count")
    assert len(found) > 10
    for one, talk in found:
        if talk.task == "answer":
            assert int(talk.turns[0].answer) == len(having(talk.turns[0].question, one.samples[0].things))


def test_existence_is_right(stills):
    answers = Counter()
    for one, talk in talks(stills, "answer.exists"):
        answer = talk.turns[0].answer
        answers[answer] += 1
        assert (answer == "yes") == bool(having(talk.turns[0].question, one.samples[0].things))
    assert min(answers["yes"], answers["no"]) >= 3


def test_attributes_are_those_of_the_one_thing_that_is_named(stills):
    found = talks(stills, "answer.attribute")
    assert len(found) > 10
    for one, talk in found:
        (turn,) = talk.turns
        (k,) = next(m for m in turn.mentions if m.side == "question").things
        asked = next(
            a for a in ("color", "material", "shape", "size")
            if re.search({"material": "material|made", "size": "size|how (big|large)"}.get(a, a), turn.question.lower())
        )  # fmt: skip
        assert turn.answer == getattr(one.samples[0].things[k], asked)


def test_a_short_name_means_one_thing_and_no_shorter_one_would(stills):
    checked = 0
    for one, talk in talks(stills, "ground.one"):
        (mention,) = [m for m in talk.turns[0].mentions if len(m.things) == 1][:1]
        phrase = talk.turns[0].question[mention.start : mention.end]
        after = talk.turns[0].question[mention.end :]
        if not re.fullmatch(r"[?. ]|can be seen\?| can be seen\?", after) or re.search(
            "says|most|nearest|farthest", phrase
        ):
            continue
        things = one.samples[0].things
        assert having(phrase, things) == list(mention.things)
        said = [word for word in phrase.split() if word in WORDS]
        for word in said:
            assert len(having(" ".join(w for w in said if w != word), things)) > 1 or len(said) == 1
        checked += 1
    assert checked > 10


def test_regions_are_the_boxes_of_what_is_seen(stills):
    found = talks(stills, "ground.one", "ground.all", "refer.full", "refer.short")
    assert len(found) > 30
    for one, talk in found:
        for region in (*talk.turns[0].given, *talk.turns[0].regions):
            assert region.box == pytest.approx(one.samples[0].visible_boxes[region.thing], abs=0.06)
        asked, answer = talk.turns[0].question, talk.turns[0].answer
        assert asked.count("<region>") == len(talk.turns[0].given)
        assert answer.count("<region>") == len(talk.turns[0].regions)


def test_relations_are_those_of_the_scene(stills):
    found = [pair for pair in talks(stills, "answer.what") if pair[1].task == "answer"]
    assert found
    for one, talk in found:
        turn = talk.turns[0]
        anchor = next(m for m in turn.mentions if m.side == "question")
        answer = next(m for m in turn.mentions if m.side == "answer")
        side = re.search(r"left|right|front|behind", turn.question[: anchor.start].lower()).group()
        assert one.samples[0].relations[side][anchor.things[0]] == list(answer.things)


def test_only_legible_print_is_read_and_read_right(stills):
    found = [
        pair for pair in talks(stills, "read.on", "read.which", "read.check", "read.all") if pair[1].rejected is None
    ]
    assert len(found) > 15
    for one, talk in found:
        legible = {label.thing: label.text for label in one.samples[0].labels if label.legible}
        turn = talk.turns[0]
        if talk.family == "read.on":
            (k,) = next(m for m in turn.mentions if m.side == "answer").things
            assert turn.answer == legible[k]
        elif talk.family == "read.which":
            (k,) = next(m for m in turn.mentions if m.side == "answer").things
            assert legible[k] in turn.question
        elif talk.family == "read.all":
            assert sorted(turn.answer.split(", ")) == sorted(legible.values())
        else:
            (k,) = next(m for m in turn.mentions if m.side == "question").things
            assert (turn.answer == "yes") == (legible[k].lower() in re.findall(r"\w+", turn.question.lower()))


def test_captions_count_everything(stills):
    numbers = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5} | {
        "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    }  # fmt: skip
    for one, talk in talks(stills, "caption"):
        if talk.rejected is None:
            answer = re.sub(r"on a table|a (table|scene|picture) with", "", talk.turns[0].answer.lower())
            counted = sum(numbers[word] for word in re.findall(r"[a-z]+", answer) if word in numbers)
            assert counted == len(view(one.samples[0]).present)


def test_dialogues_keep_what_it_means(stills):
    found = talks(stills, "dialogue")
    assert len(found) > 5
    pronouns = 0
    for _, talk in found:
        assert 3 <= len(talk.turns) <= 6
        topic = None
        for turn in talk.turns:
            said = {"question": turn.question, "answer": turn.answer}
            for mention in turn.mentions:
                phrase = said[mention.side][mention.start : mention.end].lower()
                if phrase in ("it", "its"):
                    assert mention.things == topic
                    pronouns += 1
                elif not phrase.isdigit():  # a count speaks of other things
                    topic = mention.things
    assert pronouns > 10


def test_worse_answers_are_worse(stills, pairs, films):
    flaws = Counter()
    for one in [*stills, *pairs, *films]:
        for talk in one.talks:
            assert (talk.rejected is None) == (talk.task != "prefer") == (talk.flaw is None)
            if talk.rejected is not None:
                flaws[talk.flaw] += 1
                assert talk.rejected.strip().lower() != talk.turns[-1].answer.strip().lower()
                if talk.flaw == "count" and talk.rejected.isdigit():
                    assert abs(int(talk.rejected) - int(talk.turns[-1].answer)) == 1
    assert {"count", "color", "neighbour", "opposite", "text"} <= set(flaws)


def test_pairs_compare_what_both_pictures_hold(pairs):
    found = talks(pairs, "compare.total", "compare.more", "compare.exists", "compare.fewer")
    assert len(found) > 20
    for one, talk in found:
        question, answer = talk.turns[0].question, talk.turns[0].answer
        first, second = (len(having(question, s.things)) for s in one.samples)
        if talk.family == "compare.total":
            assert int(answer) == first + second
        elif talk.family == "compare.more":
            assert first != second
            assert ("first" in answer) == (first > second)
        elif talk.family == "compare.fewer":
            assert int(answer) == abs(first - second)
        else:
            assert answer == {(1, 1): "both", (0, 0): "neither", (1, 0): "the first", (0, 1): "the second"}[
                bool(first), bool(second)
            ]  # fmt: skip


def test_an_edited_picture_differs_by_what_is_said(pairs):
    found = [(one, t) for one in pairs for t in one.talks if t.family.startswith("compare.change")]
    assert found
    for one, talk in found:
        first, second = (list(s.things) for s in one.samples)
        if talk.family.endswith("gone"):
            assert len(second) == len(first) - 1
        else:
            changed = [k for k, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
            assert changed == list(talk.turns[0].mentions[0].things)
        assert np.abs(one.samples[0].pixels.astype(int) - one.samples[1].pixels).max() > 20


def test_twelve_families_and_more_are_asked_of_clips(films):
    families = {talk.family for one in films for talk in one.talks}
    assert len(families) >= 12
    assert all(family.startswith("clip.") for family in families)


def test_answers_about_clips_follow_from_their_events(films):
    checked = Counter()
    for one in films:
        events = one.clip.events
        starts = [e for e in events if e.kind == "start" and e.seen]
        for talk in one.talks:
            turn, family = talk.turns[0], talk.family
            told = next((m.things for m in turn.mentions if m.side == "answer"), None)
            asked = [m.things[0] for m in turn.mentions if m.side == "question" and len(m.things) == 1]
            if family in ("clip.entered", "clip.exited"):
                kind = {"clip.entered": "enter", "clip.exited": "exit"}[family]
                assert int(turn.answer) == len({e.things for e in events if e.kind == kind})
            elif family == "clip.first_mover":
                seen_first = min(
                    np.argmax(one.clip.moving[:, k] & (one.clip.visible_pixels[:, k] > 3))
                    for k in range(len(one.clip.things))
                    if (one.clip.moving[:, k] & (one.clip.visible_pixels[:, k] > 3)).any()
                )
                assert one.clip.moving[seen_first, told[0]]
            elif family == "clip.hit_what":
                first = next(e for e in events if e.kind == "collision" and asked[0] in e.things)
                assert set(first.things) == {asked[0], told[0]}
            elif family == "clip.collisions":
                assert int(turn.answer) == sum(e.kind == "collision" for e in events)
            elif family == "clip.still":
                for k in told or ():
                    assert not any(e.things == (k,) and e.kind == "start" for e in starts)
            elif family == "clip.side":
                frame = next(e.frame for e in events if e.kind == "enter" and e.things[0] == asked[0])
                x1, _, x2, _ = one.clip.outlines[frame, asked[0]]
                assert turn.answer == ("from the left" if x1 + x2 < one.clip.maps.shape[2] else "from the right")
            elif family == "clip.fastest":
                assert one.clip.motion.speeds[:, told[0]].max() >= 0.5
            else:
                continue
            checked[family] += 1
    assert len(checked) >= 5
    assert checked.total() > 20


def test_a_bundle_is_the_same_wherever_the_stream_begins():
    recipe = replace(RECIPE, pair_share=0.4, clip_share=0.3)
    late, alone = next(bundles(3, 4, recipe)), bundle(3, 4, recipe)
    assert late.record() == alone.record()
    assert late.kind in ("picture", "pair", "clip")


def test_held_out_wordings_are_never_in_training():
    one, other = (
        {t.turns[0].question for n in range(3) for t in bundle(9, n, replace(RECIPE, unseen_wordings=unseen)).talks
         if t.family == "ground.one" or t.family.startswith("read.on")}
        for unseen in (False, True)
    )  # fmt: skip
    heads = [{" ".join(re.sub(r"the .*", "", q).split()[:4]) for q in questions} for questions in (one, other)]
    assert heads[0]
    assert heads[1]
    assert heads[0] != heads[1]


@pytest.mark.parametrize("wrong", [{"talks": 0}, {"pair_share": 0.8, "clip_share": 0.8}, {"prefer_share": -1.0}])
def test_recipes_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadRequest):
        TalkRecipe(**wrong)


def test_a_picture_without_things_has_no_talk_that_needs_one():
    from sightline.tools.mllm.scenes.placement import Rules
    from sightline.tools.mllm.talk.speech import Voice
    from sightline.tools.mllm.talk.stills import STILLS

    empty = bundle(1, 0, replace(RECIPE, scene=replace(SCENE, rules=Rules(fewest=0, most=0))))
    for talk in empty.talks:
        assert talk.turns[0].answer in ("0", "no")
    for _, maker in STILLS:
        maker(Voice(random.Random(0)), view(empty.samples[0]))
