"""Ways of answering are judged side by side; what is missing costs only itself, and nobody sees the answers."""

from pathlib import Path

import pytest
from PIL import Image
from tests.support.batching import clip, make_agent, picture

from sightline.agent import Agent
from sightline.agent.eval.datasets import Asked, DataSet, Item, read_data_set
from sightline.agent.eval.figures import Judged, Reply, figures
from sightline.agent.eval.judging import judge, judge_all, modes_asked
from sightline.agent.eval.made import make
from sightline.agent.eval.modes import MODES, Joined, OnTrueScenes, make_mode
from sightline.agent.eval.trained import MODEL, Trained, model_of
from sightline.agent.joining import Joiner
from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.experts import Profile, registry
from sightline.tools.experts.base import Expert
from sightline.tools.mllm.multimodal.scene import of_sample
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.results import Answer as Said
from sightline.tools.results import Detection, Detections


def item(image, answer, family="count"):
    return Item(asked=Asked(image=Path(image), question=f"What about {image}?"), answer=answer, family=family)


def said(text, confidence=None):
    return Reply(text=text, confidence=confidence)


JUDGED = [
    Judged(item=item("a", "2"), reply=said("2", 0.9), seconds=0.1),
    Judged(item=item("a", "yes", "exist"), reply=said("Yes", 0.8), seconds=0.2),
    Judged(item=item("b", "no", "exist"), reply=said("yes", 0.7), seconds=0.3),
    Judged(item=item("b", "3"), reply=Reply(text="", note="could not tell"), seconds=0.4),
]


def test_figures_say_how_many_are_right_in_all_and_by_family():
    found = figures(JUDGED)
    assert (found["accuracy"], found["n"], found["answered"]) == (0.5, 4, 3)
    assert {name: share["accuracy"] for name, share in found["families"].items()} == {"count": 0.5, "exist": 0.5}
    assert (found["low"], found["high"]) == (0.0, 1.0)  # one picture all right, one all wrong
    # bins of one: |0 - 0|, |0.7 - 0|, |0.8 - 1|, |0.9 - 1|
    assert found["ece"] == pytest.approx((0 + 0.7 + 0.2 + 0.1) / 4)


def test_every_error_is_told_with_what_was_said_and_why():
    wrong = figures(JUDGED)["wrong"]
    assert [(w["image"], w["expected"], w["given"], w["note"]) for w in wrong] == [
        ("b", "no", "yes", None),
        ("b", "3", None, "could not tell"),
    ]


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    many = [Judged(item=item(f"p{k}", "1"), reply=said("1" if k % 9 else "2", k / 200)) for k in range(200)]
    points = figures(many)["risk_coverage"]
    assert len(points) == 40
    assert points[-1]["coverage"] == 1
    assert points[0]["threshold"] == pytest.approx(199 / 200, abs=1e-3)


class Parrot:
    """Answers from a table and remembers all that it was shown."""

    def __init__(self, replies):
        self.replies, self.shown = replies, []

    def answer(self, asked):
        self.shown.append(asked)
        return self.replies[asked.image.name]


def test_who_answers_is_shown_a_picture_and_a_question_and_no_more():
    parrot = Parrot({"a": said("2"), "b": said("no")})
    data = DataSet(name="x", items=(item("a", "2"), item("b", "no")))
    assert all(one.right for one in judge(parrot, data))
    assert all(
        type(asked) is Asked and set(Asked.__slots__) == {"image", "question", "options"} for asked in parrot.shown
    )


def test_the_joined_mode_gives_what_joining_decides():
    joined = Joined(Parrot({"a": said("2", 0.4)}), Parrot({"a": said("3", 0.8)}), Joiner())
    reply = joined.answer(Asked(image=Path("a"), question="How many?"))
    assert (reply.text, reply.confidence) == ("3", 0.8)
    assert reply.note == "trained; chained said 2, trained said 3"


def test_all_stands_for_every_mode():
    assert modes_asked("all") == MODES
    assert modes_asked("chained") == ("chained",)
    with pytest.raises(BadRequest, match="planner"):
        modes_asked("guess")


def test_a_model_that_is_not_there_is_a_typed_error():
    with pytest.raises(ExpertUnavailable, match="no-such-model"):
        Trained("no-such-model")


@registry.register
class Pointer(Expert):
    """Captions, answers with the width, and finds one region whatever it is asked for."""

    name = "test-pointer"
    capabilities = ("answer", "caption", "detect")
    version = "3"

    def serve(self, request):
        if request.capability == "detect":
            return Detections(items=[Detection(box=(2.0, 5.0, 12.0, 40.0), label="x", confidence=0.8)])
        return Said(text=str(request.pixels.shape[1]), confidence=0.6)


def test_a_model_alone_answers_with_words_or_regions_as_the_data_set_wants(tmp_path):
    picture(tmp_path / "a.png", reds=1)
    profile = Profile(name="x", experts={"answer": ("known-words", "test-pointer")})
    assert model_of(profile) == "test-pointer"  # what does not caption is no multimodal model
    assert model_of(Profile(name="y", experts={"answer": ("known-words",)})) == MODEL
    asked = Asked(image=tmp_path / "a.png", question="red")
    words = Trained("test-pointer", profile=profile).answer(asked)
    assert (words.text, words.confidence, words.experts) == ("200", 0.6, ("test-pointer 3",))
    items = (Item(asked=asked, answer="red", family="all", box=(2.0, 5.0, 12.0, 75.0)),)
    data = DataSet(name="refcoco", items=items, metric="box")
    judged = judge(Trained("test-pointer", metric="box"), data)
    assert (judged[0].reply.box, judged[0].score) == ((2.0, 5.0, 12.0, 40.0), 0.5)
    with pytest.raises(ExpertUnavailable, match="cannot say where"):
        Trained("known-words", metric="box")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_chain_and_model_alone_stand_in_one_table_for_regions(tmp_path):
    one = sample(79, 1, Recipe(plain_share=1.0))
    Image.fromarray(one.pixels).save(tmp_path / "a.png")
    height, width = one.pixels.shape[:2]
    items = []
    for number, thing in enumerate(of_sample(one).things):
        name = " ".join(thing.attributes[kind] for kind in ("size", "color", "material", "shape"))
        asked = Asked(image=tmp_path / "a.png", question=f"the {name}")
        x1, y1, x2, y2 = thing.box  # shares of the picture
        box = (x1 * width, y1 * height, x2 * width, y2 * height)
        items.append(Item(asked=asked, answer=name, family="val", id=str(number), box=box))
    data = DataSet(name="refcoco", items=tuple(items), metric="box")
    with Agent() as agent:
        modes = judge_all(data, ("chained", "trained", "fixed"), agent=agent)["modes"]
    assert {name: found["measures"]["IoU >= 0.5"] > 0.5 for name, found in modes.items()} == {
        "chained": True, "trained": True, "fixed": True,
    }  # fmt: skip


def test_the_planner_needs_true_scenes():
    with pytest.raises(BadRequest, match="scenes"):
        OnTrueScenes({})
    with Agent() as agent, pytest.raises(BadRequest, match="there is no mode"):
        make_mode("guess", agent=agent, scenes={})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "set"
    assert make(folder, scenes=2, each=6, seed=5) == 12
    return folder


def test_a_set_of_our_own_reads_back_and_its_answers_are_those_of_the_scene(made):
    data = read_data_set("clevr", made)
    assert len(data.items) == 12
    assert len(data.scenes) == 2
    judged = judge(OnTrueScenes(data.scenes), data)
    assert sum(one.right for one in judged) >= 11  # a typing error may make a question unreadable


def test_a_set_is_not_written_over_another(made):
    with pytest.raises(BadRequest, match="already"):
        make(made, scenes=1, each=1)
    with pytest.raises(BadRequest):
        make(made / "other", scenes=0, each=1)


def test_what_cannot_be_run_costs_only_itself(made):
    data = read_data_set("clevr", made, limit=3)
    told = []
    nothing = DataSet(name="clevr", items=data.items)  # without scenes
    with Agent() as agent:
        both = judge_all(nothing, ("planner",) * 2, agent=agent)
        with pytest.raises(BadRequest):
            judge_all(nothing, ("planner",), agent=agent)
        found = judge_all(data, ("planner",), agent=agent, tell=lambda *progress: told.append(progress))
    assert "scenes" in both["modes"]["planner"]["error"]
    assert (found["questions"], found["pictures"]) == (3, 1)
    assert found["modes"]["planner"]["n"] == 3
    assert told[-1] == ("planner", 3, 3)


@pytest.fixture
def spots(tmp_path):
    """An agent that finds red and blue, a picture with a red box at (2, 5, 12, 40), and a clip."""
    picture(tmp_path / "a.png", reds=1)
    clip(tmp_path / "c.mp4", seed=3)
    with make_agent() as agent:
        yield agent, tmp_path


def test_the_fixed_mode_answers_with_a_region_where_regions_are_judged(spots):
    agent, folder = spots
    asked = Asked(image=folder / "a.png", question="red")
    items = tuple(
        Item(asked=asked, answer="red", family="all", id=name, box=box)
        for name, box in (("same", (2.0, 5.0, 12.0, 40.0)), ("half", (2.0, 5.0, 12.0, 75.0)))
    )
    found = judge_all(DataSet(name="x", items=items, metric="box"), ("fixed",), agent=agent)["modes"]["fixed"]
    assert found["accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert found["measures"] == {"mean IoU": 0.75, "IoU >= 0.5": 1.0, "IoU >= 0.7": 0.5}
    assert found["wrong"] == []


def test_the_fixed_mode_runs_the_program_that_it_is_given_on_pictures_and_videos(spots):
    agent, folder = spots
    items = tuple(
        Item(asked=Asked(image=folder / name, question="?", options=("no", "Yes")), answer="Yes", family="all")
        for name in ("a.png", "c.mp4")
    )
    program = "def execute_command(media, possible_answers, query):\n    return possible_answers[1]\n"
    data = DataSet(name="x", items=items, metric="choice")
    found = judge_all(data, ("fixed",), agent=agent, program=program)["modes"]["fixed"]
    assert (found["accuracy"], found["failures"]) == (1.0, {})


def test_a_failure_of_the_agent_is_counted_by_its_class(spots):
    agent, folder = spots
    items = tuple(
        Item(asked=Asked(image=folder / name, question=question), answer="1", family="all")
        for name, question in (("a.png", "count red"), ("a.png", "none"), ("none.png", "count red"))
    )
    kept = {}
    data = DataSet(name="x", items=items)
    found = judge_all(data, ("chained",), agent=agent, keep=lambda mode, judged: kept.update({mode: judged}))
    assert found["modes"]["chained"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["modes"]["chained"]["failures"] == {"no_plan (NoPlan)": 1, "bad_input": 1}
    assert [one.reply.prompt_hash for one in kept["chained"]] == ["abc", None, None]
