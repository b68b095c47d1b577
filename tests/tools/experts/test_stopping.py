"""Work that nobody waits for ends: by a stop button, by the wall clock, and in a server whose client has hung up."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from tests.support.clips import Mover, film, write_clip

from sightline.agent import Agent, Settings
from sightline.agent.eval.spoken import speak
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.sandbox import Limits
from sightline.tools.api.stopping import Stopped, current_check, stopped_by
from sightline.tools.experts import ExpertPool, Profile, register
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.client import ExpertClient
from sightline.tools.experts.server import ExpertServer
from sightline.tools.media import MediaStore
from sightline.tools.mllm.clips.files import write_mp4
from sightline.tools.results_in_time import Shots, Tracks

TRACKS = """
def execute_command(video):
    return len(VideoSegment(video).track("anything"))
"""


@register
class Tireless(Expert):
    """Looks at a video's frames again and again, and would do so for ever."""

    name = "test-tireless"
    capabilities = ("track", "shots")
    thread_safe = True
    at_work: ClassVar[threading.Event] = threading.Event()
    ended: ClassVar[threading.Event] = threading.Event()

    def serve(self, request: ExpertRequest) -> Tracks | Shots:
        assert request.footage is not None
        if request.capability == "track":
            request.footage.ask_all("shots", {})  # the work is done on behalf of another
        try:
            while True:
                request.footage.pixels(0)
                self.at_work.set()
        finally:
            self.ended.set()


@pytest.fixture
def pool() -> Iterator[ExpertPool]:
    Tireless.at_work.clear()
    Tireless.ended.clear()
    made = ExpertPool(Profile(name="tireless", experts={"track": ("test-tireless",), "shots": ("test-tireless",)}))
    yield made
    made.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shown = film(movers=[Mover(color="red", path=lambda t: (40 + 50 * t, 120))])
    return write_clip(tmp_path_factory.mktemp("stopping") / "clip.mp4", shown, seconds=1.0)


def asking(pool: ExpertPool, *, within_s: float = 600.0) -> Agent:
    settings = Settings(video_memory=False, repairs=0, limits=Limits(wall_s=within_s), video_wall_s=within_s)
    return Agent(planner=ScriptedPlanner(TRACKS), pool=pool, settings=settings)


def test_a_stop_button_ends_an_expert_that_looks_at_a_video(pool: ExpertPool, clip: Path) -> None:
    stop = threading.Event()
    answers = []
    with asking(pool) as agent:
        thread = threading.Thread(target=lambda: answers.append(agent.ask("How many?", clip, cancel=stop)))
        thread.start()
        assert Tireless.at_work.wait(60)
        stop.set()
        thread.join(20)
    assert Tireless.ended.is_set()
    assert (answers[0].status, answers[0].reason) == ("limit", "Cancelled: the run was cancelled")
    (step,) = answers[0].trace.steps
    assert step.error is not None
    assert step.error.message == "it was stopped"


def test_so_does_the_wall_clock(pool: ExpertPool, clip: Path) -> None:
    with asking(pool, within_s=2.0) as agent:
        answer = agent.ask("How many?", clip)
    assert Tireless.ended.is_set()
    assert answer.status == "timeout"
    assert "longer than 2 s" in answer.reason


def test_a_server_stops_when_its_client_has_hung_up(pool: ExpertPool, clip: Path, tmp_path: Path) -> None:
    server = ExpertServer(pool, tmp_path / "experts.sock")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = ExpertClient(server.where)
    store = MediaStore()

    def check() -> None:
        if Tireless.at_work.is_set():
            raise Stopped

    try:
        with stopped_by(check), pytest.raises(Stopped):
            client.serve("track", store.add_video(clip, samples=5), {"name": "anything"}, store)
        assert Tireless.ended.wait(20)
    finally:
        store.rest()
        client.close()
        server.close()
        thread.join(10)


def test_one_who_waits_for_the_work_of_another_need_not_wait(pool: ExpertPool, clip: Path) -> None:
    store = MediaStore()
    ref = store.add_video(clip, samples=5)
    enough = threading.Event()

    def first() -> None:
        def check() -> None:
            if enough.is_set():
                raise Stopped

        with stopped_by(check), pytest.raises(Stopped):
            pool.serve("track", ref, {"name": "anything"}, store)

    def second() -> None:
        raise Stopped

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert Tireless.at_work.wait(60)
        with stopped_by(second), pytest.raises(Stopped):
            pool.serve("track", ref, {"name": "anything"}, store)
        assert not Tireless.ended.is_set()
    finally:
        enough.set()
        thread.join(20)
        store.rest()
    assert Tireless.ended.is_set()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_recogniser_that_was_stopped_hears_again(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    path = tmp_path / "speech.mp4"
    sound = np.concatenate([np.zeros(4000, np.int16), speak("listen to the radio")])
    write_mp4(path, np.zeros((4, 32, 32, 3), np.uint8), 1, sound=sound)
    pool = ExpertPool(Profile(name="hearing", experts={"transcribe": ("sphinx-speech",)}))
    store = MediaStore()
    ref = store.add_video(path, samples=4)
    looks = iter([None, None])

    def check() -> None:
        if next(looks, "enough"):
            raise Stopped

    with stopped_by(check), pytest.raises(Stopped):
        pool.serve("transcribe", ref, {}, store)
    assert pool.serve("transcribe", ref, {}, store).data["segments"]
    store.rest()


def test_outside_of_the_block_nothing_is_stopped() -> None:
    def check() -> None:
        raise Stopped

    began = time.monotonic()
    with stopped_by(check):
        assert current_check() is check
    current_check()()
    assert time.monotonic() - began < 5
