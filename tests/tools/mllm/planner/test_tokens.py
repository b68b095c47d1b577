"""Tokens: where words stand, what is quoted, and that spans give back the original text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.mllm.planner.tokens import MAX_TOKENS, letter_groups, source, tokenize


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What's the man's name?", ["what", "'s", "the", "man", "'s", "name", "?"]),
        ('Does it say "EXIT"?', ["does", "it", "say", '"', "exit", '"', "?"]),
        ("Is 'Open 24/7' there", ["is", '"', "open", "24/7", '"', "there"]),
        ("the 2nd t-shirt, $9.99", ["the", "2nd", "t-shirt", ",", "$", "9.99"]),
        ("where’s the “sale”", ["where", "'s", "the", '"', "sale", '"']),
        ("the dogs' bowl", ["the", "dogs", "'", "bowl"]),
        ("", []),
    ],
)
def test_words_and_marks_are_cut_apart(question: str, words: list[str]) -> None:
    assert [token.word for token in tokenize(question)] == words


def test_a_span_gives_back_the_original_casing_and_punctuation() -> None:
    question = 'Does the sign say "Do NOT enter!" in red?'
    tokens = tokenize(question)
    start = next(i for i, token in enumerate(tokens) if token.word == "do" and i)
    assert source(question, tokens, start, start + 3) == "Do NOT enter"


@given(st.text(max_size=300))
def test_any_text_can_be_tokenized_and_every_token_is_a_piece_of_it(text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens) <= MAX_TOKENS
    assert all(0 <= a.start < a.end <= len(text) for a in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))


@given(st.text(min_size=1, max_size=60))
def test_any_word_has_a_bounded_number_of_letter_groups(word: str) -> None:
    groups = letter_groups(word)
    assert 1 <= len(groups) <= 16
    assert groups == letter_groups(word)
    assert all(group > 0 for group in groups)
