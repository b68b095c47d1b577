"""What the sandbox costs, against plain `exec`, RestrictedPython as documented, smolagents and Monty, in one run.

    python benchmarks/sandbox.py [--json FILE] [--page FILE.md] [--quick]

Every figure is the median of repeated measurements, with the minimum beside it: on a machine that does other work as
well, the minimum is what a quiet one shows. Engines that are compared take turns, so that a burst of load meets all
of them. Engines that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sightline.sandbox import Limits, ProgramResult, Sandbox, SandboxSettings, wire
from sightline.sandbox.switching import quick_switching
from sightline.tools.api import ImageRef

IMAGE = ImageRef.whole("0" * 64, 640, 480)
ONE = "result = 1 + 1"

LOOP = """
def work(n):
    total = 0
    weights = [3, 1, 4, 1, 5, 9, 2, 6]
    seen = {}
    for i in range(n):
        total = total + weights[i % 8] * 2
        if total > 1000000:
            total = total - 1000000
        seen[i % 100] = total
    return total
result = work(200000)
"""

API_PROGRAM = """
def execute_command(image) -> str:
    image_patch = ImagePatch(image)
    table_patches = image_patch.find("table")
    if len(table_patches) == 0:
        table_patches = [image_patch]
    table_patch = table_patches[0]
    cups_by_side = {"left": [], "right": []}
    for cup_patch in image_patch.find("cup"):
        if not cup_patch.overlaps_with(table_patch.left, table_patch.lower, table_patch.right, table_patch.upper):
            continue
        side = "left" if cup_patch.horizontal_center < table_patch.horizontal_center else "right"
        cups_by_side[side].append(cup_patch)
    best, best_count = None, -1
    for side, patches in cups_by_side.items():
        count = 0
        for patch in patches:
            if patch.verify_property("cup", "red"):
                count += 1
        if count > best_count:
            best, best_count = side, count
    colours = []
    for patch in cups_by_side[best]:
        answer = patch.simple_query("What colour is the cup?")
        if answer not in colours:
            colours.append(answer)
    colours.sort(key=lambda colour: (len(colour), colour))
    return f"{best}: {best_count} red of {len(cups_by_side[best])} ({', '.join(colours)})"
"""


class StubRuntime:
    """Experts that answer at once."""

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        if capability == "detect":
            boxes = [[10, 10, 60, 50], [100, 12, 150, 52], [400, 300, 430, 320]]
            return [{"box": box, "label": arguments["names"][0], "confidence": 0.9, "mask": None} for box in boxes]
        if capability == "verify_property":
            return {"value": True, "confidence": 0.9}
        return {"text": "blue", "confidence": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure."""

    metric: str
    unit: str
    median: float
    best: float
    n: int
    target: float | None = None

    @classmethod
    def of(cls, metric: str, unit: str, values: list[float], *, target: float | None = None, most: bool = False) -> Row:
        best = max(values) if most else min(values)
        median = round(statistics.median(values), 4)
        return cls(metric=metric, unit=unit, median=median, best=round(best, 4), n=len(values), target=target)


def timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def program(sandbox: Sandbox, source: str, **options: Any) -> ProgramResult:
    result = sandbox.run(source, inputs={"image": IMAGE}, runtime=StubRuntime(), **options)
    if result.error is not None:
        raise SystemExit(f"the benchmark's own program failed: {result.error}")
    return result


# -- the sandbox --


def cold_start(rounds: int) -> Row:
    def start() -> None:
        sandbox = Sandbox()
        program(sandbox, ONE)
        times.append((time.perf_counter() - started) * 1e3)
        sandbox.close()

    times: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        start()
    return Row.of("cold start: helper, worker and first program", "ms", times, target=100)


def warm(rounds: int, *, spares: int) -> list[Row]:
    name = "with a spare worker" if spares else "worker forked on demand"
    rows = []
    with Sandbox(SandboxSettings(spares=spares)) as sandbox:
        for label, source in (("1 + 1", ONE), ("API program with 10 calls", API_PROGRAM)):
            times = []
            for _ in range(rounds):
                times.append(timed(lambda: program(sandbox, source)) * 1e3)  # noqa: B023 - called at once
                if spares:
                    time.sleep(0.01)  # until the spare is back
            target = (1.2 if spares else 3.0) if source is ONE else None
            rows.append(Row.of(f"program {label}, {name}", "ms", times, target=target))
    return rows


def round_trip(rounds: int, *, busy: bool) -> Row:
    calls = 1000
    source = f"for i in range({calls}):\n    image.simple_query('what?')\nresult = 1"
    stop = threading.Event()

    def spin() -> None:
        count = 0
        while not stop.is_set():
            count += 1

    thread = threading.Thread(target=spin)
    times = []
    with Sandbox(SandboxSettings(limits=Limits(calls=10**6))) as sandbox:
        program(sandbox, source)
        if busy:
            thread.start()
        try:
            for _ in range(rounds):
                times.append(program(sandbox, source).usage.wall_s / calls * 1e6)
        finally:
            stop.set()
            if busy:
                thread.join()
    label = "while another thread of the host runs Python" if busy else "host idle"
    return Row.of(f"small call to an expert and back, {label}", "us", times, target=60 if busy else 20)


def throughput(rounds: int, *, threads: int) -> Row:
    programs = 400
    rates = []
    with Sandbox(SandboxSettings(spares=threads)) as sandbox:
        program(sandbox, ONE)

        def work() -> None:
            for _ in range(programs // threads):
                program(sandbox, ONE)

        for _ in range(rounds):
            workers = [threading.Thread(target=work) for _ in range(threads)]
            started = time.perf_counter()
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            rates.append(programs / (time.perf_counter() - started))
    return Row.of(f"programs per second, {threads} at a time", "1/s", rates, target=400, most=True)


def processor_time(rounds: int) -> list[Row]:
    """What one program costs all processes together, which is what throughput comes down to on a quiet machine."""
    with Sandbox() as sandbox:
        program(sandbox, ONE)
        host, workers = [], []
        for _ in range(rounds):
            before = time.thread_time()
            workers.append(program(sandbox, ONE).usage.cpu_s * 1e3)
            host.append((time.thread_time() - before) * 1e3)
    return [
        Row.of("processor time of a worker for 1 + 1", "ms", workers),
        Row.of("processor time of the host for 1 + 1", "ms", host),
    ]


def worker_memory() -> list[Row]:
    """Memory of a worker in the middle of its program, from /proc."""
    rows: dict[str, list[float]] = {"private": [], "proportional": []}
    with Sandbox(SandboxSettings(spares=0)) as sandbox:
        helper = sandbox._running().pid

        def look(site: Any) -> None:
            (child,) = Path(f"/proc/{helper}/task/{helper}/children").read_text().split()
            facts = {}
            for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()[1:]:
                name, value, *_ = line.split()
                facts[name.rstrip(":")] = int(value) / 1024
            rows["private"].append(facts["Private_Clean"] + facts["Private_Dirty"])
            rows["proportional"].append(facts["Pss"])

        for _ in range(5):
            program(sandbox, API_PROGRAM, on_call=look)
    return [
        Row.of("worker memory, private", "MB", rows["private"], target=6),
        Row.of("worker memory, proportional share", "MB", rows["proportional"]),
    ]


# -- what the machine can do at best, to read the rows above by --


def floor_of_programs(rounds: int) -> Row:
    """A process forked by a bare interpreter, that ends at once and is reaped: no walls, no program, no answer."""
    script = """
import os, sys, time
for _ in range(int(sys.argv[1])):
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print((time.perf_counter() - started) * 1e3)
"""
    command = [sys.executable, "-I", "-S", "-c", script, str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Row.of("floor of a program: bare fork, exit and reap", "ms", [float(line) for line in done.stdout.split()])


def floor_of_an_end(rounds: int) -> Row:
    """A waiting fork of a bare interpreter that has touched as much memory as a worker is told to end, and reaped."""
    script = """
import os, sys, time
for _ in range(int(sys.argv[1])):
    reads, writes = os.pipe()
    ready, touched = os.pipe()
    child = os.fork()
    if child == 0:
        own = bytearray(2400000)
        os.write(touched, b"x")
        os.read(reads, 1)
        os._exit(0)
    os.read(ready, 1)
    time.sleep(0.01)
    started = time.perf_counter()
    os.write(writes, b"x")
    os.waitpid(child, 0)
    print((time.perf_counter() - started) * 1e3)
    for fd in (reads, writes, ready, touched):
        os.close(fd)
"""
    command = [sys.executable, "-I", "-S", "-c", script, str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    name = "floor of a program with a spare: a bare process with a worker's memory, told to end and reaped"
    return Row.of(name, "ms", [float(line) for line in done.stdout.split()])


def floors_of_calls(rounds: int) -> list[Row]:
    """As many bytes as a small call and its answer hold, between two bare processes; and what packing them takes."""
    encoder = wire.Encoder()
    call = encoder.frame(["call", 1, "answer", encoder.pack(IMAGE.to_wire()), {"question": "what?"}])
    answer = encoder.frame([True, {"text": "blue", "confidence": 0.9}])
    rows = []
    for label, busy in (("", False), (", while another thread runs Python", True)):
        for transport in ("two pipes", "a socket pair"):
            sockets = transport != "two pipes"
            times = ping_pong(call, answer, rounds, sockets=sockets, busy=busy)
            rows.append(Row.of(f"floor of a small call: {transport}, bare, there and back{label}", "us", times))

    def codec() -> None:
        for message in (call, answer):
            encoder.frame(wire.decode(message[4:]))

    times = []
    for _ in range(rounds):
        times.append(timed(lambda: [codec() for _ in range(200)]) / 200 * 1e6)
    return [*rows, Row.of("floor of a small call: packing and unpacking twice", "us", times)]


def ping_pong(call: bytes, answer: bytes, rounds: int, *, sockets: bool, busy: bool) -> list[float]:
    """Microseconds for each of the rounds of 1000 exchanges with an echoing interpreter, at the interval of a run."""
    echo = """
import os, sys
source, sink, size = map(int, sys.argv[1:])
answer = bytes(size)
while os.read(source, 65536):
    os.write(sink, answer)
"""
    if sockets:
        ours, theirs = (end.detach() for end in socket.socketpair())
        source = sink = ours
        given = [theirs, theirs]
    else:
        reads, sink = os.pipe()
        source, writes = os.pipe()
        given = [reads, writes]
    command = [sys.executable, "-I", "-S", "-c", echo, *map(str, given), str(len(answer))]
    child = subprocess.Popen(command, pass_fds=given)
    stop = threading.Event()

    def spin() -> None:
        count = 0
        while not stop.is_set():
            count += 1

    spinner = threading.Thread(target=spin)
    times = []
    for fd in set(given):
        os.close(fd)
    with quick_switching(SandboxSettings().switch_interval_s):
        if busy:
            spinner.start()
        for _ in range(rounds):
            started = time.perf_counter()
            for _ in range(1000):
                os.write(sink, call)
                os.read(source, 65536)
            times.append((time.perf_counter() - started) / 1000 * 1e6)
        stop.set()
        if busy:
            spinner.join()
    for fd in {source, sink}:
        os.close(fd)
    child.wait()
    return times


# -- engines against each other --


def sightline_engine() -> Callable[[str], Any]:
    """The language wall with its recorder of lines, in this process: what a program feels of it."""
    from sightline.sandbox.worker.lines import LineRecorder
    from sightline.sandbox.worker.namespace import program_names
    from sightline.sandbox.worker.policy import compile_program

    def run(source: str) -> Any:
        names = program_names(printer=print)
        code = compile_program(source, filename="<program>", language_wall=True)
        recorder = LineRecorder()
        recorder.start()
        try:
            exec(code, names)
        finally:
            recorder.stop()
        return names["result"]

    return run


def plain_engine() -> Callable[[str], Any]:
    def run(source: str) -> Any:
        names: dict[str, Any] = {}
        exec(compile(source, "<program>", "exec", dont_inherit=True), names)
        return names["result"]

    return run


def restricted_engine() -> Callable[[str], Any]:
    from RestrictedPython import compile_restricted, safe_globals
    from RestrictedPython.Eval import default_guarded_getitem, default_guarded_getiter
    from RestrictedPython.Guards import full_write_guard, guarded_iter_unpack_sequence, safer_getattr

    def run(source: str) -> Any:
        names = {
            **safe_globals,
            "_getattr_": safer_getattr,
            "_getitem_": default_guarded_getitem,
            "_getiter_": default_guarded_getiter,
            "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
            "_write_": full_write_guard,
        }
        exec(compile_restricted(source, "<program>", "exec"), names)
        return names["result"]

    return run


def smolagents_engine() -> Callable[[str], Any]:
    from smolagents.local_python_executor import LocalPythonExecutor

    def run(source: str) -> Any:
        executor = LocalPythonExecutor([], timeout_seconds=None)
        executor.send_tools({})
        return executor(source + "\nresult").output

    return run


def monty_engine() -> Callable[[str], Any]:
    from pydantic_monty import Monty

    pool = Monty()
    pool.__enter__()

    def run(source: str) -> Any:
        with pool.checkout() as session:
            return session.feed_run(source + "\nresult")

    return run


ENGINES: dict[str, Callable[[], Callable[[str], Any]]] = {
    "plain exec": plain_engine,
    "sightline, language wall": sightline_engine,
    "RestrictedPython as documented": restricted_engine,
    "smolagents LocalPythonExecutor": smolagents_engine,
    "pydantic-monty": monty_engine,
}
SLOW = "smolagents LocalPythonExecutor"


def engines(rounds: int) -> tuple[list[Row], dict[str, float], list[str]]:
    """Each engine on the loop and on 1 + 1; ratios of the loop to plain `exec`; what is not installed."""
    running, missing = {}, []
    for name, make in ENGINES.items():
        try:
            running[name] = make()
        except ImportError:
            missing.append(name)
    times: dict[tuple[str, str], list[float]] = {}
    expected = running["plain exec"](LOOP)
    ratios: dict[str, list[float]] = {name: [] for name in running}
    for turn in range(rounds):
        for label, source in (("loop of 200 000", LOOP), ("1 + 1", ONE)):
            plain = 0.0
            for name, run in running.items():
                if name == SLOW and source is LOOP and turn >= 3:
                    continue
                with contextlib.redirect_stdout(None):
                    if source is LOOP and run(source) != expected and turn == 0:
                        raise SystemExit(f"{name} computes something else")
                    seconds = timed(lambda: run(source))  # noqa: B023 - called at once
                times.setdefault((name, label), []).append(seconds * 1e3)
                if source is LOOP:
                    plain = seconds if name == "plain exec" else plain
                    ratios[name].append(seconds / plain)
    rows = [Row.of(f"{label}: {name}", "ms", values) for (name, label), values in times.items()]
    best = {name: min(times[name, "loop of 200 000"]) for name in running}
    of_best = {name: round(value / best["plain exec"], 3) for name, value in best.items()}
    rows += [
        Row.of(f"loop against plain exec: {name}", "x", values, target=1.05 if name.startswith("sightline") else None)
        for name, values in ratios.items()
        if name != "plain exec"
    ]
    return rows, of_best, missing


def compile_times(rounds: int) -> list[Row]:
    from sightline.sandbox.worker.policy import compile_program

    plain, ours = [], []
    for _ in range(rounds):
        plain.append(timed(lambda: compile(API_PROGRAM, "<program>", "exec", dont_inherit=True)) * 1e3)
        ours.append(timed(lambda: compile_program(API_PROGRAM, filename="<program>", language_wall=True)) * 1e3)
    return [
        Row.of("compile a 28-line program: plain", "ms", plain),
        Row.of("compile a 28-line program: sightline", "ms", ours, target=0.8),
    ]


def commit() -> str:
    try:
        done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def table(report: dict[str, Any]) -> str:
    """The figures of a report as a page shows them."""
    machine = report["machine"]
    load = ", ".join(f"{value:g}" for value in machine["load_before"])
    lines = [
        f"Measured {report['date'][:10]} at commit {report['commit']} on {machine['cpus']} processors shared with "
        f"other work (load average {load}), Linux {machine['kernel'].split('-')[0]}, Python {machine['python']}.",
        "",
        "| figure | median | best | n | aim |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in report["rows"]:
        aim = f"{row['target']:g} {row['unit']}" if row["target"] is not None else ""
        median, best = (f"{row[name]:.4g} {row['unit']}" for name in ("median", "best"))
        lines.append(f"| {row['metric']} | {median} | {best} | {row['n']} | {aim} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="a page whose table of figures is written anew")
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it runs")
    options = parser.parse_args(argv)
    few = 3 if options.quick else 1
    load_before = os.getloadavg()
    rows = [cold_start(12 // few)]
    rows += warm(150 // few**2, spares=0)
    rows += warm(150 // few**2, spares=2)
    rows += [round_trip(12 // few, busy=False), round_trip(6 // few, busy=True)]
    rows += [throughput(5 // few, threads=4)]
    rows += [floor_of_programs(150 // few**2), floor_of_an_end(150 // few**2), *floors_of_calls(12 // few)]
    rows += processor_time(100 // few**2)
    rows += worker_memory() if Path("/proc/self/smaps_rollup").exists() else []
    rows += compile_times(60 // few)
    compared, of_best, missing = engines(45 // few)
    rows += compared
    report = {
        "rows": [asdict(row) for row in rows],
        "loop_best_against_plain_best": of_best,
        "not_installed": missing,
        "machine": {
            "cpus": os.cpu_count(),
            "kernel": platform.release(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "load_before": [round(value, 2) for value in load_before],
            "load_after": [round(value, 2) for value in os.getloadavg()],
        },
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "command": "python " + " ".join([Path(sys.argv[0]).name, *(argv or sys.argv[1:])]),
    }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.page:
        before, _, rest = options.page.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        options.page.write_text(f"{before}{BEGIN}\n\n{table(report)}\n\n{END}{after}")
    width = max(len(row.metric) for row in rows)
    for row in rows:
        target = f"  (aim {row.target:g})" if row.target is not None else ""
        print(f"{row.metric:<{width}}  {row.median:>10.3f} median  {row.best:>10.3f} best  {row.unit}{target}")
    print("loop, best against best of plain exec:", of_best)
    for name in missing:
        print(f"not installed: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
