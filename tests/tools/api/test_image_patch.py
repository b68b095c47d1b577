"""`ImagePatch`: geometry costs no call, questions become one call each, and misuse is a clear error."""

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api import ImagePatch, ImageRef, best_image_match, distance, use_runtime
from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.errors import ApiMisuse, EmptyPatch


class Asked:
    """A runtime that keeps what it was asked and answers from a table."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def call(self, capability, target, arguments):
        self.calls.append((capability, target, arguments))
        return self.answers[capability]


WHOLE = ImageRef.whole("picture", 640, 480)


def patch_over(runtime=None, ref=WHOLE):
    with use_runtime(runtime or Asked()):
        return ImagePatch(ref)


def found(*boxes, label="cup"):
    return [{"box": list(box), "label": label, "confidence": 0.5, "mask": None} for box in boxes]


def test_the_whole_image_is_measured_from_the_bottom_left():
    patch = patch_over()
    assert (patch.left, patch.lower, patch.right, patch.upper) == (0, 0, 640, 480)
    assert (patch.width, patch.height, patch.horizontal_center, patch.vertical_center) == (640, 480, 320, 240)


def test_cropping_takes_coordinates_local_to_the_patch_and_asks_nobody():
    runtime = Asked()
    inner = patch_over(runtime).crop(100, 50, 300, 250).crop(10, 20, 60, 70)
    assert (inner.left, inner.lower, inner.right, inner.upper) == (110, 70, 160, 120)
    assert runtime.calls == []


def test_a_crop_is_clamped_to_its_patch_and_never_shows_what_lies_around_it():
    inner = patch_over().crop(100, 100, 200, 200).crop(-50, 50, 900, 900)
    assert (inner.left, inner.lower, inner.right, inner.upper) == (100, 150, 200, 200)


@pytest.mark.parametrize("box", [(10, 10, 10, 50), (50, 50, 10, 10), (640, 0, 700, 10), (-20, 0, 0, 10)])
def test_a_crop_without_area_is_an_error_that_says_so(box):
    with pytest.raises(EmptyPatch):
        patch_over().crop(*box)


@pytest.mark.parametrize("value", ["10", None, float("nan"), float("inf"), True, [1]])
def test_a_coordinate_that_is_no_number_is_misuse(value):
    with pytest.raises(ApiMisuse):
        patch_over().crop(0, 0, value, 10)


def test_to_bbox_turns_y_down():
    assert patch_over().crop(0, 380, 100, 480).to_bbox() == (0, 0, 100, 100)


def test_find_gives_patches_in_original_coordinates_with_label_and_confidence():
    runtime = Asked(detect=found((10, 20, 30, 40), (50, 60, 70, 80)))
    cups = patch_over(runtime).find("cup")
    assert [(c.left, c.lower, c.right, c.upper, c.label, c.confidence) for c in cups] == [
        (10, 20, 30, 40, "cup", 0.5),
        (50, 60, 70, 80, "cup", 0.5),
    ]
    assert runtime.calls == [("detect", WHOLE, {"names": ["cup"]})]


def test_find_with_a_list_gives_a_dict_with_every_name_in_it():
    runtime = Asked(detect=found((10, 20, 30, 40)))
    both = patch_over(runtime).find(["cup", "plate"])
    assert {name: len(patches) for name, patches in both.items()} == {"cup": 1, "plate": 0}
    assert len(runtime.calls) == 1


@pytest.mark.parametrize("name", ["", "  ", None, 5, [], [3], {"a": 1}])
def test_find_needs_a_name(name):
    with pytest.raises(ApiMisuse):
        patch_over().find(name)


@pytest.mark.parametrize(
    "ask",
    [
        lambda p: p.verify_property("cup", "red"),
        lambda p: p.verify_property(object_name="cup", attribute="red"),
        lambda p: p.verify_property(object_name="cup", property="red"),
        lambda p: p.verify_property("cup", visual_property="red"),
    ],
)
def test_every_published_spelling_of_verify_property_asks_the_same(ask):
    runtime = Asked(verify_property={"value": True, "confidence": 0.9})
    assert ask(patch_over(runtime)) is True
    assert runtime.calls == [("verify_property", WHOLE, {"name": "cup", "attribute": "red"})]


def test_verify_property_with_two_attributes_or_none_is_misuse():
    with pytest.raises(ApiMisuse):
        patch_over().verify_property("cup", "red", property="blue")
    with pytest.raises(ApiMisuse):
        patch_over().verify_property("cup")


def test_best_text_match_gives_the_option_without_its_prefix():
    runtime = Asked(match={"scores": [0.1, 0.8]})
    assert patch_over(runtime).best_text_match(["cat", "dog"], prefix="a photo of a") == "dog"
    assert runtime.calls[0][2] == {"texts": ["a photo of a cat", "a photo of a dog"]}


def test_best_image_match_asks_once_about_all_patches():
    runtime = Asked(match=[{"scores": [0.1, 0.4]}, {"scores": [0.9, 0.1]}])
    whole = patch_over(runtime)
    parts = [whole.crop(0, 0, 10, 10), whole.crop(20, 20, 40, 40)]
    assert best_image_match(parts, ["a", "b"]) is parts[1]
    assert best_image_match(parts, content=["a", "b"], return_index=True) == 1
    assert best_image_match([], ["a"]) is None
    assert len(runtime.calls) == 2


def test_a_question_left_out_asks_what_it_is():
    runtime = Asked(answer={"text": "a cup", "confidence": None})
    assert patch_over(runtime).simple_query() == "a cup"
    assert runtime.calls[0][2] == {"question": "What is this?"}


def test_text_lines_carry_their_text_and_place():
    lines = [
        {"box": [5, 5, 50, 15], "text": "EXIT", "confidence": 0.9},
        {"box": [5, 20, 50, 30], "text": "4", "confidence": 0.8},
    ]
    patch = patch_over(Asked(read_text={"lines": lines}))
    assert patch.read_text() == "EXIT\n4"
    assert [(line.label, line.left) for line in patch.text_lines()] == [("EXIT", 5), ("4", 5)]


def test_an_edit_gives_a_patch_over_the_new_image():
    made = ImageRef.whole("edited", 320, 240)
    patch = patch_over(Asked(edit={"image": made.to_wire()})).edit("make it black and white")
    assert patch.ref == made


def test_the_same_region_is_the_same_patch_however_it_was_found():
    whole = patch_over()
    again = ImagePatch(whole, 10, 10, 50, 50)
    assert whole.crop(10, 10, 50, 50) == again
    assert len({whole.crop(10, 10, 50, 50), again}) == 1
    assert whole != again


coordinates = st.integers(0, 400)


@given(coordinates, coordinates, coordinates, coordinates)
def test_distance_is_symmetric_and_zero_or_less_exactly_when_patches_touch(x1, y1, x2, y2):
    whole = patch_over()
    a, b = whole.crop(x1, y1, x1 + 40, y1 + 30), whole.crop(x2, y2, x2 + 40, y2 + 30)
    assert distance(a, b) == distance(b, a)
    touching = a.overlaps_with(b.left, b.lower, b.right, b.upper)
    assert (distance(a, b) <= 0) == touching


def test_distance_of_numbers_is_their_difference_and_of_anything_else_misuse():
    assert distance(3, 7.5) == 4.5
    with pytest.raises(ApiMisuse, match="two patches or two numbers"):
        distance(patch_over(), 3)


def test_without_a_runtime_a_patch_says_what_to_do():
    with pytest.raises(ApiMisuse, match="no runtime"):
        ImagePatch(WHOLE)


def test_a_runtime_that_cannot_open_files_refuses_them():
    with use_runtime(Asked()), pytest.raises(ApiMisuse, match="not str"):
        ImagePatch("/etc/passwd")


def test_the_one_thing_that_is_meant_is_asked_for_as_such():
    runtime = Asked(detect=found((10, 20, 60, 70)))
    cup = patch_over(runtime).find_the("cup")
    assert (cup.left, cup.label) == (10, "cup")
    assert runtime.calls[0][2] == {"names": ["cup"], "presumed": True}
    assert patch_over(Asked(detect=[])).find_the("cup") is None


def placed(*things):
    """Detections with places on the ground: (box, place) pairs."""
    return [{**found(box)[0], "place": place} for box, place in things]


NEAR_LEFT = ((100, 10, 140, 50), [1.0, 5.0])
FAR_RIGHT = ((90, 300, 110, 320), [2.0, 12.0])  # further left in the picture, further right on the ground


def test_left_and_right_are_decided_on_the_ground_where_places_are_known():
    near, far = patch_over(Asked(detect=placed(NEAR_LEFT, FAR_RIGHT))).find("cup")
    assert far.horizontal_center < near.horizontal_center
    assert near.is_left_of(far)
    assert far.is_right_of(near)
    assert not far.is_left_of(near)
    assert not near.is_right_of(far)


def test_front_and_behind_are_decided_on_the_ground_without_asking_for_depth():
    runtime = Asked(detect=placed(NEAR_LEFT, FAR_RIGHT))
    near, far = patch_over(runtime).find("cup")
    assert near.is_in_front_of(far)
    assert far.is_behind(near)
    assert not near.is_behind(far)
    assert [call[0] for call in runtime.calls] == ["detect"]


def test_without_places_the_picture_and_the_depth_decide():
    runtime = Asked(detect=found(NEAR_LEFT[0], FAR_RIGHT[0]), depth={"median": 1.0})
    near, far = patch_over(runtime).find("cup")
    assert far.is_left_of(near)
    assert near.is_right_of(far)
    assert not near.is_in_front_of(far)
    assert not near.is_behind(far)
    assert [call[0] for call in runtime.calls][1:] == ["depth"] * 4


def test_one_unknown_place_is_enough_to_go_by_the_picture():
    near, far = patch_over(Asked(detect=[*placed(NEAR_LEFT), *found(FAR_RIGHT[0])])).find("cup")
    assert far.is_left_of(near)


def test_places_of_two_pictures_are_not_compared():
    here = patch_over(Asked(detect=placed(NEAR_LEFT))).find("cup")[0]
    other = ImageRef.whole("another", 640, 480)
    there = patch_over(Asked(detect=placed(FAR_RIGHT)), other).find("cup")[0]
    assert there.is_left_of(here)


def test_a_patch_keeps_its_place_and_a_part_of_it_has_none():
    cup = patch_over(Asked(detect=placed(NEAR_LEFT))).find("cup")[0]
    assert ImagePatch(cup).place == (1.0, 5.0)
    assert cup.crop(0, 0, 10, 10).place is None
    assert ImagePatch(cup, 0, 0, 10, 10).place is None


def test_a_patch_is_compared_with_patches_only():
    with pytest.raises(ApiMisuse):
        patch_over().is_left_of(3)


def test_what_is_outlined_is_named_pointed_at_everything_or_the_patch_itself():
    runtime = Asked(segment=[])
    patch = patch_over(runtime)
    patch.segment("cup")
    patch.segment()
    patch.segment(points=[(1, 2.5), (3, 4)], excluded=[(5, 6)])
    patch.segment(points=(1, 2))
    patch.segment(everything=True)
    assert [arguments for _, _, arguments in runtime.calls] == [
        {"name": "cup"},
        {"name": None},
        {"name": None, "points": [[1.0, 2.5], [3.0, 4.0]], "excluded": [[5.0, 6.0]]},
        {"name": None, "points": [[1.0, 2.0]]},
        {"name": None, "everything": True},
    ]


@pytest.mark.parametrize("points", [[], [1, 2], [(1, 2, 3)], "no", [("a", 1)], [(1, float("nan"))]])
def test_points_that_are_none_are_misuse(points):
    with pytest.raises(ApiMisuse):
        patch_over().segment(points=points)


def test_a_surface_faces_where_the_expert_says():
    assert patch_over(Asked(normals={"facing": [0.0, 1.0, 0.0]})).surface_normal() == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("call", "capability", "arguments"),
    [
        (lambda p: p.remove("cat"), "inpaint", {"name": "cat", "prompt": None}),
        (lambda p: p.replace("dog", "a fox"), "inpaint", {"name": "dog", "prompt": "a fox"}),
        (lambda p: p.outpaint(800, 600), "outpaint", {"width": 800, "height": 600, "prompt": None}),
        (lambda p: p.vary(strength=0.5), "vary", {"prompt": None, "strength": 0.5, "seed": 0}),
        (lambda p: p.map("depth"), "map", {"kind": "depth"}),
        (
            lambda p: p.redraw("canny", "a hut", drawn=True),
            "redraw",
            {"kind": "canny", "prompt": "a hut", "drawn": True, "seed": 0},
        ),
        (lambda p: p.blur_background(), "set_apart", {"name": None, "how": "blur"}),
        (lambda p: p.color_pop("cat"), "set_apart", {"name": "cat", "how": "gray"}),
    ],
)
def test_new_pictures_are_asked_for_with_arguments_that_fit(call, capability, arguments):
    asked = Asked(**{capability: {"image": ImageRef.whole("made", 320, 240).to_wire()}})
    patch = call(patch_over(asked))
    assert (patch.ref.media, patch.width) == ("made", 320)
    assert asked.calls[-1][0] == capability
    assert asked.calls[-1][2] == arguments
    CAPABILITIES[capability].check_arguments(arguments)


def test_a_patch_is_not_continued_to_less_than_itself():
    with pytest.raises(ApiMisuse, match="less than its own size"):
        patch_over(Asked()).outpaint(5, 5)


@pytest.mark.parametrize("prompt", ["", "  ", 7])
def test_a_prompt_that_says_nothing_is_misuse(prompt):
    for call in ("vary", "edit"):
        with pytest.raises(ApiMisuse):
            getattr(patch_over(Asked()), call)(prompt)


def test_errors_and_signatures_name_the_class_that_programs_know():
    patch = patch_over()
    with pytest.raises(TypeError, match=r"^ImagePatch\.find\(\) missing 1 required positional argument"):
        patch.find()
    with pytest.raises(TypeError, match=r"^ImagePatch\.crop\(\) takes 5 positional arguments"):
        patch.crop(0, 0, 1, 1, 1)
    assert {method.__qualname__ for method in (patch.edges, patch.caption, patch.faces, patch.overlaps_with)} == {
        "ImagePatch.edges", "ImagePatch.caption", "ImagePatch.faces", "ImagePatch.overlaps_with",
    }  # fmt: skip
    assert len(typing.get_overloads(ImagePatch.find)) == 2
