"""Sessions on the page: arriving, beginning, opening, renaming and deleting them, and the panel of what answers."""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from typing import TYPE_CHECKING, Any

from ...tools.errors import SightlineError
from ..report import environment
from .actions import Actions
from .parts import Parts, notice, values, visitor_of

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["wire_sessions"]

# Gradio gives this box no label that belongs to it.
_NAME_THE_QUESTION = "() => document.querySelector('#question textarea').setAttribute('aria-label', 'Question')"


def wire_sessions(
    actions: Actions,
    parts: Parts,
    new: "gr.Button",
    delete: "gr.Button",
    title: "gr.Textbox",
    export: "gr.HTML",
    panel: "gr.HTML",
    about: "gr.Accordion",
    page: "gr.Blocks",
) -> None:
    import gradio as gr

    def arrive(request: gr.Request) -> list[Any]:
        return values(actions.arrive(visitor_of(request)))

    def begin(request: gr.Request) -> list[Any]:
        try:
            return values(actions.begin(visitor_of(request)))
        except SightlineError as error:
            return values(actions.show(visitor_of(request), "", problem=str(error)))

    def opened(request: gr.Request, event: gr.EventData) -> list[Any]:
        return values(actions.show(visitor_of(request), str(event._data.get("session", ""))))

    def remove(request: gr.Request, session: str) -> list[Any]:
        try:
            return values(actions.delete(visitor_of(request), session))
        except SightlineError as error:
            return values(actions.show(visitor_of(request), session, problem=str(error)))

    def rename(request: gr.Request, session: str, words: str) -> list[Any]:
        try:
            return [actions.rename(visitor_of(request), session, words), "", ""]
        except SightlineError as error:
            return [gr.skip(), gr.skip(), notice(str(error))]

    def linked(session: str) -> str:
        return environment().get_template("chat_export.html.j2").render(session=session)

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page.load(arrive, None, parts.shown, **at_once)
    page.load(None, js=_NAME_THE_QUESTION)
    about.expand(actions.panel, None, panel, **at_once)
    new.click(begin, None, parts.shown, **at_once)
    parts.sessions.act(opened, None, parts.shown, **at_once)
    delete.click(remove, [parts.session], parts.shown, **at_once)
    title.submit(rename, [parts.session, title], [parts.sessions, title, parts.notice], **at_once)
    parts.session.change(linked, [parts.session], export, **at_once)
