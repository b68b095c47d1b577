"""Requests of several programs are joined, sizes follow the memory, and batched answers are those of one by one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.support.faulty import Counting, FaultyMany

from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import Expert, ExpertPool, Profile, register
from sightline.tools.experts.base import ExpertRequest, Outcome
from sightline.tools.experts.batches import Batcher, BatchSize
from sightline.tools.experts.pool import PoolSettings
from sightline.tools.media import MediaStore
from sightline.tools.results import Answer, Result


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    Counting.batches_seen.clear()
    Counting.entered.clear()
    FaultyMany.batches_seen.clear()
    yield
    Counting.gate = None
    FaultyMany.room = 1000


def store() -> tuple[MediaStore, ImageRef]:
    media = MediaStore()
    return media, media.add(np.arange(40 * 40 * 3, dtype=np.uint32).astype(np.uint8).reshape(40, 40, 3))


@register
class RefusesLeft(Expert):
    """Knows what lies right of the fifth column."""

    name = "test-refuses-left"
    capabilities = ("caption",)

    def serve(self, request: ExpertRequest) -> Result:
        assert request.whole is not None
        if request.whole.box[0] < 5:
            raise OutsideWorld("too far left.")
        return Answer(text="right")


def counting(**settings: object) -> ExpertPool:
    return ExpertPool(
        Profile(name="t", experts={"caption": ("test-counting",)}),
        settings=PoolSettings(**settings),  # type: ignore[arg-type]
    )


def columns(ref: ImageRef, number: int) -> list[ImageRef]:
    return [ref.at(Box(x, 0, x + 1, 40)) for x in range(number)]


def test_requests_that_come_while_a_batch_runs_go_together_in_the_next() -> None:
    media, ref = store()
    pool = counting()
    Counting.gate = threading.Event()
    places = columns(ref, 13)
    with ThreadPoolExecutor(13) as threads:
        first = threads.submit(pool.serve, "caption", places[0], {}, media)
        assert Counting.entered.wait(10)
        others = [threads.submit(pool.serve, "caption", each, {}, media) for each in places[1:]]
        while pool.status()["experts"]["test-counting"]["asked"] < 13:
            pass
        Counting.gate.set()
        served = [each.result(10).data for each in (first, *others)]
    assert sum(Counting.batches_seen) == 13
    assert len(Counting.batches_seen) < 7
    alone = counting(batching=False)
    assert served == [alone.serve("caption", each, {}, media).data for each in places]


def test_a_list_of_regions_is_one_batch_and_not_more_than_one_takes() -> None:
    media, ref = store()
    pool = counting()
    served = pool.serve("caption", columns(ref, 20), {}, media)
    assert Counting.batches_seen == [16, 4]
    assert [each["text"] for each in served.data] == [
        each["text"] for each in counting(batching=False).serve("caption", columns(ref, 20), {}, media).data
    ]
    Counting.batches_seen.clear()
    pool.serve("caption", columns(ref, 22), {}, media)
    assert Counting.batches_seen == [2]  # the others are remembered


def test_what_one_expert_refuses_is_computed_together_by_the_next() -> None:
    media, ref = store()
    pool = ExpertPool(Profile(name="t", experts={"caption": ("test-refuses-left", "test-counting")}))
    places = columns(ref, 10)
    served = pool.serve("caption", places, {}, media)
    assert served.expert == "test-counting+test-refuses-left"
    assert Counting.batches_seen == [5]
    assert [each["text"] == "right" for each in served.data] == [place.box.left >= 5 for place in places]


def test_a_program_that_is_alone_is_not_made_to_wait() -> None:
    media, ref = store()
    pool = counting(window_s=30.0)  # the test would time out
    assert pool.serve("caption", ref, {}, media).data["confidence"] == 0.5


def test_sizes_are_halved_when_memory_runs_out_and_grow_back() -> None:
    size = BatchSize(16)
    size.too_much(16)
    assert size.now == 8
    size.too_much(5)
    assert size.now == 2
    for _ in range(200):
        size.went_well(size.now)
    assert size.now == 16
    size.went_well(16)
    assert size.now == 16


def test_a_batch_that_does_not_fit_is_cut_until_it_does_and_everybody_is_served() -> None:
    media, ref = store()
    FaultyMany.room = 3
    pool = ExpertPool(Profile(name="t", experts={"answer": ("test-faulty-many",)}))
    FaultyMany.remembered = True  # a list is computed together where results may be kept
    try:
        served = pool.serve("answer", columns(ref, 16), {"question": "well"}, media)
    finally:
        FaultyMany.remembered = False
    assert [each["text"] for each in served.data] == ["well"] * 16
    assert FaultyMany.batches_seen[0] == 16
    assert max(size for size in FaultyMany.batches_seen[3:]) <= 8
    assert sum(size for size in FaultyMany.batches_seen if size <= 3) == 16


def requests(number: int) -> list[ExpertRequest]:
    return [
        ExpertRequest(
            capability="caption",
            arguments=CAPABILITIES["caption"].check_arguments({}),
            pixels=np.full((1, 1, 3), n, np.uint8),
        )
        for n in range(number)
    ]


def test_only_what_goes_together_is_run_together_and_each_gets_its_own() -> None:
    runs: list[list[int]] = []

    def run(batch: Sequence[ExpertRequest]) -> list[Outcome]:
        runs.append([int(each.pixels[0, 0, 0]) for each in batch])
        return [Answer(text=str(each.pixels[0, 0, 0])) for each in batch]

    batcher = Batcher(run, BatchSize(4), window_s=0, others=lambda: 1)
    outcomes = batcher.ask(requests(10), ["even" if n % 2 == 0 else "odd" for n in range(10)])
    assert [each.text for each in outcomes if isinstance(each, Answer)] == [str(n) for n in range(10)]
    assert all(len({n % 2 for n in batch}) == 1 and len(batch) <= 4 for batch in runs)


def test_a_leader_that_is_interrupted_leaves_nobody_waiting() -> None:
    entered, interrupt = threading.Event(), threading.Event()

    def run(batch: Sequence[ExpertRequest]) -> list[Outcome]:
        if not entered.is_set():
            entered.set()
            assert interrupt.wait(10)
            raise KeyboardInterrupt
        return [Answer(text="here") for _ in batch]

    batcher = Batcher(run, BatchSize(4), window_s=0, others=lambda: 1)
    first, second = requests(2)
    with ThreadPoolExecutor(2) as threads:
        led = threads.submit(batcher.ask, [first], ["all"])
        assert entered.wait(10)
        followed = threads.submit(batcher.ask, [second], ["all"])
        interrupt.set()
        assert followed.result(10) == [Answer(text="here")]
        with pytest.raises(KeyboardInterrupt):
            led.result(10)


def test_many_threads_get_their_own_answers() -> None:
    def run(batch: Sequence[ExpertRequest]) -> list[Outcome]:
        return [Answer(text=str(each.pixels[0, 0, 0])) for each in batch]

    batcher = Batcher(run, BatchSize(5), window_s=0.001, others=lambda: 8)
    wanted = requests(200)

    def ask(n: int) -> str:
        (outcome,) = batcher.ask([wanted[n]], ["all"])
        assert isinstance(outcome, Answer)
        return outcome.text

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(200))) == [str(n) for n in range(200)]
