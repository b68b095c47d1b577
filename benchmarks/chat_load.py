"""Many visitors of one chat at once: whether every answer is right, none is lost, and memory stays flat.

    python benchmarks/chat_load.py --visitors 20 --minutes 10 --json benchmarks/results/chat_load.json

Starts `sightline chat` on this machine with the embedded profile and visits it over HTTP the way its page does: a
cookie, an upload, a question, the stream of events, the kept trace. Each visitor asks questions of the demo until the
time is over. Leaves with 1 where an answer was wrong or lost, or the server's memory grew.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sightline.agent.trace import parse_traces
from sightline.ui.demo import DemoQuestion, as_expected, picture_folders, read_questions

_PATIENCE_S = 300.0


@dataclass
class Figures:
    """What was measured.

    Attributes:
        asked, answered, right: questions; `lost` got no turn at all.
        seconds: from a question to its answer, each, the waiting in line included.
        memory_mb: of the server with its children, every few seconds.
        memory_grown: in the last quarter of the time over that in the second.
    """

    visitors: int
    minutes: float
    asked: int = 0
    answered: int = 0
    right: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    memory_grown: float = 1.0


class Visitor:
    """One browser's worth of requests."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=_PATIENCE_S)
        self._client.get("/")
        self._page = f"{random.getrandbits(52):x}"
        config = self._client.get("/config").json()
        self._functions = {each["api_name"]: each["id"] for each in config["dependencies"]}
        self._session = self._run("arrive", [])[0]
        self._turns = 0

    def ask(self, question: DemoQuestion) -> str | None:
        """The text of the answer that was kept, None when none was."""
        with question.photo.open("rb") as file:
            (path,) = self._client.post("/gradio_api/upload", files={"files": (question.photo.name, file)}).json()
        given = {"text": question.question, "files": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
        taken = self._run("submit", [self._session, given, None, None, "auto"])
        self._session = taken[1]
        body = {"data": [None], "fn_index": self._functions["answer"], "session_hash": self._page}
        self._client.post("/gradio_api/queue/join", json=body).raise_for_status()
        self._wait()
        self._run("finish", [None, None])
        self._turns += 1
        reply = self._client.get(f"/talks/{self._session}/turns/{self._turns}/trace.jsonl")
        return parse_traces(reply.text)[0].answer.text if reply.status_code == 200 else None

    def _run(self, name: str, data: list[Any]) -> list[Any]:
        body = {"data": data, "fn_index": self._functions[name], "session_hash": self._page}
        reply = self._client.post("/gradio_api/run/predict", json=body)
        reply.raise_for_status()
        return list(reply.json()["data"])

    def _wait(self) -> None:
        """Until the stream of events says that the answer is complete."""
        with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._page}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and '"process_completed"' in line:
                    return


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a chat of its own, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sightline.ui.cli", "chat", "--port", str(port), "--folder", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        address = f"http://localhost:{port}"
        try:
            for _ in range(240):
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(address)
                    break
                time.sleep(0.5)
            yield address, process.pid
        finally:
            process.terminate()


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children, MiB."""
    pages = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if pid in (int(folder.name), parent):
                pages += int((folder / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def visit(
    address: str, questions: Sequence[DemoQuestion], end_s: float, figures: Figures, lock: threading.Lock
) -> None:
    """Ask one question after another until the time is over."""
    visitor = Visitor(address)
    for question in (random.choice(questions) for _ in iter(int, 1)):
        if time.monotonic() > end_s:
            return
        started = time.monotonic()
        text = visitor.ask(question)
        with lock:
            figures.asked += 1
            figures.seconds.append(round(time.monotonic() - started, 2))
            if text is None:
                figures.lost += 1
            else:
                figures.answered += 1
                figures.right += as_expected(text, question.expected)
                if not as_expected(text, question.expected):
                    figures.wrong.append(f"{question.photo.name}: {question.question} {text!r}")


_FLAT = 1.15  # how much more memory may be held in the last quarter than in the second, when all models are loaded


def grown(memory_mb: Sequence[float]) -> float:
    """Memory in the last quarter of the time over that in the second; 1 where too little was measured."""
    quarter = len(memory_mb) // 4
    if not quarter:
        return 1.0
    second, last = memory_mb[quarter : 2 * quarter], memory_mb[-quarter:]
    return (sum(last) / len(last)) / (sum(second) / len(second))


def measure(visitors: int, minutes: float) -> Figures:
    """Let so many visitors ask for so long."""
    questions = [each for folder in picture_folders() for each in read_questions(folder) if each.options is None]
    figures, lock = Figures(visitors=visitors, minutes=minutes), threading.Lock()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (address, pid):
        end_s = time.monotonic() + 60 * minutes
        with ThreadPoolExecutor(visitors) as threads:
            going = [threads.submit(visit, address, questions, end_s, figures, lock) for _ in range(visitors)]
            while not all(each.done() for each in going):
                figures.memory_mb.append(round(memory_mb(pid), 1))
                time.sleep(5)
            for each in going:
                each.result()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = measure(given.visitors, given.minutes)
    ordered = sorted(figures.seconds) or [0.0]
    print(f"{figures.asked} asked, {figures.right} right, {figures.lost} lost")
    print(f"median {ordered[len(ordered) // 2]:.1f} s, slowest {ordered[-1]:.1f} s")
    half = figures.memory_mb[len(figures.memory_mb) // 2]
    figures.memory_grown = round(grown(figures.memory_mb), 3)
    print(
        f"memory {half} MiB at half time, {figures.memory_mb[-1]} MiB at the end, {figures.memory_grown} times as much"
    )
    if given.json:
        given.json.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    if figures.right < figures.asked or figures.lost or figures.memory_grown > _FLAT:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
