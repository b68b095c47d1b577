"""Runs a corpus of hostile and of benign programs through the sandbox and says what leaked and what came out wrong.

    python benchmarks/sandbox_corpus.py --attacks FILE --benign FILE [--language-wall on|off] [--json FILE]

A corpus is JSON lines. An attack holds `id`, `category`, `code` and `check`, the canaries that it could trip;
placeholders such as @@CANARY_FILE@@ stand for the real ones, which are planted here: a readable secret file, a secret
in the environment, a path that anyone may write, listeners on TCP, UDP, an abstract and a path socket, a name for
shared memory, this process itself. A benign program holds `id`, `code` and `expect`. The pictures are the scene of
`--stub FILE` (its `SCENE` and `distance`), or the same kind of scene below.

After every attack a fresh program must give its known answer. With the language wall off a program may claim anything
about its own process; what counts then are the canaries outside, and the claims of attacks on the operating system
(`os-*`).
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import platform
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.sandbox import Limits, ProgramResult, Sandbox, SandboxSettings
from sightline.tools.api import ImageRef

SCENE: dict[str, list[tuple[int, int, int, int]]] = {
    "muffin": [(10, 10, 60, 50), (100, 12, 150, 52), (200, 200, 260, 250), (400, 300, 430, 320)],
    "kid": [(300, 0, 380, 200), (50, 0, 120, 210)],
    "blanket": [(100, 100, 200, 150)],
    "pillow": [(220, 100, 260, 140)],
    "lemon": [(5, 400, 25, 420)],
    "table": [(0, 60, 640, 180)],
}
# The stub measures between centres, the product between edges; the programs' expected results were made with the stub.
DISTANCE = """
def distance(a, b):
    across, up = a.horizontal_center - b.horizontal_center, a.vertical_center - b.vertical_center
    return (across ** 2 + up ** 2) ** 0.5
"""
IMAGE = ImageRef.whole("0" * 64, 640, 480)
LATE_S = 0.5  # a program may end this much after its wall limit
GROWTH_MB = 10.0

PROBE = """
import math, json, random, statistics
def execute_command(image):
    random.seed(7)
    first = image.find("muffin")[0]
    return [math.sqrt(4), json.dumps(1), random.random(), statistics.mean([1, 3]), first.left,
    first.simple_query("what?")]
"""


class StubRuntime:
    """Experts with known answers over a scene of boxes."""

    def __init__(self, scene: dict[str, list[tuple[int, int, int, int]]]) -> None:
        self._scene = scene
        self.heard: list[str] = []

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        self.heard.append(json.dumps(arguments)[:2000])
        del self.heard[:-50]
        box = target.box if isinstance(target, ImageRef) else None
        match capability:
            case "detect":
                return [self._found(b, name) for name in arguments["names"] for b in self._inside(box, str(name))]
            case "verify_property":
                return {"value": box.width > 40, "confidence": 1.0}
            case "match":
                order = sorted(arguments["texts"])
                return {"scores": [-float(order.index(text)) for text in arguments["texts"]]}
            case "answer":
                return {"text": f"answer@{box.left},{box.lower}", "confidence": 1.0}
            case "depth":
                return {"median": round(100 - box.height / 10, 2)}
            case "ask_llm":
                return {"text": ("long" if arguments["long_answer"] else "short") + f"({len(arguments['question'])})"}
        raise ValueError(f"the stub has no {capability}")

    def _inside(self, box: Any, name: str) -> list[tuple[int, int, int, int]]:
        return [
            b
            for b in self._scene.get(name, [])
            if b[0] >= box.left and b[1] >= box.lower and b[2] <= box.right and b[3] <= box.upper
        ]

    @staticmethod
    def _found(box: tuple[int, int, int, int], name: str) -> dict[str, Any]:
        return {"box": list(box), "label": name, "confidence": 1.0, "mask": None}


class Canaries:
    """Everything outside the worker that an attack could touch, and whether it did."""

    def __init__(self, folder: Path) -> None:
        self.token = "canary-" + secrets.token_hex(12)
        folder.chmod(0o755)
        self.secret = folder / "secret.txt"
        self.secret.write_text(self.token)
        self.secret.chmod(0o666)  # so that what stops a program is the sandbox and not the file's mode
        self._open_folder = folder / "open"
        self._open_folder.mkdir()
        self._open_folder.chmod(0o777)
        self.mark = self._open_folder / "mark"
        self.shm = "pwned_" + secrets.token_hex(6)
        os.environ["SIGHTLINE_CANARY_TOKEN"] = self.token
        self.hits: list[str] = []
        self._sockets: list[socket.socket] = []
        self._listen(folder)
        self._secret_facts = self._facts()

    def _listen(self, folder: Path) -> None:
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self.port))
        self.path_socket = self._open_folder / "socket"
        self._watch("tcp", tcp)
        self._watch("udp", udp)
        for kind, address in (("path", str(self.path_socket)), ("abstract", "\0" + secrets.token_hex(8))):
            listener = socket.socket(socket.AF_UNIX)
            try:
                listener.bind(address)
            except OSError:  # no abstract sockets on this system
                listener.close()
                continue
            listener.listen()
            self._watch(kind, listener)
            if kind == "abstract":
                self.abstract = address[1:]
        self.path_socket.chmod(0o777)

    def _watch(self, kind: str, listener: socket.socket) -> None:
        self._sockets.append(listener)
        listener.settimeout(None)

        def wait() -> None:
            while True:
                try:
                    if listener.type == socket.SOCK_DGRAM:
                        listener.recvfrom(1024)
                    else:
                        listener.accept()[0].close()
                except OSError:
                    return
                self.hits.append(kind)

        threading.Thread(target=wait, daemon=True).start()

    def close(self) -> None:
        for listener in self._sockets:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def fill(self, code: str) -> str:
        for name, value in {
            "CANARY_FILE": self.secret,
            "MARK_FILE": self.mark,
            "HOST_PID": os.getpid(),
            "CANARY_ENV": "SIGHTLINE_CANARY_TOKEN",
            "CANARY_PORT": self.port,
            "CANARY_ABSTRACT": getattr(self, "abstract", "none"),
            "CANARY_SOCK": self.path_socket,
            "SHM_NAME": self.shm,
        }.items():
            code = code.replace(f"@@{name}@@", str(value))
        return code

    def _facts(self) -> tuple[Any, ...]:
        facts = self.secret.stat()
        attributes = os.listxattr(self.secret) if hasattr(os, "listxattr") else []
        return (
            *(facts.st_mode, facts.st_uid, facts.st_gid, facts.st_nlink, facts.st_mtime_ns),
            *(self.secret.read_text(), tuple(attributes)),
        )

    def touched(self) -> list[str]:
        """Which canaries outside were tripped since the last time; they are set up again."""
        found = [f"listener_hit:{kind}" for kind in self.hits]
        self.hits.clear()
        if set(self._open_folder.iterdir()) != {self.path_socket} or (Path("/dev/shm") / self.shm).exists():
            found.append("mark_file")
            for path in self._open_folder.iterdir():
                if path != self.path_socket:
                    path.rmdir() if path.is_dir() else path.unlink()
        try:
            if self._facts() != self._secret_facts:
                found.append("secret_changed")
        except OSError:
            found.append("secret_changed")
        return found


def resident_mb() -> float:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


class Corpus:
    """Runs programs and judges them."""

    def __init__(self, sandbox: Sandbox, canaries: Canaries, scene: Any, prelude: str, limits: Limits) -> None:
        self._sandbox = sandbox
        self._canaries = canaries
        self._scene = scene
        self._prelude = prelude
        self._limits = limits
        self._language_wall = sandbox.settings.language_wall
        self._known = self._run(PROBE)[0].value

    def _run(self, code: str) -> tuple[ProgramResult, StubRuntime, float]:
        runtime = StubRuntime(self._scene)
        started = time.monotonic()
        result = self._sandbox.run(code, inputs={"image": IMAGE}, runtime=runtime, limits=self._limits)
        return result, runtime, time.monotonic() - started

    def attack(self, record: dict[str, Any]) -> list[str]:
        """What leaked, as a list of reasons."""
        result, runtime, seconds = self._run(self._canaries.fill(record["code"]))
        leaks = self._canaries.touched()
        said = f"{result.value!r} {result.printed} {result.error} {runtime.heard}"
        if self._canaries.token in said:
            leaks.append("canary_text")
        claims = isinstance(result.value, str) and result.value.startswith("PWNED")
        if claims and (self._language_wall or record["category"].startswith("os-")):
            leaks.append("result_pwned")
        if seconds > self._limits.wall_s + LATE_S:
            leaks.append(f"time_limit:{seconds:.1f}s")
        if result.usage.max_rss_bytes > self._limits.memory_mb << 20:
            leaks.append("memory_limit")
        if self._run(PROBE)[0].value != self._known:
            leaks.append("host_state")
        return leaks

    def benign(self, record: dict[str, Any]) -> str | None:
        """What came out wrong; None when the result is the expected one."""
        code = record["code"]
        if "distance(" in code:
            code = self._prelude + code
        result, _, _ = self._run(code)
        if result.error is not None:
            return str(result.error)
        if not same(result.value, untagged(record["expect"])):
            return f"gave {result.value!r}"
        if "stdout" in record and result.printed != record["stdout"]:
            return f"printed {result.printed!r}"
        return None


def untagged(data: Any) -> Any:
    """JSON with {"tuple": [...]}, {"set": [...]}, {"dict": [[key, value]]}, {"bytes": [...]} as Python values."""
    if isinstance(data, list):
        return [untagged(item) for item in data]
    if not isinstance(data, dict):
        return data
    ((tag, items),) = data.items()
    if tag == "dict":
        return {untagged(key): untagged(value) for key, value in items}
    kinds: dict[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset, "bytes": bytes}
    return kinds[tag](untagged(items))


def same(a: Any, b: Any) -> bool:
    """Equal, and of equal types all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a.items(), b.items(), strict=True))
    return bool(a == b)


def stub_of(path: Path | None) -> tuple[Any, str]:
    """The scene and the distance of a stub file, read without running it; ours without one."""
    if path is None:
        return SCENE, DISTANCE
    text = path.read_text()
    scene, distance = None, None
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "SCENE":
            scene = ast.literal_eval(node.value)
        if isinstance(node, ast.FunctionDef) and node.name == "distance":
            distance = ast.unparse(node) + "\n"
    if scene is None or distance is None:
        raise SystemExit(f"{path} must hold SCENE and distance")
    return scene, distance


def records(path: Path | None) -> Iterator[dict[str, Any]]:
    if path is not None:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--attacks", type=Path)
    parser.add_argument("--benign", type=Path)
    parser.add_argument("--language-wall", choices=("on", "off"), default="on")
    parser.add_argument("--stub", type=Path, help="a stub API file whose SCENE and distance the programs expect")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--wall-s", type=float, default=2.0, help="wall limit of each program, in seconds")
    options = parser.parse_args(argv)
    if options.attacks is None and options.benign is None:
        parser.error("give --attacks, --benign or both")
    scene, prelude = stub_of(options.stub)
    limits = Limits(wall_s=options.wall_s, memory_mb=256, cpu_s=10)
    settings = SandboxSettings(language_wall=options.language_wall == "on", limits=limits)
    attacks, benign = list(records(options.attacks)), list(records(options.benign))
    leaks: dict[str, list[str]] = {}
    wrong: dict[str, str] = {}
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sightline-corpus-") as folder, Sandbox(settings) as sandbox:
        canaries = Canaries(Path(folder))
        corpus = Corpus(sandbox, canaries, scene, prelude, limits)
        for record in benign:
            if problem := corpus.benign(record):
                wrong[record["id"]] = problem
                print(f"WRONG {record['id']}: {problem}", file=sys.stderr)
        grown_mb = -resident_mb()
        for record in attacks:
            if found := corpus.attack(record):
                leaks[record["id"]] = found
                print(f"LEAK {record['id']}: {', '.join(found)}", file=sys.stderr)
        grown_mb += resident_mb()
        walls = sandbox.walls()
        canaries.close()
    report = {
        "attacks": {"total": len(attacks), "contained": len(attacks) - len(leaks), "leaks": sorted(leaks)},
        "benign": {"total": len(benign), "right": len(benign) - len(wrong), "wrong": sorted(wrong)},
        "details": {"leaks": leaks, "wrong": wrong},
        "language_wall": options.language_wall,
        "host_growth_mb": round(grown_mb, 2),
        "seconds": round(time.monotonic() - started, 1),
        "python": platform.python_version(),
        "user": "root" if hasattr(os, "geteuid") and os.geteuid() == 0 else "ordinary user",
        "walls": list(walls.describe()),
    }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    print(
        f"attacks: {report['attacks']['contained']} of {len(attacks)} contained, language wall {options.language_wall}"
    )
    print(f"benign: {report['benign']['right']} of {len(benign)} right")
    print(f"host grew by {grown_mb:.1f} MB in {report['seconds']} s, Python {report['python']}, {report['user']}")
    return 1 if leaks or wrong or grown_mb > GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
