"""`Agent`: the front door. It owns a planner, an expert pool and a sandbox, and asks them one question after another.

Parts are made when first needed, so building an agent costs nothing. Concurrent asks share the parts and nothing
else: each has its own media store, recorder and worker process.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tools.errors import BadRequest, SightlineError
from .answer import Answer
from .events import Emit, Event
from .recorder import Recorder

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from ..prompts.request import Turn
    from ..sandbox import Sandbox
    from ..tools.experts.index_folder import IndexFolder
    from ..tools.experts.kept import KeptResults
    from ..tools.experts.runtime import Pool
    from ..tools.media import MediaStore
    from .memory import Remembered
    from .planners.base import Planner
    from .pointing import Pointing
    from .router import Route
    from .runnable import AgentRunnable
    from .settings import Settings
    from .ways import Ways

__all__ = ["Agent"]


class Agent:
    """Answers questions about pictures and videos by writing a program for each and running it against vision experts.

    Args:
        planner: "native" for the model that ships with the package, "openai:gpt-5", "ollama:qwen3" and the like for
            any chat model that LangChain reaches, "http://host:port/v1#model" for a server of the OpenAI protocol, a
            LangChain chat model, or anything that follows the `Planner` protocol.
        profile: which expert serves which capability: "embedded", or the path of a TOML file.
        route: which way questions are answered: "auto" decides for each question, "program", "tools" or "direct" is
            taken for all. Tools need a chat model, a direct answer a multimodal model; see `router`.
        settings: the dials; see `Settings`.
        pool, sandbox: to share them between agents; each is the caller's to close then.

    Example:
        >>> with Agent() as agent:
        ...     print(agent.ask("How many faces are there?", "party.jpg"))
        3
    """

    def __init__(
        self,
        planner: str | Planner | BaseChatModel = "native",
        *,
        profile: str | Path = "embedded",
        route: Route = "auto",
        settings: Settings | None = None,
        pool: Pool | None = None,
        sandbox: Sandbox | None = None,
    ) -> None:
        from .settings import Settings

        self.settings = settings or Settings()
        self.profile = str(profile)
        self.route: Route = route
        self._given_planner = planner
        self._ways: Ways | None = None
        self._pool, self._sandbox = pool, sandbox
        self._kept: KeptResults | None = None
        self._owns_pool, self._owns_sandbox = pool is None, sandbox is None
        self._lock = threading.RLock()

    # -- asking --

    def ask(
        self,
        question: str,
        media: Any = (),
        *,
        options: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
        earlier: Sequence[Remembered] = (),
        pointing: Pointing | None = None,
        route: Route | None = None,
        store: MediaStore | None = None,
        emit: Emit | None = None,
        cancel: threading.Event | None = None,
    ) -> Answer:
        """Answer one question.

        Args:
            question: in plain words.
            media: a picture (path, bytes, PIL image, array, data URL), a video (path or bytes), or a list of them.
            options: the answers to choose from, for a multiple-choice question.
            history: earlier turns of the dialogue, oldest first.
            earlier: what those turns left behind, as `memory.recollect` reads it out of their traces; it lies in
                `store`.
            route: as for the agent, for this question.
            pointing: what of one of the pictures is meant; the question is then asked of that region.
            store: the media of a session, to share between its questions; a new one when omitted.
            emit: called with each `Event` as it happens, in the thread that does the work.
            cancel: set it from another thread to stop early.

        Returns:
            An `Answer`; failures of the error tree are answers too, with a status and a reason.
        """
        from .asking import Asking

        recorder = self._recorder(question, options, emit)
        try:
            _check_request(question, options)
            ways = self.ways
            means = self._means(recorder, options, history, pointing, store, cancel)
            asking = Asking(question, earlier=earlier, **means)
        except SightlineError as error:
            return recorder.failed_with(error, pictures={})
        return asking.answer(_as_list(media), ways, route or self.route)

    def run_program(
        self,
        source: str,
        media: Any = (),
        *,
        question: str = "",
        options: Sequence[str] | None = None,
        pointing: Pointing | None = None,
        store: MediaStore | None = None,
        emit: Emit | None = None,
        cancel: threading.Event | None = None,
    ) -> Answer:
        """Run a program that you wrote, in the same sandbox against the same experts; arguments as for `ask`."""
        from .asking import Asking

        recorder = self._recorder(question, options, emit, planner="given")
        try:
            asking = Asking(question, **self._means(recorder, options, (), pointing, store, cancel))
        except SightlineError as error:
            return recorder.failed_with(error, pictures={})
        return asking.run(source, _as_list(media))

    async def aask(self, question: str, media: Any = (), **kwargs: Any) -> Answer:
        """`ask` without blocking the event loop; cancelling the task stops the program."""
        import asyncio

        cancel = kwargs.pop("cancel", None) or threading.Event()
        try:
            return await asyncio.to_thread(self.ask, question, media, cancel=cancel, **kwargs)
        except asyncio.CancelledError:
            cancel.set()
            raise

    def stream(self, question: str, media: Any = (), **kwargs: Any) -> Iterator[Event]:
        """Answer one question and yield each `Event` as it happens; the last one holds the answer.

        Closing the iterator early stops the program.
        """
        events: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()
        cancel = kwargs.pop("cancel", None) or threading.Event()

        def work() -> None:
            try:
                self.ask(question, media, emit=events.put, cancel=cancel, **kwargs)
            except BaseException as error:  # handed to the consumer, who would wait for ever otherwise
                events.put(error)

        thread = threading.Thread(target=work, name="sightline-stream", daemon=True)
        thread.start()
        try:
            while True:
                event = events.get()
                if isinstance(event, BaseException):
                    raise event
                yield event
                if event.kind == "answer":
                    return
        finally:
            cancel.set()
            thread.join()

    def batch(self, rows: Iterable[Mapping[str, Any]]) -> list[Answer]:
        """Answer many questions, several side by side; each row has `question`, `media` and perhaps `options`.

        A question that several rows ask is planned once, and rows about the same file share its decode. The answers
        come in the order of the rows, and a row that fails costs only itself. All of it is held in memory: for more
        than that, and for what must outlive this process, there is `agent.batch.run.run_batch`.
        """
        from .batch.in_process import answer_rows

        listed = list(rows)
        try:
            answers = answer_rows(self, listed)
        except SightlineError as error:
            return [self._row_recorder(row).failed_with(error, pictures={}) for row in listed]
        return [
            answer
            if isinstance(answer, Answer)
            else self._row_recorder(row).failed("expert_error", f"internal error: {type(answer).__name__}", pictures={})
            for row, answer in zip(listed, answers, strict=True)
        ]

    def as_runnable(self) -> AgentRunnable:
        """This agent as a LangChain Runnable from {"question", "media", "options"} to `Answer`."""
        from .runnable import AgentRunnable

        return AgentRunnable(self)

    def as_tool(self, *, media_root: str | Path | None = None) -> Any:
        """This agent as a LangChain tool, for other agents to call; see `runnable.as_tool`."""
        from .runnable import as_tool

        return as_tool(self, media_root=media_root)

    # -- the parts --

    @property
    def planner(self) -> Planner:
        """The planner, made on first use. Raises PlannerUnavailable or BadRequest when it cannot be."""
        return self.ways.planner

    @property
    def ways(self) -> Ways:
        """The ways of answering that there are with this planner; made on first use, raises as `planner`."""
        with self._lock:
            if self._ways is None:
                from .planners.names import make_planner
                from .ways import Ways

                self._ways = Ways(make_planner(self._given_planner))
            return self._ways

    def use_planner(self, planner: Planner) -> None:
        """Let another planner write from now on, such as one that stands in front of the present one."""
        from .ways import Ways

        with self._lock:
            self._ways = Ways(planner)

    @property
    def pool(self) -> Pool:
        """The experts: a pool of this process, made on first use, or those of the server that the settings name.

        Raises:
            BadRequest: when no server listens there.
        """
        with self._lock:
            if self._pool is None:
                self._pool = self._make_pool()
            return self._pool

    def _make_pool(self) -> Pool:
        if self.settings.expert_server is not None:
            from ..tools.experts.addresses import token_of
            from ..tools.experts.client import ExpertClient

            file = self.settings.expert_token_file
            return ExpertClient(self.settings.expert_server, token=None if file is None else token_of(file))
        from ..tools.experts.kept import KeptResults
        from ..tools.experts.pool import ExpertPool
        from ..tools.experts.profiles import load_profile

        folder = self.settings.results_folder
        self._kept = None if folder is None else KeptResults(folder)
        return ExpertPool(load_profile(self.profile), indexes=self._indexes(), kept=self._kept)

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox, started on first use. Raises SandboxUnavailable where the walls cannot be raised."""
        with self._lock:
            if self._sandbox is None:
                from ..sandbox import Sandbox, SandboxSettings

                self._sandbox = Sandbox(SandboxSettings(isolation=self.settings.isolation))
            return self._sandbox

    def _indexes(self) -> IndexFolder | None:
        from ..tools.experts.index_folder import IndexFolder, default_folder

        return IndexFolder(default_folder()) if self.settings.video_memory else None

    def close(self) -> None:
        """Stop the worker processes and let go of the models that this agent loaded."""
        with self._lock:
            if self._sandbox is not None and self._owns_sandbox:
                self._sandbox.close()
                self._sandbox = None
            if self._owns_pool and self._pool is not None:
                if self._pool.indexes is not None:
                    self._pool.indexes.close()
                self._pool.close()
                self._pool = None
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _recorder(
        self, question: Any, options: Sequence[str] | None, emit: Emit | None, *, planner: str | None = None
    ) -> Recorder:
        name = planner or getattr(self._given_planner, "name", None) or self._given_planner
        name = name if isinstance(name, str) else type(name).__name__
        kept = [str(option) for option in options] if isinstance(options, list | tuple) else None
        return Recorder(question=str(question), options=kept, planner=name, profile=self.profile, emit=emit)

    def _means(
        self,
        recorder: Recorder,
        options: Sequence[str] | None,
        history: Sequence[Turn],
        pointing: Pointing | None,
        store: MediaStore | None,
        cancel: threading.Event | None,
    ) -> dict[str, Any]:
        from ..tools.media import MediaStore

        return {
            "options": options,
            "history": history,
            "pointing": pointing,
            "store": store if store is not None else MediaStore(),
            "recorder": recorder,
            "pool": self.pool,
            "sandbox": self.sandbox,
            "settings": self.settings,
            "cancel": cancel or threading.Event(),
        }

    def _row_recorder(self, row: Mapping[str, Any]) -> Recorder:
        return self._recorder(row.get("question", ""), row.get("options"), None)


def _check_request(question: Any, options: Any) -> None:
    if not isinstance(question, str) or not question.strip():
        raise BadRequest("the question is empty: ask something about the picture or video")
    if options is not None and not isinstance(options, list | tuple):
        raise BadRequest(f"options must be a list of texts, not {type(options).__name__}")
    if options is not None and not all(isinstance(option, str) and option.strip() for option in options):
        raise BadRequest("every option must be a text that is not empty")


def _as_list(media: Any) -> list[Any]:
    return list(media) if isinstance(media, list | tuple) else [media]
