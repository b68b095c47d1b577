"""What can be done on the page, without the page: each action takes a visitor and gives what is to be shown.

Every action asks anew whose the session is; what the browser sends is data to check. The page's components and their
wiring are in `page`.
"""

from __future__ import annotations

import os
import queue
import resource
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...agent.events import Event
from ...agent.pointing import Pointing
from ...agent.router import Route
from ...agent.trace import parse_traces
from ...tools.capabilities import CAPABILITIES
from ...tools.errors import BadRequest, SightlineError
from ..demo import DemoQuestion
from ..report import environment
from ..wording import WAY_WORDS
from .board import Marks, render_board, render_gallery
from .owners import Owners
from .talk import Talk, pointing_of
from .talks import Talks
from .turns import Progress, render_dialogue, render_running

__all__ = ["Actions", "Asked", "Shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows, as HTML, and what it keeps for the next action.

    Attributes:
        session: id of the open session, empty where there is none.
        media: ids of what the next question is about.
        marks: what is marked on the first of them.
        problem: what went wrong, in words; empty when nothing did.
    """

    session: str
    sessions: str
    dialogue: str
    board: str
    gallery: str
    media: tuple[str, ...]
    marks: Marks | None
    problem: str = ""


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


class Actions:
    """The actions of one served chat.

    Args:
        owners: says which uploads are a visitor's own.
        examples: questions about pictures that came along.

    Attributes:
        side_by_side: how many questions may be answered at the same time.
    """

    def __init__(self, talks: Talks, owners: Owners, examples: Sequence[DemoQuestion] = ()) -> None:
        self._talks, self._owners, self.examples = talks, owners, examples
        self.side_by_side = talks.limits.side_by_side

    # -- sessions --

    def show(
        self,
        visitor: str,
        session: str,
        *,
        media: Sequence[str] | None = None,
        marks: Marks | None = None,
        problem: str = "",
        around: int | None = None,
        everything: bool = False,
    ) -> Shown:
        """The session as it stands; an id that is not the visitor's shows an empty one.

        Args:
            around: number of a turn that is to be seen; the last one where it is left out.
            everything: whether the gallery has all that the session holds, and not the latest alone.
        """
        talk = self._talk(visitor, session)
        chosen = (() if talk is None else talk.current()) if media is None else tuple(media)
        return Shown(
            session="" if talk is None else talk.id,
            sessions=self._list(visitor, session),
            dialogue="" if talk is None else render_dialogue(talk, around=around),
            board=render_board(talk, chosen, marks),
            gallery=render_gallery(talk, chosen, everything=everything),
            media=chosen,
            marks=marks,
            problem=problem,
        )

    def arrive(self, visitor: str) -> Shown:
        """The page has been opened: the session that was used last, or a first one."""
        listed = self._talks.sessions.of(visitor)
        return self.show(visitor, listed[0].id) if listed else self.begin(visitor)

    def begin(self, visitor: str) -> Shown:
        """A session in which nothing was said yet; what is too old or too much is cleaned away first."""
        self._talks.clean()
        return self.show(visitor, self._talks.sessions.empty(visitor).id)

    def delete(self, visitor: str, session: str) -> Shown:
        """Delete a session, and show the one that was used before it."""
        self._talks.delete(visitor, session)
        return self.arrive(visitor)

    def rename(self, visitor: str, session: str, title: str) -> str:
        """Give a session another title; the list of sessions."""
        self._talks.sessions.rename(visitor, session, title)
        return self._list(visitor, session)

    # -- what the next question is about --

    def choose(self, visitor: str, session: str, media: str, *, beside: Sequence[str] = ()) -> Shown:
        """Ask about this picture or video from now on.

        Args:
            beside: what the question is about already; the one chosen joins it, or leaves it where it is one of them.
        """
        self._open(visitor, session).held(media)
        chosen = tuple(each for each in beside if each != media) if media in beside else (*beside, media)
        if len(chosen) > self._talks.limits.files:
            raise BadRequest(f"a question is about at most {self._talks.limits.files} pictures and videos")
        return self.show(visitor, session, media=chosen or (media,))

    def point(
        self, visitor: str, session: str, media: Sequence[str], marks: Marks | None, gesture: Mapping[str, Any]
    ) -> tuple[Marks | None, str]:
        """Take a gesture on the picture; the marks from now on, and the picture with them."""
        talk = self._open(visitor, session)
        if gesture.get("clear") or not media:
            return None, render_board(talk, media, None)
        begun = marks if marks is not None and marks.media == media[0] else Marks(media=media[0])
        new = begun.with_gesture(gesture)
        return new, render_board(talk, media, new)

    def attach(self, visitor: str, session: str, files: Sequence[str]) -> Shown:
        """Take in files for the next question, so that it can point at them; one begins where the session is gone."""
        talk = self._begun(visitor, session)
        return self.show(visitor, talk.id, media=self._bring(visitor, talk, files))

    def _bring(self, visitor: str, talk: Talk, files: Sequence[str]) -> tuple[str, ...]:
        if len(files) > self._talks.limits.files:
            raise BadRequest(f"{len(files)} files are too many: at most {self._talks.limits.files} go with a question")
        if not all(self._owners.owns(visitor, file) for file in files):
            raise BadRequest("a file did not arrive: add it again")
        return tuple(dict.fromkeys(talk.bring(Path(file), Path(file).name).id for file in files))

    # -- asking --

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
        talk = self._begun(visitor, session)
        if talk.busy:
            raise BadRequest("this session is still answering a question: wait for it, or stop it")
        brought = self._bring(visitor, talk, files)
        if not words:
            words, spoken = self._spoken(talk, brought)
            brought = tuple(each for each in brought if each != spoken)
            media = tuple(each for each in media if each != spoken)
        # What was attached stands among what was chosen, unless the page has not shown it yet.
        about = tuple(media) if set(brought) <= set(media) else brought
        pointing = None
        if marks is not None and about and marks.media == about[0]:
            held = talk.held(about[0])
            pointing = marks.pointing(held.width, held.height)
        return Asked(session=talk.id, question=words, media=about, pointing=pointing, route=way, ticket=talk.wait())

    def _spoken(self, talk: Talk, brought: Sequence[str]) -> tuple[str, str]:
        """The question that is spoken in the one sound among the files, and the sound's id."""
        sounds = [artefact.id for artefact in talk.artefacts() if artefact.id in brought and artefact.kind == "sound"]
        if len(sounds) != 1:
            raise BadRequest("the question is empty: type it, or speak it")
        words = talk.hear(self._talks.agent, sounds[0])
        if not words:
            raise BadRequest("no words could be made out in what was spoken: say it again, or type the question")
        return words[: self._talks.limits.question_characters], sounds[0]

    def again(self, visitor: str, session: str, turn: int, *, route: str = "auto") -> Asked:
        """Ask a turn's question again, about the same and pointing at the same."""
        self._talks.admit(visitor)
        kept = self._talks.sessions.turn(visitor, session, turn)
        if not kept.question:
            raise BadRequest("this turn ran a program without a question: run the program again")
        return Asked(
            session=session,
            question=kept.question,
            media=kept.media,
            pointing=pointing_of(kept),
            route=self._talks.route(route),
            ticket=self._open(visitor, session).wait(),
        )

    def rerun(self, visitor: str, session: str, turn: int, program: str) -> Asked:
        """Run a changed program on what a turn was about."""
        if not program.strip():
            raise BadRequest("the program is empty: write a function execute_command")
        return replace(self.again(visitor, session, turn), program=program)

    def example(self, visitor: str, session: str, number: int) -> Asked:
        """Ask one of the examples, with its picture."""
        if not 0 <= number < len(self.examples):
            raise BadRequest("there is no such example")
        self._talks.admit(visitor)
        chosen = self.examples[number]
        talk = self._begun(visitor, session)
        brought = talk.bring(chosen.photo, chosen.photo.name)
        return Asked(session=talk.id, question=chosen.question, media=(brought.id,), ticket=talk.wait())

    def program(self, visitor: str, session: str, turn: int) -> str:
        """The last program of a turn."""
        (trace,) = parse_traces(self._talks.sessions.turn(visitor, session, turn).trace)
        return trace.program or ""

    def answer(self, visitor: str, asked: Asked) -> Iterator[str]:
        """Answer a question that was taken; what is under way as HTML, each time that something has happened.

        Raises:
            SightlineError: when it cannot be asked; failures on the way are answers with a reason.
        """
        talk = self._open(visitor, asked.session)
        if asked.ticket and not talk.begin(asked.ticket):
            return  # it was taken back while it waited
        number = talk.count() + 1
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
        return self._open(visitor, session).stop()

    def waits(self, visitor: str, asked: Asked) -> bool:
        """Whether the question still waits for its turn."""
        return self._open(visitor, asked.session).waits(asked.ticket)

    def vote(self, visitor: str, session: str, turn: int, *, vote: int, correction: str = "") -> Shown:
        """Keep what the visitor thinks of an answer."""
        self._talks.sessions.vote(visitor, session, turn, vote=vote, correction=correction.strip())
        return self.show(visitor, session, around=turn)

    def page(self, visitor: str, session: str, turn: int) -> str:
        """The part of the dialogue that the turn of that number stands in, as HTML."""
        return render_dialogue(self._open(visitor, session), around=turn)

    # -- what is around it --

    def panel(self) -> str:
        """What answers here, as HTML."""
        agent = self._talks.agent
        pool = agent.pool
        try:
            planner = agent.planner.name
        except SightlineError as error:
            planner = str(error)
        return (
            environment()
            .get_template("chat_panel.html.j2")
            .render(
                profile=pool.profile.name,
                planner=planner,
                loaded=pool.loaded(),
                remembered=pool.remembered,
                computed=pool.computed,
                devices=_devices(pool),
                ways=[WAY_WORDS[route] for route in self._talks.routes if route != "auto"],
                memory_mb=resident_mb(),
                most_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                can=[CAPABILITIES[name].asks for name in sorted(pool.capabilities)],
            )
        )

    @property
    def routes(self) -> list[tuple[str, str]]:
        """The routes that a visitor can choose from, as (words, name), the default first."""
        listed = sorted(self._talks.routes, key=lambda route: route != self._talks.agent.route)
        return [(WAY_WORDS[route], route) for route in listed]

    def welcome(self) -> str:
        """The examples, as HTML."""
        return environment().get_template("chat_examples.html.j2").render(examples=self.examples)

    def _list(self, visitor: str, current: str) -> str:
        sessions = self._talks.sessions.of(visitor)
        return environment().get_template("chat_side.html.j2").render(sessions=sessions, current=current)

    def _talk(self, visitor: str, session: str) -> Talk | None:
        try:
            return self._talks.open(visitor, session) if session else None
        except BadRequest:
            return None

    def _open(self, visitor: str, session: str) -> Talk:
        return self._talks.open(visitor, session)

    def _begun(self, visitor: str, session: str) -> Talk:
        talk = self._talk(visitor, session)
        if talk is None:
            talk = self._talks.open(visitor, self._talks.sessions.empty(visitor).id)
        return talk


def resident_mb() -> int:
    """Memory that this process holds now, in MiB; what it held at most where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _devices(pool: Any) -> list[str]:
    """What models take on each device and may take, in words."""
    devices: Mapping[str, Mapping[str, int]] = pool.status()["devices"]
    return [f"{name}: {held['used_mb']:,} of {held['budget_mb']:,} MiB" for name, held in devices.items()]
