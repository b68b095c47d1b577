"""What stands around a running worker, seen from outside; and what happens where it cannot stand."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.sandbox import Limits, Sandbox, SandboxSettings, Walls
from sightline.sandbox.switching import quick_switching
from sightline.tools.errors import BadRequest, SandboxUnavailable

from .stub import IMAGE, StubRuntime

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at a worker through /proc")


def inside(look: Callable[[Path], Any]) -> Any:
    """What `look` sees of a worker (its folder in /proc) that is in the middle of its program."""
    seen: list[Any] = []
    with Sandbox(SandboxSettings(spares=0)) as sandbox:
        helper = sandbox._running().pid

        def watch(site: Any) -> None:
            (worker,) = Path(f"/proc/{helper}/task/{helper}/children").read_text().split()
            seen.append(look(Path("/proc") / worker))

        source = "result = image.simple_query('x')"
        result = sandbox.run(source, inputs={"image": IMAGE}, runtime=StubRuntime(), on_call=watch)
        assert result.value == "blue", result.error
    return seen[0]


def status(worker: Path) -> dict[str, list[str]]:
    lines = (worker / "status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


@linux
def test_a_worker_is_filtered_without_privileges_and_alone() -> None:
    facts = inside(status)
    assert facts["Seccomp"] == ["2"]
    assert facts["NoNewPrivs"] == ["1"]
    assert facts["Threads"] == ["1"]
    assert {*facts["CapEff"], *facts["CapPrm"], *facts["CapBnd"]} == {"0" * 16}
    assert facts["Groups"] == [] or os.geteuid() != 0


@linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_worker_of_root_is_nobody_and_holds_its_two_pipes() -> None:
    def look(worker: Path) -> Any:
        return (
            status(worker)["Uid"],
            sorted(fd.name for fd in (worker / "fd").iterdir()),
            (worker / "environ").read_bytes(),
        )

    uid, descriptors, environment = inside(look)
    assert set(uid) == {"65534"}
    assert descriptors == ["0", "1", "2", "3", "4"]  # the first three are /dev/null, and may not be read either
    # The kernel shows the environment that the helper was started with; nothing of the host's is in it.
    assert environment.rstrip(b"\0") == b"PYTHONHASHSEED=0"


@linux
def test_a_worker_is_limited_by_the_kernel() -> None:
    text = inside(lambda worker: (worker / "limits").read_text())
    limits = {line[:26].strip(): line[26:].split()[:2] for line in text.splitlines()[1:]}
    for name in ("Max core file size", "Max file size", "Max processes", "Max open files", "Max locked memory"):
        assert limits[name] == ["0", "0"], name
    assert limits["Max cpu time"] == ["10", "11"]
    assert limits["Max address space"] == [str(256 << 20)] * 2


@linux
def test_a_worker_has_namespaces_of_its_own_where_it_says_so() -> None:
    def look(worker: Path) -> dict[str, str]:
        try:
            return {kind: os.readlink(worker / "ns" / kind) for kind in ("net", "ipc")}
        except PermissionError:
            pytest.skip("the namespaces of a worker cannot be seen without root")

    theirs = inside(look)
    with Sandbox() as sandbox:
        walls = sandbox.walls()
    if "network" in walls.namespaces:
        assert theirs["net"] != os.readlink("/proc/self/ns/net")
        assert theirs["ipc"] != os.readlink("/proc/self/ns/ipc")


def without(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, wall: str) -> None:
    """Let the helper report that a wall is missing."""
    from sightline.sandbox import workers

    first = workers.Zygote._first_message
    monkeypatch.setattr(workers.Zygote, "_first_message", lambda self: first(self) | {wall: False})


@pytest.mark.parametrize("wall", ["seccomp", "no_new_privileges"])
def test_without_a_wall_that_holds_programs_are_refused(wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as sandbox:
        without(sandbox, monkeypatch, wall)
        with pytest.raises(SandboxUnavailable, match="reduced"):
            sandbox.run("result = 1", inputs={}, runtime=StubRuntime())


def test_who_accepts_less_is_warned_and_it_stands_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(SandboxSettings(isolation="reduced")) as sandbox:
        without(sandbox, monkeypatch, "seccomp")
        with pytest.warns(RuntimeWarning, match="reduced isolation"):
            result = sandbox.run("result = 1", inputs={}, runtime=StubRuntime())
    assert result.value == 1
    assert result.walls.isolation == "reduced"
    assert any("NOT" in line for line in result.walls.describe())


def test_walls_are_told_in_plain_language() -> None:
    walls = Walls(
        isolation="full",
        language=True,
        seccomp=True,
        landlock_abi=7,
        namespaces=("network",),
        rlimits=True,
        user="nobody",
        no_new_privileges=True,
    )
    assert walls.describe()[0].startswith("full isolation")
    assert "files and network (Landlock): denied, ABI 7" in walls.describe()


@pytest.mark.parametrize("options", [{"isolation": "none"}, {"spares": -1}, {"spares": 1000}])
def test_unusable_settings_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        SandboxSettings(**options)


def test_the_switch_interval_is_short_while_programs_run_and_then_as_before() -> None:
    before = sys.getswitchinterval()
    inner_done, outer_done = threading.Event(), threading.Event()

    def other() -> None:
        with quick_switching(0.0001):
            inner_done.set()
            outer_done.wait(10)

    thread = threading.Thread(target=other)
    with quick_switching(0.0001):
        assert sys.getswitchinterval() == pytest.approx(0.0001)
        thread.start()
        assert inner_done.wait(10)
    assert sys.getswitchinterval() == pytest.approx(0.0001)
    outer_done.set()
    thread.join()
    assert sys.getswitchinterval() == pytest.approx(before)
    with quick_switching(None):
        assert sys.getswitchinterval() == pytest.approx(before)


PROGRAMS = [
    ("result = 1 + 1", 2),
    (
        "def execute_command(image):\n    return image.simple_query('x'), [c.left for c in image.find('cup')]",
        ("blue", [10]),
    ),
    (
        "import datetime, statistics\nresult = datetime.date(2020, 1, 2).strftime('%d'), statistics.mode([1, 1])",
        ("02", 1),
    ),
    ("print('hello')\nresult = np.mean([1, 2])", 1.5),
]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that has no zygote."""
    monkeypatch.setattr("sightline.sandbox.sandbox._HAS_ZYGOTE", False)


def test_elsewhere_programs_are_refused_unless_told_otherwise(elsewhere: None) -> None:
    with Sandbox() as sandbox, pytest.raises(SandboxUnavailable, match="reduced"):
        sandbox.walls()


@pytest.mark.filterwarnings("ignore:reduced isolation")
def test_elsewhere_programs_give_the_same(elsewhere: None) -> None:
    with Sandbox(SandboxSettings(isolation="reduced")) as sandbox:
        for source, expected in PROGRAMS:
            result = sandbox.run(source, inputs={"image": IMAGE}, runtime=StubRuntime())
            assert result.value == expected, result.error
            assert result.walls.isolation == "reduced"
        error = sandbox.run("while True:\n    pass", inputs={}, runtime=StubRuntime(), limits=Limits(wall_s=1)).error
        assert error is not None
        assert error.type == "ProgramTimeout"
        error = sandbox.run("import os", inputs={}, runtime=StubRuntime()).error
        assert error is not None
        assert error.type == "NotAllowed"
