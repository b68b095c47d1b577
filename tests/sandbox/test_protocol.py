"""The host's end of the pipe against a worker that sends whatever it likes."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.sandbox import Limits, ProgramFault
from sightline.sandbox.channel import PipeChannel
from sightline.sandbox.session import Session
from sightline.sandbox.wire import MAX_FRAME, BadFrame, Encoder, decode, frame_length
from sightline.sandbox.workers import ExitReport
from sightline.tools.api import ImagePatch, ImageRef, LineSegment
from sightline.tools.errors import SightlineError

from .stub import IMAGE, StubRuntime

TARGET = msgpack.packb(IMAGE.to_wire())
OTHER = msgpack.packb(ImageRef.whole("f" * 64, 9, 9).to_wire())
PLAIN = (type(None), bool, int, float, str, bytes, list, tuple, set, frozenset, dict, ImagePatch, LineSegment)


class FakeWorker:
    """Has already sent everything that it will ever send."""

    def __init__(self, sent: bytes) -> None:
        ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._theirs.sendall(sent)
        self._theirs.shutdown(socket.SHUT_WR)
        descriptor = ours.detach()
        self.channel = PipeChannel(descriptor, descriptor)

    def finish(self) -> ExitReport:
        self.channel.close()
        self._theirs.close()
        return ExitReport(0, 0, 0.0, 0)


def framed(*messages: Any) -> bytes:
    packed = [message if isinstance(message, bytes) else msgpack.packb(message) for message in messages]
    return b"".join(struct.pack("<I", len(data)) + data for data in packed)


def serve(sent: bytes, **limits: Any) -> tuple[Any, ProgramFault | None, StubRuntime]:
    runtime = StubRuntime()
    limit = Limits(wall_s=20.0, **limits)
    session = Session(FakeWorker(sent), runtime=runtime, limits=limit, on_call=None, cancel=None)  # type: ignore[arg-type]
    value, fault, _ = session.run("result = 1", {"image": IMAGE}, language_wall=True)
    return value, fault, runtime


def all_plain(value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(all_plain, value))
    if isinstance(value, dict):
        return all(map(all_plain, value)) and all(map(all_plain, value.values()))
    return type(value) in PLAIN


def check(sent: bytes) -> None:
    """Whatever was sent: no exception, plain values, and experts asked only about what was granted, with plain data."""
    value, fault, runtime = serve(sent)
    assert all_plain(value)
    assert fault is None or (value is None and isinstance(fault, ProgramFault))
    for capability, target, arguments in runtime.asked:
        assert type(capability) is str
        for reference in target if isinstance(target, list) else [target]:
            assert type(reference) is ImageRef
            assert reference.media == IMAGE.media
        assert type(arguments) is dict
        assert all(type(key) is str for key in arguments)


def test_an_honest_exchange_is_served() -> None:
    call = ["call", 3, "answer", TARGET, {"question": "what?"}]
    value, fault, runtime = serve(framed(["print", "hello"], call, ["done", ["tuple", 1, ["list", "a"]], [1, 2]]))
    assert (value, fault) == ((1, ["a"]), None)
    assert runtime.asked == [("answer", IMAGE, {"question": "what?"})]


BROKEN = {
    "nothing": b"",
    "half a header": b"\x05\x00",
    "half a frame": struct.pack("<I", 100) + b"\x93",
    "no length": struct.pack("<I", 0),
    "too long": struct.pack("<I", 0xFFFFFFFF) + b"x",
    "one more than the most": struct.pack("<I", MAX_FRAME + 1),
    "a pickle": framed(b"\x80\x04cos\nsystem\n(S'true'\ntR."),
    "deep nesting": framed(b"\x91" * 100_000 + b"\xc0"),
    "a map of four billion": framed(b"\xdf\xff\xff\xff\xff"),
    "bytes of four billion": framed(b"\xc6\xff\xff\xff\xff"),
    "text of four billion": framed(b"\x92\xa4done\xdb\xff\xff\xff\xff"),
    "text that is not utf-8": framed(b"\x92\xa5print\xa2\xff\xfe"),
    "an extension": framed(b"\xd4\x01\x00"),
    "an empty extension": framed(b"\xc7\x00\x05"),
    "a timestamp": framed(b"\xd6\xff\x00\x00\x00\x00"),
    "two values in a frame": framed(msgpack.packb(["print", "a"]) + b"\x01"),
    "not a list": framed({"call": 1}),
    "an empty list": framed([]),
    "an unknown message": framed(["close"]),
    "a python name": framed(["__init__", 1]),
    "a message named by a number": framed([1, 2]),
    "print without text": framed(["print"]),
    "print of bytes": framed(["print", b"x"]),
    "done with too much": framed(["done", 1, [], 4]),
    "done without lines": framed(["done", 1, "x"]),
    "lines that are not numbers": framed(["done", 1, [True]]),
    "an untagged list": framed(["done", [1, 2], []]),
    "an empty container": framed(["done", [], []]),
    "a naked map": framed(["done", {"a": 1}, []]),
    "an unknown tag": framed(["done", ["object", 1], []]),
    "a dict with a missing value": framed(["done", ["dict", 1], []]),
    "a dict with a list for key": framed(["done", ["dict", ["list"], 1], []]),
    "a set of dicts": framed(["done", ["set", ["dict"]], []]),
    "nested too deep": framed(["done", eval("[" * 40 + "1" + "]" * 40), []]),
    "an enormous number": framed(["done", ["int", b"\xff" * 100_000], []]),
    "a line that is none": framed(["done", ["line", 1, 2, 3, "4"], []]),
    "a patch without reference": framed(["done", ["image", 1, None, None, None, [], None], []]),
    "a patch with a word for track": framed(["done", ["image", IMAGE.to_wire(), None, None, None, [], "a"], []]),
    "a record of no kind": framed(["done", ["record"], []]),
    "a record of an unknown kind": framed(["done", ["record", "Popen", "true"], []]),
    "a record of too few fields": framed(["done", ["record", "Moment", 1.0, 2.0], []]),
    "a record with a word for a number": framed(["done", ["record", "Moment", 1.0, 2.0, "a"], []]),
    "a track of nothing": framed(["done", ["record", "Track", 1, "car", ["tuple"], True, True], []]),
    "a patch with a number for label": framed(["done", ["image", IMAGE.to_wire(), 5, None, None, [], None], []]),
    "a fault that is none": framed(["fault", 1, 2, 3, 4, 5]),
    "a fault with a false line": framed(["fault", "E", "text", "3", False, []]),
    "a call without target": framed(["call", 1, "answer", {}]),
    "a call of a path": framed(["call", 1, "../../etc", TARGET, {}]),
    "a call with a number for line": framed(["call", "1", "answer", TARGET, {}]),
    "a call with a negative line": framed(["call", -1, "answer", TARGET, {}]),
    "a call with arguments in a list": framed(["call", 1, "answer", TARGET, []]),
    "a call with bytes": framed(["call", 1, "answer", TARGET, {"question": b"x"}]),
    "a call with keys of bytes": framed(["call", 1, "answer", TARGET, {b"question": "x"}]),
    "a target that is text": framed(["call", 1, "answer", "x" * 64, {}]),
    "a target that is garbage": framed(["call", 1, "answer", b"\xc1", {}]),
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_message_ends_the_program_and_nothing_else(sent: bytes) -> None:
    value, fault, runtime = serve(sent)
    assert value is None
    assert fault is not None
    assert fault.status in ("limit", "api_misuse")
    assert runtime.asked == []


def test_a_picture_that_was_never_given_is_refused_in_calls_and_in_results() -> None:
    _, fault, runtime = serve(framed(["call", 1, "answer", OTHER, {"question": "x"}], ["done", None, []]))
    assert fault is None
    assert runtime.asked == []
    wire = ImageRef.whole("f" * 64, 9, 9).to_wire()
    value, fault, _ = serve(framed(["done", ["image", wire, None, None, None, [], None], []]))
    assert value is None
    assert fault is not None
    assert fault.type == "ApiMisuse"


def test_numbers_of_one_hash_do_not_keep_the_host_busy() -> None:
    prime = 2**61 - 1
    numbers = [["int", (prime * n).to_bytes(16, "little")] for n in range(1, 2000)]
    _, fault, _ = serve(framed(["done", ["set", *numbers], []]))
    assert fault is not None


def test_a_foul_fault_is_shown_clean() -> None:
    sent = framed(["fault", "E\x1b[2J", "\x1b[2J\x07text\n" + "x" * 10_000, 3, True, []])
    _, fault, _ = serve(sent)
    assert fault is not None
    assert fault.type == "Exception"
    assert "\x1b" not in fault.message
    assert len(fault.message) <= 2000


def test_a_worker_that_asks_and_never_reads_is_ended_in_time() -> None:
    call = framed(["call", 1, "answer", TARGET, {"question": "x" * 50}])
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    theirs.setblocking(False)
    sent = 0
    while sent < 400:
        try:
            theirs.send(call)
        except BlockingIOError:
            break
        sent += 1

    descriptor = ours.detach()

    class Deaf:
        channel = PipeChannel(descriptor, descriptor)

        def finish(self) -> ExitReport:
            self.channel.close()
            theirs.close()
            return ExitReport(9, 0, 0.0, 0)

    answer = {"text": "y" * 20_000, "confidence": 1.0}
    limits = Limits(wall_s=0.3, calls=10**6, question_chars=10**9)
    session = Session(Deaf(), runtime=StubRuntime(answer=answer), limits=limits, on_call=None, cancel=None)  # type: ignore[arg-type]
    _, fault, _ = session.run("result = 1", {"image": IMAGE}, language_wall=True)
    assert fault is not None
    assert fault.type == "ProgramTimeout"


@pytest.mark.parametrize("drips", ["writes", "reads"])
def test_a_worker_that_lets_bytes_drip_is_ended_in_time(drips: str) -> None:
    ours, theirs = socket.socketpair()
    descriptor = ours.detach()
    over = threading.Event()
    call = framed(["call", 1, "answer", TARGET, {"question": "x"}])

    def drip() -> None:
        with theirs, contextlib.suppress(OSError):
            theirs.sendall(struct.pack("<I", MAX_FRAME) if drips == "writes" else call)
            while not over.wait(0.002):  # always something to do, never done
                _ = theirs.send(b"x") if drips == "writes" else theirs.recv(1)

    class Dripping:
        channel = PipeChannel(descriptor, descriptor)

        def finish(self) -> ExitReport:
            over.set()
            self.channel.close()
            return ExitReport(9, 0, 0.0, 0)

    thread = threading.Thread(target=drip)
    thread.start()
    runtime = StubRuntime(answer={"text": "y" * 1_000_000, "confidence": 1.0})
    session = Session(Dripping(), runtime=runtime, limits=Limits(wall_s=0.3), on_call=None, cancel=None)  # type: ignore[arg-type]
    _, fault, _ = session.run("result = 1", {"image": IMAGE}, language_wall=True)
    thread.join()
    assert fault is not None
    assert fault.type == "ProgramTimeout"


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another thread"])
@pytest.mark.parametrize("piece", [1, 3, 5, 1000, 1 << 17])
def test_a_frame_arrives_whole_in_whatever_pieces_it_was_sent(piece: int, beside: bool) -> None:
    messages = [["print", "x" * size] for size in ((0, 1, 300, 3, 2) if piece < 1000 else (0, 70_000, 3, 200_000))]
    sent = framed(*messages)
    reader, writer = os.pipe()
    channel = PipeChannel(reader, os.dup(reader))

    def write() -> None:
        for at in range(0, len(sent), piece):
            view = memoryview(sent)[at : at + piece]
            while view:
                view = view[os.write(writer, view) :]
        os.close(writer)

    thread = threading.Thread(target=write)
    for step in (thread.start, channel.prepare) if beside else (channel.prepare, thread.start):
        step()
    received = []
    for _ in messages:
        payload = channel.receive(lambda: None)
        assert payload is not None
        received.append(decode(payload))
    assert received == messages
    assert channel.receive(lambda: None) is None
    thread.join()
    channel.close()


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.sampled_from(
        [
            "call",
            "done",
            "print",
            "fault",
            "answer",
            "detect",
            "list",
            "dict",
            "tuple",
            "set",
            "image",
            "int",
            "line",
            "record",
            "Track",
        ]
    ),
    st.sampled_from([TARGET, OTHER, {"question": "x"}, {"names": ["cup"]}]),
)
messages = st.recursive(
    atoms,
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(messages, max_size=3))
def test_any_messages(sent: list[Any]) -> None:
    check(framed(*sent))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["call", "done", "print", "fault"]), st.lists(messages, max_size=5))
def test_any_fields_of_a_known_message(kind: str, fields: list[Any]) -> None:
    check(framed([kind, *fields]))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(sent: bytes) -> None:
    check(sent)


def mutations(seed: int, count: int) -> list[bytes]:
    """Honest traffic with a few bytes changed, cut, doubled or swapped, or a field replaced by another."""
    choose = random.Random(seed)
    fields = [
        None,
        True,
        -1,
        2**63,
        0.5,
        "",
        "answer",
        b"",
        TARGET,
        OTHER,
        [],
        ["list"],
        {},
        {"question": "x"},
        "x" * 5000,
    ]
    honest: list[list[Any]] = [
        ["call", 3, "answer", TARGET, {"question": "what?"}],
        ["call", 3, "detect", [TARGET, TARGET], {"names": ["cup"]}],
        ["print", "hello"],
        [
            "done",
            [
                "dict",
                "a",
                ["tuple", 1, ["set", 2, 3]],
                "b",
                ["image", IMAGE.to_wire(), "cup", 0.5, None, [1.0, 2.0], 3],
            ],
            [1, 2, 3],
        ],
        ["fault", "ValueError", "text", 4, False, [1]],
    ]
    made = []
    for _ in range(count):
        chosen = [list(choose.choice(honest)) for _ in range(choose.randint(1, 3))]
        if choose.random() < 0.5:
            message = choose.choice(chosen)
            message[choose.randrange(len(message))] = choose.choice(fields)
        data = bytearray(framed(*chosen))
        for _ in range(choose.randint(0, 3)):
            at = choose.randrange(len(data) or 1)
            match choose.randrange(4):
                case 0:
                    data[at : at + 1] = bytes([choose.randrange(256)])
                case 1:
                    del data[at : at + choose.randint(1, 8)]
                case 2:
                    data[at:at] = data[at : at + choose.randint(1, 8)]
                case 3:
                    data[at : at + 1] = bytes([data[at] ^ (1 << choose.randrange(8))]) if data else b""
            if not data:
                break
        made.append(bytes(data))
    return made


def test_mutated_traffic() -> None:
    for sent in mutations(seed=1, count=2000):
        check(sent)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mutated_traffic_at_length() -> None:
    for sent in mutations(seed=2, count=100_000):
        check(sent)


@pytest.mark.parametrize("message", [{1, 2}, object(), 2**70, "\ud800", (1, 2), type("S", (str,), {})("x")])
def test_only_plain_data_can_be_sent(message: Any) -> None:
    encoder = Encoder()
    with pytest.raises((TypeError, ValueError, OverflowError)):
        encoder.frame([message])
    assert decode(encoder.frame(["after"])[4:]) == ["after"]


def test_a_frame_has_a_largest_length() -> None:
    with pytest.raises(BadFrame):
        Encoder().frame("x" * (MAX_FRAME + 1))
    with pytest.raises(BadFrame):
        frame_length(struct.pack("<I", MAX_FRAME + 1))


@given(st.binary(max_size=64))
def test_decoding_gives_plain_data_or_says_no(data: bytes) -> None:
    try:
        value = decode(data)
    except BadFrame:
        return
    assert all_plain(value)


@given(st.recursive(atoms, lambda inner: st.lists(inner, max_size=4), max_leaves=6))
def test_no_reference_resolves_that_was_not_granted(data: Any) -> None:
    from sightline.sandbox.references import ReferenceTable

    table = ReferenceTable()
    resolvers: list[Callable[[Any], Any]] = [table.resolve, table.resolve_packed]
    for resolve in resolvers:
        with pytest.raises((SightlineError, BadFrame)):
            resolve(data)
