"""The `sightline` command: what it prints where, and what it leaves with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.support.filmed import film, footage_of
from tests.support.openai_server import OpenAIServer, fenced

import sightline
from sightline.agent import read_trace
from sightline.ui.cli import EXIT_CODES, app

READ = "def execute_command(image):\n    return image.read_text()\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in this process and gives its exit code and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as left:
            app([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Ran(code=int(left.value.code or 0), out=said.out, err=said.err)

    return run


@pytest.fixture(scope="module")
def sign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a sign that says EXIT 24."""
    path = tmp_path_factory.mktemp("pictures") / "sign.png"
    image = Image.new("RGB", (480, 240), (214, 208, 190))
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 50, 420, 190), fill=(20, 90, 50))
    draw.text((100, 80), "EXIT 24", font=ImageFont.load_default(70), fill="white")
    image.save(path)
    return path


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a program to a file; lines without a head become the body of `execute_command`."""

    def write(text: str) -> Path:
        path = tmp_path / "program.py"
        path.write_text(text if "def " in text else f"def execute_command(image):\n    {text}\n", encoding="utf-8")
        return path

    return write


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")


# -- what stands where --


def test_the_answer_alone_goes_to_standard_output(command: Command, sign: Path, program: Callable[[str], Path]) -> None:
    ran = command("run", program(READ), sign)
    assert (ran.code, ran.out) == (0, "EXIT 24\n")
    assert "read the text → 1 line: “EXIT 24”" in ran.err
    assert "    return image.read_text()" in ran.err
    assert "\x1b" not in ran.err


def test_quiet_says_nothing_but_the_answer(command: Command, sign: Path, program: Callable[[str], Path]) -> None:
    assert command("run", program(READ), sign, "--quiet") == Ran(code=0, out="EXIT 24\n", err="")


def test_json_is_one_object(command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path) -> None:
    ran = command("run", program(READ), sign, "--json", "--trace", tmp_path / "t.jsonl")
    told = json.loads(ran.out)
    assert one_line(ran.out)
    assert (told["answer"], told["status"], told["steps"]) == ("EXIT 24", "answered", 1)
    assert told["program"] == READ
    assert 0 < told["confidence"] <= 1
    assert told["seconds"] > 0
    assert told["trace_id"] == read_trace(tmp_path / "t.jsonl").header.id


def test_json_is_an_object_for_a_failure_too(command: Command, program: Callable[[str], Path]) -> None:
    ran = command("run", program("return 1"), "no-such-file.png", "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["status"], told["answer"]) == (2, "bad_input", None)
    assert "no-such-file.png" in told["reason"]


def test_control_characters_of_an_answer_do_not_reach_the_terminal(
    command: Command, sign: Path, program: Callable[[str], Path]
) -> None:
    ran = command("run", program("return 'red: ' + chr(27) + '[31m'"), sign)
    assert ran.code == 0
    assert "\x1b" not in ran.out + ran.err


# -- saving pictures --


def test_the_picture_that_is_the_answer_is_saved(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path
) -> None:
    ran = command("run", program("return image.color_pop('text')"), sign, "--save", tmp_path / "gray.png")
    assert (ran.code, f"picture: {tmp_path / 'gray.png'}" in ran.err) == (0, True)
    with Image.open(tmp_path / "gray.png") as saved:
        assert saved.size == (480, 240)
        red, green, blue = saved.getpixel((5, 5))
        assert red == green == blue


def test_what_a_question_asks_to_be_drawn_is_saved(command: Command, sign: Path, tmp_path: Path) -> None:
    assert command("ask", sign, "Draw the edges of the picture", "--save", tmp_path / "edges.png").code == 0
    with Image.open(tmp_path / "edges.png") as saved:
        assert (saved.size, saved.getpixel((5, 5)), saved.getextrema()[0]) == ((480, 240), (0, 0, 0), (0, 255))


def test_a_region_is_saved_as_it_was_cut_out_of_the_picture(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path
) -> None:
    ran = command(
        "run", program("return image.crop(60, 50, 420, 190)"), sign, "--save", tmp_path / "part.PNG", "--quiet"
    )
    assert (ran.code, ran.err) == (0, "")
    with Image.open(tmp_path / "part.PNG") as saved, Image.open(sign) as whole:
        assert saved.tobytes() == whole.crop((60, 50, 420, 190)).tobytes()


def test_a_frame_of_a_video_is_saved(command: Command, program: Callable[[str], Path], tmp_path: Path) -> None:
    clip = film(tmp_path / "film.mp4", seconds=1.0)
    source = "def execute_command(video):\n    return video.frame_from_index(9)\n"
    assert command("run", program(source), clip, "--save", tmp_path / "last.png").code == 0
    footage = footage_of(clip)
    with Image.open(tmp_path / "last.png") as saved:
        assert saved.tobytes() == footage.pixels(9).tobytes() != footage.pixels(0).tobytes()


def test_several_pictures_are_numbered(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path
) -> None:
    both = "return {'left': image.crop(0, 0, 40, 240), 'parts': [image.crop(0, 0, 480, 30), 'no picture']}"
    assert command("run", program(both), sign, "--save", tmp_path / "part.jpg").code == 0
    sizes = []
    for name in ("part-1.jpg", "part-2.jpg"):
        with Image.open(tmp_path / name) as saved:
            sizes.append(saved.size)
    assert sizes == [(40, 240), (480, 30)]
    assert sorted(path.name for path in tmp_path.glob("*.jpg")) == ["part-1.jpg", "part-2.jpg"]


def test_an_answer_without_a_picture_is_told_and_still_printed(command: Command, sign: Path, tmp_path: Path) -> None:
    ran = command("ask", sign, "What does the sign say?", "--save", tmp_path / "out.png")
    assert (ran.code, ran.out) == (4, "EXIT 24\n")
    assert "the answer is no picture" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "problem"), [("out.txt", "end its name in one of .png"), ("gone/out.png", "there is no folder")]
)
def test_where_no_picture_can_be_saved_nothing_is_asked(
    command: Command, sign: Path, tmp_path: Path, name: str, problem: str
) -> None:
    ran = command("ask", sign, "What does the sign say?", "--save", tmp_path / name)
    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err


# -- asking a chat model --


def test_a_question_is_answered_by_a_chat_model_that_mends_its_program(
    command: Command, sign: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("OPENAI_API_KEY", "secret-key-123")
    wrong, right = "def execute_command(image):\n    return [][0]", f"Here you are.\n{fenced(READ)}"
    with OpenAIServer([fenced(wrong), right]) as server:
        arguments = (
            "ask",
            sign,
            "What does it say?",
            "--planner",
            server.planner,
            "--option",
            "EXIT 24",
            "--option",
            "NO",
        )
        ran = command(*arguments, "--report", tmp_path / "r.html")
    assert (ran.code, ran.out) == (0, "EXIT 24\n")
    assert "the program ended at line 2: IndexError" in ran.err
    assert "EXIT 24" in ran.err
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Earlier attempts" in page
    assert "secret-key-123" not in page + ran.err


# -- exit codes --


@pytest.mark.parametrize(
    ("body", "code", "complaint"),
    [
        ("return True", 0, ""),
        ("return None", 4, "could not tell"),
        ("return 1 / 0", 4, "ZeroDivisionError"),
        ("return image.find('unicorn')[0]", 4, "unicorn"),
        ("return len('x' * 10 ** 11)", 5, "memory"),
    ],
    ids=["answered", "cannot-tell", "program-failed", "no-expert", "limit"],
)
def test_the_exit_code_tells_how_it_ended(
    command: Command, sign: Path, program: Callable[[str], Path], body: str, code: int, complaint: str
) -> None:
    ran = command("run", program(body), sign, "--quiet")
    assert ran.code == code
    assert complaint.lower() in ran.err.lower()
    assert code == 0 or one_line(ran.err)
    assert "Traceback" not in ran.err


def test_a_planner_that_cannot_be_reached_is_no_plan(
    command: Command, sign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    ran = command("ask", sign, "What does it say?", "--planner", "openai:some-model", "--quiet")
    assert (ran.code, ran.out) == (3, "")
    assert one_line(ran.err)
    assert "key" in ran.err.lower()


def test_every_status_has_an_exit_code_of_the_list() -> None:
    assert set(EXIT_CODES.values()) <= {0, 2, 3, 4, 5}
    assert [status for status, code in EXIT_CODES.items() if code == 0] == ["answered"]


# -- bad input --


def truncated(path: Path) -> bytes:
    data = path.read_bytes()
    return data[: len(data) // 2]


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "truncated", "url"])
def test_bad_input_is_one_line_and_exit_code_2(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "picture.png"
    content = {"empty": b"", "text": b"just words", "truncated": truncated(sign)}
    if kind in content:
        path.write_bytes(content[kind])
    elif kind == "folder":
        path.mkdir()
    media: object = "https://example.org/picture.png" if kind == "url" else path
    ran = command("run", program("return 1"), media, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert one_line(ran.err)
    assert ("--allow-urls" in ran.err) is (kind == "url")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "no-such-program.py", "x.png"],
        ["replay", "no-such-trace.jsonl"],
        ["prompt", " "],
        ["prompt", "How many?", "--profile", "embeded"],
        ["demo", "--photos", "no-such-folder"],
        ["doctor", "--profile", "nothing"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_cannot_be_read_is_bad_input_for_every_command(command: Command, arguments: list[str]) -> None:
    ran = command(*arguments)
    assert ran.code == 2
    assert "sightline: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "x.png", "y", "--no-such-flag"], ["no-such-command"]])
def test_wrong_usage_is_exit_code_2(command: Command, arguments: list[str]) -> None:
    assert command(*arguments).code == 2


def test_a_program_that_is_not_text_is_bad_input(command: Command, sign: Path) -> None:
    ran = command("run", sign, sign)
    assert ran.code == 2
    assert "UTF-8" in ran.err


def test_a_report_that_cannot_be_written_is_bad_input_after_the_answer(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path
) -> None:
    ran = command("run", program("return 7"), sign, "--quiet", "--report", tmp_path)
    assert (ran.code, ran.out) == (2, "7\n")
    assert "cannot write the report" in ran.err


# -- traces, reports, prompts --


def test_a_replayed_trace_gives_the_same_answer_without_the_picture(
    command: Command, sign: Path, program: Callable[[str], Path], tmp_path: Path
) -> None:
    trace, report = tmp_path / "t.jsonl", tmp_path / "r.html"
    first = command("run", program(READ), sign, "--trace", trace, "--report", report)
    again = command("replay", trace, "--report", tmp_path / "again.html")
    assert (again.code, again.out) == (first.code, first.out)
    assert "data:image/jpeg" in report.read_text(encoding="utf-8")
    assert "the trace keeps no pixels" in (tmp_path / "again.html").read_text(encoding="utf-8")


def test_a_damaged_trace_is_bad_input(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"record": "header"\n', encoding="utf-8")
    ran = command("replay", path)
    assert (ran.code, ran.out) == (2, "")
    assert "line 1" in ran.err


def test_the_prompt_is_printed_with_the_size_of_the_picture(command: Command, sign: Path) -> None:
    ran = command("prompt", "Is it an exit?", "--media", sign, "--option", "yes", "--option", "no")
    assert ran.code == 0
    for part in ("--- system ---", "--- user ---", "480 x 240", "Is it an exit?", "- yes", "def execute_command"):
        assert part in ran.out
    assert "tokens" in ran.err


def test_doctor_tells_experts_walls_and_planner(command: Command) -> None:
    ran = command("doctor")
    assert ran.code == 0
    for part in ("Planner", "native", "read_text", "Walls of the sandbox", "language checks", "RestrictedPython"):
        assert part in ran.out


def test_version_is_printed(command: Command) -> None:
    assert command("--version") == Ran(code=0, out=f"sightline {sightline.__version__}\n", err="")


def test_every_command_has_its_help(command: Command) -> None:
    for name in ("ask", "run", "replay", "prompt", "doctor", "demo"):
        assert name in command("--help").out
        assert "Usage" in command(name, "--help").out


# -- interruption --

ENDLESS = """def execute_command(image):
    image.color()
    total = 0
    for n in range(10 ** 12):
        total += n
    return total
"""


@pytest.mark.skipif(os.name != "posix", reason="signals to a process group are of POSIX")
def test_ctrl_c_ends_quietly_with_130(sign: Path, program: Callable[[str], Path]) -> None:
    endless = program(ENDLESS)
    process = subprocess.Popen(
        [sys.executable, "-m", "sightline.ui.cli", "run", str(endless), str(sign)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A runner in the background of a shell ignores SIGINT, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, "PYTHONPATH": str(Path(sightline.__file__).resolve().parents[1])},
    )
    assert process.stderr is not None
    told = []
    for line in process.stderr:  # the line of the step says that the program is running
        told.append(line)
        if "name the colour" in line:
            os.killpg(process.pid, signal.SIGINT)
            break
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, "".join(told) + err
    assert out == ""
    assert "Traceback" not in err
