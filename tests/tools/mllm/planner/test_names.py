"""Names: from the words of a question to what a detector looks for, and to variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.mllm.planner import inflect, names


@pytest.mark.parametrize(
    ("said", "looked_for"),
    [
        ("The Red Cups", "red cup"),
        ("people", "person"),
        ("anyone wearing a hat", "person wearing a hat"),
        ("men in blue shirts", "man in blue shirts"),
        ("cars that are red", "red car"),
        ("cups that are big and red", "big red cup"),
        ("dogs that are lying on the grass", "dog lying on the grass"),
        ("tiny shiny things", "tiny shiny object"),
        ("boxes", "box"),
        ("glasses of wine", "glass of wine"),
        ("sunglasses", "sunglasses"),
        ("buses", "bus"),
        ("knives", "knife"),
        ("grey blocks", "gray block"),
        ("zorbles", "zorble"),
        ("no one in the pool", "person in the pool"),
    ],
)
def test_a_name_is_singular_and_bare(said: str, looked_for: str) -> None:
    assert names.name(said) == looked_for


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("cups", "red", "red cup"),
        ("people", "wearing hats", "person wearing hats"),
        ("tiny objects", "cubes", "tiny cube"),
        ("tiny objects", "brown blocks", "tiny brown block"),
        ("spheres", "large shiny objects", "large shiny sphere"),
        ("cubes", "large things", "large cube"),
        ("fruits", "apples", "apple"),
        ("cup", "blue", "blue cup"),
    ],
)
def test_two_copied_pieces_make_one_name(first: str, second: str, together: str) -> None:
    assert names.joined(first, second) == together


@given(st.text(alphabet=st.characters(categories=("L", "N", "Zs")), min_size=1).filter(lambda t: bool(t.strip())))
def test_every_name_makes_usable_variables(text: str) -> None:
    phrase = names.name(text)
    for variable in (names.identifier(phrase), names.identifiers(phrase)):
        assert variable.isidentifier()
        assert variable.isascii()


@pytest.mark.parametrize("word", ["image", "list", "class", "match", "object", "len", "text", "re"])
def test_variables_hide_nothing(word: str) -> None:
    assert names.identifier(word) != word
    assert names.identifiers(word) != word


@pytest.mark.parametrize(
    "noun", ["cup", "box", "man", "child", "knife", "bus", "cherry", "toy", "sheep", "glass of water", "dish", "potato"]
)
def test_plurals_come_back_as_singulars(noun: str) -> None:
    assert names.name(inflect.plural(noun)) == noun


@pytest.mark.parametrize(
    ("said", "value"), [("three", 3), ("2nd", 2), ("second", 2), ("12", 12), ("1,200", 1200), ("cat", None)]
)
def test_numbers_are_read_as_said(said: str, value: int | None) -> None:
    assert inflect.number(said) == value


@pytest.mark.parametrize(
    ("said", "looked_for"), [("red", "red object"), ("big shiny", "big shiny object"), ("orange", "orange")]
)
def test_bare_adjectives_get_a_noun(said: str, looked_for: str) -> None:
    assert names.name(said) == looked_for
