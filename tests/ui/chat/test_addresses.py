"""Everything that is served of a session: to its visitor alone, as pictures, videos and downloads, and never a page."""

import io
import json
import re
import zipfile

import pytest

pytest.importorskip("gradio", reason="the chat is served with gradio")

from fastapi.testclient import TestClient
from PIL import Image
from tests.support.clips import film, write_clip

from sightline.agent.trace import parse_traces
from sightline.ui.chat.server import Chat

RED = "How many red things are there?"


@pytest.fixture(scope="module")
def chat(sandbox, tmp_path_factory):
    from tests.support.chats import chat_agent

    with chat_agent(sandbox) as agent:
        built = Chat.build(agent, folder=tmp_path_factory.mktemp("served"), hosts=None)
        yield built
        built.sessions.close()


@pytest.fixture
def visitor(chat):
    """A browser, and the name under which the chat knows it."""
    with TestClient(chat.app, base_url="http://localhost") as client:
        client.get("/")
        yield client


@pytest.fixture
def session(chat, visitor, reds):
    """A session of that visitor with one turn about a picture."""
    name = known_as(visitor)
    begun = chat.sessions.begin(name).id
    talk = chat.talks.open(name, begun)
    media = talk.media.bring(reds, "<b>reds.png").id
    talk.ask(chat.talks.agent, RED, [media], pointing=None, emit=lambda event: None)
    return begun


def known_as(client):
    from sightline.ui.chat.guard import _visitor_id

    return _visitor_id(client.cookies["sightline_visitor"])


def view_of(chat, client, session):
    (artefact, *_) = chat.talks.open(known_as(client), session).artefacts.all()
    return f"/talks/{session}/views/{artefact.id}/whole/0-0-{artefact.width}-{artefact.height}.jpg"


def test_a_view_is_a_picture_of_the_region(chat, visitor, session):
    whole = view_of(chat, visitor, session)
    reply = visitor.get(whole)
    assert reply.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(reply.content)).size == (400, 200)
    part = visitor.get(whole.replace("0-0-400-200", "100-80-160-160"))
    assert Image.open(io.BytesIO(part.content)).size == (60, 80)


def test_every_address_in_the_dialogue_is_served(chat, visitor, session):
    from sightline.ui.chat.turns import render_dialogue

    name = known_as(visitor)
    html = render_dialogue(chat.talks.open(name, session))
    addresses = set(re.findall(r'(?:href=|src=|url\()"(/[^"]+)"', html))
    assert len(addresses) >= 3
    for address in addresses:
        assert visitor.get(address).status_code == 200, address


def test_the_trace_is_served_as_it_was_kept(chat, visitor, session):
    reply = visitor.get(f"/talks/{session}/turns/1/trace.jsonl")
    (trace,) = parse_traces(reply.text)
    assert trace.answer.text == "2"
    assert "attachment" in reply.headers["content-disposition"]


def test_the_report_is_a_download_that_shows_names_as_text(visitor, session):
    reply = visitor.get(f"/talks/{session}/turns/1/report.html")
    assert "attachment" in reply.headers["content-disposition"]
    assert "&lt;b&gt;reds.png" in reply.text
    assert "data:image/jpeg;base64," in reply.text


def test_a_session_is_exported_with_its_traces_votes_and_files(chat, visitor, session, reds):
    chat.sessions.turns(known_as(visitor), session).vote(1, vote=-1, correction="three")
    reply = visitor.get(f"/talks/{session}/export.zip")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        names = archive.namelist()
        (file,) = [name for name in names if name.startswith("files/")]
        assert archive.read(file) == reds.read_bytes()
        assert not any(".." in name or name.startswith("/") or "<" in name for name in names)
        assert json.loads(archive.read("preferences.jsonl"))["chosen"] == "three"
        assert parse_traces(archive.read("traces.jsonl").decode())[0].header.question == RED


def test_a_video_is_served_in_pieces_and_its_frames_as_pictures(chat, visitor, tmp_path):
    name = known_as(visitor)
    begun = chat.sessions.begin(name).id
    clip = write_clip(tmp_path / "clip.mp4", film(scenes=((0.0, "red"),)), seconds=1)
    held = chat.talks.open(name, begun).media.bring(clip, "clip.mp4")
    reply = visitor.get(f"/talks/{begun}/videos/{held.id}", headers={"range": "bytes=0-99"})
    assert (reply.status_code, len(reply.content)) == (206, 100)
    frame = visitor.get(f"/talks/{begun}/views/{held.id}/5/0-0-320-240.jpg")
    red, green, _ = Image.open(io.BytesIO(frame.content)).getpixel((100, 100))
    assert red > 150 > green


def test_nothing_of_a_session_is_served_to_another_visitor(chat, visitor, session):
    mine = [
        view_of(chat, visitor, session),
        f"/talks/{session}/turns/1/trace.jsonl",
        f"/talks/{session}/turns/1/report.html",
        f"/talks/{session}/export.zip",
    ]
    with TestClient(chat.app, base_url="http://localhost") as other:
        other.get("/")
        for address in mine:
            assert visitor.get(address).status_code == 200
            refused = other.get(address)
            assert refused.status_code == 404
            assert refused.text == "there is no such session: it was deleted, or belongs to another visitor"


@pytest.mark.parametrize(
    "path",
    [
        "views/../../chat.sqlite/whole/0-0-1-1.jpg", "views/%2e%2e%2f%2e%2e%2fchat.sqlite/whole/0-0-1-1.jpg",
        "videos/..%2f..%2fchat.sqlite", "videos/....//chat.sqlite", "videos/%2fetc%2fpasswd", "videos/%00",
        "turns/../../chat.sqlite/trace.jsonl", "turns/1%2f..%2f..%2fchat.sqlite/report.html",
        "../../chat.sqlite", "%2e%2e/chat.sqlite", "export.zip/../../chat.sqlite", "files/chat.sqlite", "",
        "turns/-1/trace.jsonl", "turns/2/trace.jsonl", "turns/1e3/report.html",
        "turns/99999999999999999999/trace.jsonl",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_session(visitor, session, path):
    reply = visitor.get(f"/talks/{session}/{path}")
    assert reply.status_code in (404, 422)
    assert b"SQLite" not in reply.content
    assert b"root:" not in reply.content


@pytest.mark.parametrize("region", ["0-0-0-0", "-1-0-5-5", "0-0-9999-9999", "5-5-1-1", "a-b-c-d", "0-0-5", "1-1-2-2-3"])
def test_a_region_outside_of_the_picture_is_no_view_or_is_cut_to_it(chat, visitor, session, region):
    reply = visitor.get(view_of(chat, visitor, session).replace("0-0-400-200", region))
    assert reply.status_code in (200, 404, 422)
    if reply.status_code == 200:
        assert Image.open(io.BytesIO(reply.content)).size <= (400, 200)


def test_a_picture_asked_for_as_a_video_frame_is_no_view(chat, visitor, session):
    assert visitor.get(view_of(chat, visitor, session).replace("/whole/", "/0/")).status_code == 404


def test_a_frame_that_a_video_does_not_have_is_no_view(chat, visitor, session):
    assert visitor.get(view_of(chat, visitor, session).replace("/whole/", "/1e9/")).status_code == 404


def test_the_page_asks_for_nothing_from_elsewhere(visitor):
    html = visitor.get("/").text
    foreign = set(re.findall(r'(?:src|href)="(https?://[^"]+)"', html))
    assert not {address for address in foreign if "localhost" not in address}, foreign


def test_what_gradio_would_serve_of_this_machine_is_not_served(visitor, chat):
    for path in ("/gradio_api/file=/etc/passwd", "/gradio_api/file=chat.sqlite", "/gradio_api/file=../chat.sqlite"):
        assert visitor.get(path).status_code == 404


def test_the_configuration_of_the_page_names_no_path_of_this_machine(visitor, tmp_path):
    config = visitor.get("/config").text
    assert str(tmp_path.parent) not in config
    assert "/home/" not in config
