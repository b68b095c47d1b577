"""Two answers become one: agreed, the likelier, or none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.confidence import Curve
from sightline.agent.joining import Joiner, Said
from sightline.tools.errors import BadRequest

HALVED = Curve(((0.0, 0.0), (1.0, 0.5)))
NOTHING = Said("")


def test_what_both_say_is_the_answer():
    decided = Joiner().decide(Said("Red", 0.6), Said("red ", 0.9))
    assert (decided.text, decided.confidence, decided.how) == ("Red", 0.9, "agreed")


def test_of_two_answers_the_likelier_is_given():
    assert Joiner().decide(Said("2", 0.6), Said("3", 0.9)).text == "3"
    assert Joiner().decide(Said("2", 0.6), Said("3", 0.5)).how == "chained"


def test_likelier_is_judged_by_what_confidences_are_worth():
    decided = Joiner(trained=HALVED).decide(Said("2", 0.6), Said("3", 0.9))
    assert (decided.text, decided.confidence) == ("2", 0.6)


def test_who_has_no_answer_leaves_it_to_the_other():
    assert Joiner().decide(NOTHING, Said("yes", 0.7)).how == "trained"
    assert Joiner().decide(Said("yes", 0.7), NOTHING).how == "chained"


def test_where_neither_is_likely_right_nobody_can_tell():
    for one, other in ((NOTHING, NOTHING), (Said("a", 0.1), Said("b", 0.15)), (NOTHING, Said("b", 0.1))):
        decided = Joiner(least=0.2).decide(one, other)
        assert (decided.text, decided.how, decided.confidence) == ("", "unsure", 0.0)


def test_an_answer_without_a_confidence_claims_to_be_certain():
    assert Joiner().decide(Said("a"), Said("b", 0.99)).text == "a"


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from("ab"), st.sampled_from("ab"))
def test_a_decision_is_one_of_the_answers_or_none(first, second, a, b):
    decided = Joiner().decide(Said(a, first), Said(b, second))
    assert decided.text in (a, b, "")
    assert 0 <= decided.confidence <= 1


def test_a_joiner_takes_its_curves_from_the_file(tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"curves": {"trained": HALVED.points}}))
    assert Joiner.load(path) == Joiner(trained=HALVED)
    assert Joiner.load(tmp_path / "none.json") == Joiner()
    path.write_text("{}")
    with pytest.raises(BadRequest, match="calibration"):
        Joiner.load(path)
