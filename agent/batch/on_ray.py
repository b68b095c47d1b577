"""The engine for more than one machine: the same worker processes, as actors of Ray Data.

Actors are handed chunks of rows and give back records; pictures, frames and weights stay where they are used, and the
driver sees neither. The driver alone writes the ledger, so durability is that of a local run: Ray hands the rows of an
actor that is lost to another, and a row that comes back twice is kept once. Queries are planned on the driver before
their rows go out, since actors do not hear of each other's plans.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest, MissingDependency, SightlineError, error_types
from ...tools.media import looks_like_video
from .crew import Crew, Recipe, Told
from .ledger import Chunk, Ledger, Task
from .manifest import VIDEO_SUFFIXES
from .plans import plan_key

__all__ = ["OnRay"]

_ROUND_ROWS = 20_000  # rows that the driver has out at once
_CHUNK_ROWS = 32  # rows of one call; what an actor that is lost had done of them is done again
_MOST_BLOCKS = 1000
_TRIES = 3  # to start a Ray here


class OnRay:
    """Answers chunks by a pool of actors, each with experts of its own.

    Args:
        recipe: as for `Crew`; `workers` is the number of actors.
        address: of the cluster, "auto" for the one that this machine is part of; None takes RAY_ADDRESS, and starts a
            Ray on this machine where that is not set.
        gpus: of one actor; a fraction shares a card between actors.
        cpus: of one actor.
        threads: rows that one actor answers at the same time, with one pool of experts.

    Raises:
        MissingDependency: without Ray.
        BadRequest: when there is no Ray at the address.
        SightlineError: when none can be started here.
    """

    def __init__(
        self,
        recipe: Recipe,
        work: Path,
        *,
        address: str | None = None,
        gpus: float = 0.0,
        cpus: float = 1.0,
        threads: int = 1,
    ) -> None:
        if gpus < 0 or cpus < 0 or threads < 1:
            raise BadRequest("an actor needs no less than 0 GPUs, 0 CPUs and 1 thread")
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise MissingDependency("the engine ray", "ray", extra="ray") from error
        self._ray = ray
        self._recipe, self._actors = replace(recipe, workers=threads), recipe.workers
        self._gpus, self._cpus = gpus, cpus
        self._planning = Crew(replace(recipe, workers=1), log=work / "worker.log")
        self._spent: dict[str, Counter[str]] = {}
        self._own = not ray.is_initialized()
        if self._own:
            self._connect(address or os.environ.get("RAY_ADDRESS"))

    def _connect(self, address: str | None) -> None:
        # Workers on this machine find what this process can import; on a cluster, Sightline is installed on each node.
        here = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        environment = {"env_vars": {} if address else here}
        local: dict[str, Any] = {} if address else {"include_dashboard": False, "num_cpus": max(2, self._actors)}
        for left in reversed(range(_TRIES)):
            try:
                self._ray.init(
                    address=address, log_to_driver=False, logging_level=logging.ERROR, runtime_env=environment, **local
                )
                break
            except Exception as error:  # Ray's own are of all kinds
                self._ray.shutdown()
                if address:
                    raise BadRequest(f"there is no Ray at {address!r} to be reached: {error}") from error
                if not left:  # it gives its processes half a minute to come up, which a busy machine may miss
                    raise SightlineError(f"Ray cannot be started on this machine: {error}") from error
        for name in ("ray.data", "ray"):
            logging.getLogger(name).setLevel(logging.ERROR)

    @property
    def spent(self) -> dict[str, int]:
        """As `Crew.spent`, over all actors."""
        return dict(sum(self._spent.values(), Counter(self._planning.spent)))

    def run(self, ledger: Ledger, stop: threading.Event) -> Iterator[Told]:
        """Answer the pending rows of the ledger, round by round; what is given must be kept before more is asked for.

        Raises:
            SightlineError: when an actor cannot make its agent, or a planner cannot be reached.
        """
        before = -1
        while not stop.is_set():
            done, _ = ledger.count()
            if done == before:
                raise SightlineError("Ray gave back no row of a whole round: see its logs")
            before = done
            chunks = list(ledger.pending(most=_CHUNK_ROWS, first=_ROUND_ROWS))
            if not chunks:
                return
            unplanned = list(_first_of_each(chunks))
            if unplanned:
                yield from self._planning.run(iter(unplanned), stop=stop, plan_only=True)
                if stop.is_set():
                    return
                chunks = list(ledger.pending(most=_CHUNK_ROWS, first=_ROUND_ROWS))
            yield from self._round(chunks, stop)

    def _round(self, chunks: list[Chunk], stop: threading.Event) -> Iterator[Told]:
        data = self._ray.data
        data.DataContext.get_current().enable_progress_bars = False
        items = [{"chunk": json.dumps(chunk.to_wire())} for chunk in chunks]
        results = data.from_items(items, override_num_blocks=min(len(items), _MOST_BLOCKS)).map_batches(
            _Operator,
            fn_constructor_args=(asdict(self._recipe),),
            batch_size=1,
            batch_format="numpy",
            compute=data.ActorPoolStrategy(size=self._actors),
            num_cpus=self._cpus,
            num_gpus=self._gpus or None,
        )
        for batch in results.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            told = Told()
            for text in batch["told"]:
                message = json.loads(text)
                if "unfit" in message:
                    raise error_types().get(message["type"], SightlineError)(message["unfit"])
                told.results.extend(message["results"])
                told.plans.extend(message["plans"])
                self._spent[message["actor"]] = Counter(message["spent"])
            yield told
            if stop.is_set():
                return

    def close(self) -> None:
        """End the actors, and Ray where it was started here."""
        self._planning.close()
        if self._own:
            self._ray.shutdown()


class _Operator:
    """What an actor does: a crew of its own, for crashes and hangs cost an actor's row as little as a local one's."""

    def __init__(self, recipe: Mapping[str, Any]) -> None:
        self._crew = Crew(Recipe(**recipe))
        self._name = uuid.uuid4().hex

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        chunks = [Chunk.from_wire(json.loads(text)) for text in batch["chunk"]]
        results: list[dict[str, Any]] = []
        plans: list[dict[str, Any]] = []
        try:
            for told in self._crew.run(iter(chunks)):
                results += told.results
                plans += told.plans
        except SightlineError as error:
            message: dict[str, Any] = {"unfit": str(error), "type": type(error).__name__}
        else:
            message = {"results": results, "plans": plans, "spent": self._crew.spent, "actor": self._name}
        return {"told": [json.dumps(message)]}


def _first_of_each(chunks: list[Chunk]) -> Iterator[Chunk]:
    """One row of each query that is to be planned, as chunks of their own."""
    seen: set[str] = set()
    for chunk in chunks:
        kind = "video" if _is_video(chunk.media) else "image"
        tasks: list[Task] = []
        for task in chunk.tasks:
            key = plan_key(task.query, kind, task.options)
            if key not in seen and key not in chunk.plans:
                tasks.append(task)
            seen.add(key)
        if tasks:
            yield replace(chunk, tasks=tuple(tasks))


def _is_video(media: str) -> bool:
    if "://" not in media:
        return looks_like_video(media)
    return Path(media).suffix.lower() in VIDEO_SUFFIXES
