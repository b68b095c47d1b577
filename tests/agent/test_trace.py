"""A trace is written as JSON lines and read back whole, or refused with the line that is wrong."""

import json

import pytest

from sightline.agent.trace import (
    AnswerRecord,
    Fault,
    Header,
    MediaRecord,
    PlanRecord,
    RunRecord,
    StepRecord,
    Trace,
    read_trace,
    read_traces,
)
from sightline.tools.errors import TraceError


def a_trace(question="How many?", *, text="2"):
    region = {"kind": "image", "media": "m", "size": [4, 4], "box": [0, 0, 4, 4], "frame": None, "mask": None}
    return Trace(
        header=Header(
            id="1",
            sightline="0",
            question=question,
            media=(MediaRecord(id="m", kind="image", width=4, height=4, name="a.png"),),
            planner="scripted",
            profile="embedded",
        ),
        plans=(
            PlanRecord(attempt=0, planner="x", started_s=0, seconds=0.1, problem=Fault(type="NoPlan", message="")),
            PlanRecord(attempt=1, planner="scripted", program="result = 2", started_s=0.1, seconds=0.1),
        ),
        steps=(
            StepRecord(
                attempt=1, index=0, capability="detect", targets=(region,), arguments={"names": ["cup"]}, result=[],
                line=1, started_s=0.2, seconds=0.1,
            ),
        ),
        runs=(RunRecord(attempt=1, executed_lines=(1,), wall_s=0.1, cpu_s=0.1, max_rss_bytes=1, walls={}),),
        answer=AnswerRecord(status="answered", text=text, value=2, seconds=0.4),
    )  # fmt: skip


def test_a_trace_written_and_read_is_the_same(tmp_path):
    trace = a_trace("odd\u2028line \x85 ends \r\n")
    trace.write(tmp_path / "deep" / "trace.jsonl")
    assert read_trace(tmp_path / "deep" / "trace.jsonl") == trace


def test_a_file_holds_many_traces_in_order(tmp_path):
    for number in range(3):
        a_trace(f"question {number}").write(tmp_path / "t.jsonl")
    assert [t.header.question for t in read_traces(tmp_path / "t.jsonl")] == ["question 0", "question 1", "question 2"]


def test_records_stand_in_the_order_in_which_they_happened():
    kinds = [json.loads(line)["record"] for line in a_trace().to_jsonl().splitlines()]
    assert kinds == ["header", "plan", "plan", "step", "run", "answer"]


def test_every_line_is_one_json_object_whatever_the_texts_hold():
    lines = a_trace("two\nlines\u2028and more", text="\x1b[31m").to_jsonl().split("\n")
    assert [json.loads(line)["record"] for line in lines if line] == ["header", "plan", "plan", "step", "run", "answer"]
    assert lines[-1] == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "", "holds no trace"),
        (lambda text: text.rsplit("\n", 2)[0], "cut off"),
        (lambda text: text[:-20], "line 6 is not JSON"),
        (lambda text: text.replace('"version":1', '"version":2'), "line 1 is not a trace record"),
        (lambda text: text.replace('"record":"step"', '"record":"leap"'), "line 4 is not a trace record"),
        (lambda text: "\n".join(text.splitlines()[1:]), "before any header"),
        (lambda text: text.splitlines()[0] + "\n" + text, "before the last one has its answer"),
        (lambda text: "[" * 100_000, "line 1 is not"),
    ],
)
def test_a_damaged_trace_is_refused_with_what_is_wrong(tmp_path, damage, said):
    path = tmp_path / "t.jsonl"
    path.write_text(damage(a_trace().to_jsonl()))
    with pytest.raises(TraceError, match=said):
        read_trace(path)


def test_a_missing_file_or_one_that_is_not_text_is_refused(tmp_path):
    with pytest.raises(TraceError, match="No such file"):
        read_trace(tmp_path / "nothing.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TraceError, match="not UTF-8"):
        read_trace(tmp_path / "binary")


def test_a_trace_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceError, match="cannot write"):
        a_trace().write(tmp_path / "file" / "trace.jsonl")
