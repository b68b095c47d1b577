"""Profiles: files that a person edits, checked when they are read; and the page that is made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.experts import ExpertPool, load_profile, profile_names, registry
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
        ("[experts]\nfaces = ['cascade-faces']\n[settings]\ncascade-faces = 3", "tables"),
        ("[experts]\nfaces = ['cascade-faces']\n[settings.cascade-face]\nx = 3", "did you mean cascade-faces"),
    ],
)
def test_a_profile_that_makes_no_sense_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BadRequest, match=words):
        load_profile(path)


@pytest.mark.parametrize("name", ["standard", "large", "cpu", "yolo"])
def test_every_profile_serves_at_least_what_the_embedded_one_does(name: str) -> None:
    embedded, profile = load_profile("embedded"), load_profile(name)
    assert set(profile.experts) >= set(embedded.experts) | {"segment", "caption", "pose"}
    assert ExpertPool(profile).capabilities >= ExpertPool(embedded).capabilities


@pytest.mark.parametrize(("name", "most_mb"), [("standard", 8_000), ("large", 24_000)])
def test_the_weights_of_a_profile_fit_the_memory_that_it_says(name: str, most_mb: int) -> None:
    from sightline.tools.experts.hub.catalog import models

    whole = {"vision-chat", "whisper"} if name == "large" else {"vision-chat"}  # told as they are in half precision
    making = {"generate", "edit", "inpaint", "outpaint", "vary", "redraw"}
    told = models(load_profile(name))
    seeing = [each for each in told if not making & set(each.capabilities)]
    assert sum(each.memory_mb if each.expert in whole else each.memory_mb / 2 for each in seeing) < most_mb
    # Those that make pictures take turns with all others.
    assert max(each.memory_mb / 2 for each in told if each not in seeing) < most_mb


def test_experts_under_a_licence_that_binds_their_users_are_in_no_profile_but_their_own() -> None:
    for name in set(profile_names()) - {"yolo"}:
        profile = load_profile(name)
        used = {expert for experts in profile.experts.values() for expert in experts}
        assert not [each for each in used if "AGPL" in registry.get(each).licence]


def test_a_run_may_have_fewer_experts() -> None:
    profile = load_profile("embedded")
    fewer = profile.limited(deny=["table-top"])
    assert fewer.experts["detect"] == ("known-things",)
    assert "depth" not in fewer.experts
    assert dict(profile.limited(allow=["mtcnn-faces"]).experts) == {"faces": ("mtcnn-faces",)}
    with pytest.raises(BadRequest, match="did you mean table-top"):
        profile.limited(deny=["tabletop"])


def test_settings_reach_the_expert_that_they_are_for(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[experts]\nfaces = ['cascade-faces']\n[settings.cascade-faces]\ndevice = 'cpu'\n")
    assert load_profile(path).settings == {"cascade-faces": {"device": "cpu"}}


def test_a_profile_that_is_not_there_is_answered_with_what_is() -> None:
    with pytest.raises(BadRequest, match="embedded"):
        load_profile("embeded")
    with pytest.raises(BadRequest, match="cpu, embedded, large, standard"):
        load_profile("gigantic")
    with pytest.raises(BadRequest, match="cannot be read"):
        load_profile("nowhere/at/all.toml")


def test_the_page_about_experts_is_up_to_date() -> None:
    assert (ROOT / "docs" / "experts.md").read_text(encoding="utf-8") == render()
