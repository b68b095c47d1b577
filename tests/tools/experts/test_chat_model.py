"""The chat-model expert speaks real HTTP to a server whose replies are written beforehand."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.support.openai_server import OpenAIServer, Reply

from sightline.tools.api.refs import Box
from sightline.tools.errors import ExpertFailed, ExpertUnavailable
from sightline.tools.experts import ExpertPool, Profile
from sightline.tools.media import MediaStore

pytest.importorskip("langchain_openai")
KEY = "sk-a-key-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)


def pool(**settings: Any) -> ExpertPool:
    experts = {"answer": ("chat-model",), "caption": ("chat-model",)}
    return ExpertPool(Profile(name="t", experts=experts, settings={"chat-model": settings} if settings else {}))


def at(server: OpenAIServer) -> ExpertPool:
    return pool(model="openai:test-model", base_url=server.url, key_from="MY_KEY", timeout_s=5)


def picture() -> tuple[MediaStore, Any]:
    media = MediaStore()
    shown = np.zeros((30, 40, 3), np.uint8)
    shown[:, 20:] = (200, 10, 10)
    return media, media.add(shown)


def test_the_crop_and_the_question_are_sent_and_the_answer_comes_back() -> None:
    media, ref = picture()
    with OpenAIServer(["Red.", "A red wall beside a dark one."]) as server:
        experts = at(server)
        answer = experts.serve("answer", ref.at(Box(20, 0, 40, 30)), {"question": "What color is this?"}, media)
        caption = experts.serve("caption", ref, {}, media)
        sent = server.requests[0]["messages"][-1]["content"]
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert (answer.data["text"], answer.confidence) == ("Red", None)
    assert caption.data["text"] == "A red wall beside a dark one."
    (text,) = [part["text"] for part in sent if part["type"] == "text"]
    assert text.startswith("What color is this? ")
    (shown,) = [part["image_url"]["url"] for part in sent if part["type"] == "image_url"]
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.split(",", 1)[1]))))
    assert seen.shape == (30, 20, 3)
    assert (seen == (200, 10, 10)).all()


@pytest.mark.parametrize(
    "reply", [Reply(status=401, error=f"bad key {KEY}"), Reply(status=400), Reply(text=""), Reply(body=b"{}")]
)
def test_a_model_that_gives_no_answer_is_a_failure_that_tells_no_key(reply: Reply) -> None:
    media, ref = picture()
    with OpenAIServer([reply]) as server, pytest.raises(ExpertFailed) as caught:
        at(server).serve("answer", ref, {"question": "What is this?"}, media)
    assert KEY not in str(caught.value)
    assert "test-model" in str(caught.value) or "chat-model" in str(caught.value)


def test_without_a_model_it_says_what_to_write() -> None:
    media, ref = picture()
    with pytest.raises(ExpertUnavailable, match=r"\[settings.chat-model\]"):
        pool().serve("answer", ref, {"question": "What is this?"}, media)
    assert pool().capabilities == frozenset()


def test_another_model_is_another_question() -> None:
    from sightline.tools.experts import registry

    cls = registry.get("chat-model")
    assert cls.identity({"model": "a:b"}) != cls.identity({"model": "a:c"})
    assert cls.identity({"model": "a:b"}) == cls.identity({"model": "a:b", "timeout_s": 3})
