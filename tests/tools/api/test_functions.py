"""The free functions: numbers out of texts, and yes or no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api import ImageRef, bool_to_yesno, coerce_to_numeric, generate, llm_query, use_runtime
from sightline.tools.errors import ApiMisuse


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("-3.5 degrees", -3.5),
        ("$1,250.50", 1250.5),
        ("1,000,000 people", 1_000_000),
        ("10-15", 10),
        (".5", 0.5),
        ("room 101, floor 2", 101),
        ("three", 3),
        ("Twenty-one cats", 21),
        ("two hundred and five", 205),
        ("one million two hundred thousand", 1_200_000),
        (4, 4),
        (2.5, 2.5),
        (True, 1),
    ],
)
def test_the_first_number_in_a_text_is_found(text, number):
    assert coerce_to_numeric(text) == number


def test_a_text_without_a_number_comes_back_unless_that_is_refused():
    assert coerce_to_numeric("no idea") == "no idea"
    with pytest.raises(ApiMisuse):
        coerce_to_numeric("no idea", no_string=True)


@given(st.integers(-(10**12), 10**12))
def test_every_whole_number_is_read_as_it_is_written(value):
    assert coerce_to_numeric(str(value)) == value
    assert coerce_to_numeric(f"about {value:,} things") == value


@given(st.text())
def test_no_text_breaks_it(text):
    coerce_to_numeric(text)


def test_yes_and_no():
    assert (bool_to_yesno(True), bool_to_yesno(False)) == ("yes", "no")


def test_llm_query_asks_about_no_image():
    calls = []

    class Runtime:
        def call(self, capability, target, arguments):
            calls.append((capability, target, arguments))
            return {"text": "Paris"}

    with use_runtime(Runtime()):
        assert llm_query("Capital of France?", long_answer=False) == "Paris"
    assert calls == [("ask_llm", [], {"question": "Capital of France?", "context": None, "long_answer": False})]


def test_generate_asks_about_no_image_and_gives_a_patch_over_the_new_one():
    calls = []

    class Runtime:
        def call(self, capability, target, arguments):
            calls.append((capability, target, arguments))
            return {"image": ImageRef.whole("made", 64, 48).to_wire()}

    with use_runtime(Runtime()):
        patch = generate("a red car", width=64)
        with pytest.raises(ApiMisuse, match="prompt"):
            generate(" ")
    assert (patch.width, patch.height) == (64, 48)
    assert calls == [("generate", [], {"prompt": "a red car", "width": 64, "height": None, "seed": 0})]
