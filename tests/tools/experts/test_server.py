"""The expert server: several processes share one pool, and its client is a pool like any other."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.blobs import scene
from tests.support.clips import Film, Mover, write_clip
from tests.support.faulty import Counting, Faulty

from sightline.tools.api import VideoSegment
from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.api.runtime import use_runtime
from sightline.tools.errors import ApiMisuse, BadRequest, ExpertFailed, ExpertUnavailable, OutsideWorld
from sightline.tools.experts import ExpertPool, InProcessRuntime, Profile
from sightline.tools.experts.addresses import Port, parsed, token_of
from sightline.tools.experts.client import ExpertClient
from sightline.tools.experts.server import ExpertServer
from sightline.tools.media import MediaStore

ROOT = Path(__file__).resolve().parents[3]
EXPERTS = {
    "caption": ("test-counting",),
    "answer": ("test-faulty",),
    "detect": ("test-blobs",),
    "foreground": ("saliency-grabcut",),
    "edges": ("canny-edges",),
    "shots": ("cut-finder",),
    "select_answer": ("lexical-choice",),
}


@pytest.fixture
def pool() -> ExpertPool:
    return ExpertPool(Profile(name="shared", description="d", experts=EXPERTS))


@pytest.fixture
def server(tmp_path: Path, pool: ExpertPool) -> Iterator[ExpertServer]:
    made = ExpertServer(pool, tmp_path / "experts.sock")
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.close()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def client(server: ExpertServer) -> Iterator[ExpertClient]:
    made = ExpertClient(server.where)
    yield made
    made.close()


def picture() -> tuple[MediaStore, ImageRef]:
    media = MediaStore()
    return media, media.add(scene(("red", (20, 20, 60, 70)), ("blue", (100, 30, 140, 60))))


def test_it_says_who_serves_what(client: ExpertClient, pool: ExpertPool) -> None:
    assert client.capabilities == pool.capabilities
    assert client.world == pool.world
    assert client.multimodal == pool.multimodal
    assert client.profile.name == "shared"
    assert client.profile.experts == pool.profile.experts
    assert client.reason("caption") is None
    assert "depth" in str(client.reason("depth"))
    assert client.loaded() == []


@pytest.mark.parametrize(
    ("capability", "arguments"),
    [("detect", {"names": ["red", "blue"]}), ("foreground", {}), ("edges", {}), ("caption", {})],
)
def test_answers_are_those_of_a_pool_of_ones_own(
    client: ExpertClient, capability: str, arguments: dict[str, Any]
) -> None:
    (theirs, ref), (ours, _) = picture(), picture()
    far = client.serve(capability, ref, arguments, theirs)
    near = ExpertPool(Profile(name="own", experts=EXPERTS)).serve(capability, ref, arguments, ours)
    assert far.data == near.data
    assert (far.expert, far.version, far.confidence) == (near.expert, near.version, near.confidence)
    if capability == "foreground":
        mask = far.data[0]["mask"]
        assert np.array_equal(theirs.mask(mask), ours.mask(mask))
    if capability == "edges":
        assert theirs.knows(far.data["image"]["media"])
        again = ImageRef.whole(far.data["image"]["media"], 200, 100)
        assert client.serve("caption", again, {}, theirs).data["confidence"] == 0.5


def test_lists_and_nothing_are_asked_as_of_a_pool(client: ExpertClient) -> None:
    media, ref = picture()
    places = [ref, ref.at(Box(0, 0, 10, 10))]
    assert len(client.serve("caption", places, {}, media).data) == 2
    assert client.serve("caption", [], {}, media).data == []
    chosen = client.serve("select_answer", [], {"info": {"a": "red"}, "question": "?", "options": ["red"]}, media)
    assert chosen.data == {"text": "red"}


def test_errors_are_those_of_a_pool(client: ExpertClient) -> None:
    media, ref = picture()
    with pytest.raises(OutsideWorld, match="blob finder"):
        client.serve("detect", ref, {"names": ["horse"]}, media)
    with pytest.raises(ApiMisuse):
        client.serve("detect", ref, {"names": 3}, media)
    with pytest.raises(ApiMisuse):
        client.serve("caption", "x", {}, media)  # type: ignore[arg-type]
    with pytest.raises(ExpertUnavailable, match="depth"):
        client.serve("depth", ref, {}, media)
    with pytest.raises(ExpertFailed) as caught:
        client.serve("answer", ref, {"question": "raise"}, media)
    assert caught.value.facts["reason"] == "raised"
    assert client.serve("answer", ref, {"question": "well"}, media).data["text"] == "well"


def test_pixels_are_sent_once_and_results_are_shared_between_clients(
    server: ExpertServer, client: ExpertClient, pool: ExpertPool
) -> None:
    media, ref = picture()
    other_media, _ = picture()
    assert not client.serve("caption", ref, {}, media).cached
    other = ExpertClient(server.where)
    assert other.serve("caption", ref, {}, other_media).cached
    assert pool.computed == 1
    other.close()


def test_a_mask_goes_along_with_the_region_that_it_belongs_to(client: ExpertClient) -> None:
    media, ref = picture()
    mask = np.zeros((10, 10), np.bool_)
    mask[2:5] = True
    masked = ref.at(Box(0, 0, 10, 10), mask=media.add_mask(mask))
    assert client.serve("caption", masked, {}, media).data["confidence"] == 0.5


def test_a_video_is_walked_over_the_socket_with_the_next_frames_ahead(
    client: ExpertClient, pool: ExpertPool, tmp_path: Path
) -> None:
    Counting.batches_seen.clear()
    shown = Film(movers=(Mover(color="red", path=lambda t: (40 + 20 * t, 60)),))
    media = MediaStore()
    ref = media.add_video(write_clip(tmp_path / "walk.mp4", shown, seconds=4.0, fps=10), samples=30)
    with use_runtime(InProcessRuntime(client, media)):
        far = [frame.caption() for frame in VideoSegment(ref).frame_iterator()]
        assert VideoSegment(ref).shots()
    assert len(Counting.batches_seen) < 15
    own = ExpertPool(Profile(name="own", experts=EXPERTS))
    with use_runtime(InProcessRuntime(own, media)):
        assert far == [frame.caption() for frame in VideoSegment(ref).frame_iterator()]
    media.rest()


def test_many_threads_of_a_client_are_served_at_once(client: ExpertClient) -> None:
    media, ref = picture()
    own = ExpertPool(Profile(name="own", experts=EXPERTS))
    places = [ref.at(Box(x, 0, x + 5, 50)) for x in range(60)]
    with ThreadPoolExecutor(8) as threads:
        far = list(threads.map(lambda place: client.serve("caption", place, {}, media).data, places))
    assert far == [own.serve("caption", place, {}, media).data for place in places]


def test_only_its_owner_may_open_the_socket(server: ExpertServer) -> None:
    assert isinstance(server.where, Path)
    assert server.where.stat().st_mode & 0o777 == 0o600


def test_a_second_server_is_refused_and_one_that_is_gone_is_replaced(server: ExpertServer, pool: ExpertPool) -> None:
    with pytest.raises(BadRequest, match="already listens"):
        ExpertServer(pool, server.where)
    server.close()
    with pytest.raises(BadRequest, match="sightline experts serve"):
        ExpertClient(server.where)
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stale.bind(str(server.where))
    stale.close()
    again = ExpertServer(pool, server.where)
    again.close()


@pytest.mark.parametrize(
    "data",
    [b"\0\0\0\0", struct.pack("<I", 5) + b"hello", struct.pack("<I", 0xFFFFFFFF), struct.pack("<I", 9) + b"\x81"],
)
def test_a_client_that_talks_nonsense_is_hung_up_on_and_hurts_nobody(
    server: ExpertServer, client: ExpertClient, data: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(str(server.where))
        stranger.sendall(data)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(10)
        assert stranger.recv(1) == b""
    media, ref = picture()
    assert client.serve("caption", ref, {}, media).data["confidence"] == 0.5


def test_a_server_that_goes_is_an_expert_that_was_killed(server: ExpertServer, client: ExpertClient) -> None:
    media, ref = picture()
    Faulty.release.clear()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.serve, "answer", ref, {"question": "hang"}, media)
        while not client.loaded():
            pass
        server.close()
        with pytest.raises(ExpertFailed) as caught:
            waiting.result(20)
    Faulty.release.set()
    assert caught.value.facts["reason"] == "killed"
    with pytest.raises((BadRequest, ExpertFailed)):
        client.serve("answer", ref, {"question": "well"}, media)


# -- over a port --

TOKEN = "a token of some length"


@pytest.fixture
def port(pool: ExpertPool) -> Iterator[ExpertServer]:
    made = ExpertServer(pool, Port("127.0.0.1", 0), token=TOKEN)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.close()
    thread.join(10)
    assert not thread.is_alive()


def test_over_a_port_answers_are_those_of_the_socket(port: ExpertServer, pool: ExpertPool, tmp_path: Path) -> None:
    client = ExpertClient(str(port.where), token=TOKEN)
    media, ref = picture()
    found = client.serve("foreground", ref, {}, media).data
    own, _ = picture()
    assert found == pool.serve("foreground", ref, {}, own).data
    assert np.array_equal(media.mask(found[0]["mask"]), own.mask(found[0]["mask"]))
    shown = Film(movers=(Mover(color="red", path=lambda t: (40 + 20 * t, 60)),))
    film = media.add_video(write_clip(tmp_path / "film.mp4", shown, seconds=2.0, fps=10), samples=10)
    with use_runtime(InProcessRuntime(client, media)):
        assert VideoSegment(film).shots()
    media.rest()
    client.close()


@pytest.mark.parametrize("said", [None, "another token of some length", ""])
def test_who_does_not_say_the_token_is_told_nothing(port: ExpertServer, pool: ExpertPool, said: str | None) -> None:
    with pytest.raises((BadRequest, ExpertFailed)) as caught:
        ExpertClient(str(port.where), token=said)
    assert pool.computed == 0
    assert said is None or "does not know this token" in str(caught.value)


def test_a_stranger_may_not_send_much(port: ExpertServer) -> None:
    assert isinstance(port.where, Port)
    with socket.create_connection((port.where.host, port.where.port), timeout=10) as stranger:
        stranger.sendall(struct.pack("<I", 1 << 20))
        assert stranger.recv(1 << 12) == b""


def test_a_port_needs_a_token_and_stays_on_this_machine_unless_told_otherwise(pool: ExpertPool) -> None:
    with pytest.raises(BadRequest, match="token"):
        ExpertServer(pool, Port("127.0.0.1", 0))
    with pytest.raises(BadRequest, match="--anywhere"):
        ExpertServer(pool, Port("0.0.0.0", 0), token=TOKEN)
    ExpertServer(pool, Port("0.0.0.0", 0), token=TOKEN, anywhere=True).close()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tcp://127.0.0.1:7400", Port("127.0.0.1", 7400)),
        ("tcp://[::1]:7400", Port("::1", 7400)),
        ("/run/experts.sock", Path("/run/experts.sock")),
        (Path("/run/experts.sock"), Path("/run/experts.sock")),
        (Path("tcp://127.0.0.1:7400"), Port("127.0.0.1", 7400)),
    ],
)
def test_an_address_is_a_path_or_a_port(text: str | Path, meant: Path | Port) -> None:
    assert parsed(text) == meant


@pytest.mark.parametrize("text", ["tcp://", "tcp://here", "tcp://127.0.0.1:x", "tcp://127.0.0.1:70000"])
def test_what_names_no_port_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="names no port"):
        parsed(text)


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "token"
    made = token_of(file, make=True)
    assert (token_of(file), token_of(file, make=True)) == (made, made)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadRequest, match="cannot be used"):
        token_of(tmp_path / "none")
    (tmp_path / "short").write_text("x")
    with pytest.raises(BadRequest, match="holds no token"):
        token_of(tmp_path / "short")


@pytest.mark.slow
def test_the_command_serves_other_processes_and_leaves_when_told(tmp_path: Path) -> None:
    where = tmp_path / "experts.sock"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [
        sys.executable,
        "-c",
        "from sightline.ui.cli import main; main()",
        "experts",
        "serve",
        "--socket",
        str(where),
    ]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert "listen at" in process.stderr.readline()
        client = ExpertClient(where)
        media, ref = picture()
        assert client.serve("color", ref, {}, media).expert
        assert "named-colors" in client.loaded()
        client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not where.exists()
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
