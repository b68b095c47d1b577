"""Where the chat serves what lies in a session, and the routes that serve it.

Every route asks whose the session is; a path holds ids and numbers only, never a part of a file's path. What a visitor
uploaded is served as a picture that was drawn anew, as a video, or as a download, and never as a page.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...agent.trace import parse_traces
from ...tools.api import Box, ImageRef
from ...tools.errors import BadRequest, SightlineError
from ...tools.media import load_image
from ...tools.media.sniff import guess
from ..demo import DemoQuestion
from ..report import render_report
from ..views import ViewBook
from .guard import VISITOR_HEADER
from .preferences import preference_lines

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .sessions import Sessions
    from .talks import Talks
    from .turn_store import StoredTurn, TurnStore

__all__ = ["add_routes", "view_address"]

_UNSAFE_NAME = re.compile(r"[^\w.-]+")
_A_WEEK = {"cache-control": "private, max-age=604800, immutable"}  # an address names its content
_PIECE = 1 << 16
_SOUNDS = (("WAV", "audio/wav"), ("FLAC", "audio/flac"), ("Ogg", "audio/ogg"), ("M4A", "audio/mp4"))


def view_address(session: str, ref: ImageRef) -> str:
    """Where a region of a picture, or of a frame of a video, is served as a JPEG."""
    frame = "whole" if ref.frame is None else ref.frame
    return f"/talks/{session}/views/{ref.media}/{frame}/{'-'.join(map(str, ref.box.as_tuple()))}.jpg"


def add_routes(app: FastAPI, talks: Talks, examples: Sequence[DemoQuestion] = ()) -> None:
    """Serve the files, views, traces, reports and exports of sessions under `/talks`, and the examples' pictures."""
    from fastapi import Request, Response
    from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse

    sessions = talks.sessions

    @app.exception_handler(SightlineError)
    def refuse(_: Request, error: SightlineError) -> Response:
        return PlainTextResponse(str(error), status_code=404 if isinstance(error, BadRequest) else 422)

    def view(request: Request, session: str, media: str, frame: str, box: str) -> Response:
        talk = talks.open(_visitor(request), session)
        held = talk.media.held(media)
        ref = _region(media, held.width, held.height, frame=frame, box=box)
        jpeg = ViewBook(talk.media).jpeg(ref)
        if jpeg is None:
            raise BadRequest("there is no such view")
        return Response(jpeg, media_type="image/jpeg", headers=_A_WEEK)

    def video(request: Request, session: str, media: str) -> Response:
        path = sessions.artefacts(_visitor(request), session).file(media)
        return FileResponse(path, media_type=_media_type(path), headers=_A_WEEK)

    def trace(request: Request, session: str, turn: int) -> Response:
        kept = sessions.turns(_visitor(request), session).get(turn)
        return Response(kept.trace, media_type="application/jsonl", headers=_download(f"turn-{turn}.jsonl"))

    def report(request: Request, session: str, turn: int) -> Response:
        talk = talks.open(_visitor(request), session)
        (read,) = parse_traces(talk.turns.get(turn).trace)
        html = render_report(read, talk.media)
        return Response(html, media_type="text/html", headers=_download(f"turn-{turn}.html"))

    def export(request: Request, session: str) -> Response:
        visitor = _visitor(request)
        title = _UNSAFE_NAME.sub("-", sessions.get(visitor, session).title).strip("-") or "session"
        packed = _packed(sessions, visitor, session)
        return StreamingResponse(_pieces(packed), media_type="application/zip", headers=_download(f"{title}.zip"))

    def example(number: int) -> Response:
        if not 0 <= number < len(examples):
            raise BadRequest("there is no such example")
        picture = load_image(examples[number].photo)
        jpeg = ViewBook({picture.id: picture}, whole_side=200).jpeg(
            ImageRef.whole(picture.id, picture.width, picture.height)
        )
        return Response(jpeg, media_type="image/jpeg", headers=_A_WEEK)

    example.__annotations__ |= {"number": int, "return": Response}
    app.add_api_route("/talks/examples/{number}.jpg", example, methods=["GET"], response_model=None)
    # Told to FastAPI by hand: its decorators would read annotations that are names inside this function.
    for endpoint, path in (
        (view, "views/{media}/{frame}/{box}.jpg"),
        (video, "videos/{media}"),
        (trace, "turns/{turn}/trace.jsonl"),
        (report, "turns/{turn}/report.html"),
        (export, "export.zip"),
    ):
        endpoint.__annotations__ |= {"request": Request, "return": Response}
        app.add_api_route(f"/talks/{{session}}/{path}", endpoint, methods=["GET"], response_model=None)


def _visitor(request: Any) -> str:
    return str(request.headers[VISITOR_HEADER])


def _media_type(path: Path) -> str:
    """Of a video or sound, by its first bytes; a browser plays what it knows of them, and runs none of it."""
    with path.open("rb") as file:
        found = guess(file.read(64))
    if found.kind != "audio":
        return "video/mp4"
    return next((kind for name, kind in _SOUNDS if name in found.label), "audio/mpeg")


def _region(media: str, width: int, height: int, *, frame: str, box: str) -> ImageRef:
    try:
        whole = ImageRef.whole(media, width, height, frame=None if frame == "whole" else int(frame))
        left, lower, right, upper = map(int, box.split("-"))
    except ValueError:
        raise BadRequest("there is no such view") from None
    return whole.at(Box(left, lower, right, upper))


def _download(name: str) -> dict[str, str]:
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "-")
    return {"content-disposition": f'attachment; filename="{ascii_name}"', "cache-control": "private, no-store"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _packed(sessions: Sessions, visitor: str, session: str) -> IO[bytes]:
    """All of a session as a ZIP archive, open at its beginning."""
    about = sessions.get(visitor, session)
    turns, artefacts = sessions.turns(visitor, session), sessions.artefacts(visitor, session)
    count = turns.count()
    packed = tempfile.TemporaryFile(prefix="sightline-")  # noqa: SIM115 - whoever sends it reads it to its end
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        facts = {"title": about.title, "created": about.created, "used": about.used, "turns": count}
        archive.writestr("session.json", json.dumps(facts, ensure_ascii=False, indent=1))
        with archive.open("traces.jsonl", "w") as file:
            file.writelines(turn.trace.encode() for turn in _each_of(turns, count))
        with archive.open("preferences.jsonl", "w") as file:
            judged = preference_lines(_each_of(turns, count))
            file.writelines(line.encode() for line in judged)
        for artefact in artefacts.all():
            name = _UNSAFE_NAME.sub("-", artefact.name).strip("-.") or "file"
            archive.write(artefacts.file(artefact.id), f"files/{artefact.id[:8]}-{name}")
    packed.seek(0)
    return packed


def _each_of(turns: TurnStore, count: int) -> Iterator[StoredTurn]:
    """Read one at a time: their traces together may be large."""
    return (turns.get(number) for number in range(1, count + 1))
