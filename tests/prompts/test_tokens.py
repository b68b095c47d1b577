"""The estimate of tokens and the cutting by lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.prompts.tokens import estimate_tokens, fit_lines


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("dog", 1),
        ("How many dogs are there?", 6),
        ("    return 12345", 4),
        ("é", 1),
        ("狗狗", 3),
        (" ", 1),
    ],
)
def test_known_estimates(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(max_size=300), st.text(max_size=300))
def test_more_text_never_counts_less(one: str, two: str) -> None:
    assert estimate_tokens(one + "\n" + two) >= max(estimate_tokens(one), estimate_tokens(two))
    assert (estimate_tokens(one) == 0) == (one == "")


@given(st.lists(st.text(alphabet="ab 1.", min_size=1, max_size=40), max_size=20), st.integers(0, 60))
def test_only_whole_lines_from_the_beginning_are_kept(lines: list[str], budget: int) -> None:
    text = "\n".join(lines)
    kept = fit_lines(text, budget).splitlines()
    original = text.splitlines()
    if kept != original:
        note = kept.pop()
        assert note == f"({len(original) - len(kept)} line{'s' * (len(original) - len(kept) != 1)} left out)"
    assert kept == original[: len(kept)]
    assert sum(estimate_tokens(line) + 1 for line in kept) <= budget
