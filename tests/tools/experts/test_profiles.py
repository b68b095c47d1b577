"""Profiles: files that a person edits, checked when they are read; and the page that is made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.experts import ExpertPool, load_profile, profile_names
from sightline.tools.experts.reference import render

ROOT = Path(__file__).parents[3]


def test_the_embedded_profile_serves_what_it_lists() -> None:
    profile = load_profile("embedded")
    assert "embedded" in profile_names()
    assert ExpertPool(profile).capabilities == set(profile.experts)


def test_ones_own_profile_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('description = "d"\n[experts]\nfaces = ["cascade-faces"]\n')
    profile = load_profile(path)
    assert (profile.name, dict(profile.experts), profile.description) == ("mine", {"faces": ("cascade-faces",)}, "d")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[experts]\nfaces = ['cascade-face']", "cascade-faces"),
        ("[experts]\nface = ['cascade-faces']", "faces"),
        ("[experts]\ncodes = ['cascade-faces']", "does not serve codes"),
        ("[experts]\nfaces = 'cascade-faces'", "lists of names"),
        ("experts = 3", "lists of names"),
        ("[expert]\nfaces = []", "not expert"),
        ("faces = [", "not valid TOML"),
    ],
)
def test_a_profile_that_makes_no_sense_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BadRequest, match=words):
        load_profile(path)


def test_a_profile_that_is_not_there_is_answered_with_what_is() -> None:
    with pytest.raises(BadRequest, match="embedded"):
        load_profile("embeded")
    with pytest.raises(BadRequest, match="embedded"):
        load_profile("standard")
    with pytest.raises(BadRequest, match="cannot be read"):
        load_profile("nowhere/at/all.toml")


def test_the_page_about_experts_is_up_to_date() -> None:
    assert (ROOT / "docs" / "experts.md").read_text(encoding="utf-8") == render()
