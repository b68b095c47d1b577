"""The wall in front of the chat: who a visitor is, and which requests come through."""

import asyncio
import base64
import json
import os
from dataclasses import dataclass, field

import pytest

from sightline.ui.chat.guard import VISITOR_HEADER, Guard
from sightline.ui.chat.owners import Owners


@dataclass
class Inner:
    """An application that answers everything, and remembers what came through."""

    body: bytes = b"inner"
    seen: list = field(default_factory=list)
    bodies: list = field(default_factory=list)

    async def __call__(self, scope, receive, send):
        self.seen.append(scope)
        if scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.body})

    @property
    def visitor(self):
        return dict(self.seen[-1]["headers"])[VISITOR_HEADER.encode()].decode()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def cookie(self):
        return self.headers.get(b"set-cookie", b"").decode().partition(";")[0]


@pytest.fixture
def inner():
    return Inner()


@pytest.fixture
def owners(tmp_path):
    return Owners(tmp_path)


@pytest.fixture
def guard(inner, owners):
    return Guard(inner, owners=owners, upload_bytes=1000, hosts=frozenset({"localhost"}))


def ask(guard, path, *, method="GET", cookie="", query="", body=b"", host="localhost:7860", **headers):
    """One request through the wall."""
    given = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if cookie:
        given["cookie"] = cookie
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return Reply(sent[0]["status"], dict(sent[0]["headers"]), b"".join(each.get("body", b"") for each in sent[1:]))


def join(page):
    return json.dumps({"session_hash": page, "data": []}).encode()


# -- who asks --


def test_a_new_browser_gets_a_cookie_that_scripts_cannot_read(guard, inner):
    reply = ask(guard, "/")
    cookie = reply.headers[b"set-cookie"].decode()
    assert reply.status == 200
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert inner.visitor.startswith("cookie:")


def test_the_cookie_makes_the_same_visitor_and_is_not_kept_itself(guard, inner):
    cookie = ask(guard, "/").cookie
    first = inner.visitor
    reply = ask(guard, "/config", cookie=cookie)
    assert inner.visitor == first
    assert b"set-cookie" not in reply.headers
    assert cookie.partition("=")[2] not in first


@pytest.mark.parametrize("cookie", ["sightline_visitor=admin", "sightline_visitor=", "nonsense;;;=", "a" * 5000])
def test_a_cookie_that_was_never_given_makes_a_new_visitor(guard, cookie):
    assert ask(guard, "/", cookie=cookie).cookie.startswith("sightline_visitor=")


def test_nobody_names_themselves_by_the_inner_header(guard, inner):
    ask(guard, "/", **{VISITOR_HEADER: "user:admin"})
    assert [value for name, value in inner.seen[0]["headers"] if name == VISITOR_HEADER.encode()] != [b"user:admin"]
    assert "admin" not in inner.visitor


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_with_users_nothing_comes_through_without_signing_in(inner, owners):
    guard = Guard(inner, owners=owners, upload_bytes=1000, users={"ann": "sé:cret"})
    for path in ("/", "/config", "/talks/x/export.zip", "/gradio_api/file=/etc/passwd"):
        reply = ask(guard, path)
        assert reply.status == 401
        assert b"www-authenticate" in reply.headers
    assert inner.seen == []
    assert ask(guard, "/", authorization=basic("ann", "sé:cret")).status == 200
    assert inner.visitor == "user:ann"


@pytest.mark.parametrize(
    "header",
    [basic("ann", "wrong"), basic("ann", ""), basic("bob", "secret"), basic("", ""), "Bearer secret", "Basic ???", ""],
)
def test_a_wrong_name_or_password_does_not_sign_in(inner, owners, header):
    guard = Guard(inner, owners=owners, upload_bytes=1000, users={"ann": "secret"})
    assert ask(guard, "/", authorization=header).status == 401


# -- other sites --


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "localhost.evil.example", ""])
def test_under_another_name_nothing_is_served(guard, inner, host):
    assert ask(guard, "/", host=host).status == 421
    assert inner.seen == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_another_site_cannot_write(guard, inner, origin):
    reply = ask(guard, "/gradio_api/queue/join", method="POST", body=join("p"), origin=origin)
    assert reply.status == 403
    assert inner.seen == []


def test_the_page_itself_can_write(guard):
    reply = ask(guard, "/gradio_api/queue/join", method="POST", body=join("p"), origin="http://localhost:7860")
    assert reply.status == 200


def test_answers_say_that_nothing_from_elsewhere_may_load(guard):
    headers = ask(guard, "/").headers
    assert b"connect-src 'self'" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"x-frame-options"] == b"DENY"


# -- what is asked --


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://evil.example", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/call/x",
        "/gradio_api/api/predict", "/gradio_api/stream/x", "/monitoring", "/gradio_api/vibe-code/", "/docs",
        "/gradio_api/file/etc/passwd", "/file=/etc/passwd", "/gradio_api/runs", "/gradio_api/deep_link", "/dev/reload",
        "/assets/../../etc/passwd", "/static/%2e%2e/secret", "/talks/../chat.sqlite", "/login", "/gradio_api/token",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_served(guard, inner, path):
    assert ask(guard, path).status == 404
    assert inner.seen == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_not_come_through(guard, method):
    assert ask(guard, "/", method=method).status == 404


def uploaded(guard, inner, path, cookie=""):
    """Make `path` an upload of the visitor with that cookie; the cookie."""
    inner.body = json.dumps([str(path)]).encode()
    reply = ask(guard, "/gradio_api/upload", method="POST", cookie=cookie, body=b"form", content_length="4")
    assert reply.status == 200
    return cookie or reply.cookie


def test_a_file_is_served_to_whoever_uploaded_it_and_to_nobody_else(guard, inner, tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(b"x")
    mine = uploaded(guard, inner, file)
    theirs = ask(guard, "/").cookie
    assert ask(guard, f"/gradio_api/file={file}", cookie=mine).status == 200
    assert ask(guard, f"/gradio_api/file={file}", cookie=theirs).status == 404
    assert ask(guard, f"/gradio_api/file={file}").status == 404


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../etc/passwd", "~/.ssh/id_rsa", "C:\\secret", "https://evil.example/x", "\0", ""]
)
def test_no_other_file_of_this_machine_is_served(guard, inner, tmp_path, path):
    mine = uploaded(guard, inner, tmp_path / "a.png")
    assert ask(guard, f"/gradio_api/file={path}", cookie=mine).status == 404


def test_a_link_out_of_the_folder_is_not_followed(guard, inner, tmp_path):
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("secret")
    (tmp_path / "a.png").symlink_to(outside)
    mine = uploaded(guard, inner, tmp_path / "a.png")
    assert ask(guard, f"/gradio_api/file={tmp_path / 'a.png'}", cookie=mine).status == 404


@pytest.mark.parametrize("length", ["1001", "99999999999999", "", "-4", "four"])
def test_an_upload_that_is_too_large_or_does_not_say_how_large_is_refused(guard, inner, length):
    given = {"content_length": length} if length else {}
    assert ask(guard, "/gradio_api/upload", method="POST", body=b"x", **given).status == 413
    assert inner.seen == []


def test_the_events_of_an_open_page_are_told_to_its_visitor_alone(guard):
    mine, theirs = ask(guard, "/").cookie, ask(guard, "/").cookie
    assert ask(guard, "/gradio_api/queue/join", method="POST", body=join("page1"), cookie=mine).status == 200
    for path, query in (("/gradio_api/queue/data", "session_hash=page1"), ("/gradio_api/heartbeat/page1", "")):
        assert ask(guard, path, query=query, cookie=theirs).status == 404
        assert ask(guard, path, query=query, cookie=mine).status == 200
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"):
        assert ask(guard, path, method="POST", body=join("page1"), cookie=theirs).status == 404


def test_a_body_that_was_read_here_is_read_again_inside(guard, inner):
    ask(guard, "/gradio_api/queue/join", method="POST", body=join("p"))
    assert inner.bodies == [join("p")]


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"session_hash": 7}', b"{}"])
def test_a_body_that_names_no_page_does_not_come_through(guard, inner, body):
    assert ask(guard, "/gradio_api/queue/join", method="POST", body=body).status in (400, 404)
    assert inner.seen == []


def test_a_body_without_end_is_refused(guard, inner):
    assert ask(guard, "/gradio_api/queue/join", method="POST", body=b"x" * 2_000_001).status == 413


def test_uploads_that_wait_too_long_in_line_are_deleted(tmp_path):
    owners = Owners(tmp_path, most_files=2)
    files = [tmp_path / f"{n}.png" for n in range(3)]
    for file in files:
        file.write_bytes(b"x")
        owners.uploaded("ann", [str(file)])
    assert [file.exists() for file in files] == [False, True, True]
    assert not owners.owns("ann", str(files[0]))


def test_what_an_earlier_server_left_is_deleted_and_what_is_young_stays(tmp_path):
    for name in ("old", "young"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(b"x")
    os.utime(tmp_path / "old", (0, 0))
    Owners(tmp_path)
    assert [left.name for left in tmp_path.iterdir()] == ["young"]
