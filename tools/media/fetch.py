"""Bytes from an http(s) URL, and never from a private address.

The host is resolved once, every address it has must be public, and the connection goes to exactly such an address (TLS
still checks the host's name), so a second answer of the name server changes nothing. Every redirect goes through the
same door. Size and total time are limited while reading. Proxies and credentials of the environment are not used: they
would stand between us and the address that was checked.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ..errors import BrokenMedia, ForbiddenAddress, MediaError, MediaNotFound, UnsupportedMedia
from .limits import MediaLimits
from .names import printable

__all__ = ["Body", "Fetched", "Request", "Resolver", "Transport", "connect", "fetch"]

_CHUNK = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One GET to a checked address. `target` is path and query; `timeout_s` bounds the whole exchange."""

    address: str
    port: int
    host: str
    tls: bool
    target: str
    timeout_s: float


class Body(Protocol):
    """An answer: its status, headers (lower-case names) and a body that is read in pieces."""

    status: int
    headers: Mapping[str, str]

    def read(self, count: int) -> bytes: ...

    def close(self) -> None: ...


Resolver = Callable[[str, int], list[str]]
Transport = Callable[[Request], Body]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What came back, and the path of the URL that finally served it."""

    data: bytes
    path: str


def fetch(
    url: str, *, limits: MediaLimits, resolver: Resolver | None = None, transport: Transport | None = None
) -> Fetched:
    """The bytes behind `url`.

    Raises:
        ForbiddenAddress: when it, or a redirect of it, leads to an address that is not public.
        MediaNotFound: when it cannot be reached or the server does not serve it.
        MediaTooLarge: when it sends too many bytes.
        UnsupportedMedia, BrokenMedia: when the URL or the answer is unusable.
    """
    deadline = time.monotonic() + limits.fetch_timeout_s
    for _ in range(limits.max_redirects + 1):
        parts, port = _split(url)
        shown = _shown(parts)
        addresses = _public_addresses(parts.hostname or "", port, shown, resolver or _resolve)
        body = _connect(parts, port, addresses, shown, deadline, transport or connect)
        try:
            if body.status in _REDIRECTS and "location" in body.headers:
                try:
                    url = urljoin(url, body.headers["location"])
                except ValueError:
                    raise BrokenMedia(f"{shown} redirects to an address that cannot be read") from None
                continue
            return Fetched(data=_read(body, shown, limits, deadline), path=parts.path)
        finally:
            body.close()
    raise BrokenMedia(f"{shown} redirects more than {limits.max_redirects} times")


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnsupportedMedia(f"{printable(url)} is not a readable URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnsupportedMedia(f"{printable(url)} is not an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise UnsupportedMedia("a URL with a user name or password in it is not fetched: download the picture first")
    return parts, port or (443 if parts.scheme == "https" else 80)


def _shown(parts: SplitResult) -> str:
    """The URL without its query, which may hold keys."""
    return printable(f"{parts.scheme}://{parts.netloc}{parts.path}")


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _public_addresses(host: str, port: int, shown: str, resolver: Resolver) -> list[str]:
    try:
        addresses = resolver(host.encode("idna").decode() if not host.isascii() else host, port)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise MediaNotFound(f"{shown} cannot be reached: the name {printable(host)} is not known")
    if not all(_is_public(address) for address in addresses):
        raise ForbiddenAddress(
            f"{shown} leads to a private, local or reserved address and is not fetched: download it and pass the file"
        )
    return addresses


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # such as a scoped link-local address
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _connect(
    parts: SplitResult, port: int, addresses: list[str], shown: str, deadline: float, transport: Transport
) -> Body:
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    )
    for address in addresses[:4]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        request = Request(
            address=address,
            port=port,
            host=parts.hostname or "",
            tls=parts.scheme == "https",
            target=target,
            timeout_s=left,
        )
        try:
            return transport(request)
        except ssl.SSLError:
            raise MediaNotFound(f"{shown} has no valid certificate and is not fetched") from None
        except (OSError, http.client.HTTPException):
            continue
    raise MediaNotFound(f"{shown} cannot be reached: check the address and the network")


def _read(body: Body, shown: str, limits: MediaLimits, deadline: float) -> bytes:
    if body.status != 200:
        raise MediaNotFound(f"the server answered {body.status} for {shown}: check the address")
    if body.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise BrokenMedia(f"the server sent {shown} compressed although it was asked not to")
    announced = body.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20:
        limits.check_bytes(int(announced), shown)
    data = bytearray()
    try:
        while chunk := body.read(_CHUNK):
            data += chunk
            limits.check_bytes(len(data), shown)
            if time.monotonic() > deadline:
                raise MediaNotFound(f"{shown} took longer than {limits.fetch_timeout_s:g} s: try again or download it")
    except MediaError:
        raise
    except (OSError, http.client.HTTPException, ValueError):
        raise BrokenMedia(f"{shown} was cut off while it was fetched: try again or download it") from None
    return bytes(data)


class _HttpBody:
    """An open exchange; a timer cuts the connection at the deadline, however slowly the server drips."""

    def __init__(self, request: Request) -> None:
        connection = http.client.HTTPConnection(request.host, request.port, timeout=request.timeout_s)
        raw = socket.create_connection((request.address, request.port), timeout=min(request.timeout_s, 10.0))
        self._socket = raw
        self._connection = connection
        self._timer = threading.Timer(request.timeout_s, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            if request.tls:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=request.host)
                self._socket = raw
            connection.sock = raw
            host = f"[{request.host}]" if ":" in request.host else request.host
            usual = request.port == (443 if request.tls else 80)
            headers = {
                "Host": host if usual else f"{host}:{request.port}",
                "Accept": "image/*",
                "Accept-Encoding": "identity",
                "User-Agent": "sightline",
                "Connection": "close",
            }
            connection.request("GET", request.target, headers=headers)
            self._response = connection.getresponse()
        except BaseException:
            self.close()
            raise
        self.status = self._response.status
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in self._response.getheaders()}

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def read(self, count: int) -> bytes:
        return self._response.read1(count)

    def close(self) -> None:
        self._timer.cancel()
        self._connection.close()
        self._socket.close()


def connect(request: Request) -> Body:
    """Send the request to its address, whatever that is; raises OSError or HTTPException."""
    return _HttpBody(request)
