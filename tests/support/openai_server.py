"""A server of the OpenAI chat protocol on the loopback, whose replies a test writes beforehand.

It speaks real HTTP, so that everything between a planner and a model is exercised; only the model is made up. Each
request takes the next reply, the last one for ever after.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

__all__ = ["OpenAIServer", "Reply", "fenced"]


def fenced(program: str) -> str:
    """A program as most models write it."""
    return f"```python\n{program.strip()}\n```"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server does with one request.

    Attributes:
        text: what the model says.
        status: HTTP status; others than 200 come with an error body.
        error: the message in that body.
        headers: further headers.
        finish: why the model stopped: "stop", "length", "content_filter".
        body: bytes to send instead of a proper body.
        hold: wait for this event before answering (it is set when the server closes).
        drip: send one byte at a time and never finish, until the server closes.
        drop: close the connection without an answer.
    """

    text: str = ""
    status: int = 200
    error: str = "made up for a test"
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: str = "stop"
    body: bytes | None = None
    hold: threading.Event | None = None
    drip: bool = False
    drop: bool = False


class OpenAIServer:
    """Serves scripted replies; use it in a `with` block.

    Attributes:
        requests: the decoded bodies of the requests that came.
        headers: their headers, names in lower case.
    """

    def __init__(self, replies: Iterable[str | Reply]) -> None:
        self._replies = [Reply(text=reply) if isinstance(reply, str) else reply for reply in replies]
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The base address, as `base_url` takes it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def planner(self) -> str:
        """The planner's name for a model of this server."""
        return f"{self.url}#test-model"

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for reply in self._replies:
            if reply.hold is not None:
                reply.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, headers: Mapping[str, str], body: dict[str, Any]) -> Reply:
        with self._lock:
            reply = self._replies[min(len(self.requests), len(self._replies) - 1)]
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                asked = json.loads(self.rfile.read(length) or b"{}")
                reply = owner._next(dict(self.headers.items()), asked)
                if reply.hold is not None:
                    reply.hold.wait()
                self.close_connection = True
                if reply.drop or owner._closing.is_set():
                    return
                data = reply.body if reply.body is not None else json.dumps(_body(reply, asked)).encode()
                try:
                    self.send_response(reply.status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.send_header("connection", "close")
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if reply.drip:
                        for byte in data:
                            self.wfile.write(bytes((byte,)))
                            self.wfile.flush()
                            if owner._closing.wait(0.02):
                                return
                    else:
                        self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the caller gave up, which some tests are about

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def _body(reply: Reply, asked: dict[str, Any]) -> dict[str, Any]:
    if reply.status != 200:
        return {"error": {"message": reply.error, "type": "test", "code": None}}
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": asked.get("model", "test-model"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": reply.text},
                "finish_reason": reply.finish,
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
