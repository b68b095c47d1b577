"""The components of the page that actions change, what is put into them, and what an event says."""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..report import environment
from .actions import Shown
from .guard import VISITOR_HEADER

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["Parts", "forget_copies", "notice", "number_in", "values", "visitor_of", "welcome"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that actions change."""

    session: "gr.Textbox"
    sessions: "gr.HTML"
    dialogue: "gr.HTML"
    running: "gr.HTML"
    notice: "gr.HTML"
    board: "gr.HTML"
    gallery: "gr.HTML"
    media: "gr.State"
    marks: "gr.State"
    asked: "gr.State"
    problem: "gr.State"
    box: "gr.MultimodalTextbox"
    stop: "gr.Button"
    editor: "gr.Accordion"
    program: "gr.Code"
    turn: "gr.State"
    correcting: "gr.Group"
    correction: "gr.Textbox"
    examples: "gr.Column"

    @property
    def shown(self) -> list[Any]:
        """In the order of `values`."""
        return [
            self.session, self.sessions, self.dialogue, self.board, self.gallery, self.media, self.marks,
            self.notice, self.examples,
        ]  # fmt: skip


def values(shown: Shown) -> list[Any]:
    import gradio as gr

    return [
        shown.session, shown.sessions, shown.dialogue or welcome(), shown.board, shown.gallery, shown.media,
        shown.marks, notice(shown.problem), gr.Column(visible=not shown.dialogue),
    ]  # fmt: skip


def welcome() -> str:
    return environment().get_template("chat_dialogue.html.j2").render(turns=[])


def notice(problem: str) -> str:
    return environment().get_template("chat_notice.html.j2").render(problem=problem) if problem else ""


def visitor_of(request: "gr.Request") -> str:
    return str(request.headers[VISITOR_HEADER])


def number_in(event: "gr.EventData", name: str) -> int:
    value = str(event._data.get(name, ""))
    return int(value) if value.isdecimal() and len(value) < 10 else -1


def forget_copies(page: "gr.Blocks", session_hash: str | None) -> None:
    """Take out of what Gradio keeps of an open page all components that the page does not have.

    An event that leaves a component as it is makes Gradio build a copy of it; the next value that the component is
    given is then filed under the copy's number, and stays there for good.
    """
    holder = getattr(page, "state_holder", None)
    if holder is None or session_hash is None or session_hash not in holder:
        return
    state = holder[session_hash]
    for kept in (state.blocks_config.blocks, state.config_values):
        for number in [number for number in list(kept) if number not in page.blocks]:
            kept.pop(number, None)
