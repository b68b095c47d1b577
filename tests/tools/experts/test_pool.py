"""The pool: loads once, caches by content, asks the next expert, and lets nothing foreign through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import pytest

from sightline.tools.api.refs import Box
from sightline.tools.errors import ApiMisuse, BadRequest, ExpertFailed, ExpertUnavailable, OutsideWorld
from sightline.tools.experts import (
    CallRecord,
    Expert,
    ExpertPool,
    ExpertRequest,
    InProcessRuntime,
    Profile,
    register,
    registry,
)
from sightline.tools.media import MediaStore
from sightline.tools.results import Answer, Detection, Detections, Result, Words


@register
class Brightest(Expert):
    """Captions a crop by its mean, counts how often it works, and can be told to wait."""

    name = "test-brightest"
    capabilities = ("caption", "ask_llm")
    loads: ClassVar[int] = 0
    serves: ClassVar[int] = 0
    gate: ClassVar[threading.Event | None] = None
    entered: ClassVar[threading.Event | None] = None

    def load(self) -> None:
        type(self).loads += 1

    def serve(self, request: ExpertRequest) -> Result:
        type(self).serves += 1
        if self.entered is not None:
            self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if request.capability == "ask_llm":
            return Words(text="42", confidence=0.1)
        return Answer(text=f"{request.pixels.mean():.0f}", confidence=0.5)


@register
class Odd(Expert):
    """Does whatever the question says, mostly wrong."""

    name = "test-odd"
    capabilities = ("answer", "detect", "caption")
    thread_safe = True

    def serve(self, request: ExpertRequest) -> Result:
        if request.capability == "caption":
            found = request.ask("answer", {"question": "what is asked of others"})
            assert isinstance(found, Answer)
            return Answer(text=f"they say {found.text}")
        if request.capability == "detect":
            mask = np.zeros(request.pixels.shape[:2], np.bool_)
            mask[:2, :3] = True
            return Detections(items=[Detection(box=(0, 0, 3, 2), label="corner", confidence=0.7, mask=mask)])
        question: str = request.arguments.question  # type: ignore[attr-defined]
        if question == "raise":
            raise RuntimeError("no file /home/somebody/secret/model.bin at 0x7f00\nmore")
        if question == "garbage":
            return Words(text="not an Answer")
        if question == "outside":
            raise OutsideWorld("test-odd does not know such things.")
        if question == "circle":
            return request.ask("answer", {"question": "circle"})
        return Answer(text=question.upper())


@register
class Knows(Expert):
    name = "test-knows"
    capabilities = ("answer",)

    def serve(self, request: ExpertRequest) -> Result:
        return Answer(text="known here", confidence=0.9)


@register
class NotInstalled(Expert):
    name = "test-not-installed"
    capabilities = ("answer", "depth")
    packages = ("a-package-that-nobody-has",)
    extra = "experts"

    def load(self) -> None:
        raise AssertionError("must not be loaded")


@register
class CannotLoad(Expert):
    name = "test-cannot-load"
    capabilities = ("answer",)

    def load(self) -> None:
        raise ImportError("libsomething.so in /usr/lib is missing")


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    yield
    Brightest.loads = Brightest.serves = 0
    Brightest.gate = Brightest.entered = None


def pool(**experts: str) -> ExpertPool:
    listed = {capability: tuple(names.split("+")) for capability, names in experts.items()}
    return ExpertPool(Profile(name="test", experts=listed))


def store() -> tuple[MediaStore, Any]:
    media = MediaStore()
    picture = np.zeros((6, 8, 3), np.uint8)
    picture[:3] = 200
    return media, media.add(picture)


# -- one call --


def test_one_target_gives_one_result_and_a_list_gives_a_list() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    top = ref.at(Box(0, 3, 8, 6))
    assert experts.serve("caption", top, {}, media).data == {"text": "200", "confidence": 0.5}
    served = experts.serve("caption", [top, ref], {}, media)
    assert [each["text"] for each in served.data] == ["200", "100"]
    assert experts.serve("caption", [], {}, media).data == []
    assert (served.expert, served.version, served.confidence) == ("test-brightest", "1", 0.5)


def test_a_capability_of_nothing_takes_an_empty_list() -> None:
    media, _ = store()
    served = pool(ask_llm="test-brightest").serve("ask_llm", [], {"question": "?"}, media)
    assert (served.data, served.confidence) == ({"text": "42"}, 0.1)


def test_an_expert_loads_at_its_first_call_and_only_then() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    assert (Brightest.loads, experts.loaded()) == (0, [])
    experts.serve("caption", ref, {}, media)
    experts.serve("caption", ref.at(Box(0, 0, 2, 2)), {}, media)
    assert (Brightest.loads, experts.loaded()) == (1, ["test-brightest"])
    experts.close()
    assert experts.loaded() == []
    experts.serve("caption", ref, {}, media)
    assert Brightest.loads == 2


def test_misuse_is_told_before_any_expert_is_asked() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    for capability, target, arguments in (("captions", ref, {}), ("caption", ref, {"x": 1}), ("caption", "x", {})):
        with pytest.raises(ApiMisuse):
            experts.serve(capability, target, arguments, media)  # type: ignore[arg-type]
    other = MediaStore()
    with pytest.raises(ApiMisuse, match="does not hold"):
        experts.serve("caption", ref, {}, other)
    assert Brightest.serves == 0


# -- who cannot --


def test_nobody_for_a_capability_names_it_and_what_to_do() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    with pytest.raises(ExpertUnavailable, match=r"estimate depth \(depth\).*sightline doctor"):
        experts.serve("depth", ref, {}, media)
    assert experts.capabilities == {"caption"}


def test_a_missing_package_names_the_command() -> None:
    media, ref = store()
    experts = pool(answer="test-not-installed", depth="test-not-installed")
    with pytest.raises(ExpertUnavailable, match=r"a-package-that-nobody-has.*pip install 'sightline\[experts\]'"):
        experts.serve("depth", ref, {}, media)
    assert experts.capabilities == frozenset()


def test_an_import_error_while_loading_is_unavailable_without_paths() -> None:
    media, ref = store()
    with pytest.raises(ExpertUnavailable) as caught:
        pool(answer="test-cannot-load").serve("answer", ref, {"question": "x"}, media)
    assert "/usr" not in str(caught.value)
    assert "pip install" in str(caught.value)


@pytest.mark.parametrize("first", ["test-not-installed", "test-cannot-load", "test-odd"])
def test_the_next_expert_is_asked_when_one_cannot_or_does_not_know(first: str) -> None:
    media, ref = store()
    served = pool(answer=f"{first}+test-knows").serve("answer", ref, {"question": "outside"}, media)
    assert (served.data["text"], served.expert) == ("known here", "test-knows")


def test_when_all_decline_their_reasons_are_told() -> None:
    media, ref = store()
    with pytest.raises(OutsideWorld, match="does not know such things"):
        pool(answer="test-not-installed+test-odd").serve("answer", ref, {"question": "outside"}, media)


def test_a_foreign_exception_becomes_expert_failed_without_paths() -> None:
    media, ref = store()
    with pytest.raises(ExpertFailed) as caught:
        pool(answer="test-odd+test-knows").serve("answer", ref, {"question": "raise"}, media)
    text = str(caught.value)
    assert "test-odd failed at answer: RuntimeError" in text
    assert not any(part in text for part in ("/home", "secret", "0x7f", "\n"))


def test_garbage_and_circles_are_expert_failures() -> None:
    media, ref = store()
    experts = pool(answer="test-odd")
    with pytest.raises(ExpertFailed, match="gave Words"):
        experts.serve("answer", ref, {"question": "garbage"}, media)
    with pytest.raises(ExpertFailed, match="circle"):
        experts.serve("answer", ref, {"question": "circle"}, media)


def test_an_expert_can_ask_others_of_the_same_crop() -> None:
    media, ref = store()
    served = pool(answer="test-knows", caption="test-odd").serve("caption", ref, {}, media)
    assert served.data["text"] == "they say known here"


# -- the cache --


def test_the_same_question_is_computed_once_and_says_the_same() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    first = experts.serve("caption", ref, {}, media)
    again = experts.serve("caption", ref, {}, media)
    assert (first.cached, again.cached, Brightest.serves) == (False, True, 1)
    assert first.data == again.data
    again.data["text"] = "spoilt by a caller"
    assert experts.serve("caption", ref, {}, media).data == first.data


def test_another_session_with_the_same_picture_shares_the_cache_and_owns_its_masks() -> None:
    media, ref = store()
    other, same = store()
    experts = pool(detect="test-odd")
    experts.serve("detect", ref, {"names": ["x"]}, media)
    served = experts.serve("detect", same, {"names": ["x"]}, other)
    assert served.cached
    assert other.mask(served.data[0]["mask"]).shape == (2, 3)


def test_other_regions_arguments_and_capabilities_are_other_questions() -> None:
    media, ref = store()
    experts = pool(answer="test-odd")
    asked = [(ref, "a"), (ref, "b"), (ref.at(Box(0, 0, 2, 2)), "a")]
    assert not any(experts.serve("answer", at, {"question": q}, media).cached for at, q in asked)


def test_without_a_cache_every_call_is_computed_with_the_same_result() -> None:
    media, ref = store()
    bare = ExpertPool(Profile(name="t", experts={"caption": ("test-brightest",)}), cache_bytes=0)
    cached = pool(caption="test-brightest")
    assert bare.serve("caption", ref, {}, media).data == cached.serve("caption", ref, {}, media).data
    assert not bare.serve("caption", ref, {}, media).cached


def test_a_small_cache_forgets_the_oldest() -> None:
    media, ref = store()
    small = ExpertPool(Profile(name="t", experts={"caption": ("test-brightest",)}), cache_bytes=700)
    for x in range(6):
        small.serve("caption", ref.at(Box(x, 0, x + 1, 1)), {}, media)
    assert small.serve("caption", ref.at(Box(5, 0, 6, 1)), {}, media).cached
    assert not small.serve("caption", ref.at(Box(0, 0, 1, 1)), {}, media).cached


def test_errors_are_not_cached() -> None:
    media, ref = store()
    experts = pool(answer="test-odd")
    for _ in range(2):
        with pytest.raises(ExpertFailed):
            experts.serve("answer", ref, {"question": "raise"}, media)


# -- many callers --


def test_concurrent_callers_of_one_question_share_one_computation() -> None:
    media, ref = store()
    experts = pool(caption="test-brightest")
    Brightest.gate, Brightest.entered = threading.Event(), threading.Event()
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(experts.serve, "caption", ref, {}, media) for _ in range(8)]
        assert Brightest.entered.wait(10)
        Brightest.gate.set()
        served = [each.result(10) for each in waiting]
    assert (Brightest.loads, Brightest.serves) == (1, 1)
    assert {each.data["text"] for each in served} == {"100"}
    assert sum(not each.cached for each in served) == 1


def test_concurrent_answers_are_those_of_one_after_the_other() -> None:
    media, ref = store()
    boxes = [Box(x, y, x + w, y + 2) for x in range(6) for y in range(4) for w in (1, 2)]
    alone = pool(caption="test-brightest", answer="test-odd")
    shared = pool(caption="test-brightest", answer="test-odd")

    def ask(experts: ExpertPool, box: Box) -> Any:
        caption = experts.serve("caption", ref.at(box), {}, media).data
        return caption, experts.serve("answer", ref.at(box), {"question": f"{box.left % 3}"}, media).data

    expected = [ask(alone, box) for box in boxes]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda box: ask(shared, box), boxes * 3)) == expected * 3


# -- the runtime --


def test_the_observer_is_told_of_results_and_of_errors() -> None:
    media, ref = store()
    told: list[CallRecord] = []
    runtime = InProcessRuntime(pool(answer="test-odd", caption="test-brightest"), media, on_call=told.append)
    runtime.call("caption", ref, {})
    runtime.call("caption", [ref], {})
    with pytest.raises(ExpertFailed):
        runtime.call("answer", ref, {"question": "raise"})
    with pytest.raises(ApiMisuse):
        runtime.call("no_such_thing", ref, {})
    assert [(r.index, r.capability, r.cached, r.expert) for r in told] == [
        (0, "caption", False, "test-brightest"),
        (1, "caption", True, "test-brightest"),
        (2, "answer", False, None),
        (3, "no_such_thing", False, None),
    ]
    assert told[0].result == {"text": "100", "confidence": 0.5}
    assert told[0].targets == (ref,)
    assert isinstance(told[2].error, ExpertFailed)


def test_a_target_that_is_no_reference_is_misuse() -> None:
    media, _ = store()
    runtime = InProcessRuntime(pool(caption="test-brightest"), media)
    for target in (None, 7, "x", ["x"], {"kind": "image"}):
        with pytest.raises(ApiMisuse):
            runtime.call("caption", target, {})  # type: ignore[arg-type]


def test_a_runtime_opens_pictures() -> None:
    media, _ = store()
    runtime = InProcessRuntime(pool(caption="test-brightest"), media)
    opened = runtime.open(np.full((3, 3, 3), 50, np.uint8))
    assert runtime.call("caption", opened, {})["text"] == "50"


# -- registry and profiles --


def test_a_misspelt_expert_is_answered_with_near_matches() -> None:
    with pytest.raises(BadRequest, match="rapid-text"):
        registry.get("rapid-test")
    assert "rapid-text" in registry.names()


def test_a_name_is_taken_once() -> None:
    with pytest.raises(BadRequest, match="taken"):

        @register
        class Impostor(Expert):
            name = "test-knows"
            capabilities = ("answer",)


def test_an_expert_must_serve_something_that_exists() -> None:
    with pytest.raises(BadRequest, match="telepathy"):

        @register
        class Medium(Expert):
            name = "test-medium"
            capabilities = ("telepathy",)


def test_an_entry_point_that_cannot_be_imported_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    broken = EntryPoint(name="theirs", value="no_such_module_anywhere", group="sightline.experts")
    own = EntryPoint(name="mine", value=f"{__name__}:Knows", group="sightline.experts")
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken, own])
    monkeypatch.setattr(registry, "_collected", False)
    monkeypatch.setattr(registry, "_problems", [])
    assert "test-knows" in registry.names()
    assert any("theirs" in problem for problem in registry.problems())


def test_a_pool_says_what_can_be_found_by_name_unless_any_name_can() -> None:
    assert "faces" in str(ExpertPool("embedded").world)
    assert ExpertPool(Profile(name="none")).world is None
