"""Asking on the page: what is taken at once, what is streamed, what is shown when it is done, and what stands under it.

A step of the work is sent as the one thing that changed: whatever else an event names as its output Gradio makes anew
each time, also where it is told to leave it as it is.
"""

# Gradio reads the annotations of handlers, so they are not put off: names of Gradio stand quoted outside of functions.

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...tools.errors import SightlineError
from ..report import environment
from .actions import Actions
from .asking import Asked
from .board import Marks
from .parts import Parts, forget_copies, notice, number_in, values, visitor_of

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["wire_asking"]

_TO_THE_END = "() => setTimeout(() => window.scrollTo({top: document.body.scrollHeight, behavior: 'smooth'}), 200)"
# While work is shown, whoever reads at its end stays there, and whoever has scrolled up is left in peace.
_FOLLOW = "() => document.body.scrollHeight - innerHeight - scrollY < 500 && scrollTo(0, document.body.scrollHeight)"


def wire_asking(
    actions: Actions, parts: Parts, way: "gr.Radio", run: "gr.Button", example: "gr.HTML", page: "gr.Blocks"
) -> None:
    import gradio as gr

    asking = actions.asking
    taken = [parts.asked, parts.session, parts.running, parts.notice, parts.box, parts.stop, parts.examples]

    def taking(begin: Callable[[], Asked], box: Any) -> list[Any]:
        """What is shown once a question was taken, or could not be."""
        try:
            asked = begin()
        except SightlineError as error:
            return [None, gr.skip(), "", notice(str(error)), gr.skip(), gr.Button(visible=False), gr.skip()]
        waiting = environment().get_template("chat_waiting.html.j2").render(question=asked.question)
        return [asked, asked.session, waiting, "", box, gr.Button(visible=True), gr.Column(visible=False)]

    def submit(
        request: gr.Request, session: str, given: dict[str, Any], media: Any, marks: Marks | None, how: str
    ) -> list[Any]:
        return taking(
            lambda: asking.take(
                visitor_of(request),
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
        return taking(lambda: asking.example(visitor_of(request), session, number_in(event, "example")), gr.skip())

    def rerun(request: gr.Request, session: str, turn: int, program: str) -> list[Any]:
        return taking(lambda: asking.rerun(visitor_of(request), session, turn, program or ""), gr.skip())

    def answer(request: gr.Request, asked: Asked | None) -> Iterator[list[Any]]:
        """Stream the work; what went wrong with it is told by `finish`."""
        if asked is None:
            yield ["", ""]
            return
        html = ""
        try:
            for html in asking.answer(visitor_of(request), asked):
                yield [html, ""]
        except SightlineError as error:
            yield [html, str(error)]

    def finish(request: gr.Request, asked: Asked | None, problem: str) -> list[Any]:
        """Show the session with its new turn."""
        forget_copies(page, request.session_hash)
        if asked is None:
            return [gr.skip()] * (len(parts.shown) + 3)
        shown = actions.show(visitor_of(request), asked.session, problem=problem)
        return [*values(shown), "", gr.Button(visible=False), None]

    def act(request: gr.Request, session: str, how: str, event: gr.EventData) -> list[Any]:
        """A button under an answer: ask again, judge, or edit the program."""
        visitor, turn = visitor_of(request), number_in(event, "turn")
        forget_copies(page, request.session_hash)
        kept: list[Any] = [gr.skip()] * (len(taken) + 5)
        what = event._data.get("act")
        try:
            if what == "retry":
                return [*taking(lambda: asking.again(visitor, session, turn, route=how), gr.skip()), *kept[:5]]
            kept[0] = None
            if what == "edit":
                kept[-5:-2] = [gr.Accordion(open=True), asking.program(visitor, session, turn), turn]
            elif what in ("right", "wrong"):
                kept[-1] = actions.vote(visitor, session, turn, vote=1 if what == "right" else -1).dialogue
                kept[-3:-1] = [turn, gr.Group(visible=what == "wrong")]
            elif what == "page":
                kept[-1] = actions.page(visitor, session, turn)
        except SightlineError as error:
            kept[3] = notice(str(error))
        return kept

    def correct(request: gr.Request, session: str, turn: int, correction: str) -> list[Any]:
        try:
            shown = actions.vote(visitor_of(request), session, turn, vote=-1, correction=correction)
        except SightlineError as error:
            return [gr.skip(), gr.skip(), gr.skip(), notice(str(error))]
        return [shown.dialogue, "", gr.Group(visible=False), ""]

    def halt(request: gr.Request, session: str, asked: Asked | None) -> list[Any]:
        """Stop what is being answered; what only waits in line is gone from the page at once."""
        visitor = visitor_of(request)
        try:
            waits = asked is not None and asking.waits(visitor, asked)
            asking.stop(visitor, session)
        except SightlineError as error:
            return [notice(str(error)), gr.skip(), gr.skip()]
        return ["", "", gr.Button(visible=False)] if waits else ["", gr.skip(), gr.skip()]

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    in_turn: Any = {
        "inputs": [parts.asked],
        "outputs": [parts.running, parts.problem],
        "show_progress": "hidden",
        "concurrency_id": "answering",
        "concurrency_limit": asking.side_by_side,
        "api_visibility": "private",
    }

    finished = [*parts.shown, parts.running, parts.stop, parts.asked]

    def asks(taking: Any) -> None:
        """Answer what was taken, with the end of the dialogue in view before and after."""
        taking.then(None, js=_TO_THE_END)
        answered = taking.then(answer, **in_turn)
        answered.then(finish, [parts.asked, parts.problem], finished, **at_once).then(None, js=_TO_THE_END)

    parts.running.change(None, js=_FOLLOW)
    question = [parts.session, parts.box, parts.media, parts.marks, way]
    asks(parts.box.submit(submit, question, taken, **at_once))
    asks(example.act(show_example, [parts.session], taken, **at_once))
    asks(run.click(rerun, [parts.session, parts.turn, parts.program], taken, **at_once))
    acted = [*taken, parts.editor, parts.program, parts.turn, parts.correcting, parts.dialogue]
    asks(parts.dialogue.act(act, [parts.session, way], acted, **at_once))
    judged = [parts.dialogue, parts.correction, parts.correcting, parts.notice]
    parts.correction.submit(correct, [parts.session, parts.turn, parts.correction], judged, **at_once)
    stopped = [parts.notice, parts.running, parts.stop]
    parts.stop.click(halt, [parts.session, parts.asked], stopped, **at_once)
