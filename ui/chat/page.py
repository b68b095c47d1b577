"""The page: Gradio's components, and which action each event leads to.

What a visitor does goes through two steps. `take` answers at once: the question stands on the page, or what is wrong
with it. `answer` waits for its turn in the queue and streams the work, then `finish` shows what came of it. The
session's id travels through the browser, so that a page goes on after the server was started anew; whose it is, is
asked again each time.
"""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..report import environment
from .actions import Actions
from .board import RELAY, board_script, render_board
from .limits import ChatLimits
from .parts import Parts, welcome
from .wiring_asking import wire_asking
from .wiring_pointing import wire_pointing
from .wiring_sessions import wire_sessions

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["build_page", "page_head"]

_TEMPLATES = Path(__file__).parents[1] / "templates"
_FONTS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")
_OPEN_PAGES = 500  # that Gradio keeps the state of; each takes some hundred kilobytes
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def page_head() -> str:
    """What goes into the page's head: the style sheets, in a scope of their own."""
    parts = (_TEMPLATES / "parts.css").read_text(encoding="utf-8")
    chat = (_TEMPLATES / "chat.css").read_text(encoding="utf-8")
    return f'<meta name="color-scheme" content="light dark"><style>.sightline {{ {parts} }}\n{chat}</style>'


def theme() -> Any:
    """Gradio's theme without fonts from elsewhere."""
    import gradio as gr

    return gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=list(_FONTS), font_mono=list(_MONO))


def build_page(actions: Actions, limits: ChatLimits) -> "gr.Blocks":
    """The page, ready to be mounted."""
    import gradio as gr

    page: gr.Blocks
    routes = actions.asking.routes
    with gr.Blocks(title="Sightline", fill_width=True, analytics_enabled=False) as page:
        asked, problem, media, marks = gr.State(None), gr.State(""), gr.State(()), gr.State(None)
        turn, attached = gr.State(0), gr.State(())
        session = gr.Textbox("", visible="hidden", elem_id="session")
        with gr.Sidebar(width=270, elem_id="side"):
            gr.HTML(
                environment().get_template("chat_brand.html.j2").render(),
                elem_classes="sightline",
                apply_default_css=False,
            )
            new = gr.Button("New session", variant="primary", size="sm")
            sessions = _html("sessions", script=RELAY)
            with gr.Accordion("This session", open=False):
                title = gr.Textbox(label="Title", placeholder="another title, then Enter", max_length=80)
                export = gr.HTML(elem_classes="sightline", apply_default_css=False)
                delete = gr.Button("Delete this session", variant="stop", size="sm")
            with gr.Accordion("What answers here", open=False) as about:
                panel = gr.HTML(elem_classes="sightline", apply_default_css=False)
        with gr.Row(elem_id="main"):
            with gr.Column(scale=7, elem_id="talk"):
                dialogue = _html("dialogue", script=RELAY, value=welcome())
                running = gr.HTML(elem_classes="sightline", apply_default_css=False, elem_id="running")
                with gr.Column(visible=True, elem_id="examples-column") as examples:
                    example = _html("examples", script=RELAY, value=actions.welcome())
                with gr.Column(elem_id="asking"):
                    notice = gr.HTML(elem_classes="sightline", apply_default_css=False, elem_id="notice")
                    with gr.Group(visible=False) as correcting:
                        correction = gr.Textbox(
                            label="What should the answer have been?",
                            placeholder="the right answer, then Enter; leave it empty to only say that it is wrong",
                            max_length=limits.question_characters,
                            elem_id="correction",
                        )
                    box = gr.MultimodalTextbox(
                        label="Question",
                        show_label=False,
                        placeholder="Ask about a picture, a video or a sound; or speak",
                        file_count="multiple",
                        sources=["upload", "microphone"],
                        max_plain_text_length=limits.question_characters,
                        autofocus=True,
                        elem_id="question",
                    )
                    with gr.Row(elem_id="under"):
                        way = gr.Radio(
                            routes, value=routes[0][1], label="Answer", visible=len(routes) > 2, elem_id="way"
                        )
                        stop = gr.Button("Stop", variant="stop", visible=False, size="sm", elem_id="stop")
            with gr.Column(scale=5, min_width=320, elem_id="looking"):
                gr.HTML("<h2>The next question is about</h2>", elem_classes="sightline", apply_default_css=False)
                board = _html("board", script=board_script(), value=render_board(None, (), None))
                gallery = _html("gallery", script=RELAY)
                with gr.Accordion("Webcam or clipboard", open=False, elem_id="camera"):
                    camera = gr.Image(
                        sources=["webcam", "clipboard"],
                        type="filepath",
                        format="png",
                        label="A picture from the webcam or the clipboard",
                        height=240,
                        buttons=[],
                    )
                with gr.Accordion("The program", open=False, elem_id="editor") as editor:
                    program = gr.Code(
                        language="python", label="Edit it and run it again", lines=8, max_lines=24, interactive=True
                    )
                    run = gr.Button("Run this program", size="sm", elem_id="run")
        parts = Parts(
            session, sessions, dialogue, running, notice, board, gallery, media, marks, asked, problem, box, stop,
            editor, program, turn, correcting, correction, examples,
        )  # fmt: skip
        wire_asking(actions, parts, way, run, example, page)
        wire_sessions(actions, parts, new, delete, title, export, panel, about, page)
        wire_pointing(actions, parts, attached, camera, page)
    page.state_session_capacity = _OPEN_PAGES
    return page


def _html(name: str, *, script: str, value: str = "") -> "gr.HTML":
    import gradio as gr

    return gr.HTML(value, elem_classes="sightline", elem_id=name, js_on_load=script, apply_default_css=False)
