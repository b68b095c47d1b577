"""A query is planned once; what is planned for one row alone stays with that row."""

import threading

import pytest

from sightline.agent.batch.plans import REUSED, PlanOnce, plan_key
from sightline.agent.planners.base import Plan
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.prompts.request import Attempt, MediaFacts, PlanRequest
from sightline.tools.errors import NoPlan, PlannerUnavailable, UnusableReply

ONE = "def execute_command(image):\n    return 1\n"
TWO = "def execute_command(image):\n    return 2\n"
REFUSED = "def execute_command(image):\n    return open('x')\n"
NAMES_CAT = "def execute_command(image, possible_answers):\n    return 'Cat'\n"


def request(question="How many?", *, kind="image", options=None, width=10, feedback=()):
    media = MediaFacts(kind=kind, width=width, height=10, samples=3 if kind == "video" else None)
    return PlanRequest(question=question, media=(media,), options=options, feedback=feedback)


def test_a_query_is_planned_once_for_all_media():
    once = PlanOnce(ScriptedPlanner([ONE, TWO]))
    plans = [once.plan(request(width=width)) for width in (10, 20, 30)]
    assert [plan.program for plan in plans] == [ONE] * 3
    assert once.asked == 1
    assert [REUSED in plan.notes for plan in plans] == [False, True, True]


@pytest.mark.parametrize("other", [{"question": "Why?"}, {"kind": "video"}, {"options": ("a", "b")}])
def test_another_query_kind_or_number_of_options_is_planned_anew(other):
    once = PlanOnce(ScriptedPlanner([ONE, TWO]))
    once.plan(request())
    assert once.plan(request(**other)).program == TWO
    assert plan_key("q", "image", ["a", "b"]) == plan_key("q", "image", ["c", "d"]) != plan_key("q", "image", ["a"])


def test_tokens_are_counted_where_they_were_spent():
    class Dear(ScriptedPlanner):
        def plan(self, request):
            return Plan(program=super().plan(request).program, planner="dear", tokens_in=9, tokens_out=4, prompt="long")

    once = PlanOnce(Dear([ONE]))
    first, second = once.plan(request()), once.plan(request())
    assert (first.tokens_in, first.tokens_out, first.prompt) == (9, 4, "long")
    assert (second.tokens_in, second.tokens_out, second.prompt) == (0, 0, None)


def test_a_program_that_names_an_option_is_not_given_to_rows_with_other_options():
    once = PlanOnce(ScriptedPlanner([NAMES_CAT, ONE]))
    assert once.plan(request(options=("cat", "dog"))).program == NAMES_CAT
    assert once.plan(request(options=("dog", "CAT"))).program == NAMES_CAT
    assert once.plan(request(options=("bird", "fish"))).program == ONE


def test_a_program_that_names_no_option_serves_all_options():
    once = PlanOnce(ScriptedPlanner([ONE, TWO]))
    assert [once.plan(request(options=pair)).program for pair in (("a", "b"), ("c", "d"))] == [ONE, ONE]


def test_a_plan_that_the_check_refuses_is_mended_before_it_is_kept():
    inner = ScriptedPlanner([REFUSED, ONE])
    once = PlanOnce(inner)
    assert once.plan(request()).program == ONE
    assert "open" in inner.requests[1].feedback[0].problem
    assert once.plan(request(width=20)).program == ONE
    assert once.asked == 2


def test_mending_ends_and_a_planner_that_cannot_learn_is_asked_once():
    assert PlanOnce(ScriptedPlanner([REFUSED]), mends=2).plan(request()).program == REFUSED
    stubborn = PlanOnce(ScriptedPlanner([REFUSED, ONE], repairs=False))
    assert stubborn.plan(request()).program == REFUSED
    assert stubborn.asked == 1


def test_a_failed_program_is_mended_for_its_row_alone_and_only_where_asked():
    inner = ScriptedPlanner([ONE, TWO])
    once = PlanOnce(inner, replan=True)
    once.plan(request())
    failed = (Attempt(program=ONE, problem="line 2: it broke"),)
    assert once.repairs
    assert once.plan(request(feedback=failed)).program == TWO
    assert once.plan(request()).program == ONE
    assert not PlanOnce(inner).repairs
    assert not PlanOnce(ScriptedPlanner([ONE], repairs=False), replan=True).repairs


def test_that_there_is_no_plan_is_remembered_with_its_reason():
    once = PlanOnce(ScriptedPlanner([NoPlan("cannot plan that", score=0.2), ONE]))
    for _ in range(2):
        with pytest.raises(NoPlan, match="cannot plan that") as caught:
            once.plan(request())
        assert caught.value.facts == {"score": 0.2}
    assert once.asked == 1


def test_a_reply_without_a_program_is_asked_for_again():
    once = PlanOnce(ScriptedPlanner([UnusableReply("only words", reply="Well"), ONE]))
    assert once.plan(request()).program == ONE


def test_a_planner_that_is_away_is_asked_again_later():
    once = PlanOnce(ScriptedPlanner([PlannerUnavailable("away"), ONE]))
    with pytest.raises(PlannerUnavailable):
        once.plan(request())
    assert once.plan(request()).program == ONE


def test_plans_of_an_earlier_process_are_taken_up():
    learned = []
    PlanOnce(ScriptedPlanner([ONE]), learned=learned.append).plan(request())
    later = PlanOnce(ScriptedPlanner([TWO]))
    later.remember({plan["key"]: plan["plan"] for plan in learned})
    assert later.plan(request()).program == ONE
    assert later.asked == 0


def test_who_asks_the_same_at_the_same_time_waits_for_one_plan():
    inside, go_on = threading.Event(), threading.Event()

    class Slow(ScriptedPlanner):
        def plan(self, request):
            inside.set()
            assert go_on.wait(20)
            return super().plan(request)

    once = PlanOnce(Slow([ONE, TWO]))
    found = []
    threads = [threading.Thread(target=lambda: found.append(once.plan(request()).program)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert inside.wait(20)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert (found, once.asked) == ([ONE] * 4, 1)
