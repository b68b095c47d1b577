"""`Talk`: a session that is open. It holds the session's pictures and asks the agent, one question at a time.

Everything it knows can be read again from `Sessions`, so a talk that is dropped, or lost with the server, is opened
again where it was. For the same reason what it holds in memory is bounded, and so is what it reads for a question,
however many turns there were: pictures rest on disk, and each turn is taken note of once.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...agent.lineage import pictures_made
from ...agent.memory import Recollection, Remembered
from ...agent.pointing import Pointing
from ...agent.router import Route
from ...agent.trace import Trace, parse_traces
from ...prompts.request import Turn
from ...tools.errors import BadRequest, SightlineError
from ...tools.media import MediaStore, Picture, PixelBudget, Video
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
_REMEMBERED_TURNS = 60  # that are read when a session is opened again
_RENDERED_TURNS = 32  # kept as HTML
_MOST_WAITING = 16


class Talk:
    """One visitor's open session.

    Args:
        visitor, session: whose it is, and its id; it must be theirs.
        pixels: what its pictures may take in memory, together with those of other sessions.
    """

    def __init__(
        self,
        sessions: Sessions,
        visitor: str,
        session: str,
        *,
        limits: ChatLimits,
        samples: int = 30,
        pixels: PixelBudget | None = None,
    ) -> None:
        self.id = session
        self._sessions, self._visitor, self._limits, self._samples = sessions, visitor, limits, samples
        budget = pixels or PixelBudget(limits.held_pixel_bytes)
        self.store = MediaStore(limits=media_limits(limits), source=_OnDisk(self), budget=budget)
        self._noted: _Noted | None = None
        self._rendered: OrderedDict[tuple[int, int, str], str] = OrderedDict()
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
        """The session's picture or video of that id, read from its file when it is not in memory.

        Raises:
            BadRequest: when the session holds no such file.
        """
        if not self.store.knows(media):
            raise BadRequest("this session holds no such picture or video: choose one of its gallery")
        return self.store.held(media)

    def read_again(self, media: str) -> None:
        """Put a picture or video into the store from its file. Raises BadRequest when the session holds no such."""
        with self._opened:
            if self.store.holds(media):
                return  # another thread has read it
            found = self.artefact(media)
            if found is None:
                raise BadRequest("this session holds no such picture or video: choose one of its gallery")
            path = self._sessions.file(self._visitor, self.id, media)
            self._add(checked(path, name=found.name, limits=self._limits))

    def artefacts(self) -> list[Artefact]:
        return self._sessions.artefacts(self._visitor, self.id)

    def gallery(self, most: int | None = None) -> list[Artefact]:
        """What can be asked about, in the order in which it came; at most so many, the latest."""
        return self._sessions.gallery(self._visitor, self.id, most=most)

    def artefact(self, media: str) -> Artefact | None:
        return self._sessions.artefact(self._visitor, self.id, media)

    def kept(self, media: str) -> bool:
        """Whether it lies on disk, also once the session is deleted elsewhere."""
        try:
            return self.artefact(media) is not None
        except BadRequest:
            return False

    def pictures(self) -> Mapping[str, Any]:
        """The session's pictures and videos by id, each read from its file when it is looked at."""
        return _Held(self)

    def current(self) -> tuple[str, ...]:
        """What the next question is about: what the last one made, else what it was about, else what came last."""
        count = self.count()
        if not count:
            return tuple(artefact.id for artefact in self.gallery(1))
        turn = self._sessions.turn(self._visitor, self.id, count)
        (trace,) = parse_traces(turn.trace)
        given = {media.id for media in trace.header.media}
        made = [ref.media for ref in pictures_in_value(trace.answer.value) if ref.media not in given]
        return tuple(media for media in made or turn.media if self._can_be_asked_about(media))

    def _can_be_asked_about(self, media: str) -> bool:
        found = self.artefact(media)
        return found is not None and found.kind != "map"

    # -- turns --

    def count(self) -> int:
        """How many turns there are."""
        return self._sessions.count(self._visitor, self.id)

    def rendered(self, first: int, last: int, render: Callable[[StoredTurn], str]) -> list[str]:
        """Turns from number `first` to number `last` as HTML; each is read and rendered once, and when it is judged."""
        judged = self._sessions.judged(self._visitor, self.id, first=first)
        keys = [(number, *judged.get(number, (0, ""))) for number in range(first, last + 1)]
        missing = [number for number, *judgement in keys if (number, *judgement) not in self._rendered]
        read: dict[int, StoredTurn] = {}
        if missing:
            turns = self._sessions.turns(self._visitor, self.id, first=missing[0], last=missing[-1])
            read = {turn.number: turn for turn in turns}
        pages = []
        for key in keys:
            page = self._rendered.get(key)
            if page is None:
                page = render(read[key[0]])
            pages.append(page)
            with self._lock:
                self._rendered[key] = page
                self._rendered.move_to_end(key)
                while len(self._rendered) > _RENDERED_TURNS:
                    self._rendered.popitem(last=False)
        return pages

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
            with self.store.working():
                yield cancel
        finally:
            with self._lock:
                self._cancel = None

    def _before(self) -> tuple[list[Turn], list[Remembered]]:
        """The turns so far as a planner is told them, oldest first, and what they left behind that is still here."""
        noted = self._notes()
        judged = self._sessions.judged(self._visitor, self.id, first=max(1, noted.count - _HISTORY_TURNS + 1))
        told = [
            Turn(question=question, answer=judged.get(number, (0, ""))[1] or said)
            for number, question, said in noted.told
        ]
        return told, [each for each in noted.left.things() if self.artefact(each.ref.media) is not None]

    def _notes(self) -> _Noted:
        """What was taken note of, up to the last turn; of a session that is opened again the last turns are read."""
        count = self.count()
        if self._noted is None or self._noted.count > count:
            self._noted = _Noted(count=max(0, count - _REMEMBERED_TURNS))
        for number in range(self._noted.count + 1, count + 1):
            turn = self._sessions.turn(self._visitor, self.id, number)
            (trace,) = parse_traces(turn.trace)
            self._noted.take(turn, trace)
        return self._noted

    def _conclude(self, question: str, media: Sequence[str], pointing: Pointing | None, answer: Answer) -> StoredTurn:
        turn = self._sessions.add_turn(
            self._visitor,
            self.id,
            question=question,
            media=media,
            trace=answer.trace.to_jsonl(),
            pointing=None if pointing is None else json.dumps(asdict(pointing)),
        )
        if self._noted is not None and self._noted.count == turn.number - 1:
            self._noted.take(turn, answer.trace)
        if turn.number == 1 and question.strip():
            self._sessions.rename(self._visitor, self.id, question.strip()[:_TITLE_CHARACTERS])
        self._keep_made(turn.number, answer)
        return turn

    def _keep_made(self, number: int, answer: Answer) -> None:
        """Enter the pictures that experts made, with the operation that made each, and the maps to look at."""
        origins = _origins(answer.trace)
        for media, picture in answer.pictures.items():
            if not isinstance(picture, Picture) or self.artefact(media) is not None:
                continue
            path = self._sessions.folder(self._visitor, self.id) / f"{media}.png"
            _write_png(path, picture)
            made = origins.get(media)
            origin = f"made by turn {number}: {made or 'a program'}"
            try:
                self._keep(picture, path, origin=origin, kind="image" if made else "map")
            except SightlineError:
                return  # over the quota: the answer stands, and the picture is gone when its memory is needed

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

    def __getitem__(self, media: str) -> Picture | Video:
        if media not in self:
            raise KeyError(media)
        return self._talk.held(media)

    def __contains__(self, media: object) -> bool:
        return isinstance(media, str) and self._talk.store.knows(media)

    def __iter__(self) -> Iterator[str]:
        return (artefact.id for artefact in self._talk.artefacts())

    def __len__(self) -> int:
        return len(self._talk.artefacts())


class _OnDisk:
    """Where a talk's pictures and videos lie while they are not in memory."""

    def __init__(self, talk: Talk) -> None:
        self._talk = weakref.ref(talk)  # or it would stay for as long as somebody looks for what it holds too much of

    def has(self, media_id: str) -> bool:
        talk = self._talk()
        return talk is not None and talk.kept(media_id)

    def read(self, media_id: str) -> None:
        talk = self._talk()
        if talk is not None:
            talk.read_again(media_id)


@dataclass
class _Noted:
    """What is remembered of the turns so far, of the last ones only.

    Attributes:
        count: turns that were taken note of, or are too long ago.
        told: number, question and answer of those that a planner is told of.
        left: the pictures and regions that they left behind.
    """

    count: int
    told: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=_HISTORY_TURNS))
    left: Recollection = field(default_factory=Recollection)

    def take(self, turn: StoredTurn, trace: Trace) -> None:
        self.count = turn.number
        self.left.add(turn.number, trace)
        if trace.answer.status not in ("bad_input", "no_plan"):
            self.told.append((turn.number, turn.question, trace.answer.text or f"({trace.answer.status})"))


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
