"""`Talk`: a session that is open. It holds the session's pictures and asks the agent, one question at a time.

Everything it knows can be read again from `Sessions`, so a talk that is dropped, or lost with the server, is opened
again where it was.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...agent.lineage import pictures_made
from ...agent.memory import Remembered, recollect
from ...agent.pointing import Pointing
from ...agent.router import Route
from ...agent.trace import Trace, parse_traces
from ...prompts.request import Turn
from ...tools.errors import BadRequest, SightlineError
from ...tools.media import MediaStore, Picture, Video
from ..marks import pictures_in_value
from ..wording import asked
from .limits import ChatLimits
from .sessions import Artefact, Sessions, StoredTurn
from .uploads import checked, media_limits

if TYPE_CHECKING:
    from ...agent import Agent, Answer
    from ...agent.events import Emit

__all__ = ["Talk", "pointing_of"]

_TITLE_CHARACTERS = 60
_HISTORY_TURNS = 20  # that a planner is told of
_REMEMBERED_TURNS = 60  # whose pictures and regions a question may refer to
_MOST_WAITING = 16


class Talk:
    """One visitor's open session.

    Args:
        visitor, session: whose it is, and its id; it must be theirs.
    """

    def __init__(
        self, sessions: Sessions, visitor: str, session: str, *, limits: ChatLimits, samples: int = 30
    ) -> None:
        self.id = session
        self._sessions, self._visitor, self._limits, self._samples = sessions, visitor, limits, samples
        self.store = MediaStore(limits=media_limits(limits))
        self._cancel: threading.Event | None = None
        self._waiting: OrderedDict[str, bool] = OrderedDict()  # tickets of questions in line, and whether they count
        self._lock = threading.Lock()
        self._opened = threading.Lock()

    # -- media --

    def bring(self, path: Path, name: str) -> Artefact:
        """Take a visitor's file into the session; the file given stays where it is.

        Raises:
            MediaError: when it is no picture or video that can be read, or over a limit.
            BadRequest: when the visitor's files would be more than are allowed.
        """
        folder = self._sessions.folder(self._visitor, self.id)
        own = folder / f".{secrets.token_hex(8)}"
        shutil.copyfile(path, own)
        try:
            held = checked(own, name=name, limits=self._limits)
            final = folder / f"{held.id}.original"
            own.rename(final)  # a video stays open under its new name
        finally:
            own.unlink(missing_ok=True)
        return self._keep(held, final, origin="uploaded")

    def held(self, media: str) -> Picture | Video:
        """The session's picture or video of that id, read from its file at first use.

        Raises:
            BadRequest: when the session holds no such file.
        """
        with self._opened:
            if not self.store.knows(media):
                found = next((a for a in self._sessions.artefacts(self._visitor, self.id) if a.id == media), None)
                if found is None:
                    raise BadRequest("this session holds no such picture or video: choose one of its gallery")
                path = self._sessions.file(self._visitor, self.id, media)
                self._add(checked(path, name=found.name, limits=self._limits))
            return self.store.held(media)

    def artefacts(self) -> list[Artefact]:
        return self._sessions.artefacts(self._visitor, self.id)

    def pictures(self) -> Mapping[str, Any]:
        """The session's pictures and videos by id, each read from its file when it is looked at."""
        return _Held(self)

    def current(self) -> tuple[str, ...]:
        """What the next question is about: what the last one made, else what it was about, else what came last."""
        turns = self._sessions.turns(self._visitor, self.id)
        artefacts = [artefact.id for artefact in self.artefacts() if artefact.kind != "map"]
        if not turns:
            return tuple(artefacts[-1:])
        (trace,) = parse_traces(turns[-1].trace)
        given = {media.id for media in trace.header.media}
        artefacts = [artefact.id for artefact in self.artefacts() if artefact.kind != "map"]
        made = [ref.media for ref in pictures_in_value(trace.answer.value) if ref.media not in given]
        return tuple(media for media in made or turns[-1].media if media in artefacts)

    # -- asking --

    def ask(
        self,
        agent: Agent,
        question: str,
        media: Sequence[str],
        *,
        pointing: Pointing | None,
        emit: Emit,
        route: Route = "auto",
    ) -> StoredTurn:
        """Ask the agent, and keep the turn with its trace and the pictures that were made.

        Raises:
            BadRequest: when a question of this session is being answered, or a picture is not here.
        """
        if len(question) > self._limits.question_characters:
            raise BadRequest(f"the question is longer than {self._limits.question_characters} characters: shorten it")
        with self._working() as cancel:
            given = [self.held(each) for each in media]
            history, earlier = self._before()
            answer = agent.ask(
                question,
                given,
                history=history,
                earlier=earlier,
                pointing=pointing,
                route=route,
                store=self.store,
                emit=emit,
                cancel=cancel,
            )
            return self._conclude(question, media, pointing, answer)

    def run(
        self, agent: Agent, program: str, question: str, media: Sequence[str], *, pointing: Pointing | None, emit: Emit
    ) -> StoredTurn:
        """Run a program that the visitor wrote or changed, in place of one that a planner writes; else as `ask`."""
        if len(program) > self._limits.program_characters:
            raise BadRequest(f"the program is longer than {self._limits.program_characters} characters: shorten it")
        with self._working() as cancel:
            given = [self.held(each) for each in media]
            answer = agent.run_program(
                program, given, question=question, pointing=pointing, store=self.store, emit=emit, cancel=cancel
            )
            return self._conclude(question, media, pointing, answer)

    @property
    def busy(self) -> bool:
        return self._cancel is not None

    def hear(self, agent: Agent, media: str) -> str:
        """What is said in a sound or video of the session, empty where nothing is. Raises ExpertError."""
        held = self.held(media)
        if isinstance(held, Picture):
            return ""
        from ...tools.experts.runtime import InProcessRuntime

        heard = InProcessRuntime(agent.pool, self.store).call("transcribe", held.ref(self._samples), {})
        self.store.rest()
        return " ".join(str(part["text"]).strip() for part in heard["segments"]).strip()

    def wait(self) -> str:
        """A ticket for a question that waits for its turn, so that it can be taken back until then."""
        ticket = secrets.token_hex(8)
        with self._lock:
            self._waiting[ticket] = True
            while len(self._waiting) > _MOST_WAITING:  # of pages that were closed before their turn
                self._waiting.popitem(last=False)
        return ticket

    def waits(self, ticket: str) -> bool:
        """Whether the question of that ticket still waits."""
        return self._waiting.get(ticket, False)

    def begin(self, ticket: str) -> bool:
        """The question's turn has come; False when it was taken back."""
        with self._lock:
            return self._waiting.pop(ticket, False)

    def stop(self) -> bool:
        """End the question that is being answered, with the process that runs its program, and take back all that wait.

        Returns: False when there is none.
        """
        with self._lock:
            waited = any(self._waiting.values())
            self._waiting = OrderedDict.fromkeys(self._waiting, False)
            if self._cancel is not None:
                self._cancel.set()
            return waited or self._cancel is not None

    @contextmanager
    def _working(self) -> Iterator[threading.Event]:
        with self._lock:
            if self._cancel is not None:
                raise BadRequest("this session is still answering a question: wait for it, or stop it")
            cancel = self._cancel = threading.Event()
        try:
            yield cancel
        finally:
            with self._lock:
                self._cancel = None

    def _before(self) -> tuple[list[Turn], list[Remembered]]:
        """The turns so far as a planner is told them, oldest first, and what they left behind that is still here."""
        told, traces = [], []
        for turn in self._sessions.turns(self._visitor, self.id)[-_REMEMBERED_TURNS:]:
            (trace,) = parse_traces(turn.trace)
            traces.append(trace)
            if trace.answer.status not in ("bad_input", "no_plan"):
                answer = turn.correction or trace.answer.text or f"({trace.answer.status})"
                told.append(Turn(question=turn.question, answer=answer))
        here = {artefact.id for artefact in self.artefacts()}
        earlier = [each for each in recollect(traces) if each.ref.media in here]
        for each in earlier:
            self.held(each.ref.media)
        return told[-_HISTORY_TURNS:], earlier

    def _conclude(self, question: str, media: Sequence[str], pointing: Pointing | None, answer: Answer) -> StoredTurn:
        first = not self._sessions.turns(self._visitor, self.id)
        turn = self._sessions.add_turn(
            self._visitor,
            self.id,
            question=question,
            media=media,
            trace=answer.trace.to_jsonl(),
            pointing=None if pointing is None else json.dumps(asdict(pointing)),
        )
        if first and question.strip():
            self._sessions.rename(self._visitor, self.id, question.strip()[:_TITLE_CHARACTERS])
        self._keep_made(turn.number, answer)
        return turn

    def _keep_made(self, number: int, answer: Answer) -> None:
        """Enter the pictures that experts made, with the operation that made each, and the maps to look at."""
        known = {artefact.id for artefact in self.artefacts()}
        origins = _origins(answer.trace)
        for media, picture in answer.pictures.items():
            if media in known or not isinstance(picture, Picture):
                continue
            path = self._sessions.folder(self._visitor, self.id) / f"{media}.png"
            _write_png(path, picture)
            made = origins.get(media)
            origin = f"made by turn {number}: {made or 'a program'}"
            try:
                self._keep(picture, path, origin=origin, kind="image" if made else "map")
            except SightlineError:
                return  # over the quota: the answer stands, and the picture is gone with the server

    def _keep(self, held: Picture | Video, path: Path, *, origin: str, kind: str | None = None) -> Artefact:
        artefact = Artefact(
            id=held.id,
            kind=kind or _kind(held),
            name=held.name,
            file=path.name,
            bytes=path.stat().st_size,
            width=held.width,
            height=held.height,
            origin=origin,
        )
        self._sessions.keep(self._visitor, self.id, artefact)
        self._add(held)
        return artefact

    def _add(self, held: Picture | Video) -> None:
        if isinstance(held, Picture):
            self.store.add(held)
        else:
            self.store.add_video(held, samples=self._samples)


class _Held(Mapping[str, Any]):
    """A talk's media as the views of a page take them."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._ids = [artefact.id for artefact in talk.artefacts()]

    def __getitem__(self, media: str) -> Picture | Video:
        if media not in self._ids and not self._talk.store.knows(media):
            raise KeyError(media)
        return self._talk.held(media)

    def __contains__(self, media: object) -> bool:
        return media in self._ids or (isinstance(media, str) and self._talk.store.knows(media))

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def pointing_of(turn: StoredTurn) -> Pointing | None:
    """What a turn's visitor pointed at."""
    if turn.pointing is None:
        return None
    kept = json.loads(turn.pointing)
    return Pointing(
        media=kept["media"],
        box=None if kept["box"] is None else tuple(kept["box"]),
        points=tuple((x, y) for x, y in kept["points"]),
        excluded=tuple((x, y) for x, y in kept["excluded"]),
        strokes=tuple(tuple((x, y) for x, y in stroke) for stroke in kept.get("strokes", ())),
        stroke_px=kept.get("stroke_px", 1),
    )


def _kind(held: Picture | Video) -> str:
    if isinstance(held, Picture):
        return "image"
    return "sound" if held.facts.sound_only else "video"


def _origins(trace: Trace) -> dict[str, str]:
    """By the id of each picture that a step made: which operation made it, from what."""
    names = {media.id: media.name for media in trace.header.media}
    origins: dict[str, str] = {}
    for step in trace.steps:
        what = asked(step.capability, step.arguments)
        for media, source in pictures_made(step):
            before = origins.get(source or "") or names.get(source or "")
            origins.setdefault(media, f"{what}, from {before}" if before else what)
    return origins


def _write_png(path: Path, picture: Picture) -> None:
    from PIL import Image

    # Without loss, so that the file reads back under the same id.
    Image.fromarray(picture.pixels).save(path, "PNG")
