"""Text to tokens and back: nothing is lost, and what has a token of its own is one token."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.multimodal.text import LETTER_POINTERS, PLACES, POINTERS, Text, learn

from . import tiny

KNOWN = st.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="<", max_codepoint=0x2FFF)
KINDS = (("o", POINTERS), ("c", LETTER_POINTERS), ("p", PLACES))
NAMED = [f"<{kind}{k}>" for kind, count in KINDS for k in range(count)]


def lowered(text):
    return "".join(letter.lower() for letter in unicodedata.normalize("NFKC", text))


def tight(text):
    return "".join(text.split())


@settings(deadline=None)
@given(st.text(KNOWN))
def test_any_text_comes_back_lower_cased(text):
    came = tiny.text().decode(tiny.text().encode(text))
    assert tight(came) == tight(lowered(text))
    if not any(letter.isnumeric() for letter in lowered(text)):  # each digit is a word
        assert came == lowered(text).strip()


@settings(deadline=None)
@given(st.text(KNOWN))
def test_tokens_that_came_back_are_the_same_tokens(text):
    tokens = tiny.text().encode(text)
    assert all(0 <= token < tiny.text().size for token in tokens)
    again = tiny.text().decode(tokens)
    assert tiny.text().decode(tiny.text().encode(again)).split() == again.split()


@settings(deadline=None)
@given(st.lists(st.sampled_from([*NAMED, "red", "cube", ":", "none", ";"]), max_size=12))
def test_things_and_places_are_one_token_each_and_are_spelled_out(words):
    text = tiny.text()
    tokens = text.encode(" ".join(words))
    assert text.decode(tokens).split() == words
    special = [token for token in tokens if text.first_pointer <= token < text.first_place + PLACES]
    assert [NAMED[token - text.first_pointer] for token in special] == [word for word in words if word in NAMED]


def test_turns_are_not_spelled_out():
    text = tiny.text()
    turns = [text.pad, text.user, text.think, text.answer, text.end]
    assert text.decode([*turns, *text.encode("a cube"), text.answer, *text.encode("yes"), text.end]) == "a cube yes"
    assert text.decode(turns) == ""


@settings(deadline=None)
@given(st.lists(st.text(KNOWN), max_size=4))
def test_texts_together_are_the_texts_one_by_one(texts):
    assert tiny.text().encode_all(texts) == [tiny.text().encode(one) for one in texts]


@pytest.mark.parametrize("word", ["none", ":"])
def test_words_that_steps_are_read_by_are_one_token(word):
    text = tiny.text()
    assert [{"none": text.none, ":": text.colon}[word]] == text.encode(word)
    assert text.encode(f"find thing {word} ;").count(text.encode(word)[0]) == 1


def test_a_number_is_read_digit_by_digit():
    text = tiny.text()
    assert text.encode("10") == text.encode("1") + text.encode("0")


def test_a_saved_tokenizer_is_the_same(tmp_path):
    tiny.text().save(tmp_path / "new" / "tokenizer.json")
    again = Text.load(tmp_path / "new" / "tokenizer.json")
    assert again.size == tiny.text().size
    for said in ("How many red cubes?", "find thing : <o1> <o2> ; count : 2 ;", "zebra éü <p63>"):
        assert again.encode(said) == tiny.text().encode(said)


def test_what_is_learned_is_no_larger_than_asked():
    said = ["the small red metal cube", "the large blue rubber sphere"] * 9
    few, many = learn(said, size=400), learn(said, size=900)
    assert few.size <= 400
    assert len(many.encode(said[0])) == 5 <= len(few.encode(said[0]))


def test_a_file_that_is_no_tokenizer_of_this_model_is_refused(tmp_path):
    with pytest.raises(ExpertUnavailable, match="not installed"):
        Text.load(tmp_path / "nowhere.json")
    (tmp_path / "noise.json").write_text("{}")
    Tokenizer(models.BPE()).save(str(tmp_path / "foreign.json"))
    for name in ("noise.json", "foreign.json"):
        with pytest.raises(ExpertUnavailable, match="does not hold a tokenizer"):
            Text.load(tmp_path / name)
    with pytest.raises(BadRequest, match="<pad>"):
        Text(Tokenizer(models.BPE()))
