"""Experts that raise, hang, are killed, run out of memory or return garbage: a typed error for those that asked, and no
trace of it afterwards.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.faulty import Cramming, Faulty, FaultyMany, Tensor

from sightline.tools.api.refs import Box
from sightline.tools.errors import ExpertFailed, ExpertUnavailable, OutsideWorld
from sightline.tools.experts import ExpertPool, Profile
from sightline.tools.media import MediaStore

LONG = bool(os.environ.get("SIGHTLINE_LONG_TESTS"))  # a killed process costs most of a second


@pytest.fixture(autouse=True)
def _released() -> Iterator[None]:
    Faulty.release.clear()
    yield
    Faulty.release.set()


def store() -> tuple[MediaStore, Any]:
    media = MediaStore()
    return media, media.add(np.full((6, 8, 3), 7, np.uint8))


def pool(name: str, **settings: Any) -> ExpertPool:
    return ExpertPool(Profile(name="t", experts={"answer": (name,)}, settings={name: settings}))


def reason(experts: ExpertPool, how: str, media: MediaStore, ref: Any) -> str:
    with pytest.raises(ExpertFailed) as caught:
        experts.serve("answer", ref, {"question": how}, media)
    assert not any(part in str(caught.value) for part in ("/home", "secret", "\n"))
    assert caught.value.status == "expert_error"
    return str(caught.value.facts.get("reason"))


IN_PROCESS = {
    "raise": "raised",
    "memory": "memory",
    "hang": "hung",
    "verdict": "garbage",
    "none": "garbage",
}
APART = {**IN_PROCESS, "kill": "killed", "leave": "killed"}


@pytest.mark.parametrize("how", IN_PROCESS)
@pytest.mark.parametrize("name", ["test-faulty", "test-faulty-many"])
def test_a_fault_in_the_process_has_its_reason_and_the_next_call_works(name: str, how: str) -> None:
    media, ref = store()
    experts = pool(name, time_limit_s=0.1)
    assert reason(experts, how, media, ref) == IN_PROCESS[how]
    assert experts.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"


@pytest.mark.parametrize("how", APART)
def test_a_fault_in_a_process_of_its_own_has_its_reason_and_the_next_call_works(how: str) -> None:
    media, ref = store()
    experts = pool("test-faulty", isolated=True, time_limit_s=3.0)
    assert experts.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"
    assert reason(experts, how, media, ref) == APART[how]
    assert experts.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"
    experts.close()


def test_a_result_that_cannot_be_used_is_the_experts_failure() -> None:
    media, ref = store()
    experts = pool("test-faulty", isolated=True)
    assert reason(experts, "unusable", media, ref) == "garbage"
    experts.close()


def test_what_an_isolated_expert_does_not_know_is_passed_on() -> None:
    media, ref = store()
    experts = pool("test-faulty", isolated=True)
    with pytest.raises(OutsideWorld, match="does not know this"):
        experts.serve("answer", ref, {"question": "outside"}, media)
    experts.close()


def test_one_that_goes_on_hanging_is_not_asked_again_until_it_is_free() -> None:
    media, ref = store()
    experts = pool("test-faulty", time_limit_s=0.05)
    for _ in range(4):
        assert reason(experts, "hang", media, ref) == "hung"
    with pytest.raises(ExpertUnavailable, match="isolated = true"):
        experts.serve("answer", ref, {"question": "well"}, media)
    Faulty.release.set()
    settled(experts)
    assert experts.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"
    assert experts.status()["devices"]["cpu"]["used_mb"] == 10


@pytest.mark.parametrize("how", ["raise", "memory", "verdict", "outside"])
def test_in_a_batch_only_the_one_that_breaks_it_gets_the_error(how: str) -> None:
    media, ref = store()
    experts = pool("test-faulty-many")
    words = ["a", "b", how, "c", "d", "e", "f", "g"] * 3

    def ask(word: str) -> str:
        try:
            return str(experts.serve("answer", ref, {"question": word}, media).data["text"])
        except (ExpertFailed, OutsideWorld):
            return "error"

    FaultyMany.batches_seen.clear()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, words)) == ["error" if word == how else word for word in words]


def test_one_that_finds_no_memory_to_load_is_tried_again_with_the_idle_ones_gone() -> None:
    media, ref = store()
    experts = ExpertPool(Profile(name="t", experts={"caption": ("test-cramped",), "answer": ("test-spacious",)}))
    experts.serve("answer", ref, {"question": "x"}, media)
    assert experts.serve("caption", ref, {}, media).data["text"] == "there was room"
    assert experts.loaded() == ["test-cramped"]
    experts.close()


@pytest.mark.parametrize("isolated", [False, True])
def test_what_was_computed_before_memory_ran_out_is_gone_when_the_halves_are_tried(isolated: bool) -> None:
    media, ref = store()
    experts = pool("test-cramming", isolated=isolated, most_at_once=4)
    Cramming.batches_seen.clear()
    places = [ref.at(Box(n, 0, n + 1, 6)) for n in range(4)]
    told = experts.serve("answer", places, {"question": "1"}, media).data
    assert [each["text"] for each in told] == ["with 2"] * 4
    assert Cramming.batches_seen == ([] if isolated else [4, 2, 2])
    experts.close()


def test_an_error_that_is_kept_keeps_nothing_that_was_computed() -> None:
    media, ref = store()
    experts = pool("test-cramming")
    with pytest.raises(ExpertFailed, match="ran out of memory") as caught:
        experts.serve("answer", ref, {"question": "4"}, media)
    assert (caught.value.facts["reason"], Tensor.now) == ("memory", 0)


def test_a_hanging_one_takes_none_of_its_batch_along() -> None:
    media, ref = store()
    experts = pool("test-faulty-many", time_limit_s=0.3)
    together = threading.Barrier(4)

    def ask(word: str) -> str:
        together.wait(10)
        try:
            return str(experts.serve("answer", ref, {"question": word}, media).data["text"])
        except (ExpertFailed, ExpertUnavailable) as error:
            return str(error.facts["reason"])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, ["a", "hang", "b", "c"])) == ["a", "hung", "b", "c"]


def here() -> tuple[int, int, int]:
    """Threads, open files and children of this process."""
    gc.collect()
    children = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children += int(stat.read_text().rsplit(")", 1)[1].split()[1]) == os.getpid()
        except OSError:
            continue
    return threading.active_count(), len(os.listdir("/proc/self/fd")), children


def settled(experts: ExpertPool) -> None:
    """Until the threads that hung have let go of what they held."""
    until = time.monotonic() + 10
    while experts.status()["devices"]["cpu"]["used_mb"] > 10 and time.monotonic() < until:
        threading.Event().wait(0.001)


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what the kernel shows under /proc")
def test_two_hundred_rounds_of_faults_leave_nothing_behind() -> None:
    media, ref = store()
    near = pool("test-faulty", time_limit_s=0.02)
    many = pool("test-faulty-many")
    faults = ["raise", "memory", "verdict", "none", "hang"]

    def round_of(n: int) -> None:
        how = faults[n % len(faults)]
        Faulty.release.clear()
        assert reason(near, how, media, ref) == IN_PROCESS[how]
        Faulty.release.set()
        settled(near)
        if how != "hang":
            assert reason(many, how, media, ref) == IN_PROCESS[how]
        assert near.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"

    for n in range(20):
        round_of(n)
    before, memory = here(), rss_mb()
    for n in range(200):
        round_of(n)
    assert here() == before
    assert rss_mb() - memory < 20
    assert near.status()["devices"]["cpu"]["used_mb"] == 10


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what the kernel shows under /proc")
@pytest.mark.timeout(600)
def test_many_killed_processes_leave_nothing_behind() -> None:
    media, ref = store()
    experts = pool("test-faulty", isolated=True)
    assert reason(experts, "kill", media, ref) == "killed"
    before, memory = here(), rss_mb()
    for _ in range(200 if LONG else 30):
        assert reason(experts, "kill", media, ref) == "killed"
    # threads that hung in an earlier test may have ended meanwhile
    assert all(now <= then for now, then in zip(here(), before, strict=True))
    assert rss_mb() - memory < 20
    assert experts.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"
    experts.close()
