"""Programs as ViperGPT writes them for NExT-QA, unchanged, on decoded video: they choose among the given answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.clips import Caption, Mover, film, write_clip

from sightline.agent import Agent, Settings
from sightline.agent.planners.scripted import ScriptedPlanner

OPTIONS = ["the word exit", "the word open", "a dog", "nothing", "the word sale"]

AT_THE_END = """
def execute_command(video, possible_answers, query):
    # What can be read at the end of the video?
    video_segment = VideoSegment(video)
    last_frame = ImagePatch(video_segment.frame_from_index(-1))
    text = last_frame.read_text()
    info = {"Text at the end of the video": text}
    answer = video_segment.select_answer(info, query, possible_answers)
    return answer
"""
AFTER_IT = """
def execute_command(video, possible_answers, query, ImagePatch, VideoSegment, llm_query, bool_to_yesno, distance):
    # What is shown after the word open disappears?
    video_segment = VideoSegment(video)
    open_frame = None
    for i, frame in enumerate(video_segment.frame_iterator()):
        if "open" in frame.read_text().lower():
            open_frame = i
        elif open_frame is not None:
            break
    if open_frame is None:
        open_frame = video_segment.num_frames // 2
    after = video_segment.trim(open_frame + 1)
    text = ""
    for frame in after.frame_iterator():
        text = frame.read_text()
        if text:
            break
    info = {"the next text": text}
    return video_segment.select_answer(info, query, possible_answers)
"""
IN_THE_MIDDLE = """
def execute_command(video, possible_answers, query):
    # Is anything written in the middle?
    video_segment = VideoSegment(video)
    middle = video_segment.frame_from_index(video_segment.num_frames // 2)
    info = {"in the middle": middle.read_text()}
    return video_segment.select_answer(info, query, possible_answers)
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shown = film(
        movers=[Mover(color="red", path=lambda t: (40 + 50 * t, 180))],
        captions=[
            Caption(text=text, start_s=start, end_s=end)
            for text, start, end in (("OPEN", 0.0, 1.6), ("SALE", 2.0, 2.8), ("EXIT", 3.2, 4.1))
        ],
    )
    return write_clip(tmp_path_factory.mktemp("choices") / "clip.mp4", shown, seconds=4.0, fps=10)


@pytest.mark.parametrize(
    ("program", "question", "answer"),
    [
        (AT_THE_END, "What can be read at the end of the video?", "the word exit"),
        (AFTER_IT, "What is shown after the word open disappears?", "the word sale"),
        (IN_THE_MIDDLE, "What is written in the middle of the video?", "the word sale"),
    ],
    ids=["at the end", "after something", "in the middle"],
)
def test_a_published_program_chooses_among_the_options(clip: Path, program: str, question: str, answer: str) -> None:
    settings = Settings(video_samples=10, video_memory=False)
    with Agent(planner=ScriptedPlanner(program), settings=settings) as agent:
        given = agent.ask(question, clip, options=OPTIONS)
    assert given.text == answer, given.reason


def test_whatever_was_found_the_answer_is_one_of_the_options(clip: Path) -> None:
    nothing = IN_THE_MIDDLE.replace("middle.read_text()", "'zebra'")
    with Agent(planner=ScriptedPlanner(nothing), settings=Settings(video_samples=5, video_memory=False)) as agent:
        given = agent.ask("What is it?", clip, options=["a cat", "a house"])
    assert given.text in ("a cat", "a house")
