"""Which experts are in memory: each device has a budget, and the least recently used expert goes first.

An expert takes up what it declares until it is loaded, and from then on what it measures. Room is made before loading,
by moving idle experts from a GPU to the CPU where they can and there is room, or by dropping them; one that is in use
stays, and whoever needs its room waits. Those who wait for room come before those who come later, so that two busy
experts cannot keep a third out. A thread that uses an expert and asks for another is let past, and told so when what
it needs and what is in use can never fit together.

One lock guards the books. Loading happens outside of it, letting go inside of it.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from ..errors import ExpertUnavailable
from .base import Expert
from .devices import CPU, Devices

__all__ = ["Memory", "Resident", "Tenant"]

_WORTH_COLLECTING_MB = 100  # collecting garbage takes tens of milliseconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tenant:
    """An expert that wants a place in memory.

    Attributes:
        name: of the expert.
        declared_mb: what it says that it takes.
        accelerated: whether it can live on a GPU.
        device: where it must live, None for wherever there is room.
        make: makes and loads it on a device.
    """

    name: str
    declared_mb: float
    accelerated: bool
    device: str | None
    make: Callable[[str], Expert]


@dataclass(slots=True, eq=False)
class Resident:
    """An expert that is in memory, or on its way there.

    Attributes:
        home: the device that it runs on; `device` differs while it waits elsewhere.
        users: how many use it now; `waiting`: how many of these wait for room for another expert.
        turn: whose turn it is, for an expert that serves one thread at a time.
    """

    tenant: Tenant
    home: str
    device: str
    size_mb: float
    expert: Expert | None = None
    state: Literal["coming", "here", "lost"] = "coming"
    users: int = 0
    waiting: int = 0
    used_at: float = 0.0
    turn: threading.Lock = field(default_factory=threading.Lock)


class Memory:
    """The experts in memory, for many threads."""

    def __init__(self, devices: Devices) -> None:
        self.devices = devices
        self.loads = 0
        self.evictions = 0
        self.moves = 0
        self._changed = threading.Condition()
        self._residents: dict[str, Resident] = {}
        self._lost: list[Resident] = []
        self._measured: dict[str, float] = {}
        self._queue: deque[object] = deque()
        self._mine = threading.local()

    # -- what is seen from outside --

    def loaded(self) -> list[str]:
        """The names of the experts that are in memory, sorted."""
        with self._changed:
            return sorted(name for name, each in self._residents.items() if each.state == "here")

    def used_mb(self, device: str) -> float:
        """What the experts on a device take, those included that are being loaded."""
        with self._changed:
            return self._used(device)

    def size_mb(self, name: str) -> float | None:
        """What an expert was measured to take; None before it was loaded once."""
        return self._measured.get(name)

    @contextmanager
    def use(self, tenant: Tenant) -> Iterator[Resident]:
        """Have an expert in memory for as long as the block lasts.

        Raises:
            ExpertUnavailable: when it cannot fit.
            Whatever `tenant.make` raises.
        """
        resident = self._enter(tenant)
        held = self._held()
        held.append(resident)
        try:
            yield resident
        finally:
            held.remove(resident)
            self._leave(resident)

    def depth(self, resident: Resident) -> int:
        """How often this thread, or the one on whose behalf it works, uses that resident now."""
        return sum(each is resident for each in self._held())

    @property
    def uses_room(self) -> bool:
        """Whether this thread uses an expert that takes up memory."""
        return any(each.size_mb > 0 for each in self._held())

    def on_behalf(self, resident: Resident, work: Callable[[], None]) -> Callable[[], None]:
        """`work` for another thread, which counts as a further user of the resident until the work ends."""
        held = list(self._held())
        with self._changed:
            resident.users += 1

        def working() -> None:
            self._mine.held = held
            try:
                work()
            finally:
                self._mine.held = []
                self._leave(resident)

        return working

    def abandon(self, resident: Resident) -> None:
        """Let go of an expert that is broken or hangs: nobody else gets it, and its room is free when its users end."""
        with self._changed:
            if self._residents.get(resident.tenant.name) is resident:
                del self._residents[resident.tenant.name]
                resident.state = "lost"
                if resident.users:
                    self._lost.append(resident)
                else:
                    self._let_go(resident)
                self._changed.notify_all()

    def home(self, tenant: Tenant) -> str:
        """The device where an expert lives, or would be put now."""
        with self._changed:
            there = self._residents.get(tenant.name)
            return there.home if there is not None else self._home(tenant)

    def relieve(self, device: str, *, of: Tenant) -> None:
        """Evict every idle expert of a device but that one, whose work ran out of memory there all the same."""
        with self._changed:
            for each in self._idle(device):
                if each.tenant is not of:
                    self._evict(each)
            self._changed.notify_all()
        if device != CPU:
            gc.collect()  # a model that was half loaded is full of circles too
        free_cached(device)

    def clear(self) -> None:
        """Drop everything; what is in use goes when it is no longer used."""
        with self._changed:
            residents = [each for each in self._residents.values() if each.state == "here"]
        for each in residents:
            self.abandon(each)

    # -- coming in and leaving --

    def _leave(self, resident: Resident) -> None:
        with self._changed:
            resident.users -= 1
            resident.used_at = time.monotonic()
            if resident.state == "lost" and not resident.users:
                self._lost.remove(resident)
                self._let_go(resident)
            self._changed.notify_all()

    def _enter(self, tenant: Tenant) -> Resident:
        ticket = object()
        with self._changed:
            try:
                while True:
                    resident = self._step(tenant, ticket)
                    if resident is not None and resident.state == "here":
                        return resident
                    if resident is not None:
                        break
            finally:
                if ticket in self._queue:
                    self._queue.remove(ticket)
                    self._changed.notify_all()
        return self._load(resident)

    def _step(self, tenant: Tenant, ticket: object) -> Resident | None:
        """A resident to use, or to load now; None when things changed and are to be looked at again."""
        nested = bool(self._held())
        needed = self._measured.get(tenant.name, tenant.declared_mb)
        if needed and not nested and self._queue and self._queue[0] is not ticket:
            self._changed.wait()
            return None
        there = self._residents.get(tenant.name)
        if there is not None and there.state == "coming":
            self._changed.wait()
            return None
        home = there.home if there is not None else self._home(tenant)
        if needed > self.devices.budget_mb(home):
            if home not in self.devices.known():
                raise ExpertUnavailable(
                    f"the expert {tenant.name} is to live on {home}, which models cannot use here; they can use "
                    f"{', '.join(self.devices.known())}: change device under [settings.{tenant.name}] of the profile",
                    expert=tenant.name,
                    reason="memory",
                )
            raise ExpertUnavailable(
                f"the expert {tenant.name} takes {needed:,.0f} MiB and models may take "
                f"{self.devices.budget_mb(home):,.0f} MiB on {home}: raise that budget, or use a smaller expert",
                expert=tenant.name,
                reason="memory",
            )
        if there is not None and there.device == home:
            there.users += 1
            return there
        if not self._made_room(home, needed, keep=there):
            if not nested and ticket not in self._queue:
                self._queue.append(ticket)
            self._wait_for_room(tenant, home)
            return None
        if there is not None:
            return self._brought_back(there)
        resident = Resident(tenant, home, home, needed, users=1)
        self._residents[tenant.name] = resident
        return resident

    def _load(self, resident: Resident) -> Resident:
        """Load outside of the lock; when it takes more than was thought and does not fit, begin again, wiser."""
        tenant = resident.tenant
        try:
            expert = tenant.make(resident.home)
            measured = expert.measured_mb()
        except BaseException:
            with self._changed:
                del self._residents[tenant.name]
                self._changed.notify_all()
            raise
        with self._changed:
            self.loads += 1
            if measured is not None:
                self._measured[tenant.name] = resident.size_mb = measured
            resident.expert, resident.state = expert, "here"
            fits = self._used(resident.home) <= self.devices.budget_mb(resident.home) or self._made_room(
                resident.home, 0.0, keep=resident
            )
            if not fits:
                del self._residents[tenant.name]
                self._let_go(resident)
            self._changed.notify_all()
        return resident if fits else self._enter(tenant)

    def _brought_back(self, resident: Resident) -> Resident | None:
        """One that waited on the CPU, at home again; None when it could not move and is to be loaded anew."""
        if not self._moved(resident, resident.home):
            self._evict(resident, drop=True)
            return None
        self.moves += 1
        resident.users += 1
        return resident

    def _home(self, tenant: Tenant) -> str:
        """The device with the most room that can hold it, GPUs first."""
        if tenant.device is not None:
            return "cuda:0" if tenant.device == "cuda" else tenant.device
        needed = self._measured.get(tenant.name, tenant.declared_mb)
        if tenant.accelerated:
            able = [d for d in self.devices.accelerators() if self.devices.budget_mb(d) >= needed]
            if able:
                return max(able, key=lambda d: self.devices.budget_mb(d) - self._used(d))
        return CPU

    # -- making room --

    def _used(self, device: str) -> float:
        return sum(each.size_mb for each in (*self._residents.values(), *self._lost) if each.device == device)

    def _idle(self, device: str) -> list[Resident]:
        """Those of a device that nobody uses, least recently used first."""
        idle = [r for r in self._residents.values() if r.device == device and r.state == "here" and not r.users]
        return sorted(idle, key=lambda each: each.used_at)

    def _made_room(self, device: str, needed_mb: float, *, keep: Resident | None) -> bool:
        """Evict until so much is free; nothing is evicted when it would not be enough."""
        over = self._used(device) + needed_mb - self.devices.budget_mb(device)
        idle = [each for each in self._idle(device) if each is not keep]
        if sum(each.size_mb for each in idle) < over:
            return False
        for each in idle:
            if over <= 0:
                break
            if each.size_mb > 0:
                over -= each.size_mb
                self._evict(each)
        return True

    def _evict(self, resident: Resident, *, drop: bool = False) -> None:
        self.evictions += 1
        room = self.devices.budget_mb(CPU) - self._used(CPU) >= resident.size_mb
        if not drop and resident.device != CPU and room and self._moved(resident, CPU):
            return
        del self._residents[resident.tenant.name]
        self._let_go(resident)

    def _moved(self, resident: Resident, device: str) -> bool:
        """Whether an expert went to another device. One that did not may be there in parts, and is to be dropped."""
        assert resident.expert is not None
        try:
            went = resident.expert.move(device)
        except Exception:  # no room in spite of the books, or a device that is lost
            return False
        if went:
            left, resident.device = resident.device, device
            free_cached(left)
        return went

    def _let_go(self, resident: Resident) -> None:
        expert, resident.expert = resident.expert, None
        if expert is not None:
            expert.unload()
            del expert
            if resident.size_mb >= _WORTH_COLLECTING_MB or resident.home != CPU:
                gc.collect()  # models are full of circles, and their memory is needed now
            free_cached(resident.home)

    def _wait_for_room(self, tenant: Tenant, device: str) -> None:
        """Wait until somebody leaves; raises when everybody there waits as well."""
        held = self._held()
        for each in held:
            each.waiting += 1
        try:
            there = [each for each in (*self._residents.values(), *self._lost) if each.device == device]
            blocking = [each for each in there if each.size_mb > 0 and (each.users or each.state != "here")]
            if all(each.state != "coming" and each.waiting >= each.users for each in blocking):
                names = ", ".join(sorted(each.tenant.name for each in blocking)) or "nothing"
                raise ExpertUnavailable(
                    f"the expert {tenant.name} does not fit on {device} beside what is in use there for the same "
                    f"question ({names}): raise that device's budget",
                    expert=tenant.name,
                    reason="memory",
                )
            self._changed.notify_all()  # that this thread waits may leave another without hope
            self._changed.wait()
        finally:
            for each in held:
                each.waiting -= 1

    def _held(self) -> list[Resident]:
        """What this thread uses now."""
        held: list[Resident] | None = getattr(self._mine, "held", None)
        if held is None:
            held = self._mine.held = []
        return held


def free_cached(device: str) -> None:
    """Give back what torch keeps of a GPU's memory for later."""
    if device.startswith("cuda"):
        import torch

        with contextlib.suppress(RuntimeError), torch.cuda.device(device):  # a device that is lost gives nothing back
            torch.cuda.empty_cache()
