"""Which way a question is answered: one rule after the other, each with its reason; and that the asker may choose."""

import pytest

from sightline.agent.router import (
    RULES,
    Circumstances,
    asks_for_a_picture,
    asks_openly,
    choose,
    nothing_to_choose,
    refers_back,
)
from sightline.prompts.request import MediaFacts, PlanRequest, Turn
from sightline.tools.errors import BadRequest, NoPlan

PICTURE = MediaFacts(kind="image", width=640, height=480)
VIDEO = MediaFacts(kind="video", width=640, height=480, duration_s=9.0)
BEFORE = (Turn(question="How many cups?", answer="3"),)
SEES_ANYTHING, SEES_ONE_WORLD = ("vision-chat", "any"), ("native-mllm", "one world")


def native(question="How many cups are there?", media=(PICTURE,), *, history=(), plan=True, **known):
    request = PlanRequest(question=question, media=media, history=history)
    return Circumstances(request=request, planner="native", writes=True, calls=False, native=plan, **known)


def chat(question="How many cups are there?", media=(PICTURE,), *, history=(), options=None, **known):
    request = PlanRequest(question=question, media=media, history=history, options=options)
    return Circumstances(request=request, planner="openai:gpt-5", writes=True, calls=True, **known)


def unsure(plan="leftmost(objects)"):
    return NoPlan("not sure enough", score=0.2, plan=plan)


@pytest.mark.parametrize("history", [(), BEFORE])
@pytest.mark.parametrize("media", [(), (PICTURE,), (VIDEO,), (PICTURE, PICTURE)])
@pytest.mark.parametrize("question", ["How many?", "Make it blue.", "And the left one?", "Why?", "Describe it."])
def test_every_question_has_a_way_that_is_there_and_a_reason(question, media, history):
    for known in ({}, {"multimodal": SEES_ANYTHING}, {"multimodal": SEES_ONE_WORLD}):
        for here in (
            native(question, media, history=history, **known),
            native(question, media, history=history, plan=unsure(), **known),
            chat(question, media, history=history, **known),
        ):
            choice = choose(here)
            assert choice.way in here.ways
            assert len(choice.reason.split()) > 3


def test_a_planner_that_only_calls_tools_calls_tools():
    here = Circumstances(
        request=PlanRequest(question="Describe it.", media=(PICTURE,)),
        planner="tools:openai:gpt-5",
        writes=False,
        calls=True,
        multimodal=SEES_ANYTHING,
    )
    assert (choose(here).way, here.ways) == ("tools", ("tools", "direct"))


def test_a_planner_of_ones_own_writes_the_program():
    here = Circumstances(
        request=PlanRequest(question="Make it blue."), planner="mine", writes=True, calls=False, multimodal=None
    )
    assert nothing_to_choose(here) == choose(here)
    assert choose(here).way == "program"
    assert "mine" in choose(here).reason


def test_a_picture_that_is_wanted_back_is_made_by_tools_where_a_chat_model_is():
    assert choose(chat("Make it black and white")).way == "tools"
    assert "no chat model" in choose(native("Make it black and white", plan=unsure("decline_create"))).reason


def test_a_change_that_is_known_by_its_wording_needs_no_model():
    choice = choose(native("Make it black and white", plan=unsure("decline_create"), wording=True))
    assert choice.way == "program"
    assert "wording" in choice.reason


def test_what_refers_to_something_earlier_goes_to_tools_which_have_it_by_name():
    assert choose(chat("What was the number before?", history=BEFORE)).way == "tools"
    assert choose(chat("Now only the left one", history=BEFORE)).way == "tools"
    assert choose(chat("Now only the left one")).way == "program"
    assert "earlier" in choose(native("Now only the left one", history=BEFORE, wording=True)).reason


def test_what_the_native_planner_understands_becomes_its_program():
    choice = choose(native(multimodal=SEES_ANYTHING))
    assert (choice.way, choice.reason) == ("program", "the native planner understands the question")


def test_what_it_does_not_understand_is_asked_of_a_model_that_sees():
    assert choose(native(plan=unsure(), multimodal=SEES_ONE_WORLD)).way == "direct"
    assert choose(native(plan=unsure("decline_opinion"), multimodal=SEES_ANYTHING)).way == "direct"
    # A model of one small world has no opinions, and nobody sees a video as a whole.
    assert choose(native(plan=unsure("decline_opinion"), multimodal=SEES_ONE_WORLD)).way == "program"
    assert choose(native(media=(VIDEO,), plan=unsure(), multimodal=SEES_ANYTHING)).way == "program"
    assert choose(native(plan=unsure())).way == "program"


def test_an_open_question_about_one_picture_is_asked_of_a_model_that_sees_it_whole():
    assert choose(chat("Why is the man smiling?", multimodal=SEES_ANYTHING)).way == "direct"
    assert choose(chat("Why is the man smiling?", multimodal=SEES_ONE_WORLD)).way == "program"
    assert choose(chat("Why is the man smiling?", (PICTURE, PICTURE), multimodal=SEES_ANYTHING)).way == "program"
    assert choose(chat("Why?", options=("fun", "fear"), multimodal=SEES_ANYTHING)).way == "program"


def test_all_else_becomes_a_program_whose_steps_can_be_checked():
    assert "checked" in choose(chat()).reason
    assert "video" in choose(chat(media=(VIDEO,))).reason
    assert "several pictures" in choose(chat(media=(PICTURE, PICTURE))).reason


@pytest.mark.parametrize("way", ["program", "tools", "direct"])
def test_the_asker_may_choose_what_is_there(way):
    choice = choose(chat(multimodal=SEES_ONE_WORLD), way)
    assert (choice.way, choice.reason) == (way, "you chose it")


@pytest.mark.parametrize(
    ("here", "way", "said"),
    [
        (native(), "tools", "choose a chat model"),
        (native(), "direct", "choose a profile"),
        (native(media=(VIDEO,), multimodal=SEES_ANYTHING), "direct", "asked about a picture"),
        (native(), "magic", "there is no way of answering called 'magic'"),
    ],
)
def test_what_is_not_there_cannot_be_chosen_and_the_reason_says_what_is_missing(here, way, said):
    with pytest.raises(BadRequest, match=said):
        choose(here, way)


def test_the_last_rule_always_has_an_opinion():
    assert RULES[-1](chat()) is not None


@pytest.mark.parametrize(
    "question",
    ["Make it black and white", "please remove the cat", "Draw the edges.", "Can you blur the background?",
     "now turn it upside down", "Generate a picture of a dog", "Replace the sky with a sunset"],
)  # fmt: skip
def test_questions_that_ask_for_a_picture(question):
    assert asks_for_a_picture(question)


@pytest.mark.parametrize(
    "question",
    ["How many cups are there?", "Can you make out the number plate?", "What does the sign make you feel?",
     "Is the drawing on the wall?", "Who painted it?", "What colour is the changing room?"],
)  # fmt: skip
def test_questions_that_do_not(question):
    assert not asks_for_a_picture(question)


@pytest.mark.parametrize(
    "question",
    ["What was the number before?", "now only the left one", "What did you say earlier?", "And the blue ones?",
     "What was your last answer?", "Is the other one red?", "What is the colour of that one?"],
)  # fmt: skip
def test_questions_that_refer_back(question):
    assert refers_back(question)


@pytest.mark.parametrize("question", ["How many cups are there?", "What is the only animal?", "Is one cup red?"])
def test_questions_that_stand_alone(question):
    assert not refers_back(question)


def test_open_questions():
    assert all(map(asks_openly, ("Why is it wet?", "Describe the room.", "What is happening here?", "What is this?")))
    assert not any(map(asks_openly, ("How many?", "What is the largest text?", "Is it wet?")))
