"""Asking: an answer or an honest failure, with everything that happened in its trace."""

import asyncio
import threading

import pytest
from tests.support.blobs import Blobs, blob_pool, scene

from sightline.agent import Agent, Session, Settings, read_trace, replay
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.sandbox import Limits, Sandbox
from sightline.tools.api import Box, ImagePatch
from sightline.tools.errors import NoPlan, PlannerUnavailable, TraceError

COUNT_RED = """
def execute_command(image):
    image_patch = ImagePatch(image)
    return len(image_patch.find("red"))
"""
TWO_RED_ONE_BLUE = scene(("red", (10, 10, 30, 30)), ("red", (50, 20, 80, 60)), ("blue", (120, 5, 150, 95)))


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as shared:
        yield shared


@pytest.fixture
def agent_with(sandbox):
    def make(*programs, settings=None, repairs=True, pool=None):
        planner = ScriptedPlanner(programs, repairs=repairs)
        return Agent(planner, pool=pool or blob_pool(), sandbox=sandbox, settings=settings)

    return make


def body(line):
    return f"def execute_command(image):\n    image_patch = ImagePatch(image)\n    {line}\n"


def test_a_question_is_answered_by_running_a_program(agent_with):
    answer = agent_with(COUNT_RED).ask("How many red ones are there?", TWO_RED_ONE_BLUE)
    assert (answer.value, answer.text, answer.status, answer.reason) == (2, "2", "answered", None)
    assert answer
    assert answer.program == COUNT_RED


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('return image_patch.exists("blue")', "yes"),
        ('return bool_to_yesno(image_patch.exists("green"))', "no"),
        ('return image_patch.find("red")[0]', "red at (10, 70, 30, 90)"),
        ('return [p.width for p in image_patch.find("red")]', "20, 30"),
        ('return {"red": len(image_patch.find("red"))}', "red: 2"),
        ("return image_patch.width / 2", "100"),
    ],
)
def test_every_kind_of_value_is_said_in_words(agent_with, line, text):
    answer = agent_with(body(line)).ask("?!", TWO_RED_ONE_BLUE)
    assert (answer.status, answer.text) == ("answered", text)


def test_a_patch_comes_back_as_a_patch_that_can_be_asked_further(agent_with):
    answer = agent_with(body('return image_patch.find("blue")[0]')).ask("Where is the blue one?", TWO_RED_ONE_BLUE)
    assert isinstance(answer.value, ImagePatch)
    assert answer.value.to_bbox() == (120, 5, 150, 95)
    assert answer.value.exists("blue")


@pytest.mark.parametrize("nothing", ["None", '""'])
def test_nothing_means_that_the_program_could_not_tell(agent_with, nothing):
    answer = agent_with(body(f"return {nothing}")).ask("What is behind the wall?", TWO_RED_ONE_BLUE)
    assert (answer.status, answer.value, bool(answer)) == ("cannot_tell", None, False)
    assert answer.reason


def test_confidence_is_that_of_the_weakest_step(agent_with):
    both = body('return image_patch.exists("red") and image_patch.exists("blue")')
    assert agent_with(both).ask("?", TWO_RED_ONE_BLUE).confidence == 0.6
    assert agent_with(body("return 3")).ask("?", TWO_RED_ONE_BLUE).confidence is None


def test_the_trace_holds_each_step_with_its_line_place_and_result(agent_with):
    program = body('return len(image_patch.crop(0, 0, 100, 100).find("red"))')
    (step,) = agent_with(program).ask("?", TWO_RED_ONE_BLUE).trace.steps
    assert (step.capability, step.arguments, step.line, step.expert) == ("detect", {"names": ["red"]}, 3, "test-blobs")
    assert step.targets[0]["box"] == [0, 0, 100, 100]
    assert [detection["box"] for detection in step.result] == [[10, 70, 30, 90], [50, 40, 80, 80]]


def test_the_trace_says_which_lines_ran_and_behind_which_walls(agent_with):
    program = body('if image_patch.exists("green"):\n        return 1\n    return 2')
    (run,) = agent_with(program).ask("?", TWO_RED_ONE_BLUE).trace.runs
    assert set(run.executed_lines) >= {2, 3, 5}
    assert 4 not in run.executed_lines
    assert run.walls["language"] is True


def test_a_second_question_about_the_same_picture_takes_results_from_the_cache(agent_with):
    agent = agent_with(COUNT_RED)
    first, second = (agent.ask("How many?", TWO_RED_ONE_BLUE) for _ in range(2))
    assert [answer.trace.steps[0].cached for answer in (first, second)] == [False, True]
    assert first.value == second.value


# -- failures --


def test_the_planner_mends_a_program_that_uses_the_api_wrongly(agent_with):
    agent = agent_with(body('return image_patch.count_all("red")'), COUNT_RED)
    answer = agent.ask("How many red ones?", TWO_RED_ONE_BLUE)
    assert (answer.status, answer.value) == ("answered", 2)
    first, second = answer.trace.plans
    assert "count_all" in first.problem.message
    assert second.problem is None
    (told,) = agent.planner.requests[1].feedback
    assert "count_all" in told.program
    assert "count_all" in told.problem


def test_the_planner_mends_a_program_that_fails_while_running(agent_with):
    agent = agent_with(body("return [][5]"), COUNT_RED)
    answer = agent.ask("How many red ones?", TWO_RED_ONE_BLUE)
    assert answer.value == 2
    assert agent.planner.requests[1].feedback[0].problem == "line 3: IndexError: list index out of range"


def test_repairs_end_after_as_many_as_the_settings_say(agent_with):
    agent = agent_with(body("return 1 / 0"), settings=Settings(repairs=3))
    answer = agent.ask("?", TWO_RED_ONE_BLUE)
    assert (answer.status, len(answer.trace.plans)) == ("api_misuse", 4)
    assert "ZeroDivisionError" in answer.reason


def test_a_planner_that_cannot_learn_from_feedback_is_asked_once(agent_with):
    agent = agent_with(body("return 1 / 0"), repairs=False)
    assert len(agent.ask("?", TWO_RED_ONE_BLUE).trace.plans) == 1


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (NoPlan("I cannot plan this", score=0.1), "no_plan"),
        (PlannerUnavailable("the endpoint is away"), "no_plan"),
        (body('return image_patch.find("unicorn")'), "expert_unavailable"),
        (body('return image_patch.compute_depth()'), "expert_unavailable"),
        (body('return image_patch.find("crash")'), "expert_error"),
        (body("return image_patch.crop(500, 500, 600, 600)"), "api_misuse"),
        (body("return image_patch.find(3)"), "api_misuse"),
        ("def execute_command(image):\n    return open('/etc/passwd').read()", "api_misuse"),
        ("this is not Python", "api_misuse"),
    ],
)  # fmt: skip
def test_every_failure_has_its_status_and_a_reason(agent_with, program, status):
    answer = agent_with(program, settings=Settings(repairs=0)).ask("?", TWO_RED_ONE_BLUE)
    assert (answer.status, bool(answer), answer.value) == (status, False, None)
    assert answer.reason
    assert "Traceback" not in answer.reason


def test_an_experts_own_breakdown_shows_no_paths_of_the_host(agent_with):
    answer = agent_with(body('return image_patch.find("crash")'), settings=Settings(repairs=0)).ask(
        "?", TWO_RED_ONE_BLUE
    )
    assert "secret" not in answer.reason
    assert "secret" not in answer.trace.to_jsonl()


def test_a_program_without_end_is_stopped(agent_with):
    endless = "def execute_command(image):\n    n = 0\n    while n >= 0:\n        n += 1\n    return n"
    agent = agent_with(endless, settings=Settings(repairs=0, limits=Limits(wall_s=0.5)))
    assert agent.ask("?", TWO_RED_ONE_BLUE).status == "timeout"


def test_a_program_that_asks_too_often_is_stopped(agent_with):
    greedy = body('return [image_patch.find("red") for i in range(100)]')
    agent = agent_with(greedy, settings=Settings(repairs=0, limits=Limits(calls=10)))
    answer = agent.ask("?", TWO_RED_ONE_BLUE)
    assert (answer.status, len(answer.trace.steps)) == ("limit", 10)


@pytest.mark.parametrize("question", ["", "   ", None, 7])
def test_an_empty_question_is_bad_input(agent_with, question):
    assert agent_with(COUNT_RED).ask(question, TWO_RED_ONE_BLUE).status == "bad_input"


@pytest.mark.parametrize("options", ["yes", [], [""], [3]])
def test_unusable_options_are_bad_input(agent_with, options):
    assert agent_with(COUNT_RED).ask("?", TWO_RED_ONE_BLUE, options=options).status == "bad_input"


def test_a_picture_that_cannot_be_read_is_bad_input_and_asks_no_planner(agent_with, tmp_path):
    agent = agent_with(COUNT_RED)
    answer = agent.ask("How many?", tmp_path / "nothing.png")
    assert answer.status == "bad_input"
    assert "nothing.png" in answer.reason
    assert agent.planner.requests == []


# -- what a program is handed --


def test_options_and_the_question_reach_the_program(agent_with):
    program = "def execute_command(image, possible_answers, query):\n    return possible_answers[len(query) % 2]"
    answer = agent_with(program).ask("four", TWO_RED_ONE_BLUE, options=["Even", "Odd"])
    assert answer.text == "Even"


def test_an_answer_that_is_an_option_is_spelt_like_the_option(agent_with):
    answer = agent_with(body('return image_patch.exists("red")')).ask("?", TWO_RED_ONE_BLUE, options=["Yes", "No"])
    assert (answer.value, answer.text) == (True, "Yes")


def test_several_pictures_arrive_as_a_list(agent_with):
    program = 'def execute_command(images):\n    return [len(ImagePatch(i).find("red")) for i in images]'
    answer = agent_with(program).ask("?", [TWO_RED_ONE_BLUE, scene(("red", (0, 0, 5, 5)))])
    assert answer.value == [2, 1]
    assert len(answer.pictures) == 2


# -- other ways of asking --


def test_streaming_tells_each_step_and_ends_with_the_answer(agent_with):
    events = list(agent_with(COUNT_RED).stream("How many?", TWO_RED_ONE_BLUE))
    assert [event.kind for event in events] == ["route", "plan", "call", "step", "run", "answer"]
    assert events[2].record.line == 4
    assert events[-1].answer.value == 2


def test_closing_a_stream_stops_its_program(agent_with):
    endless = body('image_patch.find("red")\n    n = 0\n    while n >= 0:\n        n += 1\n    return n')
    stream = agent_with(endless).stream("?", TWO_RED_ONE_BLUE)
    while next(stream).kind != "step":
        pass
    stream.close()  # would hang until the limit of a minute if the program went on
    assert not [thread for thread in threading.enumerate() if thread.name == "sightline-stream"]


def test_asking_from_a_coroutine_does_not_block_others(agent_with):
    agent = agent_with(COUNT_RED)

    async def both():
        return await asyncio.gather(*(agent.aask("How many?", TWO_RED_ONE_BLUE) for _ in range(2)))

    assert [answer.value for answer in asyncio.run(both())] == [2, 2]


def test_a_batch_keeps_its_order_and_a_bad_row_costs_only_itself(agent_with):
    rows = [
        {"question": "How many?", "media": TWO_RED_ONE_BLUE},
        {"question": "", "media": TWO_RED_ONE_BLUE},
        {"media": b"not a picture", "question": "How many?"},
        {"question": "How many?", "media": scene(("red", (1, 1, 9, 9)))},
    ]
    answers = agent_with(COUNT_RED).batch(rows)
    assert [answer.status for answer in answers] == ["answered", "bad_input", "bad_input", "answered"]
    assert [answers[0].value, answers[3].value] == [2, 1]


def test_a_batch_plans_a_question_once_and_opens_a_file_once(agent_with, tmp_path):
    agent = agent_with(COUNT_RED, body('return image_patch.exists("blue")'), settings=Settings(workers=1))
    TWO_RED_ONE_BLUE.save(tmp_path / "a.png")
    scene(("red", (1, 1, 9, 9))).save(tmp_path / "b.png")
    rows = [
        {"question": q, "media": tmp_path / name} for q in ("How many red?", "Any blue?") for name in ("a.png", "b.png")
    ]
    answers = agent.batch([*rows, {"question": "How many red?", "media": str(tmp_path / "none.png")}])
    assert [answer.value for answer in answers] == [2, 1, True, False, None]
    assert answers[4].status == "bad_input"
    assert [request.question for request in agent.planner.requests] == ["How many red?", "Any blue?"]


def test_a_batch_mends_a_program_for_the_row_where_it_fails(agent_with):
    picky = body('return image_patch.find("red")[1].width')
    agent = agent_with(picky, body("return 7"), settings=Settings(workers=1))
    one_red = scene(("red", (1, 1, 9, 9)))
    answers = agent.batch([{"question": "?", "media": media} for media in (TWO_RED_ONE_BLUE, one_red)])
    assert [answer.value for answer in answers] == [30, 7]
    assert len(agent.planner.requests) == 2


def test_concurrent_questions_share_nothing_but_the_experts(agent_with):
    agent = agent_with(body('return [p.width for p in image_patch.find("red")]'), settings=Settings(workers=6))
    rows = [{"question": "?", "media": scene(("red", (0, 0, width, 10)))} for width in range(5, 29)]
    answers = agent.batch(rows)
    assert [answer.value or answer.reason for answer in answers] == [[width] for width in range(5, 29)]
    assert all(len(answer.trace.steps) == 1 and len(answer.pictures) == 1 for answer in answers)


def test_an_ask_can_be_cancelled_while_an_expert_works(agent_with):
    cancel = threading.Event()
    Blobs.entered.clear()
    Blobs.release.clear()
    answers = []
    agent = agent_with(body('return image_patch.find("slow")'), settings=Settings(repairs=0))
    thread = threading.Thread(target=lambda: answers.append(agent.ask("?", TWO_RED_ONE_BLUE, cancel=cancel)))
    thread.start()
    assert Blobs.entered.wait(20)
    cancel.set()
    Blobs.release.set()
    thread.join(20)
    assert answers[0].status == "limit"


def test_a_program_of_ones_own_runs_in_the_same_way(agent_with):
    answer = agent_with().run_program(COUNT_RED, TWO_RED_ONE_BLUE)
    assert (answer.value, answer.trace.header.planner) == (2, "given")


def test_a_session_remembers_its_picture_and_its_turns(agent_with):
    agent = agent_with(COUNT_RED)
    session = Session(agent)
    session.ask("How many red ones?", TWO_RED_ONE_BLUE)
    again = session.ask("And now?")
    assert again.value == 2
    assert [(turn.question, turn.answer) for turn in agent.planner.requests[1].history] == [("How many red ones?", "2")]


def test_two_sessions_see_nothing_of_each_other(agent_with):
    agent = agent_with(COUNT_RED)
    mine, yours = Session(agent), Session(agent)
    answer = mine.ask("How many?", TWO_RED_ONE_BLUE)
    assert yours.turns == []
    assert not yours.store.knows(answer.trace.header.media[0].id)


# -- replay --


def test_a_trace_replays_without_experts_or_pictures(agent_with, tmp_path, sandbox):
    program = body('reds = image_patch.find("red")\n    return max(reds, key=lambda p: p.width)')
    answer = agent_with(program).ask("Which is the widest?", TWO_RED_ONE_BLUE)
    answer.trace.write(tmp_path / "t.jsonl")
    served = Blobs.served
    again = replay(read_trace(tmp_path / "t.jsonl"), sandbox=sandbox)
    assert Blobs.served == served
    assert (again.text, again.status, again.confidence) == (answer.text, "answered", answer.confidence)
    assert again.value.ref.box == Box(50, 40, 80, 80)


def test_an_answer_among_options_replays_spelt_like_the_option(agent_with, sandbox):
    answer = agent_with(body('return image_patch.exists("red")')).ask("?", TWO_RED_ONE_BLUE, options=["Yes", "No"])
    assert replay(answer.trace, sandbox=sandbox).text == answer.text == "Yes"


def test_a_recorded_failure_replays_as_that_failure(agent_with, sandbox):
    failed = agent_with(body('return image_patch.find("unicorn")'), settings=Settings(repairs=0)).ask(
        "?", TWO_RED_ONE_BLUE
    )
    again = replay(failed.trace, sandbox=sandbox)
    assert (again.status, again.reason) == (failed.status, failed.reason)


def test_a_trace_whose_program_was_changed_is_noticed(agent_with, sandbox):
    trace = agent_with(COUNT_RED).ask("How many?", TWO_RED_ONE_BLUE).trace
    changed = trace.plans[0].model_copy(update={"program": COUNT_RED.replace("red", "blue")})
    again = replay(trace.model_copy(update={"plans": (changed,)}), sandbox=sandbox)
    assert again.status == "bad_input"
    assert "recorded" in again.reason


def test_a_trace_without_a_program_cannot_be_replayed(agent_with):
    trace = agent_with(NoPlan("no")).ask("?", TWO_RED_ONE_BLUE).trace
    with pytest.raises(TraceError, match="no program"):
        replay(trace)


# -- as part of LangChain --


def test_the_agent_is_a_runnable(agent_with):
    chain = agent_with(COUNT_RED).as_runnable() | (lambda answer: f"{answer.text} red ones")
    assert chain.invoke({"question": "How many?", "media": TWO_RED_ONE_BLUE}) == "2 red ones"
    answers = agent_with(COUNT_RED).as_runnable().batch([{"question": "?", "media": TWO_RED_ONE_BLUE}] * 2)
    assert [answer.value for answer in answers] == [2, 2]


def test_the_agent_is_a_tool_that_reads_only_its_folder(agent_with, tmp_path):
    TWO_RED_ONE_BLUE.save(tmp_path / "party.png")
    tool = agent_with(COUNT_RED).as_tool(media_root=tmp_path)
    assert tool.invoke({"question": "How many red ones?", "picture": "party.png"}) == "2"
    assert "outside" in tool.invoke({"question": "How many?", "picture": "../../etc/passwd"})
    assert "bad_input" in tool.invoke({"question": "How many?", "picture": "none.png"})
