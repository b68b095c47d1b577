"""The one place where the errors of chat-model packages are understood.

Each package has its own classes, none of which is imported here: an error is judged by its HTTP status and by the
names of its classes, which OpenAI, Anthropic, httpx, requests and the standard library share. Messages are built here
and hold nothing of the foreign text but a short, redacted part where a person needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

__all__ = ["Failure", "failure_of", "redacted"]

_SECRET = re.compile(
    r"(?:\b(?:sk|pk|gsk|xai|key|AIza)[-_]?[A-Za-z0-9*_-]{8,})|(?:(?i:bearer|basic)\s+\S+)|"
    r"(?i:api[-_ ]?key[\"']?\s*[:=]\s*)\S+|(?://[^/\s@]+@)"
)
_UNREACHABLE = re.compile(
    r"Connect|Network|RemoteProtocol|Transport|ConnectionRefused|ConnectionReset|gaierror|ReadError"
)
_BAD_REPLY = re.compile(
    r"JSONDecode|ResponseValidation|OutputParser|ValidationError|KeyError|TypeError|AttributeError|IndexError"
)
_RETRIED_STATUSES = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong, in words for a person.

    Attributes:
        reason: to follow "openai:gpt-5 ...".
        retry: whether the same request may succeed in a while.
        wait_s: how long the server asks to wait, None when it does not say.
        unsupported: the setting that the model does not take, None when that is not the matter.
    """

    reason: str
    retry: bool = False
    wait_s: float | None = None
    unsupported: str | None = None


def failure_of(error: BaseException, *, timeout_s: float, secrets: Iterable[str] = ()) -> Failure:
    """Understand an error that a chat model raised."""
    names = " ".join(cls.__name__ for cls in type(error).__mro__)
    status = _status(error)
    if status is not None:
        return _by_status(error, status, secrets)
    if "Timeout" in names:
        return Failure(reason=f"did not answer within {timeout_s:g} seconds; raise timeout_s or try a faster model")
    if isinstance(error, ConnectionError) or _UNREACHABLE.search(names):
        return Failure(reason="cannot be reached: nothing answers at its address", retry=True)
    if isinstance(error, ValueError | LookupError | TypeError | AttributeError) or _BAD_REPLY.search(names):
        return Failure(reason="answered with something that is not a chat reply", retry=True)
    return Failure(reason=f"failed with {type(error).__name__}: {_excerpt(error, secrets)}")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without anything that looks like a key."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return _SECRET.sub("[secret]", text)


def _by_status(error: BaseException, status: int, secrets: Iterable[str]) -> Failure:
    text = _excerpt(error, secrets)
    details = f"{error} {getattr(error, 'code', '')} {getattr(error, 'body', '')}".lower()
    if status == 429 and "insufficient_quota" in details:
        return Failure(reason="has no quota left (429): check the account's plan")
    if status == 429:
        return Failure(reason="asks to slow down (429); try again later", retry=True, wait_s=_wait_s(error))
    if status in _RETRIED_STATUSES or status >= 500:
        return Failure(reason=f"has trouble of its own ({status}); try again later", retry=True, wait_s=_wait_s(error))
    if status in (401, 403):
        return Failure(reason=f"refused the key ({status}): check it and what it may be used for")
    if status == 404:
        return Failure(reason="knows no such model or address (404): check both names")
    if status == 413 or "context_length" in details or "maximum context" in details:
        return Failure(reason=f"says that the prompt is too long for it ({status}): lower budget_tokens")
    unsupported = "temperature" if status in (400, 422) and "temperature" in details else None
    return Failure(reason=f"refused the request ({status}): {text}", unsupported=unsupported)


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "http_status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and 400 <= value < 600:
                return value
    return None


def _wait_s(error: BaseException) -> float | None:
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = str(headers["retry-after"])
        if value.replace(".", "", 1).isdigit():
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def _excerpt(error: BaseException, secrets: Iterable[str]) -> str:
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    text = " ".join(redacted(str(said or error), secrets).split())
    return text[:200] + ("..." if len(text) > 200 else "")
