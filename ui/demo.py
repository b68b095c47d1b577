"""`sightline demo`: real questions about the pictures that come along, answered now, with a report for each.

Nothing is canned: each question goes through `Agent.ask`, and the answer is compared with what a person sees in the
picture (`questions.toml` beside the pictures). Photographs and rendered scenes lie in `examples/photos` and
`examples/scenes` of a checkout, and inside the package once it is installed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tools.errors import BadRequest

if TYPE_CHECKING:
    from ..agent import Agent, Answer
    from ..agent.planners import Planner

__all__ = ["DemoQuestion", "as_expected", "picture_folders", "read_questions", "run_demo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQuestion:
    """One question of the demo; `expected` lists the right answers, any of which will do."""

    photo: Path
    question: str
    expected: tuple[str, ...]
    options: tuple[str, ...] | None


def picture_folders() -> list[Path]:
    """Where the photographs and the rendered scenes are: inside an installed package, or in the checkout.

    Raises:
        BadRequest: when they are in neither place.
    """
    here = Path(__file__).resolve().parent
    found = []
    for name in ("photos", "scenes"):
        places = [here / name, here.parent / "examples" / name]
        found += [place for place in places if (place / "questions.toml").is_file()][:1]
    if not found:
        raise BadRequest("the demo's pictures did not come along; give a folder of your own with --photos")
    return found


def read_questions(folder: Path) -> list[DemoQuestion]:
    """The questions of a folder's `questions.toml`.

    Raises:
        BadRequest: when the file is missing or not of the form `[[question]] photo, ask, expect, options`.
    """
    path = folder / "questions.toml"
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("question", [])
        questions = [_question(folder, row) for row in rows]
    except OSError as error:
        raise BadRequest(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} is not TOML: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRequest(f"{path}: each [[question]] needs photo, ask and expect (a list of texts)") from error
    if not questions:
        raise BadRequest(f"{path} holds no [[question]]")
    return questions


def _question(folder: Path, row: dict[str, Any]) -> DemoQuestion:
    expected = row["expect"]
    options = row.get("options")
    return DemoQuestion(
        photo=folder / row["photo"],
        question=row["ask"],
        expected=(expected,) if isinstance(expected, str) else tuple(map(str, expected)),
        options=None if options is None else tuple(options),
    )


def as_expected(text: str, expected: tuple[str, ...]) -> bool:
    """Whether an answer is one of the expected, whatever the case, the spacing and the punctuation at its ends."""
    return _plain(text) in {_plain(one) for one in expected}


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .,;:!?\"'").casefold()


def run_demo(*, photos: Path | None, out: Path, planner: str | Planner, profile: str) -> bool:
    """Ask every question, print and write the evidence, and say whether all answers are as expected.

    Raises:
        BadRequest: when the pictures cannot be found or the reports cannot be written.
    """
    from rich.console import Console
    from rich.text import Text

    from ..agent import Agent
    from .console import Narrator
    from .report import IndexEntry, render_index, write_page, write_report

    folders = picture_folders() if photos is None else [photos]
    questions = [question for folder in folders for question in read_questions(folder)]
    console = Console(highlight=False, soft_wrap=True)
    narrator = Narrator(console=console)
    entries = []
    with Agent(planner, profile=profile) as agent:
        for number, asked in enumerate(questions, start=1):
            console.print()
            console.print(Text(f"{number}. {asked.question}", style="bold"), Text(f"({asked.photo.name})", style="dim"))
            answer = _ask(agent, asked, narrator)
            right = bool(answer) and as_expected(answer.text, asked.expected)
            narrator.verdict(answer, expected=" or ".join(asked.expected), right=right)
            name = f"{number:02d}-{_slug(asked.question)}.html"
            write_report(out / name, answer.trace, answer.pictures)
            entries.append(
                IndexEntry(
                    href=name,
                    trace=answer.trace,
                    pictures=answer.pictures,
                    expected=" or ".join(asked.expected),
                    right=right,
                )
            )
    index = write_page(
        out / "index.html", render_index(entries, title="Sightline, shown on photographs and rendered scenes")
    )
    good = sum(entry.right for entry in entries)
    console.print()
    style = "bold green" if good == len(entries) else "bold red"
    console.print(Text(f"{good} of {len(entries)} answers are as expected", style=style))
    console.print(f"Reports: {index.resolve()}")
    return good == len(entries)


def _ask(agent: Agent, asked: DemoQuestion, narrator: Any) -> Answer:
    with narrator.working("planning"):
        return agent.ask(asked.question, str(asked.photo), options=asked.options, emit=narrator)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:48]
