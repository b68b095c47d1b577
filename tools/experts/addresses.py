"""Where an expert server listens: a Unix socket that only its owner may open, or a port of this machine with a token.

A port is open to every user of a machine, so whoever connects to one must know the token; a socket's owner needs none.
A port that other machines can reach carries pictures in the open, and is refused unless it is asked for.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadRequest

__all__ = ["Port", "bound", "connected", "parsed", "token_of"]

_PREFIX = "tcp://"
_WAITING = 64  # connections that may wait to be taken


@dataclass(frozen=True, slots=True)
class Port:
    """`host`: a name or number; `port`: 0 takes one that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_PREFIX}{host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parsed(text: str | Path) -> Path | Port:
    """The path of a socket, or a port from "tcp://127.0.0.1:7400". Raises BadRequest when it is neither."""
    if isinstance(text, Path) and not str(text).startswith("tcp:/"):
        return text
    told = str(text).replace("tcp:/", _PREFIX, 1) if isinstance(text, Path) else text  # a Path joins two slashes
    if not told.startswith(_PREFIX):
        return Path(told)
    host, _, number = told.removeprefix(_PREFIX).rstrip("/").rpartition(":")
    if not host or not number.isdecimal() or int(number) > 65535:
        raise BadRequest(f"{told!r} names no port: write it as tcp://127.0.0.1:7400")
    return Port(host.strip("[]"), int(number))


def bound(where: Path | Port, *, anywhere: bool = False) -> socket.socket:
    """A socket that listens there.

    Args:
        anywhere: whether a port may be one that other machines can reach.

    Raises:
        BadRequest: when another server listens there, or it cannot be used.
    """
    if isinstance(where, Port):
        return _bound_port(where, anywhere)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _take(where)
        before = os.umask(0o177)
        try:
            made.bind(str(where))
        finally:
            os.umask(before)
        made.listen(_WAITING)
    except BadRequest:
        made.close()
        raise
    except OSError as error:
        made.close()
        why = error.strerror or "the path is too long"
        raise BadRequest(f"no expert server can listen at {where}: {why}") from None
    return made


def _bound_port(where: Port, anywhere: bool) -> socket.socket:
    if not where.is_here and not anywhere:
        raise BadRequest(
            f"{where} can be reached from other machines, and what crosses is not encrypted: take 127.0.0.1, or say "
            "--anywhere if you want that"
        )
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((where.host, where.port))
        made.listen(_WAITING)
    except OSError as error:
        made.close()
        raise BadRequest(f"no expert server can listen at {where}: {error.strerror or error}") from None
    return made


def _take(path: Path) -> None:
    """Remove what a server that is gone has left; one that is there keeps its place."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise BadRequest(f"an expert server already listens at {path}")


def connected(where: Path | Port) -> socket.socket:
    """A connection to the server there. Raises BadRequest when none listens."""
    try:
        if isinstance(where, Port):
            made = socket.create_connection((where.host, where.port), timeout=10)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(None)
            return made
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.connect(os.fspath(where))
        except OSError:
            made.close()
            raise
        return made
    except OSError:
        raise BadRequest(f"no expert server listens at {where}: start one with `sightline experts serve`") from None


def token_of(file: Path, *, make: bool = False) -> str:
    """The token that a file holds.

    Args:
        make: whether to make the file with a new token, for its owner's eyes alone, where it is not there.

    Raises:
        BadRequest: when it cannot be read or written, or holds none.
    """
    try:
        if make and not file.exists():
            import secrets

            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as written:
                    written.write(secrets.token_urlsafe(32))
        told = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise BadRequest(f"the token file {file} cannot be used: {why}") from None
    if len(told) < 16:
        raise BadRequest(f"the token file {file} holds no token of at least 16 characters")
    return told
