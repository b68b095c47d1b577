"""Names of table-top things are understood in their many forms, and foreign ones are recognised as foreign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.errors import OutsideWorld
from sightline.tools.mllm.detector.config import ATTRIBUTES
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.names import knows, understand


def found(**values):
    """A thing that is surely what `values` say."""
    return Found(
        box=(0, 0, 10, 10),
        score=0.9,
        center=(5, 5),
        ground=(0, 9),
        depth=10,
        chances={
            name: {word: float(word == values.get(name, words[0])) for word in words}
            for name, words in ATTRIBUTES.items()
        },
    )


RED_BLOCK = found(shape="cube", size="small", color="red", material="metal")
BIG_BALL = found(shape="sphere", size="large", color="gray", material="rubber")


@pytest.mark.parametrize(
    ("name", "red_block", "big_ball"),
    [
        ("small red metal cube", True, False),
        ("the tiny shiny red block", True, False),
        ("shiny thing", True, False),
        ("matte objects", False, True),
        ("BALL", False, True),
        ("large grey spheres", False, True),
        ("object", True, True),
        ("things that are red", True, False),
        ("red or gray things", True, True),
        ("blue and green balls", False, False),
        ("cubes and spheres", True, True),
        ("object made of rubber", False, True),
        ("cube-shaped object", True, False),
        ("red-colored item", True, False),
        ("metallic", True, False),
        ("big metal ball", False, False),
        ("red blue block", False, False),
    ],
)
def test_a_name_fits_the_things_that_it_describes(name, red_block, big_ball):
    wanted = understand(name)
    assert (wanted.fits(RED_BLOCK), wanted.fits(BIG_BALL)) == (red_block, big_ball)


@pytest.mark.parametrize(
    "name", ["dog", "red dog", "orange ball", "wooden block", "left cube", "", "the", "42", "kubus"]
)
def test_names_from_outside_are_recognised(name):
    assert not knows(name)
    with pytest.raises(OutsideWorld):
        understand(name)


def test_the_error_names_the_foreign_word():
    with pytest.raises(OutsideWorld, match="'giraffe'"):
        understand("small giraffe")


@given(st.data())
def test_every_full_name_comes_back_to_its_thing(data):
    values = {name: data.draw(st.sampled_from(words)) for name, words in ATTRIBUTES.items()}
    one = found(**values)
    assert understand(one.name).chance(one) == 1.0
    other = {**values, "color": data.draw(st.sampled_from([c for c in ATTRIBUTES["color"] if c != values["color"]]))}
    assert understand(one.name).chance(found(**other)) == 0.0


@given(st.text(max_size=40))
def test_any_text_is_either_understood_or_foreign(text):
    if knows(text):
        assert 0 <= understand(text).chance(RED_BLOCK) <= 1
