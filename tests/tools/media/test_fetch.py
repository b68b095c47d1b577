"""Fetching over http(s): only public addresses, at every hop, within limits; no network but the loopback is touched."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from PIL import Image

from sightline.tools.errors import (
    BrokenMedia,
    ForbiddenAddress,
    MediaError,
    MediaNotFound,
    MediaTooLarge,
    UnsupportedMedia,
)
from sightline.tools.media import MediaLimits, load_image
from sightline.tools.media.fetch import Request, connect

PUBLIC = "93.184.215.14"


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((5, 9, 3), 77, np.uint8)).save(out, "PNG")
    return out.getvalue()


class Answer:
    """A canned answer that is read like a socket."""

    def __init__(self, status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = dict(headers or {})
        self.closed = False
        self.served = 0
        self._body = io.BytesIO(body)

    def read(self, count: int) -> bytes:
        data = self._body.read(count)
        self.served += len(data)
        return data

    def close(self) -> None:
        self.closed = True


class Net:
    """Name server and web in one: hosts to addresses, (host, target) to answers; records what was asked."""

    def __init__(self, hosts: Mapping[str, list[str]], pages: Mapping[str, Callable[[], Answer] | Answer]) -> None:
        self.hosts = hosts
        self.pages = pages
        self.resolved: list[str] = []
        self.requests: list[Request] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.hosts:
            raise OSError("unknown")
        return self.hosts[host]

    def open(self, request: Request) -> Answer:
        self.requests.append(request)
        page = self.pages[request.host + request.target]
        return page() if callable(page) else page

    def load(self, url: str, **limits: float) -> object:
        made = MediaLimits(**limits)  # type: ignore[arg-type]
        return load_image(url, allow_urls=True, limits=made, resolver=self.resolve, transport=self.open)


def test_a_public_picture_is_fetched_from_the_resolved_address() -> None:
    answer = Answer(body=png(), headers={"content-length": str(len(png()))})
    net = Net({"pics.example": [PUBLIC]}, {"pics.example/a%20b.png?x=1": answer})
    picture = net.load("https://pics.example/a b.png?x=1")
    assert (picture.width, picture.name) == (9, "a b.png")  # type: ignore[attr-defined]
    (request,) = net.requests
    assert (request.address, request.host, request.port, request.tls) == (PUBLIC, "pics.example", 443, True)
    assert net.resolved == ["pics.example"]
    assert answer.closed


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "nonsense",
    ],
)
def test_addresses_that_are_not_public_are_never_connected_to(address: str) -> None:
    net = Net({"inner.example": [address], "mixed.example": [PUBLIC, address]}, {})
    for host in ("inner.example", "mixed.example"):
        with pytest.raises(ForbiddenAddress, match="not fetched"):
            net.load(f"http://{host}/a.png")
    assert net.requests == []


def test_a_redirect_is_checked_like_the_first_address() -> None:
    net = Net(
        {"a.example": [PUBLIC], "b.example": [PUBLIC], "metadata.example": ["169.254.169.254"]},
        {
            "a.example/1": lambda: Answer(302, headers={"location": "//b.example/2"}),
            "b.example/2": lambda: Answer(307, headers={"location": "http://metadata.example/latest"}),
        },
    )
    with pytest.raises(ForbiddenAddress):
        net.load("http://a.example/1")
    assert [request.host for request in net.requests] == ["a.example", "b.example"]


def test_redirects_to_other_schemes_are_refused() -> None:
    net = Net({"a.example": [PUBLIC]}, {"a.example/": Answer(302, headers={"location": "file:///etc/hostname"})})
    with pytest.raises(UnsupportedMedia):
        net.load("http://a.example")


def test_redirects_in_a_circle_end() -> None:
    net = Net({"a.example": [PUBLIC]}, {"a.example/": lambda: Answer(301, headers={"location": "/"})})
    with pytest.raises(BrokenMedia, match="redirects more than 5"):
        net.load("http://a.example/")
    assert len(net.requests) == 6


def test_a_body_over_the_limit_stops_being_read() -> None:
    endless = Answer(body=bytes(10_000_000))
    net = Net({"a.example": [PUBLIC]}, {"a.example/": endless})
    with pytest.raises(MediaTooLarge):
        net.load("http://a.example/", max_bytes=200_000)
    assert endless.served < 400_000
    announced = Answer(body=b"x", headers={"content-length": "999999999"})
    with pytest.raises(MediaTooLarge):
        Net({"a.example": [PUBLIC]}, {"a.example/": announced}).load("http://a.example/", max_bytes=1000)
    assert announced.served == 0


class Failing(Answer):
    def read(self, count: int) -> bytes:
        raise ConnectionResetError("gone")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(404), MediaNotFound),
        (Answer(500, body=b"oops"), MediaNotFound),
        (Answer(200, body=b"<html><body>hello"), UnsupportedMedia),
        (Answer(200, body=b""), BrokenMedia),
        (Answer(200, body=b"zz", headers={"content-encoding": "gzip"}), BrokenMedia),
        (Failing(), BrokenMedia),
    ],
)
def test_answers_that_are_no_picture_are_media_errors(answer: Answer, kind: type[MediaError]) -> None:
    with pytest.raises(kind):
        Net({"a.example": [PUBLIC]}, {"a.example/x?a=1": answer}).load("http://a.example/x?a=1#part")


def test_errors_do_not_repeat_the_query_which_may_hold_a_key() -> None:
    with pytest.raises(MediaNotFound) as caught:
        Net({"a.example": [PUBLIC]}, {"a.example/x?token=secret": Answer(403)}).load("http://a.example/x?token=secret")
    assert "403" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    def choosy(request: Request) -> Answer:
        if request.address == PUBLIC:
            raise TimeoutError
        return Answer(body=png())

    picture = load_image(
        "http://a.example/x.png", allow_urls=True, resolver=lambda host, port: [PUBLIC, "1.1.1.1"], transport=choosy
    )
    assert picture.name == "x.png"


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://a.example:99999/", "http://user:pw@a.example/", "http://nowhere.example/"]
)
def test_unusable_urls_are_media_errors(url: str) -> None:
    with pytest.raises(MediaError):
        Net({"a.example": [PUBLIC]}, {}).load(url)


def served(reply: Callable[[socket.socket], None]) -> Request:
    """A request to a loopback server that answers one connection with `reply`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection, contextlib.suppress(OSError):
            connection.recv(65536)
            reply(connection)

    threading.Thread(target=serve, daemon=True).start()
    port = listener.getsockname()[1]
    return Request(address="127.0.0.1", port=port, host="pics.example", tls=False, target="/a", timeout_s=0.3)


def test_the_real_connection_speaks_http_to_the_checked_address() -> None:
    body = connect(served(lambda s: s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Odd: 1\r\n\r\nhello")))
    assert (body.status, body.headers["x-odd"], body.read(99), body.read(99)) == (200, "1", b"hello", b"")
    body.close()


def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x")

    body = connect(served(drip))
    with contextlib.suppress(OSError):
        while body.read(1):
            pass
    body.close()  # reached: the endless body ended
