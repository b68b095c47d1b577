"""Which experts are in memory: within the budget at every moment, the least recently used first, none while in use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sightline.tools.errors import ExpertUnavailable
from sightline.tools.experts.base import Expert
from sightline.tools.experts.devices import Devices
from sightline.tools.experts.memory import Memory, Tenant


class House:
    """Counts what is really alive on each device, as the experts come, move and go."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now: dict[str, float] = {}
        self.most: dict[str, float] = {}
        self.broken = False

    def change(self, device: str, mb: float) -> None:
        with self.lock:
            self.now[device] = self.now.get(device, 0) + mb
            self.most[device] = max(self.most.get(device, 0), self.now[device])


class Weighty(Expert):
    """Takes up room on paper, as much as it is told to."""

    def __init__(self, house: House, device: str, mb: float, *, moves: bool, tells: bool) -> None:
        self.house, self.device, self.mb, self.moves, self.tells = house, device, mb, moves, tells
        house.change(device, mb)

    def measured_mb(self) -> float | None:
        return self.mb if self.tells else None

    def move(self, device: str) -> bool:
        if self.moves:
            self.house.change(self.device, -self.mb)
            self.device = device
            self.house.change(device, self.mb)
        return self.moves

    def unload(self) -> None:
        self.house.change(self.device, -self.mb)


def tenant(
    house: House,
    name: str,
    mb: float,
    *,
    really: float | None = None,
    accelerated: bool = False,
    moves: bool = False,
    device: str | None = None,
) -> Tenant:
    def make(on: str) -> Expert:
        if house.broken:
            raise RuntimeError("the weights cannot be read")
        return Weighty(house, on, mb if really is None else really, moves=moves, tells=really is not None)

    return Tenant(name=name, declared_mb=mb, accelerated=accelerated, device=device, make=make)


def visit(memory: Memory, who: Tenant) -> str:
    with memory.use(who) as resident:
        assert resident.expert is not None
        return resident.device


def test_the_least_recently_used_goes_first() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a, b, c = (tenant(house, name, 40) for name in "abc")
    for each in (a, b, a, c):
        visit(memory, each)
    assert memory.loaded() == ["a", "c"]
    assert memory.used_mb("cpu") == house.now["cpu"] == 80
    assert (memory.loads, memory.evictions) == (3, 1)


@pytest.mark.parametrize("threads", [1, 8])
def test_five_experts_in_the_room_of_two_stay_within_the_budget_at_every_moment(threads: int) -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    five = [tenant(house, name, 45, really=45) for name in "abcde"]
    turns = [five[(n * 7 + n // 5) % 5] for n in range(400)]
    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(lambda who: visit(memory, who), turns)) == ["cpu"] * 400
    assert house.most["cpu"] <= 100
    assert memory.used_mb("cpu") == house.now["cpu"]
    memory.clear()
    assert house.now["cpu"] == 0


def test_what_is_in_use_stays_and_who_needs_its_room_waits_for_it() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a, b = tenant(house, "a", 80), tenant(house, "b", 80)
    done = threading.Event()

    def other() -> None:
        visit(memory, b)
        done.set()

    with memory.use(a):
        thread = threading.Thread(target=other)
        thread.start()
        assert not done.wait(0.05)
        assert memory.loaded() == ["a"]
    thread.join(10)
    assert (done.is_set(), memory.loaded(), house.most["cpu"]) == (True, ["b"], 80)


def test_a_busy_expert_cannot_keep_another_out() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    busy, rare = tenant(house, "busy", 80), tenant(house, "rare", 80)
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            visit(memory, busy)

    crowd = [threading.Thread(target=keep_busy) for _ in range(4)]
    for each in crowd:
        each.start()
    try:
        with ThreadPoolExecutor(1) as alone:
            assert [alone.submit(visit, memory, rare).result(30) for _ in range(5)] == ["cpu"] * 5
    finally:
        stop.set()
        for each in crowd:
            each.join(10)


def test_what_is_measured_corrects_what_was_declared() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    liar, other = tenant(house, "liar", 1, really=70), tenant(house, "other", 50)
    visit(memory, other)
    visit(memory, liar)
    assert (memory.size_mb("liar"), memory.loaded(), memory.used_mb("cpu")) == (70, ["liar"], 70)
    visit(memory, other)
    house.most.clear()
    visit(memory, liar)  # from the second time on the room is made before it comes
    assert house.most["cpu"] == 70


def test_an_expert_that_can_never_fit_is_told_with_both_figures() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    for big in (tenant(house, "big", 150), tenant(house, "hidden", 1, really=150)):
        with pytest.raises(ExpertUnavailable, match=r"takes 150 MiB and models may take 100 MiB on cpu"):
            visit(memory, big)
    assert house.now.get("cpu", 0) == 0


def test_a_gpu_is_preferred_and_its_idle_experts_rest_on_the_cpu() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "fake:0": 50, "fake:1": 60}))
    a, b, c = (tenant(house, name, 50, accelerated=True, moves=True) for name in "abc")
    assert [visit(memory, each) for each in (a, b)] == ["fake:1", "fake:0"]
    homes = [visit(memory, each) for each in (c, a, b, c)]
    assert set(homes) <= {"fake:0", "fake:1"}
    assert memory.loads == 3  # the others came back from the CPU
    assert memory.moves >= 2
    assert house.most["fake:0"] <= 50
    assert house.most["fake:1"] <= 60
    assert house.most["cpu"] <= 100


def test_one_that_cannot_move_is_dropped_and_loaded_again() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "fake:0": 50}))
    a, b = (tenant(house, name, 40, accelerated=True) for name in "ab")
    assert [visit(memory, each) for each in (a, b, a)] == ["fake:0"] * 3
    assert (memory.loads, memory.loaded()) == (3, ["a"])


def test_one_that_breaks_on_its_way_to_another_device_is_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "fake:0": 50}))
    a, b = (tenant(house, name, 40, accelerated=True, moves=True) for name in "ab")

    def broken(self: Weighty, device: str) -> bool:
        raise RuntimeError("CUDA out of memory")

    visit(memory, a)
    visit(memory, b)  # the first rests on the CPU
    monkeypatch.setattr(Weighty, "move", broken)
    assert [visit(memory, each) for each in (a, b)] == ["fake:0"] * 2
    assert (memory.loads, memory.loaded(), memory.moves) == (4, ["b"], 0)
    assert {name: memory.used_mb(name) for name in ("cpu", "fake:0")} == house.now == {"cpu": 0, "fake:0": 40}


def test_one_that_ran_out_of_memory_has_the_others_of_its_device_moved_out_of_its_way() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "fake:0": 100}))
    a, b, c = (tenant(house, name, 30, accelerated=name != "c", moves=True) for name in "abc")
    for each in (a, b, c):
        visit(memory, each)
    assert memory.home(a) == "fake:0"
    memory.relieve("fake:0", of=a)
    assert memory.loaded() == ["a", "b", "c"]
    assert house.now == {"cpu": 60, "fake:0": 30}


def test_a_device_that_is_not_here_is_told_with_those_that_are() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    with pytest.raises(ExpertUnavailable, match=r"live on cuda:3, which models cannot use here; they can use cpu: "):
        visit(memory, tenant(house, "a", 10, accelerated=True, device="cuda:3"))


def test_one_too_large_for_every_gpu_runs_on_the_cpu() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "fake:0": 50}))
    assert visit(memory, tenant(house, "large", 80, accelerated=True)) == "cpu"
    assert visit(memory, tenant(house, "pinned", 10, accelerated=True, device="cpu")) == "cpu"


def test_two_that_use_each_other_and_cannot_both_fit_are_told_so() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a, b = tenant(house, "a", 60), tenant(house, "b", 60)
    with memory.use(a), pytest.raises(ExpertUnavailable, match="does not fit on cpu beside"):
        visit(memory, b)
    assert visit(memory, b) == "cpu"


def test_threads_that_wait_for_each_other_end() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a, b, c = tenant(house, "a", 50), tenant(house, "b", 50), tenant(house, "c", 50)
    both = threading.Barrier(2)

    def nested(outer: Tenant) -> str:
        with memory.use(outer):
            both.wait(10)
            try:
                return visit(memory, c)
            except ExpertUnavailable:
                return "no room"

    with ThreadPoolExecutor(2) as threads:
        ends = sorted(each.result(20) for each in [threads.submit(nested, a), threads.submit(nested, b)])
    assert ends in (["cpu", "no room"], ["no room", "no room"])


def test_a_load_that_fails_leaves_nothing_behind() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a = tenant(house, "a", 60)
    house.broken = True
    with pytest.raises(RuntimeError):
        visit(memory, a)
    assert (memory.used_mb("cpu"), memory.loaded()) == (0, [])
    house.broken = False
    assert visit(memory, a) == "cpu"


def test_an_abandoned_expert_is_replaced_and_counts_until_its_user_ends() -> None:
    house, memory = House(), Memory(Devices({"cpu": 100, "cuda": 0}))
    a = tenant(house, "a", 40)
    ends: list[Callable[[], None]] = []
    with memory.use(a) as resident:
        ends.append(memory.on_behalf(resident, lambda: None))
        memory.abandon(resident)
    assert (memory.loaded(), memory.used_mb("cpu")) == ([], 40)
    with memory.use(a) as another:
        assert another is not resident
        assert memory.used_mb("cpu") == 80
    ends[0]()
    assert memory.used_mb("cpu") == house.now["cpu"] == 40
