"""Lessons: the same for the same seed and number, wherever they start; written as they are to be read."""

import random
from dataclasses import fields
from itertools import islice

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.lessons import Mixture, batches, items, pairs
from sightline.tools.mllm.multimodal.model import Lines
from sightline.tools.mllm.multimodal.reasoning import reason
from sightline.tools.mllm.multimodal.scene import Scene
from sightline.tools.mllm.multimodal.sights import Sight
from sightline.tools.mllm.multimodal.tasks import Item
from sightline.tools.mllm.multimodal.text import POINTERS, Text
from sightline.tools.mllm.multimodal.vision import Grid
from sightline.tools.mllm.multimodal.visual import Visual
from sightline.tools.mllm.multimodal.worlds import Layouts, Pictures, Shown
from sightline.tools.mllm.multimodal.writing import lines

from . import tiny

FEW = Mixture(per_scene=4)


def same(one, other):
    """Whether two batches hold the same."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))


def still(seed):
    """One picture, to be asked about."""
    return Shown("still", (tiny.scene(seed),), ())


def some(count, seed=1, start=0, mixture=FEW, world=None, size=3):
    """Batches of small lessons, of which each holds eight scenes."""
    made = batches(world or Layouts(), seed, tiny.text(), size=size, mixture=mixture, scenes=8, start=start)
    return list(islice(made, count))


def rows(batch_lines):
    """What is said to the model and what it says, in tokens."""
    for tokens, present, spoken in zip(batch_lines.tokens, batch_lines.present, batch_lines.spoken, strict=True):
        yield tokens[present & ~spoken].tolist(), tokens[spoken].tolist()


class Stored(Pictures):
    """Pictures of a grid, without a folder."""

    def __init__(self):
        self.kept = [Sight(Scene(()), torch.full((2, 3), float(k)), tiny.scene(k)) for k in range(5)]
        encoder = Grid.__new__(Grid)
        encoder.rows, encoder.columns, encoder.width = 1, 2, 3
        super().__init__([(one,) for one in self.kept], encoder)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99), st.integers(0, 14))
def test_starting_at_a_batch_is_skipping_those_before(seed, start):
    whole = some(start + 2, seed)
    for one, other in zip(whole[start:], some(2, seed, start), strict=True):
        assert same(one, other)


def test_other_seeds_give_other_lessons():
    assert same(some(1, 1)[0], some(1, 1)[0])
    assert not same(some(1, 1)[0].lines, some(1, 2)[0].lines)


def test_batches_hold_as_many_texts_as_asked_of_like_length():
    made = some(10, mixture=Mixture(per_scene=12), size=8)
    for batch in made:
        assert len(batch.lines.tokens) == len(batch.visual.present) == 8
        assert batch.lines.present.any(0).all()  # no longer than the longest
    padding = sum(int((~batch.lines.present).sum()) for batch in made)
    assert padding < 0.1 * sum(batch.lines.present.numel() for batch in made)


def test_a_lesson_must_hold_a_batch():
    with pytest.raises(ValueError, match="less than one batch"):
        some(1, size=33)


def test_the_model_says_thoughts_answer_and_end_and_hears_the_question():
    text = tiny.text()
    for batch in some(8):
        for heard, said in rows(batch.lines):
            assert heard[0] == text.user
            assert heard[-1] in (text.think, text.answer)
            assert said[-1] == text.end
            assert said.count(text.answer) == (heard[-1] == text.think)
            assert text.pad not in heard + said


def test_answers_are_about_the_scene_that_is_shown():
    pointers = range(Text.first_pointer, Text.first_place)
    for batch in some(8):
        for (_, said), present in zip(rows(batch.lines), batch.visual.present, strict=True):
            things = [token - Text.first_pointer for token in said if token in pointers]
            assert all(thing < int(present.sum()) for thing in things)


def test_places_where_things_are_named_are_marked():
    text = tiny.text()
    said = [text.think, *text.encode("find cube : <o1> <o4> ; which large thing : none ; count : 0 ;")]
    marked = lines([([text.user, *text.encode("cubes : <o3>"), *said], 5)], text)
    places = [place for _, place in marked.naming.tolist()]
    things = [one.nonzero()[:, 0].tolist() for one in marked.named]
    row = marked.tokens[0].tolist()
    # before each thing of the list, with all of the list; and before the word that nothing fits
    assert [row[place] for place in places] == [text.colon, text.encode("<o1>")[0], text.encode("<o4>")[0], text.colon]
    assert things == [[1, 4], [1, 4], [1, 4], []]
    assert all(place > row.index(text.think) for place in places)
    assert not lines([(row, 5)]).naming.numel()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(6, 200), min_size=2, max_size=9), st.integers(1, 2)), min_size=1, max_size=5
    )
)
def test_lines_are_the_rows_padded(given_):
    made = lines(given_)
    longest = max(len(row) for row, _ in given_)
    assert made.tokens.shape == made.present.shape == made.spoken.shape == (len(given_), longest)
    for (row, heard), tokens, present, spoken in zip(given_, made.tokens, made.present, made.spoken, strict=True):
        assert tokens.tolist() == row + [Text.pad] * (longest - len(row))
        assert present.tolist() == [k < len(row) for k in range(longest)]
        assert spoken.tolist() == [heard <= k < len(row) for k in range(longest)]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 9), st.permutations(range(3)))
def test_some_rows_of_lines_name_what_they_named(seed, order):
    (batch,) = some(1, seed)
    kept = batch.lines.rows(torch.tensor(order[:2]))
    assert isinstance(kept, Lines)
    for new, old in enumerate(order[:2]):
        assert torch.equal(kept.tokens[new], batch.lines.tokens[old])
        named, before = (
            {
                (place, tuple(things))
                for (row, place), things in zip(one.naming.tolist(), one.named.tolist(), strict=True)
                if row == k
            }
            for one, k in ((kept, new), (batch.lines, old))
        )
        assert named == before


@pytest.mark.parametrize(("direct", "tasks"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
def test_the_mixture_is_kept(direct, tasks):
    rng = random.Random(5)
    made = [one for k in range(20) for one in items(rng, still(k), 10, Mixture(direct=direct, tasks=tasks))]
    assert len(made) == 200
    kinds = {"caption", "describe", "box", "region"}
    task_share = sum(one.kind in kinds for one in made) / 200
    asked = [one for one in made if one.kind not in kinds]
    assert task_share == pytest.approx(tasks, abs=0.15 if 0 < tasks < 1 else 0)
    if asked:
        outright = sum(one.thoughts is None for one in asked) / len(asked)
        assert outright == pytest.approx(direct, abs=0.15 if 0 < direct < 1 else 0)
    assert all(isinstance(one, Item) and one.thoughts is None for one in made if one.kind in kinds)


KINDS = ("still", "printed", "pictures", "clip")


@pytest.mark.parametrize("kind", KINDS)
def test_layouts_are_seen_as_they_are(kind):
    shown = Layouts().draw(kind, 3, 1, 4)
    assert shown.kind == kind
    assert shown == Layouts().draw(kind, 3, 1, 4)
    assert (shown.scenes == shown.seen) == (kind != "clip")
    assert shown.scenes != Layouts().draw(kind, 3, 1, 5).scenes
    assert shown.scenes != Layouts().draw(kind, 3, 2, 4).scenes
    assert (len(shown.scenes) > 1) == (kind in ("pictures", "clip"))
    assert sum(len(scene.things) for scene in shown.scenes) <= POINTERS
    assert any(one.text for scene in shown.scenes for one in scene.things) == (kind == "printed")


def test_places_in_a_layout_of_a_clip_are_seen_about_where_they_are():
    shown = Layouts().draw("clip", 3, 1, 4)
    for scene, seen in zip(shown.scenes, shown.seen, strict=True):
        for one, other in zip(scene.things, seen.things, strict=True):
            assert (one.name, one.text) == (other.name, other.text)
            assert 0 < max(abs(a - b) for a, b in zip(one.ground, other.ground, strict=True)) < 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_lessons_of_every_kind_hold_as_many_batches_and_can_start_anywhere(kind):
    of_kind = {"printed": "printed", "pictures": "pictures", "clip": "clips"}
    mixture = Mixture(per_scene=4, **({of_kind[kind]: 1.0} if kind in of_kind else {}))
    whole = some(12, mixture=mixture)
    for one, other in zip(whole[9:], some(3, start=9, mixture=mixture), strict=True):
        assert same(one, other)


def test_pictures_without_prints_and_clips_show_what_they_have():
    world = Stored()
    assert [world.draw(kind, 1, 0, 0).kind for kind in KINDS] == ["still", "still", "pictures", "still"]
    assert len(world.draw("pictures", 1, 0, 0).seen) > 1


def test_pictures_are_seen_through_the_encoder_and_asked_about_by_their_truth():
    world = Stored()
    shown = world.draw("still", 1, 0, 0)
    assert any(shown.scenes == (one.truth,) and shown.seen == (one,) for one in world.kept)
    assert world.draw("still", 1, 0, 0).seen[0] is shown.seen[0]
    drawn = {id(world.draw("still", 1, 0, place).seen[0]) for place in range(60)}
    assert drawn == {id(one) for one in world.kept}
    visual = world.visual([(world.kept[2],), (world.kept[4],)])
    assert isinstance(visual, Visual)
    assert visual.content[:, :, 0].tolist() == [[2, 2], [4, 4]]
    for one, other in zip(some(4, world=world)[2:], some(2, start=2, world=Stored()), strict=True):
        assert same(one, other)


def paired(count, seed=1, start=0):
    return list(islice(pairs(Layouts(), seed, tiny.text(), size=5, start=start), count))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 99), st.integers(1, 3))
def test_pairs_that_start_later_skip_those_before(seed, start):
    for one, other in zip(paired(start + 1, seed)[start:], paired(1, seed, start), strict=True):
        assert same(one, other)


def test_a_wrong_reply_answers_the_same_question_otherwise():
    text = tiny.text()
    for pair in paired(6):
        assert len(pair.visual.present) == 5
        for (question, right), (again, wrong) in zip(rows(pair.right), rows(pair.wrong), strict=True):
            assert question == again
            assert right[right.index(text.answer) :] != wrong[wrong.index(text.answer) :]
            assert right[-1] == wrong[-1] == text.end


def test_the_right_reply_is_the_truth_of_the_scene(monkeypatch):
    from sightline.tools.mllm.multimodal import lessons

    asked = []

    def heard(rng, scene):
        for question in questions(rng, scene):
            asked.append((question, scene))
            yield question

    questions = lessons.questions
    monkeypatch.setattr(lessons, "questions", heard)
    (pair,) = paired(1)
    text = tiny.text()
    true = {
        (tuple(text.encode(question.text)), tuple(text.encode(reason(question.plan, scene).answer)))
        for question, scene in asked
    }
    for question, right in rows(pair.right):
        assert (tuple(question[1:-1]), tuple(right[right.index(text.answer) + 1 : -1])) in true


def test_lessons_are_the_same_for_any_number_of_processes():
    mixture = Mixture(per_scene=4, printed=0.3, clips=0.3)

    def some(workers):
        made = batches(Layouts(), 5, tiny.text(), size=16, mixture=mixture, scenes=8, start=1, workers=workers)
        return [next(made) for _ in range(5)]

    for one, other in zip(some(0), some(2), strict=True):
        assert torch.equal(one.lines.tokens, other.lines.tokens)
        assert torch.equal(one.visual.geometry, other.visual.geometry)
