"""Pointing: which region a box or points mean."""

import pytest
from tests.support.blobs import scene

from sightline.agent import Agent
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.agent.pointing import Pointing, region
from sightline.tools.api import Box, ImageRef
from sightline.tools.errors import BadRequest, OutsideWorld
from sightline.tools.media import load_image

WHOLE = ImageRef.whole("m", 200, 100)
SERVED = frozenset({"detect", "read_text", "faces"})


class Known:
    """A runtime that finds what it is told is there."""

    def __init__(self, **found):
        self.found, self.asked = found, []

    def call(self, capability, target, arguments):
        self.asked.append(capability)
        if capability not in self.found:
            raise OutsideWorld("not of this world")
        return self.found[capability]


MASKS = {}


def kept(mask):
    MASKS["last"] = mask
    return "last"


def meant(runtime=None, **marks):
    pointing = Pointing(media="m", **marks)
    return region(pointing, WHOLE, runtime=runtime or Known(), served=SERVED, keep_mask=kept).box.as_tuple()


def box(*sides):
    return {"box": list(sides), "label": "x", "confidence": 0.9}


def test_a_box_means_itself_and_nobody_is_asked():
    runtime = Known()
    assert meant(runtime, box=(10, 20, 60, 70)) == (10, 20, 60, 70)
    assert runtime.asked == []


def test_a_box_is_cut_to_the_picture():
    assert meant(box=(-50, 20, 60, 900)) == (0, 20, 60, 100)


def test_a_point_means_the_smallest_thing_around_it():
    runtime = Known(
        detect=[box(0, 0, 150, 90), box(20, 20, 60, 60)],
        faces=[box(100, 10, 120, 30)],
        read_text={"lines": [box(30, 30, 50, 40)]},
    )
    assert meant(runtime, points=((35, 35),)) == (30, 30, 50, 40)
    assert meant(runtime, points=((25, 25),)) == (20, 20, 60, 60)
    assert meant(runtime, points=((110, 20),)) == (100, 10, 120, 30)


def test_all_points_belong_to_the_thing_and_excluded_ones_do_not():
    runtime = Known(detect=[box(0, 0, 150, 90), box(20, 20, 60, 60)])
    assert meant(runtime, points=((25, 25), (140, 80))) == (0, 0, 150, 90)
    assert meant(runtime, points=((25, 25),), excluded=((140, 80),)) == (20, 20, 60, 60)


def test_what_fills_the_picture_is_no_thing_in_it():
    left, lower, right, upper = meant(Known(detect=[box(0, 0, 200, 100)]), points=((100, 50),))
    assert (right - left, upper - lower) == (24, 24)


def test_where_nothing_is_found_it_is_a_square_around_the_points():
    assert meant(points=((100, 50),)) == (88, 38, 112, 62)
    assert meant(points=((100, 50), (140, 50))) == (88, 38, 152, 62)
    assert meant(points=((0, 0),)) == (0, 0, 12, 12)


@pytest.mark.parametrize(
    "marks", [{"box": (300, 0, 400, 50)}, {"box": (10, 10, 10, 40)}, {"points": ((500, 500),)}, {"points": ((-1, 5),)}]
)
def test_what_lies_outside_of_the_picture_is_refused(marks):
    with pytest.raises(BadRequest):
        meant(**marks)


@pytest.mark.parametrize("marks", [{}, {"excluded": ((1, 1),)}])
def test_pointing_at_nothing_is_refused(marks):
    with pytest.raises(BadRequest, match="nothing is pointed at"):
        Pointing(media="m", **marks)


def test_a_question_that_points_into_another_picture_is_bad_input():
    with Agent(ScriptedPlanner("def execute_command(image):\n    return 1\n")) as agent:
        answer = agent.ask("?", scene(), pointing=Pointing(media="other", box=(1, 1, 5, 5)))
    assert answer.status == "bad_input"


def test_the_program_gets_the_region_and_the_trace_names_it():
    picture = load_image(scene(("red", (10, 10, 30, 30))))
    program = "def execute_command(image):\n    p = ImagePatch(image)\n    return [p.left, p.lower, p.right, p.upper]\n"
    other = load_image(scene(("blue", (10, 10, 30, 30))))
    planner = ScriptedPlanner(program)
    with Agent(planner) as agent:
        answer = agent.ask("?", [other, picture], pointing=Pointing(media=picture.id, box=(10, 70, 30, 90)))
    assert answer.value == [10, 70, 30, 90]
    first, second = answer.trace.header.media
    assert (first.id, first.region, second.region) == (picture.id, (10, 70, 30, 90), None)
    assert first.reference().box == Box(10, 70, 30, 90)
    assert (planner.requests[0].media[0].width, planner.requests[0].media[0].height) == (20, 20)


# -- scribbles --


def test_a_scribble_means_what_the_pen_ran_over():
    box = meant(strokes=(((20, 30), (60, 30)),), stroke_px=6)
    assert all(abs(side - near) <= 1 for side, near in zip(box, (17, 27, 64, 34), strict=True))
    assert MASKS["last"].shape == (box[3] - box[1], box[2] - box[0])
    assert MASKS["last"][3, 3:-3].all()


def test_a_closed_scribble_means_what_it_runs_around_too():
    ring = ((20, 20), (60, 20), (60, 60), (20, 60), (22, 26))
    meant(strokes=(ring,), stroke_px=4)
    assert MASKS["last"][20, 20]
    meant(strokes=(ring[:3],), stroke_px=4)
    assert not MASKS["last"][20, 10]


def test_several_strokes_mean_all_of_them():
    left, lower, right, upper = meant(strokes=(((10, 10), (14, 10)), ((50, 50), (54, 50))), stroke_px=2)
    assert (left, lower) <= (10, 10)
    assert right >= 54
    assert upper >= 50


def test_a_scribble_outside_of_the_picture_is_refused():
    with pytest.raises(BadRequest, match="outside the picture"):
        meant(strokes=(((5000, 5000), (6000, 6000)),), stroke_px=4)
