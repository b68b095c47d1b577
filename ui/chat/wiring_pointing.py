"""What the next question is about: files, the webcam, the gallery, and what is pointed at on the board."""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from typing import TYPE_CHECKING, Any

from ...tools.errors import SightlineError
from .actions import Actions
from .board import Marks
from .parts import Parts, forget_copies, notice, values, visitor_of

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["wire_pointing"]


def wire_pointing(actions: Actions, parts: Parts, attached: "gr.State", camera: "gr.Image", page: "gr.Blocks") -> None:
    import gradio as gr

    def attach(request: gr.Request, session: str, given: dict[str, Any], before: Any) -> list[Any]:
        """Files stand beside the question before it is asked; letters that are typed change nothing here."""
        forget_copies(page, request.session_hash)
        files = tuple(str(file) for file in given.get("files") or ())
        unchanged = [gr.skip()] * len(parts.shown)
        if not files or files == before:
            return [*unchanged, files]
        try:
            return [*values(actions.attach(visitor_of(request), session, files)), files]
        except SightlineError as error:
            unchanged[7] = notice(str(error))
            return [*unchanged, files]

    def pointed(request: gr.Request, session: str, media: Any, marks: Marks | None, event: gr.EventData) -> list[Any]:
        try:
            new, board = actions.point(visitor_of(request), session, media or (), marks, event._data)
        except SightlineError as error:
            return [gr.skip(), gr.skip(), notice(str(error))]
        return [new, board, ""]

    def chosen(request: gr.Request, session: str, media: Any, event: gr.EventData) -> list[Any]:
        act, before = event._data.get("act"), tuple(media or ())
        if act == "all":
            return values(actions.show(visitor_of(request), session, media=before, everything=True))
        one, beside = str(event._data.get("media", "")), before if act == "beside" else ()
        try:
            return values(actions.choose(visitor_of(request), session, one, beside=beside))
        except SightlineError as error:
            return values(actions.show(visitor_of(request), session, problem=str(error)))

    def taken(request: gr.Request, session: str, picture: Any) -> list[Any]:
        """A picture of the webcam or the clipboard; as it was uploaded, so that it is known whose it is."""
        path = picture.get("path") if isinstance(picture, dict) else None
        if not isinstance(path, str):
            return [gr.skip()] * len(parts.shown)
        try:
            return values(actions.attach(visitor_of(request), session, (path,)))
        except SightlineError as error:
            return values(actions.show(visitor_of(request), session, problem=str(error)))

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    camera.change(taken, [parts.session, camera], parts.shown, preprocess=False, **at_once)
    pointing = [parts.session, parts.media, parts.marks]
    given = [parts.session, parts.box, attached]
    parts.box.change(attach, given, [*parts.shown, attached], trigger_mode="always_last", **at_once)
    parts.board.pointed(pointed, pointing, [parts.marks, parts.board, parts.notice], **at_once)
    parts.gallery.act(chosen, [parts.session, parts.media], parts.shown, **at_once)
