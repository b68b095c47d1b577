"""The HTML report, read back as a browser would read it."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from tests.support import made_traces as made

from sightline.agent.trace import Trace
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.errors import BadRequest
from sightline.ui.console import Narrator
from sightline.ui.report import IndexEntry, render_index, render_report, write_report

PICTURES = {made.PICTURE_ID: made.picture()}
KEYS = (
    "box",
    "lines",
    "people",
    "codes",
    "text",
    "texts",
    "names",
    "scores",
    "value",
    "label",
    "image",
    "confidence",
    "$x",
)
_VOID = {"meta", "link", "img", "br", "hr", "input", "line", "path", "rect"}


class Page(HTMLParser):
    """Collects texts, attributes and tags, and checks that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.pieces: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)
        if tag in {"dt", "dd", "p", "td", "div"}:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.pieces))

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


ALL = [
    made.redrawn(),
    made.ordinary(),
    made.referring(),
    made.repaired(),
    made.failed(),
    made.unplanned(),
    made.crowded(),
]


@pytest.mark.parametrize("trace", ALL, ids=lambda trace: trace.answer.status)
@pytest.mark.parametrize("pictures", [PICTURES, {}], ids=["with-pictures", "without"])
def test_every_page_is_well_formed_and_asks_for_nothing_from_elsewhere(
    trace: Trace, pictures: dict[str, object]
) -> None:
    html = render_report(trace, pictures)  # type: ignore[arg-type]
    page = Page(html)
    assert page.open == []
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    for name in ("src", "href", "srcset", "action", "data"):
        assert all(value.startswith("#") for value in page.values(name))
    assert all(url.startswith("data:") for url in re.findall(r'url\("?([^")]*)', html))
    assert "@import" not in html


def test_the_page_shows_question_answer_program_and_every_step() -> None:
    text = Page(render_report(made.ordinary(), PICTURES)).text
    assert "What does the sign on the door say?" in text
    assert "EXIT" in text
    assert "0.93" in text
    assert 'doors = patch.find("door")' in text
    assert "find “door”" in text
    assert "2 found" in text
    assert "door0.90" in text.replace(" ", "")
    assert "read the text" in text
    assert "remembered" in text
    assert "31 ms" in text


def test_text_out_of_a_picture_is_text_on_the_page() -> None:
    html = render_report(made.crowded(), PICTURES)
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert '<script src="https://example.org/x.js"></script>' in Page(html).text


def test_the_page_carries_the_picture_and_the_crop_that_was_asked_about() -> None:
    html = render_report(made.ordinary(), PICTURES)
    sizes = [
        Image.open(io.BytesIO(base64.b64decode(data))).size
        for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)
    ]
    assert sizes == [(made.WIDTH, made.HEIGHT), (made.DOOR.box.width, made.DOOR.box.height)]


def test_a_box_is_drawn_with_y_down() -> None:
    html = render_report(made.referring(), PICTURES)
    # The door's upper edge is 380 pixels above the bottom of a picture of 400, so 20 below its top: 5 %.
    assert any("left:53.125%;top:5.000%;width:34.375%;height:85.000%" in style for style in Page(html).values("style"))


def test_lines_are_marked_and_an_error_stands_at_its_line() -> None:
    page = Page(render_report(made.failed(), PICTURES))
    rows = dict(
        zip(
            (v for t, n, v in page.attributes if (t, n) == ("tr", "id")),
            (v.split()[0] if v else "" for t, n, v in page.attributes if (t, n) == ("tr", "class") and v != "fault"),
            strict=True,
        )
    )
    assert rows["sline4"] == "ran"
    assert rows["sline6"] == "skipped"
    assert "ProgramTimeout: the program ran longer than 10 s" in page.text
    assert "out of time" in page.text


def test_earlier_attempts_are_folded_with_their_problem() -> None:
    page = Page(render_report(made.repaired(), PICTURES))
    assert "details" in page.tags
    assert "Attempt 1 ProgramFailed: IndexError: list index out of range" in page.text
    assert "p.find('dor')" in page.text


def test_a_question_without_program_or_picture_has_its_page_too() -> None:
    text = Page(render_report(made.unplanned())).text
    assert "No program was written." in text
    assert "the planner does not know this kind of question" in text


def test_an_answer_that_cannot_be_told_is_said_once_with_its_reason() -> None:
    said = made.answer(
        status="cannot_tell", text="cannot tell", value=None, confidence=None, reason="no door was found"
    )
    text = Page(render_report(made.ordinary().model_copy(update={"answer": said}), PICTURES)).text
    assert text.count("cannot tell") == 1
    assert "no door was found" in text


def test_walls_and_version_stand_at_the_foot() -> None:
    text = Page(render_report(made.ordinary(), PICTURES)).text
    assert "(Landlock) missing" in text
    assert "(seccomp) stands" in text
    assert "Sightline 0.1.0" in text


def test_a_page_says_how_many_steps_it_leaves_out() -> None:
    assert "and 60 more steps, which the trace holds" in Page(render_report(made.crowded(), PICTURES)).text


def test_a_picture_that_an_expert_made_is_shown_as_the_answer_and_beside_its_step() -> None:
    black = made.MadePicture(pixels=made.picture().pixels * 0)
    html = render_report(made.redrawn(), {**PICTURES, made.MADE_ID: black})
    page = Page(html)
    assert html.count("data:image/jpeg") == 2
    assert "made by the program" in page.text
    shown = [value.split()[1] for value in page.values("class") if value.startswith("view ")]
    given, made_by_expert = "v1", "v2"
    assert shown == [made_by_expert, given, given, made_by_expert]  # the answer and the picture, then the step


def test_a_picture_of_another_size_is_not_shown_for_the_traced_one() -> None:
    other = made.MadePicture(pixels=made.picture().pixels[:-7])
    html = render_report(made.ordinary(), {made.PICTURE_ID: other})
    assert "data:image" not in html
    assert "not the one of the trace" in html


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-500, 500) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(
    capability=st.sampled_from([*CAPABILITIES, "of_another_version"]),
    arguments=st.dictionaries(st.sampled_from(KEYS), PLAIN, max_size=3),
    result=PLAIN,
    several=st.booleans(),
)
def test_a_trace_whose_steps_hold_anything_has_its_page_and_its_words(
    capability: str, arguments: dict[str, object], result: object, several: bool
) -> None:
    targets = [made.WHOLE.to_wire(), made.DOOR.to_wire()] if several else [made.WHOLE.to_wire()]
    step = made.step(0, capability, arguments, result, targets=tuple(targets))
    trace = made.ordinary().model_copy(update={"steps": (step,)})
    assert Page(render_report(trace)).open == []
    narrator = Narrator(console=Console(file=io.StringIO()))
    narrator.trace(trace)


def test_a_page_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot write the report"):
        write_report(tmp_path, made.ordinary())


def test_a_page_is_written_with_the_folder_it_lies_in(tmp_path: Path) -> None:
    path = write_report(tmp_path / "new" / "page.html", made.ordinary(), PICTURES)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_index_leads_to_each_report_and_shows_each_picture_once() -> None:
    entries = [
        IndexEntry(href=f"{n}.html", trace=trace, pictures=PICTURES, expected="EXIT", right=n == 0)
        for n, trace in enumerate([made.ordinary(), made.referring(), made.unplanned()])
    ]
    html = render_index(entries, title="Shown")
    page = Page(html)
    assert page.values("href") == ["0.html", "1.html", "2.html"]
    assert html.count("data:image/jpeg") == 1
    assert "1 of 3 answers are as expected" in page.text
    assert "expected: EXIT" in page.text
