"""Which requests come through, and whose they are: one wall in front of everything that the chat serves.

Denies by default: of Gradio's many endpoints those pass that the page needs. A visitor is known by a random cookie, or
by the name they signed in with; the name under which the rest of the chat knows them travels in a header that nobody
outside can set. Other sites can neither read (the host must be ours) nor write (the origin must be the host) here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .owners import Owners

__all__ = ["VISITOR_HEADER", "Guard"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

VISITOR_HEADER = "x-sightline-visitor"
_COOKIE = "sightline_visitor"
_YEAR_S = 31_536_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_FILE = "/gradio_api/file="
_READ = re.compile(
    r"/(?:config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|pwa_icon(?:/\w+)?)?"
    r"|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:startup-events|app_id|theme\.css|upload_progress|queue/data|heartbeat/\w+|file=.+)"
    r"|/talks/.+"
)
_WRITTEN = re.compile(r"/gradio_api/(?:queue/join|run/\w+|upload|cancel)/?")
_JOIN_BYTES = 2_000_000
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        b"style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:; frame-ancestors 'none'; form-action 'self'",
    ),
)


class Refused(Exception):
    """A request that does not come through."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


class Guard:
    """An ASGI application around another one.

    Args:
        users: passwords by name; empty lets everybody in, each with their own cookie.
        hosts: names under which the server may be asked, None for any.
        upload_bytes: of one request that uploads.
    """

    def __init__(
        self,
        app: App,
        *,
        owners: Owners,
        upload_bytes: int,
        users: Mapping[str, str] | None = None,
        hosts: frozenset[str] | None = None,
    ) -> None:
        self._app, self._owners, self._upload_bytes = app, owners, upload_bytes
        self._users = dict(users or {})
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None  # the page opens no sockets
        try:
            headers = _headers(scope)
            self._check_address(scope, headers)
            visitor, cookie = self._visitor(scope, headers)
            self._check_path(scope, visitor)
            receive = await self._claimed(scope, receive, visitor, headers)
        except Refused as refused:
            return await _answer(send, refused)
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != VISITOR_HEADER.encode()]
        scope = {**scope, "headers": [*kept, (VISITOR_HEADER.encode(), visitor.encode("utf-8"))]}
        sender = _Uploaded(send, self._owners, visitor) if scope["path"].startswith("/gradio_api/upload") else send
        return await self._app(scope, receive, _with_headers(sender, cookie))

    # -- who asks --

    def _check_address(self, scope: Scope, headers: Mapping[str, str]) -> None:
        host = headers.get("host", "")
        if self._hosts is not None and (urlsplit(f"//{host}").hostname or "") not in self._hosts:
            raise Refused(421, "this server is not asked under that name")
        origin = headers.get("origin")
        if scope["method"] not in ("GET", "HEAD") and origin is not None and urlsplit(origin).netloc != host:
            raise Refused(403, "another site may not ask on a visitor's behalf")

    def _visitor(self, scope: Scope, headers: Mapping[str, str]) -> tuple[str, bytes | None]:
        """Who asks, and the cookie to set when they are new."""
        if self._users:
            return f"user:{self._signed_in(headers)}", None
        token = _token(headers.get("cookie", ""))
        if token is not None:
            return _visitor_id(token), None
        token = secrets.token_urlsafe(32)
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={_YEAR_S}{secure}"
        return _visitor_id(token), cookie.encode()

    def _signed_in(self, headers: Mapping[str, str]) -> str:
        kind, _, given = headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, password = "", ""
        expected = self._users.get(name)
        # Compared also for unknown names, so that the time tells nothing.
        right = hmac.compare_digest(password.encode(), (expected or secrets.token_hex()).encode())
        if kind.lower() != "basic" or expected is None or not right:
            realm = (b"www-authenticate", b'Basic realm="Sightline", charset="UTF-8"')
            raise Refused(401, "sign in to use this chat", realm)
        return name

    # -- what is asked --

    def _check_path(self, scope: Scope, visitor: str) -> None:
        path, method = scope["path"], scope["method"]
        allowed = _READ if method in ("GET", "HEAD") else _WRITTEN if method == "POST" else None
        if allowed is None or not allowed.fullmatch(path) or ".." in unquote(path).split("/"):
            raise Refused(404, "there is no such page")
        if path.startswith(_FILE) and not self._owners.owns(visitor, path.removeprefix(_FILE)):
            raise Refused(404, "there is no such file")
        page = path.removeprefix("/gradio_api/heartbeat/") if "/heartbeat/" in path else None
        if path.startswith("/gradio_api/queue/data"):
            page = (parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash") or [""])[0]
        if page is not None and not self._owners.claim_page(visitor, page):
            raise Refused(404, "there is no such page")

    async def _claimed(self, scope: Scope, receive: Receive, visitor: str, headers: Mapping[str, str]) -> Receive:
        """What to read the body from, once it is known that the page in it is the visitor's."""
        path = scope["path"].rstrip("/")
        size = int(headers["content-length"]) if headers.get("content-length", "").isdecimal() else None
        if path.endswith("/upload") and (size is None or size > self._upload_bytes):
            raise Refused(413, f"at most {self._upload_bytes:,} bytes can be uploaded at once")
        if scope["method"] != "POST" or path.endswith("/upload"):
            return receive
        body = await _body(receive)
        try:
            page = json.loads(body).get("session_hash")
        except (ValueError, AttributeError):
            raise Refused(400, "the request is not what this page sends") from None
        if not isinstance(page, str) or not self._owners.claim_page(visitor, page):
            raise Refused(404, "there is no such page")
        return _again(body, receive)


class _Uploaded:
    """A `send` that notes which files an upload made."""

    def __init__(self, send: Send, owners: Owners, visitor: str) -> None:
        self._send, self._owners, self._visitor = send, owners, visitor
        self._parts: list[bytes] = []
        self._good = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._good = message["status"] == 200
        elif self._good:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                self._note(b"".join(self._parts))
        await self._send(message)

    def _note(self, body: bytes) -> None:
        try:
            paths = json.loads(body)
        except ValueError:
            return  # the progress of an upload is no list of files
        if isinstance(paths, list):
            self._owners.uploaded(self._visitor, [path for path in paths if isinstance(path, str)])


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _token(cookies: str) -> str | None:
    try:
        morsel = SimpleCookie(cookies).get(_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and _TOKEN.fullmatch(morsel.value) else None


def _visitor_id(token: str) -> str:
    # The database holds this and not the token, so that reading it gives nobody a visitor's cookie.
    return "cookie:" + hashlib.sha256(token.encode()).hexdigest()


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "the request was broken off")
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > _JOIN_BYTES:
            raise Refused(413, f"the request is larger than {_JOIN_BYTES:,} bytes")
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, then whatever follows."""
    pending = [body]

    async def give() -> Message:
        return {"type": "http.request", "body": pending.pop(), "more_body": False} if pending else await receive()

    return give


def _with_headers(send: Send, cookie: bytes | None) -> Send:
    async def give(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [(name, value) for name, value in _HEADERS if name not in present]
            if cookie is not None:
                added.append((b"set-cookie", cookie))
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return give


async def _answer(send: Send, refused: Refused) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS, *refused.headers]
    await send({"type": "http.response.start", "status": refused.status, "headers": head})
    await send({"type": "http.response.body", "body": refused.text.encode()})
