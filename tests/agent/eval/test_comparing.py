"""Two runs over the same questions are compared row by row, and rows come back from disk as they were judged."""

from pathlib import Path

import pytest

from sightline.agent.eval.comparing import compare
from sightline.agent.eval.datasets import Asked, Item
from sightline.agent.eval.figures import Judged, figures
from sightline.agent.eval.reply import Reply
from sightline.agent.eval.rows import JudgedRow, read_rows, write_rows
from sightline.tools.errors import BadRequest


def row(name, score, *, media="a", question="Q?"):
    return JudgedRow(id=name, media=media, question=question, expected="x", given="y", score=score)


def test_who_is_right_where_the_other_is_wrong():
    first = [row(str(k), score) for k, score in enumerate([1, 1, 1, 0, 0, 0, 0, 0.3])]
    second = [row(str(k), score, media=str(k)) for k, score in enumerate([1, 1, 0, 1, 1, 1, 0, 0.6])]
    second = [JudgedRow(id=r.id, media="a", question="Q?", expected="x", given="z", score=r.score) for r in second]
    found = compare(first, [*second, row("more", 1)])
    assert (found.rows, found.both, found.first_only, found.second_only, found.neither) == (8, 2, 1, 4, 1)
    assert found.p_value == pytest.approx(2 * (1 + 5) / 32)
    assert found.difference == pytest.approx((5.6 - 3.3) / 8)
    assert (found.first, found.second, found.left_out) == (pytest.approx(3.3 / 8), pytest.approx(5.6 / 8), 1)
    assert [(one.id, two.given) for one, two in found.changed] == [(str(k), "z") for k in (2, 3, 4, 5, 7)]


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ([row("z", 1)], "no question in common"),
        ([row("a", 1), row("a", 0)], "same id"),
        ([row("a", 1, question="Another?")], "another one"),
    ],
)
def test_runs_over_other_questions_are_not_compared(second, complaint):
    with pytest.raises(BadRequest, match=complaint):
        compare([row("a", 1)], second)


def judged(answer, given, **more):
    item = Item(id="7", asked=Asked(image=Path("in/a.png"), question="What?"), answer=answer, family="all")
    return Judged(item=item, reply=Reply(text=given, **more), seconds=0.5)


def test_rows_come_back_from_disk(tmp_path):
    path = tmp_path / "deep" / "rows.jsonl"
    write_rows(path, [judged("red", "Red", program="p"), judged("red", "", note="no", status="timeout")])
    first, second = read_rows(path)
    assert (first.id, first.media, first.expected, first.given, first.score) == ("7", "a.png", "red", "Red", 1.0)
    assert (second.given, second.right) == (None, False)
    path.write_text('{"id": "7"}')
    with pytest.raises(BadRequest, match="line 1"):
        read_rows(path)
    with pytest.raises(BadRequest, match="cannot write"):
        write_rows(path / "below.jsonl", [])


def test_failures_are_counted_by_class():
    rows = [
        judged("red", "red"),
        judged("red", "blue"),
        judged("red", "", status="api_misuse", failure="IndexError"),
        judged("red", "", status="api_misuse", failure="IndexError"),
        judged("red", "", status="cannot_tell"),
    ]
    assert figures(rows)["failures"] == {"api_misuse (IndexError)": 2, "wrong": 1, "cannot_tell": 1}
