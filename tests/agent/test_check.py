# ruff: noqa: E501 - a program in one line is easier to compare with its message
"""The check before running: certain faults are errors, sound programs pass, costs are estimated."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.check import Report, check_program
from sightline.prompts.library import Library
from sightline.prompts.members import api_members
from sightline.tools import api
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.results import NewImage

PROGRAMS = sorted((Path(__file__).parents[1] / "programs").glob("*.py"))


def image(body: str) -> Report:
    """The report on a program about an image with these lines."""
    return check_program("def execute_command(image):\n" + _indented(body), media_kind="image")


def video(body: str, *, samples: int = 30) -> Report:
    program = "def execute_command(video):\n" + _indented(body)
    return check_program(program, media_kind="video", video_samples=samples)


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))


def messages(report: Report) -> str:
    return report.text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_published_idioms_pass_without_a_word(path: Path) -> None:
    source = path.read_text()
    kind = "video" if "(video" in source else "image"
    report = check_program(source, media_kind=kind)  # type: ignore[arg-type]
    assert report.issues == ()


SOUND = {
    "narrowing by None": "best = None\nfor cup in image.find('cup'):\n    if best is None or cup.area > best.area:\n        best = cup\nreturn best",
    "a name for two things": "cups = image.find('cup')\ncups = cups[0] if cups else image\nreturn cups.color()",
    "a list of anything": "rows = []\nfor cup in image.find('cup'):\n    rows.append(cup.color())\nreturn rows[0].upper()",
    "a list that changes its kind": "rows = [image]\nrows.append('x')\nreturn rows[-1].upper()",
    "a dict from names": "found = image.find(['a', 'b'])\nreturn len(found['a']) + sum(len(v) for v in found.values())",
    "a dict of counts": "counts = {}\nfor name in ['a', 'b']:\n    counts[name] = len(image.find(name))\nreturn max(counts, key=counts.get)",
    "numbers of many kinds": "depths = [cup.compute_depth() for cup in image.find('cup')]\nreturn float(np.mean(depths)) if depths else None",
    "an imported module": "import math\nfrom statistics import mean\nreturn mean([math.sqrt(2), 1])",
    "an old keyword": "return image.verify_property('cup', property='red') or image.verify_property('cup', visual_property='red')",
    "a try": "try:\n    return image.find('cup')[0].color()\nexcept IndexError:\n    return None",
    "annotations of unknown names": "cups: List[Patch] = image.find('cup')\nreturn len(cups)",
    "a helper within": "def size(patch, scale=1):\n    return patch.area * scale\nreturn max(image.find('cup'), key=size)",
    "a helper with stars": "def add(*numbers):\n    return sum(numbers)\nreturn add(1, 2, 3)",
    "an optional text": "lines = image.text_lines()\nreturn [line.label.upper() for line in lines if line.label]",
    "a while that counts": "n = 0\nwhile n < 3:\n    n += 1\nreturn n",
    "a while that empties": "cups = image.find('cup')\nwhile cups:\n    cups.pop()\nreturn 0",
    "a while True that breaks": "n = 0\nwhile True:\n    n += 1\n    if n > 3:\n        break\nreturn n",
    "unpacking": "a, b = image.find('a'), image.find('b')\n(x, y), *rest = [(1, 2), (3, 4)]\nreturn len(a) + x",
    "walrus": "if (cups := image.find('cup')):\n    return cups[0]\nreturn None",
    "slices and stars": "first, *others = sorted(image.find('cup'), key=lambda c: c.left)[:3]\nreturn [*others, first]",
    "zip and enumerate": "return [(i, a.left, b.left) for i, (a, b) in enumerate(zip(image.find('a'), image.find('b')))]",
    "a lambda by name": "key = lambda patch: patch.area\nreturn max(image.find('cup'), key=key)",
    "a match": "match image.color():\n    case 'red':\n        return 'yes'\n    case other:\n        return other",
    "a class": "class Box:\n    def __init__(self, patch):\n        self.patch = patch\n    def size(self):\n        return self.patch.area\nreturn Box(image).size()",
    "a method named like a function": (
        "class Box:\n    def distance(self):\n        return distance(image, image)\nreturn Box().distance()"
    ),
    "a generator": (
        "def pairs():\n    got = yield 1\n    return [got]\nmaker = pairs()\nnext(maker)\nmaker.close()\nreturn 1"
    ),
    "isinstance": "answer = image.simple_query('?')\nif isinstance(answer, list):\n    answer = answer.pop()\nreturn answer",
    "an unbound method as key": "return min(image.find('cup'), key=ImagePatch.compute_depth)",
    "formatting": "cups = image.find('cup')\nreturn f'{len(cups)} cups, {cups[0] if cups else None!r}' + '%s' % image",
}


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND.keys())
def test_sound_programs_have_no_error(body: str) -> None:
    assert image(body).text == ""


FAULTY = {
    "unknown method": ("return image.fnid('cup')", "ImagePatch has no attribute fnid", "did you mean find?"),
    "unknown attribute": ("return image.find('cup')[0].centre", "no attribute centre", None),
    "attribute of a list": (
        "return image.find('cup').horizontal_center",
        "a list of ImagePatch",
        "one of its elements",
    ),
    "attribute in a lambda": ("return max(image.find('a'), key=lambda p: p.size)", "no attribute size", None),
    "attribute in a comprehension": ("return [p.x for p in image.find('a')]", "no attribute x", None),
    "unknown keyword": ("return image.simple_query(prompt='?')", "unexpected keyword argument 'prompt'", None),
    "too few arguments": ("return image.overlaps_with(image)", "missing a required argument: 'lower'", None),
    "too many arguments": ("return image.find('a', 'b')", "too many positional arguments", None),
    "wrong type": ("return image.find(3)", "object_name must be", None),
    "patch for a text": ("return image.verify_property(image, 'red')", "object_name must be a text", None),
    "list for a text": ("return image.simple_query(['a'])", "question must be a text, not a list of texts", None),
    "method not called": ("return image.compute_depth > 3", "compute_depth is a method", "add ()"),
    "attribute called": ("return image.width() > 3", "width is a number and cannot be called", "leave out the ()"),
    "comparing patches": ("return image < image.find('a')[0]", "cannot be calculated with or compared", "attributes"),
    "going over a patch": ("return [p for p in image]", "cannot be looped over", None),
    "indexing a patch": ("return image[0]", "cannot be indexed", None),
    "unknown name": ("return len(imge.find('a'))", "name imge is not defined", "did you mean image?"),
    "unknown function": ("return bool_to_yes_no(True)", "name bool_to_yes_no is not defined", "bool_to_yesno"),
    "forbidden name": ("return open('x').read()", "open is not available", None),
    "forbidden module": ("import os\nreturn os.getcwd()", "module os cannot be imported", None),
    "forbidden attribute": ("return image.__class__", "attribute __class__ is not available", None),
    "endless loop": ("while True:\n    image.find('a')\nreturn 1", "this loop never ends", None),
    "endless iteration": ("for n in itertools.count():\n    image.find('a')\nreturn 1", "this loop never ends", None),
    "break of an inner loop": ("while 1:\n    for a in [1]:\n        break\nreturn 1", "this loop never ends", None),
    "nothing returned": ("image.find('a')", "never returns anything", "return the answer"),
    "helper without an argument": ("def f(a, b):\n    return a\nreturn f(1)", "f is called without b", None),
    "helper with too many": ("def f(a):\n    return a\nreturn f(1, 2)", "f takes 1 arguments, not 2", None),
    "a video of an image": ("return VideoSegment(image)", "VideoSegment takes a video, not an ImagePatch", None),
    "syntax": ("return (", "not valid Python", None),
}


@pytest.mark.parametrize(("body", "said", "advice"), FAULTY.values(), ids=FAULTY.keys())
def test_certain_faults_are_errors(body: str, said: str, advice: str | None) -> None:
    report = image(body)
    assert not report.ok
    assert said in report.text
    assert (advice or "") in report.text


def test_an_error_names_its_line() -> None:
    (issue,) = image("cups = image.find('cup')\nreturn cups.left").errors
    assert issue.line == 3
    assert str(issue).startswith("line 3: a list of ImagePatch has no attribute left")


def test_an_unknown_name_is_shown_where_it_is_unknown() -> None:
    (issue,) = image("cups = [cup for cup in image.find('cup')]\nif cups:\n    return cups[0]\nreturn cup").errors
    assert (issue.line, issue.message) == (5, "name cup is not defined")


def test_python_s_own_remarks_about_a_program_are_not_printed() -> None:
    import subprocess
    import sys

    code = (
        "from sightline.agent.check import check_program\n"
        "print(check_program('def execute_command(image):\\n    return image is 1 or \"\\\\d\"').ok)"
    )
    run = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout.strip(), run.stderr) == ("True", "")


def test_a_video_is_asked_through_its_frames() -> None:
    text = video("for frame in video:\n    return frame\nreturn video.find('dog') or video[0]").text
    assert "loop over its frame_iterator()" in text
    assert "ask a frame of it" in text
    assert "use frame_from_index(i)" in text
    assert (
        "VideoSegment has no attribute find"
        in check_program("def execute_command(image):\n    return image.find('dog')", media_kind="video").text
    )


def test_doubtful_things_are_warnings() -> None:
    doubtful = {
        "def execute_command(image):\n    try:\n        return image.fnid('a')\n    except AttributeError:\n        return 1": "fnid",
        "def execute_command(image):\n    def f(p):\n        return p.simple_qeury('?')\n    return f(image)": "may not exist",
        "def execute_command(image):\n    if image.exists:\n        return 1\n    return 2": "always true",
        "def execute_command(image):\n    a = 1\n    while a:\n        image.find('x')\n    return 1": "may never end",
        "def execute_command(image):\n    return 1\ndef execute_command(image):\n    return 2": "more than once",
    }
    for program, said in doubtful.items():
        report = check_program(program)
        assert report.ok, report.text
        assert any(said in issue.message and issue.severity == "warning" for issue in report.issues), program


def test_a_program_without_the_function_is_an_error_unless_it_sets_a_result() -> None:
    assert "rename solve to execute_command" in check_program("def solve(image):\n    return 1").text
    assert "defines no function" in check_program("x = 1").text
    assert check_program("result = len(image.find('dog'))").ok


@pytest.mark.parametrize(
    ("report", "calls", "capabilities"),
    [
        (image("return image.width"), 0, set()),
        (image("return image.exists('a') and image.exists('b')"), 2, {"detect"}),
        (
            image("if image.exists('a'):\n    return image.color()\nreturn image.caption()"),
            3,
            {"detect", "color", "caption"},
        ),
        (image("return [image.find(name) for name in ['a', 'b', 'c']]"), 3, {"detect"}),
        (image("for n in range(4):\n    image.color()\nreturn 1"), 4, {"color"}),
        (image("return [cup.color() for cup in image.find('cup')]"), 6, {"detect", "color"}),
        (image("def f(p):\n    return p.color()\nreturn f(image) + f(image)"), 2, {"color"}),
        (video("return [f.find('a') for f in video.frame_iterator()]", samples=12), 12, {"detect"}),
        (
            video("frames = list(video.frame_iterator())\nfor f in frames:\n    f.color()\nreturn 1", samples=7),
            7,
            {"color"},
        ),
        (video("for i, f in enumerate(video.frame_iterator()):\n    f.color()\nreturn 1", samples=9), 9, {"color"}),
        (video("return len(video.track('car'))"), 1, {"track"}),
    ],
)
def test_expert_calls_are_estimated(report: Report, calls: int, capabilities: set[str]) -> None:
    assert report.ok, report.text
    assert report.estimated_calls == calls
    assert report.capabilities == capabilities


def test_a_costly_program_is_warned_about() -> None:
    body = "for f in video.frame_iterator():\n    for g in video.frame_iterator():\n        f.color()\nreturn 1"
    report = video(body)
    assert report.estimated_calls == 900
    assert [issue.severity for issue in report.issues] == ["warning"]


@pytest.mark.parametrize(
    "source", ["", "\x00", "(" * 3000, "x = " + "-" * 20_000 + "1", "a" * 200_000, "def f(:", "return 1", "\ud800"]
)
def test_no_source_breaks_it(source: str) -> None:
    assert not check_program(source).ok


@given(st.text(max_size=300))
def test_no_text_breaks_it(source: str) -> None:
    check_program(source)


LINES = [
    "p = image.find('a')",
    "p = p[0]",
    "p = [p]",
    "for p in p: pass",
    "q = p",
    "p = q",
    "p += [q]",
    "q = lambda x: x.left",
    "p = {1: p}",
    "p = p.color",
    "p, q = q, p",
    "q = [x for x in p]",
    "p = max(q, key=lambda x: x.area)",
    "return p",
]


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_no_order_of_assignments_breaks_it(lines: list[str]) -> None:
    image("\n".join(["q = 1", *lines, "return q"]))


class Answering:
    """A runtime that gives something of the right form for every capability."""

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        plain = {
            "verify_property": {"value": True},
            "match": {"scores": [0.5] * len(arguments.get("texts", ()))},
            "depth": {"median": 1.0},
            "normals": {"facing": [0.0, 0.0, 1.0]},
            "quality": {"sharpness": 0.5, "brightness": 0.5, "contrast": 0.5},
            "color": {"name": "red"},
            "read_text": {"lines": []},
            "codes": {"codes": []},
            "lines": {"lines": []},
            "pose": {"people": []},
            "track": {"tracks": []},
            "transcribe": {"segments": []},
            "find_moments": {"moments": []},
            "shots": {"shots": [[0, 1]]},
        }
        if capability in ("detect", "segment", "faces", "foreground"):
            return []
        if CAPABILITIES[capability].result is NewImage:
            return {"image": target.to_wire() if target else api.ImageRef.whole("made", 8, 8).to_wire()}
        found = plain.get(capability, {"text": "word"})
        return [found] * len(target) if capability == "match" and isinstance(target, list) else found


VALUES: dict[str, str] = {
    "a text": "'dog'",
    "a number": "3",
    "a list of texts": "['a', 'b']",
    "a list of patches": "[image]",
    "a patch": "image",
    "None": "None",
    "a dict": "{'a': 1}",
    "a method": "image.find",
}
CALLS = [name for name, member in api_members().items() if not member.is_property and not name.startswith("Video")]


@pytest.mark.parametrize("name", CALLS)
def test_what_the_check_calls_wrong_does_fail_and_what_works_is_never_called_wrong(name: str) -> None:
    # The check judges arguments by the signatures; the code itself has the last word.
    runtime = Answering()
    owner, _, short = name.rpartition(".")
    call = f"image.{short}" if owner and short != "__init__" else (owner or short)
    parameters = [p for p in inspect.signature(_function(name)).parameters.values() if p.name != "self"]
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY] or parameters[:1]
    fitting = {p.name: _fitting(p.name) for p in required}
    trials = [list(fitting.values())] + [
        [value if p.name == changed.name else fitting[p.name] for p in required]
        for changed in required
        for value in VALUES.values()
    ]
    trials += [
        [*fitting.values(), f"{changed.name}={value}"]
        for changed in parameters
        if changed not in required
        for value in VALUES.values()
    ]
    trials.append([*fitting.values(), "1", "2", "3", "4", "5"])
    for arguments in trials:
        source = f"def execute_command(image):\n    return {call}({', '.join(arguments)})\n"
        report = check_program(source)
        with api.use_runtime(runtime):
            names = {key: getattr(api, key) for key in api.__all__}
            exec(source, names)
            patch = api.ImagePatch(api.ImageRef.whole("picture", 10, 10))
            try:
                names["execute_command"](patch)
                failed = False
            except Exception:
                failed = True
        assert report.ok or failed, f"{source} works, but the check says {report.text}"


def _function(name: str) -> Any:
    found: Any = api
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _fitting(parameter: str) -> str:
    lists = {"option_list": "['a', 'b']", "content": "['a']", "list_patches": "[image]"}
    patches = {"patch_a": "image", "patch_b": "image", "image": "image"}
    numbers = {"left": "0", "lower": "0", "right": "5", "upper": "5", "bool_answer": "True"}
    numbers |= {"width": "20", "height": "20"}
    return {**lists, **patches, **numbers}.get(parameter, "'dog'")


def test_every_example_program_can_be_checked_for_either_kind_of_media() -> None:
    for example in Library().examples:
        for kind in ("image", "video"):
            check_program(example.source, media_kind=kind)


def test_a_program_that_takes_the_api_as_parameters_passes() -> None:
    source = (
        "def execute_command(video, possible_answers, query, ImagePatch, VideoSegment, llm_query, bool_to_yesno, "
        "distance, best_image_match):\n    video_segment = VideoSegment(video)\n"
        "    info = {'frame': video_segment.frame_from_index(0).caption()}\n"
        "    return video_segment.select_answer(info, query, possible_answers)\n"
    )
    assert check_program(source, media_kind="video").issues == ()
