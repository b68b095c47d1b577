"""Asking, without the page: a question is checked and taken with its files at once, and answered when its turn comes.

Every action asks anew whose the session is; what the browser sends is data to check.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...agent import Agent
from ...agent.events import Event
from ...agent.pointing import Pointing
from ...agent.router import Route
from ...agent.trace import parse_traces
from ...tools.errors import BadRequest
from ...tools.media import Picture
from ..demo import DemoQuestion
from ..wording import WAY_WORDS
from .board import Marks
from .library import MediaLibrary
from .owners import Owners
from .talk import Talk
from .talks import Talks
from .turns import Progress, render_running

__all__ = ["Asked", "Asking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was taken and waits for its answer; `program` runs in place of a planner's.

    Until its turn comes it can be taken back by its `ticket`.
    """

    session: str
    question: str
    media: tuple[str, ...]
    pointing: Pointing | None = None
    program: str | None = None
    route: Route = "auto"
    ticket: str = ""


class Asking:
    """How visitors of one served chat ask.

    Args:
        owners: says which uploads are a visitor's own.
        examples: questions about pictures that came along.

    Attributes:
        side_by_side: how many questions may be answered at the same time.
    """

    def __init__(self, talks: Talks, owners: Owners, examples: Sequence[DemoQuestion] = ()) -> None:
        self._talks, self._owners, self.examples = talks, owners, examples
        self.side_by_side = talks.limits.side_by_side

    @property
    def routes(self) -> list[tuple[str, str]]:
        """The routes that a visitor can choose from, as (words, name), the default first."""
        listed = sorted(self._talks.routes, key=lambda route: route != self._talks.agent.route)
        return [(WAY_WORDS[route], route) for route in listed]

    def bring(self, visitor: str, talk: Talk, files: Sequence[str]) -> tuple[str, ...]:
        """Take uploads of the visitor into their session, for one question; the id of each.

        Raises:
            MediaError: when one is no picture or video that can be read, or over a limit.
            BadRequest: when there are too many, or one is not theirs.
        """
        if len(files) > self._talks.limits.files:
            raise BadRequest(f"{len(files)} files are too many: at most {self._talks.limits.files} go with a question")
        if not all(self._owners.owns(visitor, file) for file in files):
            raise BadRequest("a file did not arrive: add it again")
        return tuple(dict.fromkeys(talk.media.bring(Path(file), Path(file).name).id for file in files))

    def take(
        self,
        visitor: str,
        session: str,
        *,
        question: str,
        files: Sequence[str],
        media: Sequence[str],
        marks: Marks | None,
        route: str = "auto",
    ) -> Asked:
        """Check a question and take in its files; one begins where the session is gone.

        A question without words that brings a sound is the one that is spoken there.

        Raises:
            SightlineError: when the question, a file or a limit does not allow it; the text says why.
        """
        words = question.strip()
        if not words and not files:
            raise BadRequest("the question is empty: ask something about the picture or video")
        way = self._talks.route(route)
        self._talks.admit(visitor)
        talk = self._talks.begun(visitor, session)
        if talk.busy:
            raise BadRequest("this session is still answering a question: wait for it, or stop it")
        brought = self.bring(visitor, talk, files)
        if not words:
            words, spoken = self._spoken(talk, brought)
            brought = tuple(each for each in brought if each != spoken)
            media = tuple(each for each in media if each != spoken)
        # What was attached stands among what was chosen, unless the page has not shown it yet.
        about = tuple(media) if set(brought) <= set(media) else brought
        pointing = None
        if marks is not None and about and marks.media == about[0]:
            held = talk.media.held(about[0])
            pointing = marks.pointing(held.width, held.height)
        ticket = talk.line.wait()
        return Asked(session=talk.id, question=words, media=about, pointing=pointing, route=way, ticket=ticket)

    def _spoken(self, talk: Talk, brought: Sequence[str]) -> tuple[str, str]:
        """The question that is spoken in the one sound among the files, and the sound's id."""
        sounds = [each.id for each in talk.artefacts.all() if each.id in brought and each.kind == "sound"]
        if len(sounds) != 1:
            raise BadRequest("the question is empty: type it, or speak it")
        words = _heard(self._talks.agent, talk.media, sounds[0])
        if not words:
            raise BadRequest("no words could be made out in what was spoken: say it again, or type the question")
        return words[: self._talks.limits.question_characters], sounds[0]

    def again(self, visitor: str, session: str, turn: int, *, route: str = "auto") -> Asked:
        """Ask a turn's question again, about the same and pointing at the same."""
        self._talks.admit(visitor)
        kept = self._talks.sessions.turns(visitor, session).get(turn)
        if not kept.question:
            raise BadRequest("this turn ran a program without a question: run the program again")
        return Asked(
            session=session,
            question=kept.question,
            media=kept.media,
            pointing=kept.pointing,
            route=self._talks.route(route),
            ticket=self._talks.open(visitor, session).line.wait(),
        )

    def rerun(self, visitor: str, session: str, turn: int, program: str) -> Asked:
        """Run a changed program on what a turn was about."""
        if not program.strip():
            raise BadRequest("the program is empty: write a function execute_command")
        return replace(self.again(visitor, session, turn), program=program)

    def program(self, visitor: str, session: str, turn: int) -> str:
        """The last program of a turn."""
        (trace,) = parse_traces(self._talks.sessions.turns(visitor, session).get(turn).trace)
        return trace.program or ""

    def example(self, visitor: str, session: str, number: int) -> Asked:
        """Ask one of the examples, with its picture."""
        if not 0 <= number < len(self.examples):
            raise BadRequest("there is no such example")
        self._talks.admit(visitor)
        chosen = self.examples[number]
        talk = self._talks.begun(visitor, session)
        brought = talk.media.bring(chosen.photo, chosen.photo.name)
        return Asked(session=talk.id, question=chosen.question, media=(brought.id,), ticket=talk.line.wait())

    def answer(self, visitor: str, asked: Asked) -> Iterator[str]:
        """Answer a question that was taken; what is under way as HTML, each time that something has happened.

        Raises:
            SightlineError: when it cannot be asked; failures on the way are answers with a reason.
        """
        talk = self._talks.open(visitor, asked.session)
        if asked.ticket and not talk.line.begin(asked.ticket):
            return  # it was taken back while it waited
        number = talk.turns.count() + 1
        progress = Progress(question=asked.question, media=asked.media)
        happened: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(talk, asked, happened), name="sightline-chat", daemon=True).start()
        yield render_running(talk, progress, number=number)
        while True:
            batch = [happened.get()]
            while not happened.empty():  # a page is sent once for everything that happened since the last
                batch.append(happened.get())
            for one in batch:
                if one is None:
                    return
                if isinstance(one, BaseException):
                    raise one
                progress.take(one)
            yield render_running(talk, progress, number=number)

    def _work(self, talk: Talk, asked: Asked, happened: queue.SimpleQueue[Event | BaseException | None]) -> None:
        try:
            agent = self._talks.agent
            if asked.program is None:
                talk.ask(
                    agent,
                    asked.question,
                    asked.media,
                    pointing=asked.pointing,
                    emit=happened.put,
                    route=asked.route,
                )
            else:
                talk.run(agent, asked.program, asked.question, asked.media, pointing=asked.pointing, emit=happened.put)
        except BaseException as error:  # handed to whoever shows it, who would wait for ever otherwise
            happened.put(error)
        else:
            happened.put(None)

    def stop(self, visitor: str, session: str) -> bool:
        """End what is being answered in the session, and take back what waits in line; False when nothing is."""
        return self._talks.open(visitor, session).stop()

    def waits(self, visitor: str, asked: Asked) -> bool:
        """Whether the question still waits for its turn."""
        return self._talks.open(visitor, asked.session).line.waits(asked.ticket)


def _heard(agent: Agent, library: MediaLibrary, media: str) -> str:
    """What is said in a sound or video, empty where nothing is. Raises ExpertError."""
    held = library.held(media)
    if isinstance(held, Picture):
        return ""
    from ...tools.experts.runtime import InProcessRuntime

    samples = agent.settings.video_samples
    heard = InProcessRuntime(agent.pool, library.store).call("transcribe", held.ref(samples), {})
    library.store.rest()
    return " ".join(str(part["text"]).strip() for part in heard["segments"]).strip()
