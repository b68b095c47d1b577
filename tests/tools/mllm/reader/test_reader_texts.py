"""Characters and their numbers, the texts that are learned on, and where characters stand in a row of columns."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.tools.mllm.reader.spacing import COLUMNS, MOOT, columns_of, edges
from sightline.tools.mllm.reader.texts import ALPHABET, BLANK, LONGEST, any_text, encoded, spelled
from sightline.tools.mllm.scenes.lettering import FONTS, PRINTED_WORDS


@pytest.mark.parametrize("text", ["sun", "0", "42", "abcdefgh", "ee", "z9"])
def test_a_text_comes_back_from_its_numbers_in_lower_case(text: str) -> None:
    assert spelled(encoded(text.upper())) == text
    assert BLANK not in encoded(text)


def test_texts_are_words_of_the_list_numbers_and_inventions_and_none_is_too_long() -> None:
    rng = np.random.default_rng(1)
    texts = [any_text(rng) for _ in range(2000)]
    lower = [text.lower() for text in texts]
    assert all(1 <= len(text) <= LONGEST and set(text) <= set(ALPHABET) for text in lower)
    known = sum(text in PRINTED_WORDS for text in lower)
    numbers = sum(text.isdigit() for text in lower)
    assert 400 < known < 800
    assert 350 < numbers < 650
    assert len(set(lower) - set(PRINTED_WORDS)) > 700


def test_no_invented_text_could_as_well_be_a_number() -> None:
    rng = np.random.default_rng(2)
    invented = {text.lower() for text in (any_text(rng) for _ in range(4000))} - set(PRINTED_WORDS)
    assert not any(text.isalpha() and set(text) <= set("oilsz") for text in invented)


@pytest.mark.parametrize("font", FONTS)
def test_characters_share_out_the_width_and_a_wide_one_gets_more(font: str) -> None:
    places = edges("iwi", font)
    assert places[0] == 0
    assert places[-1] == pytest.approx(1)
    widths = np.diff(places)
    assert widths[1] > 1.5 * widths[0] > 0


def test_columns_say_characters_from_left_to_right_and_nothing_outside() -> None:
    said = columns_of("cat", np.array([10, 20, 30, 40], np.float32))
    assert said.shape == (COLUMNS,)
    assert [int(n) for k, n in enumerate(said) if n > 0 and n != said[k - 1]] == encoded("cat")
    assert (said[:5] == BLANK).all()
    assert (said[45:] == BLANK).all()
    assert said[15] == encoded("c")[0]


def test_twins_are_parted_by_a_blank() -> None:
    said = columns_of("ee", np.array([10, 18, 26], np.float32)).tolist()
    first, last = said.index(encoded("e")[0]), len(said) - said[::-1].index(encoded("e")[0])
    assert BLANK in said[first:last]


def test_columns_of_text_at_unknown_places_may_say_anything_and_without_text_nothing() -> None:
    assert (columns_of("cat", None) == MOOT).all()
    assert (columns_of("", None) == BLANK).all()
