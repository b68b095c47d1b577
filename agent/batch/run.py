"""`run_batch`: a manifest in, a file of results out, and a folder beside it that knows how far the work has come.

While a batch runs, `RESULTS.parquet.work/` holds the ledger, parts of the results and what the worker process said. A
batch that was killed goes on from there when it is started again with the same manifest and settings; when it is done
the folder goes away. Only one process works on a batch at a time. Results that go to an address are put together in
the work folder, which lies on this machine, and uploaded as a whole.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from ...tools.errors import BadRequest, OutputFailed, SightlineError
from .belonging import alone, facts_of, finished_before
from .crew import Crew, Recipe, Told
from .ledger import PART_ROWS, Chunk, Ledger
from .manifest import read_manifest
from .places import Far, far_or_path, work_folder
from .schema import columns, merge, parquet_schema, synced, write_part

__all__ = ["Engine", "Finished", "Progress", "run_batch"]

Engine = Literal["local", "ray"]
_TOGETHER = "results.parquet"  # in the work folder, before they are uploaded


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        done, total: rows.
        records: the records that have just become durable.
        spent: in this run, how often experts worked ("experts"), frames were decoded ("decoded") and a planner was
            asked ("plans").
    """

    done: int
    total: int
    records: list[dict[str, Any]]
    spent: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """How a run of a batch ended.

    Attributes:
        out: the results; there once `done` equals `total`.
        work: the folder that a run that goes on needs.
        answered_now: rows that this run has answered.
        spent: as in `Progress`.
    """

    out: Path | Far
    work: Path
    done: int
    total: int
    answered_now: int
    spent: dict[str, int]

    @property
    def complete(self) -> bool:
        return self.done == self.total


class _Answers(Protocol):
    """An engine: gives out chunks of the ledger and gives back what came of them."""

    @property
    def spent(self) -> dict[str, int]: ...

    def run(self, ledger: Ledger, stop: threading.Event) -> Iterator[Told]: ...

    def close(self) -> None: ...


def run_batch(
    manifest: str | Path,
    out: str | Path,
    *,
    recipe: Recipe | None = None,
    query: str | None = None,
    limit: int | None = None,
    engine: Engine = "local",
    engine_options: dict[str, Any] | None = None,
    tell: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Finished:
    """Answer every row of a manifest that is not answered yet, durably.

    Args:
        manifest: see `read_manifest`.
        out: a .parquet file by path or address; its folder is made. With `recipe.traces` the traces come into
            OUT.traces.jsonl.
        query: what is asked where a row has no query of its own.
        limit: rows, at most.
        engine: "local" for worker processes here, "ray" for a cluster; the results are the same.
        engine_options: for `OnRay`.
        tell: told whenever rows have become durable.
        stop: set it to end early: rows that were begun are finished, all others are left for the next run.

    Raises:
        BadRequest: when the manifest or a setting cannot be used, or the results of another batch stand there.
        OutputFailed: when results cannot be kept; the text says what is kept.
        MissingDependency: when a package for Parquet, an address or the engine is missing.
        SightlineError: when the agent cannot be made or its planner cannot be reached.
    """
    recipe, source, target = recipe or Recipe(), far_or_path(manifest), far_or_path(out)
    if not target.name.endswith(".parquet"):
        raise BadRequest(f"results are written as Parquet: name them {target.name}.parquet rather than {target.name}")
    facts = facts_of(source, recipe, query=query, limit=limit)
    work = work_folder(target)
    parquet_schema({}, {})  # better to miss pyarrow now than after the work
    earlier = finished_before(target, facts)
    if earlier is not None:
        shutil.rmtree(work, ignore_errors=True)  # killed just before it would have done that itself
        return Finished(out=target, work=work, done=earlier, total=earlier, answered_now=0, spent={})
    run = _Run(target, work, tell or (lambda progress: None))
    with run.keeping("the batch cannot begin"):
        work.mkdir(parents=True, exist_ok=True)
    with alone(work), run.keeping("the batch was stopped"):
        run.open(facts, lambda: read_manifest(manifest, query=query, limit=limit), recipe)
        try:
            return run.work(_engine(engine, recipe, work, engine_options or {}), stop or threading.Event())
        finally:
            run.close()


class _Run:
    """One run of one batch, with its ledger open."""

    def __init__(self, out: Path | Far, work: Path, tell: Callable[[Progress], None]) -> None:
        self._out, self._work, self._tell = out, work, tell
        self._ledger: Ledger | None = None
        self._done = self._total = 0

    def open(self, facts: dict[str, Any], rows: Callable[[], Iterable[Any]], recipe: Recipe) -> None:
        """Open the ledger, and take in the manifest where that was not done before."""
        self._ledger = ledger = Ledger(self._work / "ledger.sqlite")
        known = ledger.facts()
        if not known:
            ledger.stage(rows(), facts)
            known = ledger.facts()
        if known["print"] != facts["print"]:
            raise BadRequest(
                f"{self._work} belongs to a batch with another manifest or other settings: name other results, or "
                "delete that folder"
            )
        self._passed = columns(known["kinds"])
        self._schema = parquet_schema(self._passed, {**facts, "columns": {k: v[0] for k, v in self._passed.items()}})
        self._traces = recipe.traces
        self._done, self._total = ledger.count()
        if not self._total:
            raise BadRequest("the manifest holds no rows")

    def work(self, engine: _Answers, stop: threading.Event) -> Finished:
        ledger = self._ledger
        assert ledger is not None
        before = self._done
        for part in ledger.full_parts():
            self._write(part)
        sizes = ledger.part_sizes()
        self._tell(Progress(done=self._done, total=self._total, records=[], spent={}))
        try:
            if self._done < self._total:
                for told in engine.run(ledger, stop):
                    kept = set(ledger.keep(told.results, told.plans))
                    self._done += len(kept)
                    for part in {number // PART_ROWS for number in kept}:
                        done, total = sizes[part]
                        done += sum(number // PART_ROWS == part for number in kept)
                        sizes[part] = (done, total)
                        if done == total:
                            self._write(part)
                    records = [one["record"] for one in told.results if one["number"] in kept]
                    self._tell(Progress(done=self._done, total=self._total, records=records, spent=engine.spent))
        finally:
            engine.close()
        if self._done == self._total:
            self._finish()
        return Finished(
            out=self._out,
            work=self._work,
            done=self._done,
            total=self._total,
            answered_now=self._done - before,
            spent=engine.spent,
        )

    def _part(self, part: int, suffix: str = "parquet") -> Path:
        return self._work / f"part-{part:06d}.{suffix}"

    def _write(self, part: int) -> None:
        assert self._ledger is not None
        if self._traces:
            with synced(self._part(part, "traces")) as beside, beside.open("w", encoding="utf-8") as file:
                file.writelines(trace for _, _, trace in self._ledger.part(part) if trace)
        rows = ((row, record) for row, record, _ in self._ledger.part(part))
        write_part(self._part(part), rows, self._schema, self._passed)
        self._ledger.written(part)

    def _finish(self) -> None:
        parts = range(-(-self._total // PART_ROWS))
        here = self._out if isinstance(self._out, Path) else self._work / _TOGETHER
        if self._traces:
            told = here.with_name(here.name + ".traces.jsonl")
            with synced(told) as beside, beside.open("wb") as file:
                for part in parts:
                    with self._part(part, "traces").open("rb") as traces:
                        shutil.copyfileobj(traces, file)
            self._deliver(told)
        merge(here, [self._part(part) for part in parts], self._schema)
        self._deliver(here)
        self.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def _deliver(self, file: Path) -> None:
        """Upload a file that belongs beside the results, where those go to an address."""
        if isinstance(self._out, Far):
            name = file.name.replace(_TOGETHER, self._out.name)
            try:
                self._out.sibling(name).put(file)
            except OutputFailed as error:
                kept = f"all {self._total} rows are done and kept in {self._work}"
                raise OutputFailed(f"{error}; {kept}; run the same command again to upload them") from error

    def close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    @contextmanager
    def keeping(self, what: str) -> Iterator[None]:
        """Turn what goes wrong with the disk into one error that says what is kept."""
        try:
            yield
        except SightlineError:
            raise
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or str(error)
            kept = f"{self._done} of {self._total} rows are done and kept in {self._work}" if self._total else ""
            hint = "make room or permit writing, and run the same command again to go on"
            raise OutputFailed(f"{what}: {why}; {kept or 'nothing was done yet'}; {hint}") from error


class _Here:
    """The local engine: one crew on this machine."""

    def __init__(self, recipe: Recipe, work: Path) -> None:
        self._crew = Crew(recipe, log=work / "worker.log")

    @property
    def spent(self) -> dict[str, int]:
        return self._crew.spent

    def run(self, ledger: Ledger, stop: threading.Event) -> Iterator[Told]:
        chunks: Iterator[Chunk] = ledger.pending()
        return self._crew.run(chunks, plans=ledger.plans, stop=stop)

    def close(self) -> None:
        self._crew.close()


def _engine(name: str, recipe: Recipe, work: Path, options: dict[str, Any]) -> _Answers:
    if name == "local":
        return _Here(recipe, work)
    if name == "ray":
        from .on_ray import OnRay

        return OnRay(recipe, work, **options)
    raise BadRequest(f"there is no engine {name!r}: use local or ray")
