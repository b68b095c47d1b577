"""The page: Gradio's components, and which action each event leads to.

What a visitor does goes through two steps. `take` answers at once: the question stands on the page, or what is wrong
with it. `answer` waits for its turn in the queue and streams the work, then `finish` shows what came of it. The
session's id travels through the browser, so that a page goes on after the server was started anew; whose it is, is
asked again each time.

A step of the work is sent as the one thing that changed: whatever else an event names as its output Gradio makes anew
each time, also where it is told to leave it as it is.
"""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tools.errors import SightlineError
from ..report import environment
from .actions import Actions, Asked, Shown
from .board import RELAY, Marks, board_script, render_board
from .guard import VISITOR_HEADER
from .limits import ChatLimits

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["build_page", "forget_copies", "page_head"]

_TEMPLATES = Path(__file__).parents[1] / "templates"
_FONTS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")
_TO_THE_END = "() => setTimeout(() => window.scrollTo({top: document.body.scrollHeight, behavior: 'smooth'}), 200)"
# While work is shown, whoever reads at its end stays there, and whoever has scrolled up is left in peace.
_FOLLOW = "() => document.body.scrollHeight - innerHeight - scrollY < 500 && scrollTo(0, document.body.scrollHeight)"
# Gradio gives this box no label that belongs to it.
_NAME_THE_QUESTION = "() => document.querySelector('#question textarea').setAttribute('aria-label', 'Question')"
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


@dataclass(frozen=True, slots=True)
class _Parts:
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
        """In the order of `_values`."""
        return [
            self.session, self.sessions, self.dialogue, self.board, self.gallery, self.media, self.marks,
            self.notice, self.examples,
        ]  # fmt: skip


def build_page(actions: Actions, limits: ChatLimits) -> "gr.Blocks":
    """The page, ready to be mounted."""
    import gradio as gr

    page: gr.Blocks
    routes = actions.routes
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
                dialogue = _html("dialogue", script=RELAY, value=_welcome())
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
        parts = _Parts(
            session, sessions, dialogue, running, notice, board, gallery, media, marks, asked, problem, box, stop,
            editor, program, turn, correcting, correction, examples,
        )  # fmt: skip
        _wire_asking(actions, parts, way, run, example, page)
        _wire_sessions(actions, parts, new, delete, title, export, panel, about, page)
        _wire_pointing(actions, parts, attached, camera, page)
    page.state_session_capacity = _OPEN_PAGES
    return page


def _html(name: str, *, script: str, value: str = "") -> "gr.HTML":
    import gradio as gr

    return gr.HTML(value, elem_classes="sightline", elem_id=name, js_on_load=script, apply_default_css=False)


def _visitor(request: "gr.Request") -> str:
    return str(request.headers[VISITOR_HEADER])


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


def _values(shown: Shown) -> list[Any]:
    import gradio as gr

    return [
        shown.session, shown.sessions, shown.dialogue or _welcome(), shown.board, shown.gallery, shown.media,
        shown.marks, _notice(shown.problem), gr.Column(visible=not shown.dialogue),
    ]  # fmt: skip


def _welcome() -> str:
    return environment().get_template("chat_dialogue.html.j2").render(turns=[])


def _notice(problem: str) -> str:
    return environment().get_template("chat_notice.html.j2").render(problem=problem) if problem else ""


def _wire_asking(
    actions: Actions, parts: _Parts, way: "gr.Radio", run: "gr.Button", example: "gr.HTML", page: "gr.Blocks"
) -> None:
    import gradio as gr

    taken = [parts.asked, parts.session, parts.running, parts.notice, parts.box, parts.stop, parts.examples]

    def taking(begin: Callable[[], Asked], box: Any) -> list[Any]:
        """What is shown once a question was taken, or could not be."""
        try:
            asked = begin()
        except SightlineError as error:
            return [None, gr.skip(), "", _notice(str(error)), gr.skip(), gr.Button(visible=False), gr.skip()]
        waiting = environment().get_template("chat_waiting.html.j2").render(question=asked.question)
        return [asked, asked.session, waiting, "", box, gr.Button(visible=True), gr.Column(visible=False)]

    def submit(
        request: gr.Request, session: str, given: dict[str, Any], media: Any, marks: Marks | None, how: str
    ) -> list[Any]:
        return taking(
            lambda: actions.take(
                _visitor(request),
                session,
                question=str(given.get("text") or ""),
                files=[str(file) for file in given.get("files") or ()],
                media=media or (),
                marks=marks,
                route=how,
            ),
            {"text": "", "files": []},
        )

    def show_example(request: gr.Request, session: str, event: gr.EventData) -> list[Any]:
        return taking(lambda: actions.example(_visitor(request), session, _number(event, "example")), gr.skip())

    def rerun(request: gr.Request, session: str, turn: int, program: str) -> list[Any]:
        return taking(lambda: actions.rerun(_visitor(request), session, turn, program or ""), gr.skip())

    def answer(request: gr.Request, asked: Asked | None) -> Iterator[list[Any]]:
        """Stream the work; what went wrong with it is told by `finish`."""
        if asked is None:
            yield ["", ""]
            return
        html = ""
        try:
            for html in actions.answer(_visitor(request), asked):
                yield [html, ""]
        except SightlineError as error:
            yield [html, str(error)]

    def finish(request: gr.Request, asked: Asked | None, problem: str) -> list[Any]:
        """Show the session with its new turn."""
        forget_copies(page, request.session_hash)
        if asked is None:
            return [gr.skip()] * (len(parts.shown) + 3)
        shown = actions.show(_visitor(request), asked.session, problem=problem)
        return [*_values(shown), "", gr.Button(visible=False), None]

    def act(request: gr.Request, session: str, how: str, event: gr.EventData) -> list[Any]:
        """A button under an answer: ask again, judge, or edit the program."""
        visitor, turn = _visitor(request), _number(event, "turn")
        forget_copies(page, request.session_hash)
        kept: list[Any] = [gr.skip()] * (len(taken) + 5)
        what = event._data.get("act")
        try:
            if what == "retry":
                return [*taking(lambda: actions.again(visitor, session, turn, route=how), gr.skip()), *kept[:5]]
            kept[0] = None
            if what == "edit":
                kept[-5:-2] = [gr.Accordion(open=True), actions.program(visitor, session, turn), turn]
            elif what in ("right", "wrong"):
                kept[-1] = actions.vote(visitor, session, turn, vote=1 if what == "right" else -1).dialogue
                kept[-3:-1] = [turn, gr.Group(visible=what == "wrong")]
            elif what == "page":
                kept[-1] = actions.page(visitor, session, turn)
        except SightlineError as error:
            kept[3] = _notice(str(error))
        return kept

    def correct(request: gr.Request, session: str, turn: int, correction: str) -> list[Any]:
        try:
            shown = actions.vote(_visitor(request), session, turn, vote=-1, correction=correction)
        except SightlineError as error:
            return [gr.skip(), gr.skip(), gr.skip(), _notice(str(error))]
        return [shown.dialogue, "", gr.Group(visible=False), ""]

    def halt(request: gr.Request, session: str, asked: Asked | None) -> list[Any]:
        """Stop what is being answered; what only waits in line is gone from the page at once."""
        visitor = _visitor(request)
        try:
            waits = asked is not None and actions.waits(visitor, asked)
            actions.stop(visitor, session)
        except SightlineError as error:
            return [_notice(str(error)), gr.skip(), gr.skip()]
        return ["", "", gr.Button(visible=False)] if waits else ["", gr.skip(), gr.skip()]

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    in_turn: Any = {
        "inputs": [parts.asked],
        "outputs": [parts.running, parts.problem],
        "show_progress": "hidden",
        "concurrency_id": "answering",
        "concurrency_limit": actions.side_by_side,
        "api_visibility": "private",
    }

    finished = [*parts.shown, parts.running, parts.stop, parts.asked]

    def asks(taking: Any) -> None:
        """Answer what was taken, with the end of the dialogue in view before and after."""
        taking.then(None, js=_TO_THE_END)
        answered = taking.then(answer, **in_turn)
        answered.then(finish, [parts.asked, parts.problem], finished, **at_once).then(None, js=_TO_THE_END)

    parts.running.change(None, js=_FOLLOW)
    asking = [parts.session, parts.box, parts.media, parts.marks, way]
    asks(parts.box.submit(submit, asking, taken, **at_once))
    asks(example.act(show_example, [parts.session], taken, **at_once))
    asks(run.click(rerun, [parts.session, parts.turn, parts.program], taken, **at_once))
    acted = [*taken, parts.editor, parts.program, parts.turn, parts.correcting, parts.dialogue]
    asks(parts.dialogue.act(act, [parts.session, way], acted, **at_once))
    judged = [parts.dialogue, parts.correction, parts.correcting, parts.notice]
    parts.correction.submit(correct, [parts.session, parts.turn, parts.correction], judged, **at_once)
    stopped = [parts.notice, parts.running, parts.stop]
    parts.stop.click(halt, [parts.session, parts.asked], stopped, **at_once)


def _wire_sessions(
    actions: Actions,
    parts: _Parts,
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
        return _values(actions.arrive(_visitor(request)))

    def begin(request: gr.Request) -> list[Any]:
        try:
            return _values(actions.begin(_visitor(request)))
        except SightlineError as error:
            return _values(actions.show(_visitor(request), "", problem=str(error)))

    def opened(request: gr.Request, event: gr.EventData) -> list[Any]:
        return _values(actions.show(_visitor(request), str(event._data.get("session", ""))))

    def remove(request: gr.Request, session: str) -> list[Any]:
        try:
            return _values(actions.delete(_visitor(request), session))
        except SightlineError as error:
            return _values(actions.show(_visitor(request), session, problem=str(error)))

    def rename(request: gr.Request, session: str, words: str) -> list[Any]:
        try:
            return [actions.rename(_visitor(request), session, words), "", ""]
        except SightlineError as error:
            return [gr.skip(), gr.skip(), _notice(str(error))]

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


def _wire_pointing(
    actions: Actions, parts: _Parts, attached: "gr.State", camera: "gr.Image", page: "gr.Blocks"
) -> None:
    import gradio as gr

    def attach(request: gr.Request, session: str, given: dict[str, Any], before: Any) -> list[Any]:
        """Files stand beside the question before it is asked; letters that are typed change nothing here."""
        forget_copies(page, request.session_hash)
        files = tuple(str(file) for file in given.get("files") or ())
        unchanged = [gr.skip()] * len(parts.shown)
        if not files or files == before:
            return [*unchanged, files]
        try:
            return [*_values(actions.attach(_visitor(request), session, files)), files]
        except SightlineError as error:
            unchanged[7] = _notice(str(error))
            return [*unchanged, files]

    def pointed(request: gr.Request, session: str, media: Any, marks: Marks | None, event: gr.EventData) -> list[Any]:
        try:
            new, board = actions.point(_visitor(request), session, media or (), marks, event._data)
        except SightlineError as error:
            return [gr.skip(), gr.skip(), _notice(str(error))]
        return [new, board, ""]

    def chosen(request: gr.Request, session: str, media: Any, event: gr.EventData) -> list[Any]:
        if event._data.get("act") == "all":
            return _values(actions.show(_visitor(request), session, media=tuple(media or ()), everything=True))
        one, beside = (
            str(event._data.get("media", "")),
            tuple(media or ()) if event._data.get("act") == "beside" else (),
        )
        try:
            return _values(actions.choose(_visitor(request), session, one, beside=beside))
        except SightlineError as error:
            return _values(actions.show(_visitor(request), session, problem=str(error)))

    def taken(request: gr.Request, session: str, picture: Any) -> list[Any]:
        """A picture of the webcam or the clipboard; as it was uploaded, so that it is known whose it is."""
        path = picture.get("path") if isinstance(picture, dict) else None
        if not isinstance(path, str):
            return [gr.skip()] * len(parts.shown)
        try:
            return _values(actions.attach(_visitor(request), session, (path,)))
        except SightlineError as error:
            return _values(actions.show(_visitor(request), session, problem=str(error)))

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    camera.change(taken, [parts.session, camera], parts.shown, preprocess=False, **at_once)
    pointing = [parts.session, parts.media, parts.marks]
    given = [parts.session, parts.box, attached]
    parts.box.change(attach, given, [*parts.shown, attached], trigger_mode="always_last", **at_once)
    parts.board.pointed(pointed, pointing, [parts.marks, parts.board, parts.notice], **at_once)
    parts.gallery.act(chosen, [parts.session, parts.media], parts.shown, **at_once)


def _number(event: "gr.EventData", name: str) -> int:
    value = str(event._data.get(name, ""))
    return int(value) if value.isdecimal() and len(value) < 10 else -1
