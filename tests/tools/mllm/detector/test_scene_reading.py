"""What a picture shows, which of it lies in a region, and how sure that is."""

from dataclasses import replace

import numpy as np
import pytest
from tests.support.true_finder import TrueFinder, truth

from sightline.tools.errors import OutsideWorld
from sightline.tools.mllm.detector.names import understand
from sightline.tools.mllm.detector.scene import SceneReader, TableScene
from sightline.tools.mllm.detector.trust import Trust
from sightline.tools.mllm.scenes.stream import Recipe, sample

ONE = sample(11, 0, Recipe(plain_share=1.0))
THINGS = truth(ONE)
EVERYTHING = (0.0, 0.0, 320.0, 240.0)


def apart(box, **changes):
    return replace(THINGS[0], box=box, **changes)


LEFT, RIGHT = apart((0, 0, 50, 50)), apart((200, 0, 250, 50))
SCENE = TableScene(things=(LEFT, RIGHT))


def test_a_region_shows_what_lies_in_it_at_least_by_half():
    assert SCENE.within(EVERYTHING) == [LEFT, RIGHT]
    assert SCENE.within((0, 0, 100, 100)) == [LEFT]
    assert SCENE.within((24, 0, 240, 50)) == [LEFT, RIGHT]
    assert SCENE.within((26, 0, 220, 50)) == []


def test_a_region_is_about_the_thing_whose_box_it_is_or_the_only_one_that_it_shows():
    assert SCENE.about((1, 0, 51, 49)) is LEFT
    assert SCENE.about((100, 0, 320, 240)) is RIGHT
    assert SCENE.about(EVERYTHING) is None
    assert SCENE.about((100, 100, 150, 150)) is None


def test_of_two_things_behind_each_other_a_box_is_about_its_own():
    behind = apart((5, 0, 45, 40))
    both = TableScene(things=(LEFT, behind))
    assert both.about(LEFT.box) is LEFT
    assert both.about(behind.box) is behind


def test_the_sureness_of_a_list_counts_what_is_in_it_what_is_not_and_what_might_have_been():
    red = {**THINGS[0].chances, "color": {"red": 0.8, "brown": 0.2}}
    brown = {**THINGS[0].chances, "color": {"red": 0.1, "brown": 0.9}}
    scene = TableScene(
        things=(apart((0, 0, 50, 50), score=1.0, chances=red), apart((60, 0, 90, 50), score=1.0, chances=brown)),
        doubtful=(apart((100, 0, 150, 50), score=0.25, chances=red),),
    )
    wanted = understand("red things")
    assert scene.sureness(wanted, EVERYTHING) == pytest.approx(0.8 * 0.9 * (1 - 0.25 * 0.8))
    assert scene.sureness(wanted, (0, 0, 55, 55)) == pytest.approx(0.8)
    assert TableScene(things=()).sureness(wanted, EVERYTHING) == 1.0


def colored(box, red, score=1.0):
    """A thing that is red by a chance, else brown."""
    return apart(box, score=score, chances={**THINGS[0].chances, "color": {"red": red, "brown": 1 - red}})


def test_the_one_thing_that_is_named_so_is_meant():
    scene = TableScene(things=(colored((0, 0, 9, 9), 0.02), colored((20, 0, 29, 9), 0.97)))
    thing, chance = scene.meant(understand("red thing"), EVERYTHING)
    assert thing is scene.things[1]
    assert chance > 0.98  # surer than the color alone, since there is one


def test_what_comes_nearest_is_meant_where_nothing_fits_but_something_must():
    scene = TableScene(things=(colored((0, 0, 9, 9), 0.3), colored((20, 0, 29, 9), 0.001)))
    thing, chance = scene.meant(understand("the red thing"), EVERYTHING)
    assert thing is scene.things[0]
    # odds of 3 to 7, against 1 to 19 that the name is said of nothing
    odds = 0.3 / 0.7
    assert chance == pytest.approx(0.95 * odds / (0.95 * (odds + 0.001 / 0.999) + 0.05))


def test_nothing_is_meant_where_nothing_comes_near():
    scene = TableScene(things=(colored((0, 0, 9, 9), 0.01), colored((20, 0, 29, 9), 0.01)))
    assert scene.meant(understand("red thing"), EVERYTHING) is None
    assert scene.meant(understand("brown thing"), (100, 100, 120, 120)) is None
    assert TableScene(things=()).meant(understand("thing"), EVERYTHING) is None


def test_of_several_that_fit_the_likeliest_is_meant():
    scene = TableScene(things=(colored((0, 0, 9, 9), 0.9), colored((20, 0, 29, 9), 0.95)))
    assert scene.meant(understand("red thing"), EVERYTHING)[0] is scene.things[1]


def test_a_picture_is_looked_at_once_however_often_it_is_asked_about():
    finder = TrueFinder()
    finder.learn(ONE)
    reader = SceneReader(finder, Trust())
    scenes = [reader.read("one", ONE.pixels) for _ in range(3)]
    assert finder.looks == 1
    assert [thing.attributes for thing in scenes[0].things] == [thing.attributes for thing in THINGS]


def test_a_picture_of_another_world_is_refused_each_time_and_looked_at_once():
    finder = TrueFinder()
    reader = SceneReader(finder, Trust())
    for _ in range(3):
        with pytest.raises(OutsideWorld):
            reader.read("other", np.zeros((20, 30, 3), np.uint8))
    assert finder.looks == 1


def test_a_picture_much_higher_than_wide_is_not_of_this_world():
    assert SceneReader(TrueFinder(), Trust()).look(np.zeros((500, 20, 3), np.uint8)) is None


def test_weak_candidates_are_doubtful_and_not_there():
    class Weak:
        def detect(self, pixels):
            return [replace(thing, score=0.9 if k else 0.2) for k, thing in enumerate(THINGS)]

    scene = SceneReader(Weak(), Trust()).look(ONE.pixels)
    assert len(scene.doubtful) == 1
    assert len(scene.things) == len(THINGS) - 1
