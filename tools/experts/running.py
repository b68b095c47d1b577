"""`Runner`: one expert of a pool at work. It has the expert in memory, takes turns, joins requests, keeps faults in.

Whatever happens to one request stays with it: when a batch fails, its requests are run one by one, so that only the one
that breaks the expert gets the error. An expert that hangs is let go of with the thread that it holds; after
`_MOST_STUCK` such threads it is not asked any more, because nothing but the end of the process frees them. One that is
isolated runs in a process of its own, which is ended instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..api.stopping import current_check
from ..errors import ExpertFailed, ExpertUnavailable, SightlineError
from ..results import Result
from . import faults
from .base import Expert, ExpertRequest, Outcome, Settings
from .batches import Batcher, BatchSize
from .devices import CPU
from .figures import Figures
from .hands import Hands
from .isolated import Isolated
from .memory import Memory, Resident, Tenant

__all__ = ["Runner"]

_LOOK_S = 0.05  # between two looks at whether to go on waiting for a turn
_MOST_STUCK = 4  # threads; a batch that hangs takes one, and the request that did it another


class Runner:
    """Answers requests with one expert.

    Args:
        settings: of the profile for it. The pool itself reads `isolated`, `device`, `most_at_once` and
            `time_limit_s`.
        batching: whether requests are joined.
        others: how many callers are about.
    """

    def __init__(
        self,
        cls: type[Expert],
        settings: Settings,
        memory: Memory,
        figures: Figures,
        *,
        batching: bool,
        window_s: float,
        others: Callable[[], int],
    ) -> None:
        self.cls, self.settings = cls, settings
        self._memory, self._figures = memory, figures
        self._isolated = bool(settings.get("isolated", False))
        limit = settings.get("time_limit_s", cls.time_limit_s)
        self._limit_s = None if limit is None else float(limit)
        self._stuck = 0
        self._stuck_lock = threading.Lock()
        self._hands = Hands(f"expert {cls.name}")
        self.batches = cls.batches()
        self.size = BatchSize(int(settings.get("most_at_once", cls.most_at_once)) if self.batches else 1)
        self._batcher = Batcher(self._run, self.size, window_s=window_s, others=others) if batching else None
        self._tenant = Tenant(
            name=cls.name,
            declared_mb=float(settings.get("memory_mb", cls.memory_mb)),
            accelerated=cls.accelerated,
            device=settings.get("device"),
            make=self._make,
        )

    def answer(self, request: ExpertRequest) -> Result:
        """The result of one request. Raises OutsideWorld, ExpertUnavailable or ExpertFailed."""
        outcome = self.answer_all([request])[0]
        if isinstance(outcome, SightlineError):
            raise outcome
        return outcome

    def answer_all(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        """For each request its result, or the error that `answer` would raise."""
        # Who holds a model and asks for another must not wait for a batch, whose leader may wait for its room.
        if self._batcher is None or not self.batches or self._memory.uses_room:
            outcomes = [outcome for request in requests for outcome in self._run([request])]
        else:
            expert = self.cls()  # never loaded; it only says what goes together
            outcomes = self._batcher.ask(requests, [expert.together(request) for request in requests])
        failed = sum(isinstance(outcome, ExpertFailed) for outcome in outcomes)
        if failed:
            self._figures.add(self.cls.name, "failed", failed)
        return outcomes

    def tell(self, request: ExpertRequest) -> Result:
        """The answer of an expert that surveys, from what it saw; it is not loaded. Raises as `answer`."""
        expert = self.cls()
        expert.settings = self.settings
        try:
            outcome = faults.checked(self.cls, request.capability, expert.serve(request))
        except Exception as error:
            outcome = faults.raised(self.cls, request.capability, error)
        if isinstance(outcome, SightlineError):
            raise outcome
        return outcome

    # -- a run, and what becomes of one that fails --

    def _run(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        """An outcome for each request; never raises."""
        capability = requests[0].capability
        try:
            outcomes = self._attempt(requests)
        except Exception as error:
            ran_out = faults.out_of_memory(error)
            if ran_out:
                faults.let_go(error)
            if len(requests) == 1:
                return [self._alone(requests[0], error)]
            if ran_out and not isinstance(error, ExpertFailed):
                self.size.too_much(len(requests))
                half = len(requests) // 2
                return [*self._run(requests[:half]), *self._run(requests[half:])]
            if isinstance(error, ExpertUnavailable):
                return [error] * len(requests)  # it cannot be there for any of them
            return self._one_by_one(requests)
        self.size.went_well(len(requests))
        return [faults.checked(self.cls, capability, outcome) for outcome in outcomes]

    def _one_by_one(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        hung = 0
        for request in requests:
            if hung > 1:  # it hangs whatever it is asked, and each try takes its whole time
                outcomes.append(outcomes[-1])
                continue
            (outcome,) = self._run([request])
            stuck = isinstance(outcome, ExpertFailed) and outcome.facts.get("reason") == "hung"
            hung = hung + 1 if stuck else 0
            outcomes.append(outcome)
        return outcomes

    def _alone(self, request: ExpertRequest, error: Exception) -> Outcome:
        """What a single request came to that failed: when memory ran out it is tried once more with all others gone."""
        if faults.out_of_memory(error):
            in_load = isinstance(error, ExpertFailed)
            home = self._memory.home(self._tenant)
            for device in (home, CPU) if in_load and home != CPU else (home,):  # weights come by way of the CPU
                self._memory.relieve(device, of=self._tenant)
            try:
                return faults.checked(self.cls, request.capability, self._attempt([request])[0])
            except Exception as again:
                if faults.out_of_memory(again):
                    faults.let_go(again)
                error = again
        return faults.raised(self.cls, request.capability, error)

    def _attempt(self, requests: Sequence[ExpertRequest]) -> Sequence[object]:
        """One run in the expert. Raises what it raises."""
        while True:
            if self._stuck >= _MOST_STUCK:
                raise ExpertUnavailable(
                    f"the expert {self.cls.name} hung {self._stuck} times and still does: restart, or give it a "
                    f"process of its own with isolated = true under [settings.{self.cls.name}] of the profile",
                    expert=self.cls.name,
                    reason="hung",
                )
            with self._memory.use(self._tenant) as resident, self._turn(resident):
                if resident.state == "lost":
                    continue  # it broke while this thread waited for its turn
                self._figures.add(self.cls.name, "runs")
                self._figures.add(self.cls.name, "computed", len(requests))
                return self._within_limit(resident, requests)

    @contextmanager
    def _turn(self, resident: Resident) -> Iterator[None]:
        """One thread at a time, where the expert wants that; what it asks of itself through others is let past."""
        if self.cls.thread_safe or self._memory.depth(resident) > 1:
            yield
            return
        check = current_check()
        while not resident.turn.acquire(timeout=_LOOK_S):
            check()
        try:
            yield
        finally:
            resident.turn.release()

    def _within_limit(self, resident: Resident, requests: Sequence[ExpertRequest]) -> Sequence[object]:
        """One run, given up after the time limit."""
        expert = resident.expert
        assert expert is not None
        if self._isolated or self._limit_s is None:
            try:
                return self._serve(expert, requests)
            finally:
                if isinstance(expert, Isolated) and expert.broken:
                    self._memory.abandon(resident)
        given: list[Sequence[object] | BaseException] = []
        ended = threading.Event()

        def work() -> None:
            try:
                given.append(self._serve(expert, requests))
            except BaseException as error:
                given.append(error)
            with self._stuck_lock:
                if ended.is_set():  # nobody waits any more
                    self._stuck -= 1
                ended.set()

        worker = self._memory.on_behalf(resident, work)
        self._hands.do(worker)
        if not ended.wait(self._limit_s):
            with self._stuck_lock:
                late = not ended.is_set()
                if late:
                    ended.set()
                    self._stuck += 1
            if late:
                self._memory.abandon(resident)
                raise faults.hung(self.cls, requests[0].capability, self._limit_s)
        outcome = given[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    # -- the expert itself --

    def _serve(self, expert: Expert, requests: Sequence[ExpertRequest]) -> Sequence[object]:
        if not self.batches:
            return [expert.serve(request) for request in requests]
        outcomes = list(expert.serve_many(requests))
        if len(outcomes) != len(requests):
            raise ExpertFailed(
                f"the expert {self.cls.name} gave {len(outcomes)} results for {len(requests)} requests",
                expert=self.cls.name,
                reason="garbage",
            )
        return outcomes

    def _make(self, device: str) -> Expert:
        lacking = faults.missing(self.cls, self.settings)
        if lacking is not None:
            raise ExpertUnavailable(lacking, expert=self.cls.name)
        expert: Expert = Isolated(self.cls, self._limit_s) if self._isolated else self.cls()
        expert.settings, expert.device = self.settings, device
        try:
            expert.load()
        except Exception as error:
            expert.unload()
            raise faults.loading_failed(self.cls, error) from error
        return expert
