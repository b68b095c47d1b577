"""The table-top expert over a detector that knows the truth: names, attributes, places, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.true_finder import FINDER, PROFILE

from sightline.agent import Agent
from sightline.tools.api import ImagePatch, ImageRef, use_runtime
from sightline.tools.api.refs import Box
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool, InProcessRuntime
from sightline.tools.media import MediaStore
from sightline.tools.mllm.scenes.stream import Recipe, sample

SAMPLES = [FINDER.learn(sample(17, k, Recipe(plain_share=1.0))) for k in range(3)]
ONE = SAMPLES[0]


@pytest.fixture(scope="module")
def pool() -> ExpertPool:
    return ExpertPool(PROFILE)


class Asker:
    def __init__(self, pool: ExpertPool) -> None:
        self.media = MediaStore()
        self.runtime = InProcessRuntime(pool, self.media)

    def __call__(self, capability: str, target: Any, **arguments: Any) -> Any:
        ref = target if isinstance(target, ImageRef) else self.media.add(target)
        return self.runtime.call(capability, ref, arguments)

    def region(self, thing: int) -> ImageRef:
        """The box of a thing of `ONE`."""
        ref = self.media.add(ONE.pixels)
        return ref.at(Box.from_xyxy(ONE.boxes[thing], ref.height))

    def patch(self) -> ImagePatch:
        with use_runtime(self.runtime):
            return ImagePatch(self.media.add(ONE.pixels))


@pytest.fixture
def ask(pool: ExpertPool) -> Asker:
    return Asker(pool)


def test_everything_is_found_where_it_is(ask: Asker) -> None:
    found = ask("detect", ONE.pixels, names=["object"])
    assert len(found) == len(ONE.things)
    for detection, box in zip(found, ONE.boxes, strict=True):
        assert Box(*detection["box"]).iou(Box.from_xyxy(box, 240)) > 0.85
        assert detection["label"] == "object"
        assert 0.9 < detection["confidence"] <= 1


@pytest.mark.parametrize("attribute", ["color", "shape", "size", "material"])
def test_a_name_finds_those_that_bear_it(ask: Asker, attribute: str) -> None:
    for word in {getattr(thing, attribute) for thing in ONE.things}:
        noun = word if attribute == "shape" else f"{word} thing"
        expected = sum(getattr(thing, attribute) == word for thing in ONE.things)
        assert len(ask("detect", ONE.pixels, names=[noun])) == expected


def test_each_thing_is_described_in_the_words_of_its_world(ask: Asker) -> None:
    for k, thing in enumerate(ONE.things):
        region = ask.region(k)
        assert ask("color", region)["name"] == thing.color
        assert ask("answer", region, question="What material is this?")["text"] == thing.material
        assert ask("answer", region, question="What shape is this?")["text"] == thing.shape
        assert ask("answer", region, question="What size is this?")["text"] == thing.size
        name = f"{thing.size} {thing.color} {thing.material} {thing.shape}"
        assert ask("answer", region, question="What is this?")["text"] == name


def test_a_property_is_verified_and_denied(ask: Asker) -> None:
    for k, thing in enumerate(ONE.things):
        region = ask.region(k)
        other = "rubber" if thing.material == "metal" else "metal"
        assert ask("verify_property", region, name="object", attribute=thing.material)["value"]
        assert not ask("verify_property", region, name="object", attribute=other)["value"]
        assert ask("verify_property", region, name=thing.shape, attribute=f"{thing.color} {thing.size}")["value"]


def test_the_text_that_fits_best_scores_best(ask: Asker) -> None:
    for k, thing in enumerate(ONE.things):
        scores = ask("match", ask.region(k), texts=["a cube", "a cylinder", "a sphere"])["scores"]
        assert ("cube", "cylinder", "sphere")[int(np.argmax(scores))] == thing.shape


def test_front_behind_left_and_right_are_those_of_the_scene(ask: Asker) -> None:
    patches = ask.patch().find("thing")
    for direction, told in {
        "left": ImagePatch.is_left_of,
        "right": ImagePatch.is_right_of,
        "front": ImagePatch.is_in_front_of,
        "behind": ImagePatch.is_behind,
    }.items():
        for anchor, there in enumerate(ONE.relations[direction]):
            assert [k for k, patch in enumerate(patches) if told(patch, patches[anchor])] == there


def test_depth_orders_things_as_the_table_does(ask: Asker) -> None:
    depths = [ask("depth", ask.region(k))["median"] for k in range(len(ONE.things))]
    nearer = [len(there) for there in ONE.relations["front"]]
    assert np.argsort(depths).tolist() == np.argsort(nearer).tolist()


def test_counting_and_presence_are_answered_from_what_is_found(ask: Asker) -> None:
    metal = sum(thing.material == "metal" for thing in ONE.things)
    assert ask("answer", ONE.pixels, question="How many metal things are there?")["text"] == str(metal)
    assert ask("answer", ONE.pixels, question="Is there a shiny object?")["text"] == ("yes" if metal else "no")


@pytest.mark.parametrize(
    ("capability", "arguments"),
    [
        ("detect", {"names": ["dog"]}),
        ("detect", {"names": ["cube", "dog"]}),
        ("verify_property", {"name": "cube", "attribute": "happy"}),
        ("match", {"texts": ["a cube", "a dog"]}),
        ("answer", {"question": "Why is this here?"}),
        ("answer", {"question": "How many dogs are there?"}),
        ("answer", {"question": "What shape is this?"}),  # of many things
    ],
)
def test_what_lies_outside_its_world_is_refused(ask: Asker, capability: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(OutsideWorld):
        ask(capability, ONE.pixels, **arguments)


def test_a_picture_of_another_world_goes_to_the_next_expert(ask: Asker) -> None:
    red = np.full((60, 80, 3), (200, 20, 20), np.uint8)
    assert ask("color", red)["name"] == "red"
    with pytest.raises(OutsideWorld, match="table"):
        ask("detect", red, names=["ball"])


def test_faces_and_text_are_still_left_to_those_who_see_them(ask: Asker) -> None:
    assert ask("detect", ONE.pixels, names=["face"]) == []


def test_a_scene_is_looked_at_once_for_a_whole_program(pool: ExpertPool) -> None:
    before = FINDER.looks
    with Agent(pool=ExpertPool(PROFILE)) as agent:
        first, second = ONE.things[:2]
        program = f"""
def execute_command(image):
    patches = ImagePatch(image).find("thing")
    same = [p for p in patches if p.color() == patches[0].color() and p.simple_query("What size is this?")]
    return len(same) + len(ImagePatch(image).find("{first.color} {second.shape}"))
"""
        assert agent.run_program(program, ONE.pixels).status == "answered"
    assert FINDER.looks == before + 1


@pytest.mark.slow
def test_with_a_true_detector_the_agent_answers_questions_of_many_families_rightly() -> None:
    from collections import Counter

    from sightline.agent.eval.made import questions_about

    told: Counter[str] = Counter()
    wrong, asked = [], 0
    with Agent(pool=ExpertPool(PROFILE)) as agent:
        for one in SAMPLES:
            for row in questions_about(one, 12, told):
                asked += 1
                answer = agent.ask(row["question"], one.pixels)
                if answer.text != row["answer"]:
                    wrong.append((row["question"], answer.text, row["answer"], answer.program))
    assert asked > 30
    assert len(wrong) <= 1, wrong  # typing errors in a question can make it unreadable
