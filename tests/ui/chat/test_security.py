"""What a visitor must not get or do, asked of the whole served chat, and not of its parts."""

import io
import json
import re

import pytest

pytest.importorskip("gradio", reason="the chat is served with gradio")

from fastapi.testclient import TestClient
from PIL import Image, ImageDraw, ImageFont
from tests.support.chats import ByQuestion, chat_agent, quick_pool

from sightline.agent import Agent
from sightline.ui.chat.guard import _visitor_id
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.server import Chat

SECRET = "sk-not-for-any-page-0123456789"
PASSWD = (
    "/etc/passwd",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//etc/passwd",
)


@pytest.fixture(scope="module")
def chat(sandbox, tmp_path_factory):
    with chat_agent(sandbox) as agent:
        limits = ChatLimits(upload_bytes=200_000, files=2)
        built = Chat.build(agent, folder=tmp_path_factory.mktemp("walled"), hosts=None, limits=limits)
        yield built
        built.sessions.close()


@pytest.fixture
def visitor(chat):
    with TestClient(chat.app, base_url="http://localhost") as client:
        client.get("/")
        client.page = "page" + str(id(client))
        client.functions = {each["api_name"]: each["id"] for each in client.get("/config").json()["dependencies"]}
        yield client


def act(client, name, *data):
    """What a function of the page gives."""
    body = {"data": list(data), "fn_index": client.functions[name], "session_hash": client.page}
    return client.post("/gradio_api/run/predict", json=body)


def upload(client, name, content):
    return client.post("/gradio_api/upload", files={"files": (name, content)})


def picture(size=(40, 30)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def notice_of(reply):
    """The text of the notice that an action shows."""
    return " ".join(re.sub(r"<[^>]+>", " ", str(part)) for part in reply.json()["data"] if "notice" in str(part))


# -- paths --


@pytest.mark.parametrize("path", PASSWD)
@pytest.mark.parametrize(
    "place",
    [
        "/gradio_api/file={}", "/file={}", "/static/{}", "/assets/{}", "/svelte/{}", "/talks/{}", "/talks/examples/{}",
        "/talks/x/views/{}/whole/0-0-1-1.jpg", "/talks/x/videos/{}", "/gradio_api/stream/{}",
    ],
)  # fmt: skip
def test_no_endpoint_reads_a_file_of_this_machine(visitor, place, path):
    reply = visitor.get(place.format(path))
    assert reply.status_code in (403, 404, 422)
    assert b"root:" not in reply.content


@pytest.mark.parametrize("path", PASSWD)
def test_no_action_takes_a_path_for_an_upload(visitor, chat, path):
    given = {"text": "What is this?", "files": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    reply = act(visitor, "submit", "", given, None, None, "auto")
    assert "root:" not in reply.text
    assert reply.status_code != 200 or "did not arrive" in notice_of(reply) or reply.json()["data"][0] is None
    camera = act(visitor, "taken", "", {"path": path})
    assert camera.status_code != 200 or "did not arrive" in notice_of(camera)
    assert all(not chat.sessions.artefacts(known(visitor), each.id).all() for each in chat.sessions.of(known(visitor)))


def known(client):
    return _visitor_id(client.cookies["sightline_visitor"])


# -- uploads --


def test_an_upload_that_is_too_large_is_refused(visitor):
    assert upload(visitor, "large.png", b"\x89PNG" + bytes(700_000)).status_code == 413
    reply = upload(visitor, "large.png", b"\x89PNG" + bytes(250_000))
    assert reply.status_code in (400, 413)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.jpg", b"MZ" + bytes(500)),
        ("photo.png", b"<html><script>alert(1)</script></html>"),
        ("clip.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(200)),
        ("bomb.png", b"\x89PNG\r\n\x1a\n" + bytes(60)),
    ],
)
def test_an_upload_that_lies_is_refused_by_what_it_holds(visitor, name, content):
    (path,) = upload(visitor, name, content).json()
    given = {"text": "What is this?", "files": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    reply = act(visitor, "submit", "", given, None, None, "auto")
    assert name in notice_of(reply)
    assert "/tmp" not in notice_of(reply)


# -- sessions --


def test_a_session_that_is_somebody_elses_gives_nothing_and_takes_nothing(chat, visitor):
    theirs = chat.sessions.begin("cookie:somebody").id
    (path,) = upload(visitor, "a.png", picture()).json()
    given = {"text": "Draw the edges.", "files": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    act(visitor, "submit", theirs, given, None, None, "auto")
    act(visitor, "rename", theirs, "mine now")
    act(visitor, "remove", theirs)
    assert [each.title for each in chat.sessions.of("cookie:somebody")] == ["New session"]
    assert chat.sessions.artefacts("cookie:somebody", theirs).all() == []
    for what in ("export.zip", "turns/1/trace.jsonl", "turns/1/report.html"):
        assert visitor.get(f"/talks/{theirs}/{what}").status_code == 404


@pytest.mark.parametrize("session", ["' or 1=1 --", "../../chat", "0" * 32, "\x00", "a" * 5000])
def test_a_made_up_session_id_is_as_good_as_none(visitor, session):
    reply = act(visitor, "opened", session)
    assert reply.status_code in (200, 422, 500)
    assert "SQLite" not in reply.text
    assert "Traceback" not in reply.text


# -- text is text --


def test_a_script_that_is_read_in_a_picture_is_shown_as_text(sandbox, tmp_path):
    image = Image.new("RGB", (900, 120), "white")
    ImageDraw.Draw(image).text((20, 30), "<b>alert(1)</b>", font=ImageFont.load_default(56), fill="black")
    path = tmp_path / "<img src=x onerror=alert(2)>.png"
    image.save(path)
    reads = ByQuestion({"What does it say?": "def execute_command(image):\n    return image.read_text()\n"})
    with Agent(reads, pool=quick_pool(read_text="rapid-text"), sandbox=sandbox) as agent:
        chat = Chat.build(agent, folder=tmp_path / "chat", hosts=None)
        with TestClient(chat.app, base_url="http://localhost") as client:
            client.get("/")
            name = known(client)
            session = chat.sessions.begin(name).id
            talk = chat.talks.open(name, session)
            media = talk.media.bring(path, path.name).id
            talk.ask(agent, "What does it say?", [media], pointing=None, emit=lambda event: None)
            from sightline.ui.chat.turns import render_dialogue

            page = render_dialogue(talk)
            report = client.get(f"/talks/{session}/turns/1/report.html").text
        chat.sessions.close()
    assert "alert" in page
    for html in (page, report):
        assert "<b>alert" not in html
        assert "<img src=x" not in html


# -- secrets --


def test_keys_of_providers_reach_neither_the_page_nor_the_trace(sandbox, tmp_path, monkeypatch, reds):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("SIGHTLINE_API_KEY", SECRET)
    looks = ByQuestion({"Look around.": "def execute_command(image):\n    import os\n    return str(os.environ)\n"})
    with Agent(looks, pool=quick_pool(), sandbox=sandbox) as agent:
        chat = Chat.build(agent, folder=tmp_path / "chat", hosts=None)
        with TestClient(chat.app, base_url="http://localhost") as client:
            client.get("/")
            name = known(client)
            session = chat.sessions.begin(name).id
            talk = chat.talks.open(name, session)
            media = talk.media.bring(reds, "reds.png").id
            turn = talk.ask(agent, "Look around.", [media], pointing=None, emit=lambda event: None)
            served = [client.get(place).text for place in ("/", "/config", f"/talks/{session}/turns/1/report.html")]
        chat.sessions.close()
    assert all(SECRET not in text for text in (turn.trace, json.dumps(served)))
