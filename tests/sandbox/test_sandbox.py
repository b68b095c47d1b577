"""What a caller of the sandbox sees: values, faults, calls, limits, and nothing left behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sightline.sandbox import CallSite, Limits, ProgramResult, Sandbox, SandboxSettings
from sightline.tools.api import ImagePatch, ImageRef, VideoRef, VideoSegment
from sightline.tools.api.in_time import Known, Moment, Motion, Speech
from sightline.tools.errors import BadRequest, ExpertUnavailable, OutsideWorld, SandboxUnavailable

from .stub import IMAGE, StubRuntime

Run = Callable[..., ProgramResult]


# -- values --


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -5, 2**63, -(10**300), 1.5, float("inf"), "", "äß✓", b"\x00\xff"),
        *([], [1, [2, (3,)]], (), (1, "a"), {1, 2}, frozenset({"a"}), {"a": [1], 2: {"b": None}, (1, 2): 3}),
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_is(run: Run, value: Any) -> None:
    back = run(f"inf = float('inf')\nresult = {value!r}").value
    assert back == value
    assert type(back) is type(value)


def test_patches_come_back_bound_to_the_callers_runtime(run: Run) -> None:
    runtime = StubRuntime()
    result = run("def execute_command(image):\n    return {'cups': image.find('cup')}", runtime)
    (cup,) = result.value["cups"]
    assert isinstance(cup, ImagePatch)
    assert (cup.left, cup.lower, cup.right, cup.upper, cup.label) == (10, 10, 60, 50, "cup")
    assert cup.place == (1.5, 8.0)
    assert cup.simple_query("what?") == "blue"
    assert runtime.asked[-1][1] == cup.ref


def test_what_is_known_of_time_comes_back_as_it_is(run: Run) -> None:
    seen = [{"frame": n, "box": [n, 0, n + 9, 9], "confidence": 0.5, "time_s": n / 5} for n in range(3)]
    runtime = StubRuntime(
        track={"tracks": [{"id": 7, "label": "car", "frames": seen}]},
        transcribe={"segments": [{"text": "hello", "start_s": 1.0, "end_s": 2.0, "confidence": None}]},
        texts={"texts": [{"text": "EXIT", "start_s": 0.5, "end_s": 1.0, "seen": seen[0], "confidence": 0.9}]},
        find_moments={"moments": [{"start_s": 1.0, "end_s": 1.5, "score": 0.7}]},
        motion={"steps": [{"time_s": 0.5, "amount": 0.1, "right": 1.0, "up": 0.0}]},
        recall={"known": [{"kind": "seen", "text": "a car", "start_s": 0.0, "end_s": 2.0}]},
    )
    source = "result = [v.track('car'), v.transcribe(), v.texts(), v.find_moments('x'), v.motion(), v.recall()]"
    video = VideoRef(media="v" * 64, width=64, height=48, frame_count=10, fps=Fraction(5), samples=10, start=0, end=10)
    result = run(source, runtime, inputs={"v": video})
    assert result.error is None
    (track,), (speech,), (text,), (moment,), (motion,), (known,) = result.value
    assert (track.id, track.label, track.end, track.patches[1].track) == (7, "car", 0.4, 7)
    assert (speech, moment, motion) == (Speech("hello", 1.0, 2.0), Moment(1.0, 1.5, 0.7), Motion(0.5, 0.1, 1.0, 0.0))
    assert (text.text, text.patch.label, known) == ("EXIT", "EXIT", Known("seen", "a car", 0.0, 2.0))


def test_arrays_and_collections_come_back_as_plain_data(run: Run) -> None:
    source = "from collections import Counter, deque\nresult = np.array([[1, 2]]), Counter('aab'), deque([1])"
    assert run(source).value == ([[1, 2]], {"a": 2, "b": 1}, [1])


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("lambda: 1", "function"),
        ("object()", "object"),
        ("iter([])", "list_iterator"),
        ("ValueError('x')", "ValueError"),
        ("10 ** 5000", "bits"),
        ("[2 ** 70 + n for n in range(2000)]", "64 bits"),
        ("'a' * 200000", "characters"),
        ("list(range(30000))", "parts"),
        ("['x' * 90000] * 100", "too large"),
    ],
)
def test_what_cannot_be_returned_is_named(run: Run, expression: str, says: str) -> None:
    error = run(f"result = {expression}").error
    assert error is not None
    assert error.status == "api_misuse"
    assert says in error.message


def test_a_subclass_is_refused_and_none_of_its_code_runs(run: Run) -> None:
    source = "class L(list):\n    def __iter__(self):\n        print('ran')\n        return iter([])\nresult = L([1])"
    result = run(source)
    assert result.error is not None
    assert "L" in result.error.message
    assert result.printed == ""


# -- inputs --


def test_parameters_are_filled_by_name_and_the_rest_by_order(run: Run) -> None:
    inputs = {"image": IMAGE, "query": "how many?", "possible_answers": ["1", "2"]}
    source = "def execute_command(image, possible_answers, query):\n    return image.width, possible_answers, query"
    assert run(source, inputs=inputs).value == (640, ["1", "2"], "how many?")
    assert run("def execute_command(picture, query):\n    return picture.width, query", inputs=inputs).value == (
        640,
        "how many?",
    )
    assert run("def execute_command(img, q='none'):\n    return ImagePatch(img).height, q").value == (480, "none")
    assert run("def execute_command():\n    return image.width").value == 640
    assert run("def execute_command(image, *, query):\n    return query", inputs=inputs).value == "how many?"


def test_a_video_arrives_as_a_segment_and_its_frames_can_be_asked_about(run: Run) -> None:
    from fractions import Fraction

    video = VideoRef(media="v" * 64, width=320, height=240, frame_count=90, fps=Fraction(30), samples=9, start=0, end=9)
    runtime = StubRuntime()
    source = (
        "def execute_command(video):\n    segment = VideoSegment(video)\n"
        "    return [f.simple_query('?') for f in segment.frame_iterator()][:1], segment.trim(2, 4)"
    )
    result = run(source, runtime, inputs={"video": video})
    assert result.error is None
    answers, part = result.value
    assert answers == ["blue"]
    assert isinstance(part, VideoSegment)
    assert (part.start, part.end) == (2, 4)
    assert runtime.asked[0][1].frame == video.source_frame(0)


@pytest.mark.parametrize("inputs", [{"image": object()}, {"not a name": 1}, {"_hidden": 1}, {"x": [object()]}])
def test_an_input_that_no_program_can_have_is_refused(run: Run, inputs: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        run("result = 1", inputs=inputs)


def test_a_program_is_text(sandbox: Sandbox) -> None:
    with pytest.raises(BadRequest):
        sandbox.run(b"result = 1", inputs={}, runtime=StubRuntime())  # type: ignore[arg-type]


# -- faults --


@pytest.mark.parametrize(
    ("source", "type_", "line", "says"),
    [
        ("x = 1\nresult = x / 0", "ZeroDivisionError", 2, "division by zero"),
        ("def f():\n    return {}['a']\n\nresult = f()", "KeyError", 2, "'a'"),
        ("result = (", "SyntaxError", 1, "never closed"),
        ("result = undefined", "NameError", 1, "undefined"),
        ("result = open('x')", "NameError", 1, "not available"),
        ("\nimport os", "NotAllowed", 2, "os"),
        ("x = 1", "ApiMisuse", None, "result"),
        ("result = image.find(3)", "ApiMisuse", 1, "name"),
        ("image.crop(900, 900, 901, 901)", "EmptyPatch", 1, "outside"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", 1, ""),
        ("def f(): return f()\nf()", "RecursionError", 1, "deeply"),
        ("image.wings", "AttributeError", 1, "wings"),
        ("def execute_command(a, b, c):\n    return 1", "TypeError", None, "argument"),
    ],
)
def test_errors_are_those_of_python_with_the_programs_line(
    run: Run, source: str, type_: str, line: int | None, says: str
) -> None:
    error = run(source).error
    assert error is not None
    assert (error.type, error.line, error.status) == (type_, line, "api_misuse")
    assert says in error.message
    assert "/" not in error.message.replace("x / 0", "")


def test_errors_of_experts_cross_by_class_and_end_the_program_with_their_status(run: Run) -> None:
    runtime = StubRuntime(answer=ExpertUnavailable("nobody here answers: install something"))
    error = run("result = image.simple_query('x')", runtime).error
    assert error is not None
    assert (error.type, error.status) == ("ExpertUnavailable", "expert_unavailable")
    assert "install" in error.message


def test_a_program_may_catch_an_experts_error(run: Run) -> None:
    runtime = StubRuntime(detect=OutsideWorld("no such thing"))
    source = "try:\n    image.find('x')\nexcept OutsideWorld as e:\n    result = str(e)"
    assert run(source, runtime).value == "no such thing"


def test_a_foreign_error_of_the_host_crosses_without_its_text(run: Run) -> None:
    runtime = StubRuntime(answer=RuntimeError("/home/somebody/secret: key=123"))
    error = run("result = image.simple_query('x')", runtime).error
    assert error is not None
    assert (error.type, error.status) == ("ExpertFailed", "expert_error")
    assert "secret" not in error.message


def test_an_unusable_result_of_an_expert_is_the_experts_failure(run: Run) -> None:
    error = run("result = image.simple_query('x')", StubRuntime(answer={"text": object()})).error
    assert error is not None
    assert error.status == "expert_error"


def test_a_programs_own_class_cannot_pose_as_an_error_of_the_tree(run: Run) -> None:
    error = run("class ExpertUnavailable(Exception):\n    pass\nraise ExpertUnavailable('x')").error
    assert error is not None
    assert error.status == "api_misuse"


# -- what is recorded --


def test_printed_text_is_kept_without_control_characters(run: Run) -> None:
    result = run("print('a\\tb', 1, sep='-', end='!\\n')\nprint('\\x1b[2J\\x07')\nresult = 1")
    assert result.printed == "a\tb-1!\n[2J\n"


def test_what_was_printed_before_a_call_survives_a_time_out(run: Run) -> None:
    source = "print('before')\nimage.simple_query('x')\nwhile True:\n    pass"
    result = run(source, limits=Limits(wall_s=0.3))
    assert result.printed == "before\n"
    assert [site.line for site in result.calls] == [2]


def test_calls_are_told_before_they_are_served(run: Run) -> None:
    seen: list[CallSite] = []
    source = "def execute_command(image):\n    cups = image.find('cup')\n    return [c.simple_query('?') for c in cups]"
    result = run(source, on_call=seen.append)
    assert seen == list(result.calls) == [CallSite(0, "detect", 2), CallSite(1, "answer", 3)]


def test_executed_lines_are_those_that_ran(run: Run) -> None:
    source = (
        "def execute_command(image):\n"
        "    if image.exists('cup'):\n"
        "        kind = 'some'\n"
        "    else:\n"
        "        kind = 'none'\n"
        "    for i in range(100000):\n"
        "        kind += ''\n"
        "    if image.exists('plate'):\n"
        "        kind += '!'\n"
        "    return kind\n"
    )
    result = run(source)
    assert result.executed_lines == (1, 2, 3, 6, 7, 8, 9, 10)


def test_usage_and_walls_are_reported(run: Run) -> None:
    result = run("result = sum(range(10 ** 6))")
    assert result.usage.wall_s > 0
    assert result.usage.cpu_s > 0
    assert 2**20 < result.usage.max_rss_bytes < 2**28
    assert result.walls.seccomp
    assert result.walls.describe()[0].startswith("full isolation")


# -- limits --


def test_a_program_that_does_not_end_is_ended(run: Run) -> None:
    error = run("while True:\n    pass", limits=Limits(wall_s=0.3)).error
    assert error is not None
    assert (error.type, error.status) == ("ProgramTimeout", "timeout")


def test_processor_time_is_limited(run: Run) -> None:
    error = run("while True:\n    pass", limits=Limits(wall_s=30, cpu_s=1)).error
    assert error is not None
    assert error.status == "limit"
    assert "processor" in error.message


def test_memory_is_limited(run: Run) -> None:
    result = run("x = ['a' * 10 ** 6 for i in range(10 ** 6)]", limits=Limits(memory_mb=64))
    assert result.error is not None
    assert (result.error.type, result.error.status) == ("MemoryError", "limit")
    assert result.usage.max_rss_bytes < 64 << 20


def test_calls_are_limited_and_the_program_may_answer_with_what_it_has(run: Run) -> None:
    source = (
        "n = 0\n"
        "try:\n    while True:\n        image.simple_query('x')\n        n += 1\n"
        "except LimitExceeded:\n    result = n"
    )
    assert run(source, limits=Limits(calls=5)).value == 5


def test_a_program_that_goes_on_asking_is_ended(run: Run) -> None:
    source = "while True:\n    try:\n        image.simple_query('x')\n    except Exception:\n        pass"
    result = run(source, limits=Limits(calls=5))
    assert result.error is not None
    assert (result.error.type, result.error.status) == ("LimitExceeded", "limit")
    assert len(result.calls) == 5


def test_pixels_questions_and_output_are_limited(run: Run) -> None:
    flood = "while True:\n    {}"
    for statement, limits in (
        ("image.simple_query('x')", Limits(pixels=640 * 480 * 3)),
        ("image.simple_query('x' * 1000)", Limits(question_chars=5000)),
        ("print('x' * 1000)", Limits(output_chars=5000)),
    ):
        result = run(flood.format(statement), limits=limits)
        assert result.error is not None
        assert result.error.status == "limit"
        assert len(result.calls) <= 5
        assert len(result.printed) <= 5000


def test_a_run_can_be_cancelled(run: Run) -> None:
    cancel = threading.Event()
    source = "image.simple_query('x')\nwhile True:\n    pass"
    result = run(source, on_call=lambda site: cancel.set(), cancel=cancel)
    assert result.error is not None
    assert (result.error.type, result.error.status) == ("Cancelled", "limit")


@pytest.mark.parametrize("field", ["wall_s", "cpu_s", "memory_mb", "calls", "pixels", "output_chars"])
def test_a_limit_must_be_positive(field: str) -> None:
    with pytest.raises(BadRequest):
        Limits(**{field: 0})


# -- references --


@pytest.mark.parametrize(
    "change",
    [
        {"media": "b" * 64},
        {"width": 10**5, "box": (0, 0, 10**5, 480)},
        {"frame": 3},
        {"mask": "s" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_forged_reference_is_refused(run: Run, change: dict[str, Any]) -> None:
    facts = {
        "media": "a" * 64,
        "width": 640,
        "height": 480,
        "box": (0, 0, 640, 480),
        "frame": None,
        "mask": None,
    } | change
    source = (
        "ref = image.ref\nkind, box = type(ref), type(ref.box)\n"
        f"facts = {facts!r}\nfacts['box'] = box(*facts['box'])\n"
        "result = ImagePatch(kind(**facts)).simple_query('x')"
    )
    runtime = StubRuntime()
    error = run(source, runtime).error
    assert error is not None
    assert error.type == "ApiMisuse"
    assert runtime.asked == []


def test_what_an_expert_handed_out_may_be_asked_about(run: Run) -> None:
    edited = ImageRef.whole("e" * 64, 100, 100)
    runtime = StubRuntime(edges={"image": edited.to_wire()})
    result = run("result = image.edges().simple_query('x'), image.find('cup')[0].simple_query('x')", runtime)
    assert result.value == ("blue", "blue")
    assert [target.media for _, target, _ in runtime.asked] == ["a" * 64, "e" * 64, "a" * 64, "a" * 64]


# -- life --


def test_nothing_survives_a_program(run: Run) -> None:
    assert run("import random\nrandom.seed(5)\nmarker = 1\nresult = random.random()").error is None
    first, second = run("import random\nresult = random.random()"), run("import random\nresult = random.random()")
    assert first.value == second.value
    assert run("result = marker").error is not None


def test_a_rehearsal_runs_to_its_end_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline.sandbox.worker import program

    stage = program.Stage(-1, -1)
    sent: list[Any] = []
    names, send = set(stage._names), stage._pipe.send
    monkeypatch.setattr(stage._pipe, "send", lambda message: (sent.append(message[0]), send(message)))
    stage._rehearse()
    assert sent == ["call", "call", "done"]
    assert set(stage._names) == names
    assert stage._recorder.lines == set()
    assert stage._runtime._known == {}


def test_many_threads_share_one_sandbox(sandbox: Sandbox) -> None:
    wrong: list[Any] = []

    def work(number: int) -> None:
        runtime = StubRuntime(answer={"text": str(number), "confidence": 1.0})
        for _ in range(5):
            source = f"result = image.simple_query('x'), {number} * 2"
            value = sandbox.run(source, inputs={"image": IMAGE}, runtime=runtime).value
            if value != (str(number), number * 2):
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_closing_leaves_no_process_and_no_descriptor() -> None:
    processes, descriptors = _children(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with Sandbox() as sandbox:
            assert sandbox.run("result = 1", inputs={}, runtime=StubRuntime()).value == 1
            sandbox.run("result = 1", inputs={}, runtime=StubRuntime(), limits=Limits(cpu_s=3))
    assert _children() == processes
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_a_forgotten_sandbox_is_closed() -> None:
    sandbox = Sandbox()
    sandbox.run("result = 1", inputs={}, runtime=StubRuntime())
    before = _children()
    del sandbox
    gc.collect()
    assert len(_children()) == len(before) - 1


def test_a_closed_sandbox_says_so() -> None:
    sandbox = Sandbox()
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        sandbox.run("result = 1", inputs={}, runtime=StubRuntime())


@pytest.mark.parametrize("spares", [0, 2])
def test_a_dead_helper_is_replaced(spares: int) -> None:
    with Sandbox(SandboxSettings(spares=spares)) as sandbox:
        for _ in range(3):
            assert sandbox.run("result = 1", inputs={}, runtime=StubRuntime()).value == 1
            os.kill(sandbox._running().pid, signal.SIGKILL)
            for _ in range(4):
                result = sandbox.run("result = 2", inputs={}, runtime=StubRuntime())
                assert result.value == 2, result.error


def test_a_fork_of_the_host_gets_a_helper_of_its_own() -> None:
    script = """
import os, sys
from sightline.sandbox import Sandbox
sandbox = Sandbox()
def ask():
    return sandbox.run("result = 6 * 7", inputs={}, runtime=None).value
assert ask() == 42
pid = os.fork()
if pid == 0:
    code = 0 if ask() == 42 else 1
    sandbox.close()
    os._exit(code)
assert os.waitpid(pid, 0)[1] == 0
assert ask() == 42
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_answer_to_a_dead_worker_is_no_broken_pipe_even_where_that_kills() -> None:
    script = """
import os, signal
from sightline.sandbox import Sandbox, SandboxSettings
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
class Runtime:
    def call(self, capability, target, arguments):
        worker = int(open(f"/proc/{helper}/task/{helper}/children").read())
        os.kill(worker, signal.SIGKILL)
        while os.path.exists(f"/proc/{worker}/fd/4"):  # until its pipes are gone
            pass
        return {"text": "x"}
from sightline.tools.api import ImageRef
inputs = {"image": ImageRef.whole("0" * 64, 9, 9)}
with Sandbox(SandboxSettings(spares=0)) as sandbox:
    helper = sandbox._running().pid
    print(sandbox.run("result = image.simple_query('x')", inputs=inputs, runtime=Runtime()).error.type)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "Killed\n"), done.stderr


def test_the_helper_ends_when_the_host_is_killed() -> None:
    script = """
import os, signal
from sightline.sandbox import Sandbox
sandbox = Sandbox()
sandbox.run("result = 1", inputs={}, runtime=None)
print(sandbox._running().pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    helper = Path(f"/proc/{int(done.stdout)}")
    for _ in range(200):
        if not helper.exists() or "Z" in (helper / "stat").read_text().split()[2]:
            return
        threading.Event().wait(0.05)
    pytest.fail("the helper outlived its host")
