"""The process in which the rows of a batch are answered: one agent, one pool of experts, several threads.

It is apart from the one that keeps the results, so that a crash or a hang in an expert or a decoder of pictures costs
a row and not the batch. Lines of JSON come and go over one socket; when the other side is gone, this side and all that
it started end at once, also while its models are still being loaded. Programs run in the sandbox and videos are decoded
in processes of their own, as ever.

In: a start, then chunks, then a stop. Out: of each row that it began, then its result; and new plans as they are made.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from ...tools.errors import MediaError, PlannerUnavailable, SightlineError
from ...tools.media import Video
from ..asking import plan_request
from .ledger import Chunk, Task
from .plans import PlanOnce
from .records import failed_record, record_of
from .shelf import RowStore, Shelf

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["main"]


class _Worker:
    def __init__(self, start: Mapping[str, Any], out: BinaryIO) -> None:
        self._out, self._out_lock = out, threading.Lock()
        self._traces = bool(start["traces"])
        self._stopping = threading.Event()
        self._chunks: queue.SimpleQueue[tuple[int, Chunk, bool] | None] = queue.SimpleQueue()
        agent = _made(start["agent"], start["arguments"])
        self._agent = agent
        self._planner = PlanOnce(
            agent.planner,
            replan=bool(start["replan"]),
            mends=agent.settings.repairs,
            learned=lambda plan: self._say({"learned": plan}),
        )
        agent.use_planner(self._planner)
        indexes = agent.pool.indexes
        self._shelf = Shelf(
            limits=agent.settings.media,
            allow_urls=agent.settings.allow_urls,
            idle=int(start["workers"]),
            left=None if indexes is None else indexes.release,
        )
        self._threads = [threading.Thread(target=self._serve) for _ in range(int(start["workers"]))]

    def run(self, heard: queue.SimpleQueue[dict[str, Any]]) -> None:
        """Work until told to stop."""
        for thread in self._threads:
            thread.start()
        self._say({"ready": True})
        while "stop" not in (message := heard.get()):
            self._chunks.put((message["chunk"], Chunk.from_wire(message), bool(message["plan_only"])))
        self._stopping.set()
        for _ in self._threads:
            self._chunks.put(None)
        for thread in self._threads:
            thread.join()
        self._shelf.close()
        self._agent.close()

    def _serve(self) -> None:
        while True:
            taken = self._chunks.get()
            if taken is None:
                return
            number, chunk, plan_only = taken
            self._planner.remember(chunk.plans)
            for task in chunk.tasks:
                if not self._stopping.is_set():
                    self._say({"began": task.number})
                    self._say(self._told(chunk.media, task, plan_only=plan_only))
            spent = {"experts": self._agent.pool.computed, "decoded": self._shelf.decoded, "plans": self._planner.asked}
            self._say({"spent": spent, "chunk": number})

    def _told(self, media: str, task: Task, *, plan_only: bool) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            return self._plan(media, task) if plan_only else self._row(media, task)
        except Exception as error:  # a fault of ours in one row must not lose the others
            if plan_only:
                return {"number": task.number, "planned": True}  # it will show again when the row is answered
            status = error.status if isinstance(error, SightlineError) else "expert_error"
            text = str(error) if isinstance(error, SightlineError) else f"internal error: {type(error).__name__}"
            record = failed_record(status, type(error).__name__, text, seconds=time.perf_counter() - began)
            return {"number": task.number, "record": record}

    def _row(self, media: str, task: Task) -> dict[str, Any]:
        began = time.perf_counter()
        held: Any
        try:
            held = self._shelf.take(media)
        except MediaError as error:
            self._shelf.release(media)
            record = failed_record(error.status, type(error).__name__, str(error), seconds=time.perf_counter() - began)
            return {"number": task.number, "record": record}
        try:
            answer = self._agent.ask(task.query, held, options=task.options, store=RowStore())
        finally:
            self._shelf.release(media)
        unreachable = [p.problem for p in answer.trace.plans if p.problem and p.problem.type == _UNREACHABLE]
        if unreachable:
            return {"number": task.number, "halt": unreachable[-1].message}
        told = {"number": task.number, "record": record_of(answer)}
        return {**told, "trace": answer.trace.to_jsonl()} if self._traces else told

    def _plan(self, media: str, task: Task) -> dict[str, Any]:
        """Only plan for the row; it is not answered."""
        store = RowStore()
        try:
            held = self._shelf.take(media)
            samples = self._agent.settings.video_samples
            ref = store.add_video(held, samples=samples) if isinstance(held, Video) else store.add(held)
            self._planner.plan(plan_request(task.query, [ref], options=task.options, pool=self._agent.pool))
        except PlannerUnavailable as error:
            return {"number": task.number, "halt": str(error)}
        except SightlineError:
            pass  # the row itself will say what is wrong
        finally:
            self._shelf.release(media)
        return {"number": task.number, "planned": True}

    def _say(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        try:
            with self._out_lock:
                self._out.write(line)
                self._out.flush()
        except OSError:
            _end_everything()


_UNREACHABLE = PlannerUnavailable.__name__


def _made(name: str, arguments: Mapping[str, Any]) -> Agent:
    module, _, function = name.partition(":")
    agent: Agent = getattr(import_module(module), function)(**arguments)
    return agent


def _hear(lines: BinaryIO, heard: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Take in what the other side says for as long as it is there; it may be killed whatever goes on here."""
    try:
        for line in lines:
            heard.put(json.loads(line))
    finally:  # also after half a line, when it was killed while it spoke
        _end_everything()


def _end_everything() -> None:
    """The other side is gone, killed perhaps: nobody waits for anything here, nor for what this process started."""
    os.killpg(0, signal.SIGKILL)


def main(descriptor: str) -> None:
    """Serve the socket of that number."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whoever started this may have had signals blocked
    with socket.socket(fileno=int(descriptor)) as sock:
        lines, out = sock.makefile("rb"), sock.makefile("wb")
        start = json.loads(lines.readline() or b"null")
        if start is None:
            return
        heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=_hear, args=(lines, heard), daemon=True).start()
        try:
            worker = _Worker(start, out)
        except Exception as error:
            known = isinstance(error, SightlineError)
            text = str(error) if known else f"internal error, {type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                out.write(json.dumps({"unfit": text, "type": type(error).__name__}).encode() + b"\n")
                out.flush()
            return
        worker.run(heard)
    sys.stdout.flush()
    os._exit(0)  # threads of libraries have nothing to finish
