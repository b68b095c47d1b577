"""The table of topics agrees with the code it speaks about."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from sightline.prompts.members import _topics, api_members
from sightline.tools import api

# An argument for each parameter of the API, by name.
ARGUMENTS: dict[str, Any] = {
    "object_name": "dog",
    "name": "dog",
    "attribute": "red",
    "question": "What?",
    "option_list": ["a", "b"],
    "content": ["a"],
    "instruction": "brighter",
    "prompt": "a cat",
    "kind": "canny",
    "width": 20,
    "height": 30,
    "info": {"a": 1},
    "text": "a dog",
    "left": 0,
    "lower": 0,
    "right": 5,
    "upper": 5,
    "index": 0,
    "start_seconds": 0,
    "end_seconds": 1,
    "seconds": 1,
    "n": 2,
    "bool_answer": True,
    "string": "3",
}


class Noted(Exception):
    """Ends a call once it is known what it asks for."""


class Listening:
    """A runtime that only notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        self.asked.append(capability)
        raise Noted


def asked_by(name: str) -> list[str]:
    from fractions import Fraction

    runtime = Listening()
    with api.use_runtime(runtime):
        image = api.ImagePatch(api.ImageRef.whole("picture", 10, 10))
        video = api.VideoSegment(
            api.VideoRef(media="film", width=9, height=9, frame_count=9, fps=Fraction(1), samples=9, start=0, end=9)
        )
        given = {**ARGUMENTS, "list_patches": [image], "patch_a": image, "patch_b": image, "other": image}
        owner, _, short = name.rpartition(".")
        holder: Any = {"ImagePatch": image, "VideoSegment": video}.get(owner, api)
        try:
            member = getattr(holder if short != "__init__" else type(holder), short)
            if callable(member) and short != "__init__":
                required = [
                    given[parameter.name]
                    for parameter in inspect.signature(member).parameters.values()
                    if parameter.default is parameter.empty or parameter.name in ("attribute", "option_list")
                ]
                result = member(*required)
                if inspect.isgenerator(result):
                    list(result)
        except Noted:
            pass
    return runtime.asked


@pytest.mark.parametrize("name", sorted(api_members()))
def test_the_table_names_the_capability_that_the_code_asks_for(name: str) -> None:
    capability = api_members()[name].capability
    assert asked_by(name) == ([capability] if capability else [])


def test_the_table_speaks_of_nothing_that_does_not_exist() -> None:
    assert set(_topics()) <= set(api_members())


def test_every_member_that_is_shown_has_a_docstring_and_words() -> None:
    for member in api_members().values():
        assert member.doc, member.name
        assert member.words or member.core or member.hidden, member.name


def test_a_new_method_would_be_found_by_the_words_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure_wingspan(self, unit: str = "px") -> float:  # type: ignore[no-untyped-def]
        """Returns the wingspan."""
        return 0.0

    monkeypatch.setattr(api.ImagePatch, "measure_wingspan", measure_wingspan, raising=False)
    api_members.cache_clear()
    try:
        member = api_members()["ImagePatch.measure_wingspan"]
    finally:
        monkeypatch.undo()
        api_members.cache_clear()
    assert "wingspan" in member.words
    assert member.signature == "measure_wingspan(self, unit: str = 'px') -> float"
