"""The multimodal model as an expert: answers, captions and points in table-top pictures, and nothing else."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from sightline.agent.eval.metrics.boxes import iou
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool, Profile
from sightline.tools.media import MediaStore
from sightline.tools.mllm.multimodal.asking import questions
from sightline.tools.mllm.multimodal.scene import of_sample
from sightline.tools.mllm.scenes.stream import Recipe, sample

PHOTOS = Path(__file__).resolve().parents[3] / "examples" / "photos"


@pytest.fixture(scope="module")
def pool() -> ExpertPool:
    return ExpertPool(Profile(name="alone", experts=dict.fromkeys(("answer", "caption", "detect"), ("native-mllm",))))


def ask(pool: ExpertPool, picture: object, question: str | None, box: tuple[int, int, int, int] | None = None) -> str:
    store = MediaStore()
    ref = store.add(picture)
    if box is not None:
        from sightline.tools.api.refs import Box

        ref = ref.at(Box(*box))
    if question is None:
        return str(pool.serve("caption", ref, {}, store).data["text"])
    return str(pool.serve("answer", ref, {"question": question}, store).data["text"])


def test_questions_about_rendered_scenes_get_mostly_true_answers(pool: ExpertPool) -> None:
    right = []
    for number in range(6):
        one = sample(77, number, Recipe(plain_share=1.0))
        for asked in islice(questions(random.Random(number), of_sample(one)), 8):
            if "<" in asked.reasoned.answer:
                continue
            try:
                right.append(ask(pool, one.pixels, asked.text) == asked.reasoned.answer)
            except OutsideWorld:
                continue  # a slip of the finger makes a word that it never learned
    assert len(right) > 20
    assert np.mean(right) > 0.8


def test_a_caption_counts_the_things(pool: ExpertPool) -> None:
    one = sample(78, 0, Recipe(plain_share=1.0))
    said = ask(pool, one.pixels, None)
    assert said.endswith("on a table")
    assert all(shape in said for shape in {thing.attributes["shape"] for thing in of_sample(one).things})


def test_a_question_about_a_crop_is_about_what_it_shows(pool: ExpertPool) -> None:
    one = sample(77, 1, Recipe(plain_share=1.0))
    height = one.pixels.shape[0]
    x1, y1, x2, y2 = (int(edge) for edge in one.boxes[0])
    box = (x1, height - y2, x2, height - y1)
    assert int(ask(pool, one.pixels, "How many things are there?", box)) <= 2 < len(one.things)


def test_it_points_at_what_it_is_told_to_find(pool: ExpertPool) -> None:
    overlaps = []
    for number in range(6):
        one = sample(79, number, Recipe(plain_share=1.0))
        height, width = one.pixels.shape[:2]
        for thing in of_sample(one).things:
            name = " ".join(thing.attributes[kind] for kind in ("size", "color", "material", "shape"))
            box = tuple(np.array(thing.box) * (width, height, width, height))
            store = MediaStore()
            found = pool.serve("detect", store.add(one.pixels), {"names": [f"the {name}"]}, store).data
            boxes = [(f["box"][0], height - f["box"][3], f["box"][2], height - f["box"][1]) for f in found]
            overlaps.append(max((iou(each, box) for each in boxes), default=0.0))
    assert len(overlaps) > 12
    assert np.mean([overlap >= 0.5 for overlap in overlaps]) > 0.7
    store = MediaStore()
    with pytest.raises(OutsideWorld, match="every word"):
        pool.serve("detect", store.add(one.pixels), {"names": ["giraffe"]}, store)


@pytest.mark.parametrize("name", ["astronaut.jpg", "page.png"])
def test_pictures_of_anything_else_are_not_its_world(pool: ExpertPool, name: str) -> None:
    for question in ("How many things are there?", None):
        with pytest.raises(OutsideWorld):
            ask(pool, PHOTOS / name, question)


def test_a_question_too_long_for_it_is_not_its_world(pool: ExpertPool) -> None:
    one = sample(77, 1, Recipe(plain_share=1.0))
    with pytest.raises(OutsideWorld):
        ask(pool, one.pixels, "how many red cubes and " * 80)


def test_it_may_mean_what_was_spoken_of_before_but_not_one_of_many(pool: ExpertPool) -> None:
    one = sample(77, 1, Recipe(plain_share=1.0))
    long = "There is a thing that is the leftmost thing in the picture; what material is it?"
    assert ask(pool, one.pixels, long) in ("metal", "rubber")
    with pytest.raises(OutsideWorld):
        ask(pool, one.pixels, "What color is it?")
