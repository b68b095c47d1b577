"""What a report shows of a video: a filmstrip, spans, frames with what was found in them, and a clip that plays."""

from __future__ import annotations

import base64
import io
import re

import av
import numpy as np
import pytest
from tests.support.clips import encode
from tests.support.squares import PROFILE, frame

from sightline.agent import Agent, Settings
from sightline.agent.answer import Answer
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.tools.experts import ExpertPool
from sightline.ui.film import frames_to_show, spans_of
from sightline.ui.report import render_report

PROGRAM = """
def execute_command(video):
    return len(VideoSegment(video).track("thing"))
"""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    clip = encode(tmp_path_factory.mktemp("film") / "squares.mp4", (frame(n) for n in range(24)), fps=8)
    settings = Settings(video_memory=False)
    with Agent(planner=ScriptedPlanner(PROGRAM), pool=ExpertPool(PROFILE), settings=settings) as agent:
        given = agent.ask("How many things are there?", clip)
    assert given.value == 2, given.reason
    return given


def test_a_thing_has_one_number_and_one_colour_wherever_it_is_shown(answer: Answer) -> None:
    (step,) = answer.trace.steps
    spans = {span.label: span.hue for span in spans_of(step)}
    assert set(spans) == {"thing 1", "thing 2"}
    shown = frames_to_show(step, most=12)
    assert [time for _, time, _ in shown] == sorted({time for _, time, _ in shown})
    assert shown[0][1] == 0.0
    for _, _, regions in shown:
        boxes = [region for region in regions if region.shape == "box"]
        assert len(boxes) == 2  # all that is followed is marked, not only what the frame was chosen for
        for region in regions:
            assert region.label == f"thing {region.number}"
            assert region.hue == spans[region.label]


def test_the_page_has_a_strip_spans_and_a_clip_with_the_tracks_drawn_into_it(answer: Answer) -> None:
    page = render_report(answer.trace, answer.pictures)
    assert page.count("<figure>") >= 8
    assert page.count('class="lane"') == 4  # of the video, and of the step
    assert re.search(r"<p>1\.\d s</p>", page)
    (data,) = re.findall(r'<video[^>]* src="data:video/mp4;base64,([^"]+)"', page)
    with av.open(io.BytesIO(base64.b64decode(data))) as container:
        frames = [each.to_ndarray(format="rgb24").astype(int) for each in container.decode(video=0)]
    assert len(frames) >= 20
    # the first track's colour, that of its span, stands around it
    assert (np.abs(frames[5] - (255, 90, 79)).sum(2) < 120).any()


def test_without_the_file_it_shows_the_spans_alone(answer: Answer) -> None:
    page = render_report(answer.trace)
    assert "<video" not in page
    assert page.count('class="lane"') == 4
