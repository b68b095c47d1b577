"""Experts that outline things give what their library's own documented way gives, for the same weights and picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from tests.support import tiny_models, tiny_seeing  # noqa: E402
from tests.support.shown import opened, pipeline, pixels, request  # noqa: E402

from sightline.tools.api.refs import Box, ImageRef  # noqa: E402
from sightline.tools.errors import ApiMisuse, OutsideWorld  # noqa: E402
from sightline.tools.experts import ExpertPool, Profile  # noqa: E402
from sightline.tools.media import MediaStore  # noqa: E402
from sightline.tools.results import Detection  # noqa: E402

MADE: dict[str, Callable[[Path], Path]] = {
    "sam": tiny_models.sam,
    "sam2": tiny_seeing.sam2,
    "sam3": tiny_seeing.sam3,
    "sam3-points": tiny_seeing.sam3,
    "segment-anything": tiny_seeing.segment_anything,
}
CLASSES = {
    "sam": ("SamModel", "SamProcessor"),
    "sam2": ("Sam2Model", "Sam2Processor"),
    "sam3-points": ("Sam3TrackerModel", "Sam3TrackerProcessor"),
}
THINGS = [
    Detection(box=(4, 3, 30, 38), label="cup", confidence=0.8),
    Detection(box=(28.5, 6, 52, 39), label="cup", confidence=0.6),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("outlines")
    return {name: make(root / name) for name, make in MADE.items()}


def documented(name: str, place: Path, pictured: np.ndarray, **prompt: Any) -> list[tuple[np.ndarray, float]]:
    """For each thing the best mask and its score, by the steps that the library's documentation shows."""
    import transformers

    model_class, processor_class = CLASSES[name]
    processor = getattr(transformers, processor_class).from_pretrained(place)
    model = getattr(transformers, model_class).from_pretrained(place).eval()
    inputs = processor(images=Image.fromarray(pictured), return_tensors="pt", **prompt)
    with torch.inference_mode():
        outputs = model(**inputs)
    sizes = [inputs["original_sizes"]]
    if "reshaped_input_sizes" in inputs:
        sizes.append(inputs["reshaped_input_sizes"])
    (masks,) = processor.post_process_masks(outputs.pred_masks, *sizes)
    best = outputs.iou_scores[0].argmax(dim=1).tolist()
    return [(masks[n, each].numpy() > 0, float(outputs.iou_scores[0, n, each])) for n, each in enumerate(best)]


@pytest.mark.parametrize("name", CLASSES)
def test_what_the_detector_finds_is_outlined_as_documented(places: dict[str, Path], name: str) -> None:
    boxes = [[[float(x) for x in each.box] for each in THINGS]]
    theirs = documented(name, places[name], pixels(), input_boxes=boxes)
    ours = opened(name, places[name]).serve(request("segment", {"name": "cup"}, found=THINGS)).items
    assert [each.box for each in ours] == [each.box for each in THINGS]
    for each, (mask, _) in zip(ours, theirs, strict=True):
        assert each.mask.shape == (40, 56)
        assert np.array_equal(each.mask, mask)
    assert any(mask.any() and not mask.all() for mask, _ in theirs)


@pytest.mark.parametrize("name", CLASSES)
def test_points_on_it_and_beside_it_outline_one_thing_as_documented(places: dict[str, Path], name: str) -> None:
    # y up as programs count, where the library counts down
    asked = {"points": [[20.0, 30.0], [24.0, 25.0]], "excluded": [[50.0, 5.0]]}
    down = [[[[20.0, 10.0], [24.0, 15.0], [50.0, 35.0]]]]
    theirs = documented(name, places[name], pixels(), input_points=down, input_labels=[[[1, 1, 0]]])
    plain = documented(name, places[name], pixels(), input_points=[[down[0][0][:2]]], input_labels=[[[1, 1]]])
    (ours,) = opened(name, places[name]).serve(request("segment", asked)).items
    assert np.array_equal(ours.mask, theirs[0][0])
    assert ours.confidence == pytest.approx(min(1.0, max(0.0, theirs[0][1])), abs=1e-5)
    assert theirs[0][1] != plain[0][1]  # the excluded point makes a difference
    rows, columns = np.nonzero(ours.mask)
    assert ours.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@pytest.mark.parametrize("name", CLASSES)
def test_everything_is_outlined_as_by_the_librarys_pipeline(places: dict[str, Path], name: str) -> None:
    theirs = pipeline("mask-generation", places[name])(
        Image.fromarray(pixels()), points_per_crop=6, pred_iou_thresh=-9.0, stability_score_thresh=-1.0
    )
    expert = opened(name, places[name], points_per_side=6, quality=-9.0, stability=-1.0)
    ours = expert.serve(request("segment", {"everything": True})).items
    wanted = [np.asarray(mask) for mask in theirs["masks"] if np.asarray(mask).any()]
    assert len(ours) == len(wanted) > 0
    assert all(any(np.array_equal(each.mask, mask) for mask in wanted) for each in ours)
    assert [each.confidence for each in ours] == sorted([each.confidence for each in ours], reverse=True)


@pytest.mark.parametrize("name", CLASSES)
def test_a_region_without_a_name_is_outlined_by_its_box_in_the_picture(places: dict[str, Path], name: str) -> None:
    theirs = documented(name, places[name], pixels(), input_boxes=[[[10.0, 8.0, 40.0, 30.0]]])
    ours = opened(name, places[name]).serve(request("segment", box=(10, 8, 40, 30))).items
    wanted = theirs[0][0][8:30, 10:40]
    assert len(ours) == wanted.any()
    assert all(np.array_equal(each.mask, wanted) for each in ours)


@pytest.mark.parametrize("name", CLASSES)
def test_a_whole_picture_without_a_name_is_outlined_in_the_middle(places: dict[str, Path], name: str) -> None:
    theirs = documented(name, places[name], pixels(), input_points=[[[[28.0, 20.0]]]], input_labels=[[[1]]])
    ours = opened(name, places[name]).serve(request("segment")).items
    assert len(ours) == theirs[0][0].any()
    assert all(np.array_equal(each.mask, theirs[0][0]) for each in ours)


@pytest.mark.parametrize("name", [*CLASSES, "segment-anything"])
def test_where_nothing_is_found_nothing_is_outlined(places: dict[str, Path], name: str) -> None:
    assert opened(name, places[name]).serve(request("segment", {"name": "cup"}, found=[])).items == []


# -- the package segment-anything --


def by_the_package(place: Path) -> Any:
    from segment_anything.modeling import Sam

    sam = tiny_seeing.small_sam()
    assert isinstance(sam, Sam)
    sam.load_state_dict(torch.load(place, weights_only=True))
    return sam.eval()


def test_the_package_outlines_as_its_documentation_does(places: dict[str, Path]) -> None:
    from segment_anything import SamPredictor

    predictor = SamPredictor(by_the_package(places["segment-anything"]))
    predictor.set_image(pixels())
    expert = opened("segment-anything", places["segment-anything"])
    ours = expert.serve(request("segment", {"name": "cup"}, found=THINGS)).items
    for each, thing in zip(ours, THINGS, strict=True):
        masks, scores, _ = predictor.predict(box=np.array(thing.box), multimask_output=True)
        assert np.array_equal(each.mask, masks[scores.argmax()])
    masks, scores, _ = predictor.predict(
        point_coords=np.array([[20.0, 10.0], [50.0, 35.0]]), point_labels=np.array([1, 0]), multimask_output=True
    )
    pointed = expert.serve(request("segment", {"points": [[20.0, 30.0]], "excluded": [[50.0, 5.0]]})).items
    assert [each.confidence for each in pointed] == pytest.approx([min(1.0, max(0.0, scores.max()))], abs=1e-5)
    assert np.array_equal(pointed[0].mask, masks[scores.argmax()])


def test_the_package_outlines_everything_as_its_generator_does(places: dict[str, Path]) -> None:
    from segment_anything import SamAutomaticMaskGenerator

    generator = SamAutomaticMaskGenerator(
        by_the_package(places["segment-anything"]),
        points_per_side=5,
        pred_iou_thresh=-9.0,
        stability_score_thresh=0.2,
    )
    theirs = generator.generate(pixels())
    expert = opened("segment-anything", places["segment-anything"], points_per_side=5, quality=-9.0, stability=0.2)
    ours = expert.serve(request("segment", {"everything": True})).items
    assert len(ours) == len(theirs) > 0
    assert all(any(np.array_equal(each.mask, other["segmentation"]) for other in theirs) for each in ours)


# -- SAM 3 --


def test_sam3_finds_and_outlines_what_words_name_as_documented(places: dict[str, Path]) -> None:
    from transformers import Sam3Model, Sam3Processor

    processor = Sam3Processor.from_pretrained(places["sam3"])
    model = Sam3Model.from_pretrained(places["sam3"]).eval()
    inputs = processor(images=Image.fromarray(pixels()), text="red car", return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**inputs)
    (theirs,) = processor.post_process_instance_segmentation(
        outputs, threshold=0.05, mask_threshold=0.5, target_sizes=inputs["original_sizes"].tolist()
    )
    expert = opened("sam3", places["sam3"], threshold=0.05, most_overlap=2.0)
    order = theirs["scores"].argsort(descending=True, stable=True).tolist()
    assert len(order) > 2
    for capability, arguments in (("segment", {"name": "red car"}), ("detect", {"names": ["red car"]})):
        ours = expert.serve(request(capability, arguments)).items
        assert {each.label for each in ours} == {"red car"}
        assert [each.confidence for each in ours] == pytest.approx([float(theirs["scores"][n]) for n in order])
        assert np.allclose([each.box for each in ours], theirs["boxes"][order].numpy(), atol=1e-3)
        for each, n in zip(ours, order, strict=True):
            assert np.array_equal(each.mask, theirs["masks"][n].numpy() > 0)


def test_sam3_leaves_points_and_everything_to_others(places: dict[str, Path]) -> None:
    expert = opened("sam3", places["sam3"])
    for arguments in ({"points": [[3.0, 3.0]]}, {"everything": True}, {}):
        with pytest.raises(OutsideWorld):
            expert.serve(request("segment", arguments))


# -- through the pool --


def test_one_checkpoint_of_sam3_outlines_names_points_and_everything(places: dict[str, Path]) -> None:
    both = {name: {"model": str(places["sam3"])} for name in ("sam3", "sam3-points")}
    both["sam3"]["threshold"] = 0.05  # type: ignore[assignment]
    both["sam3-points"] |= {"points_per_side": 4, "quality": -9.0, "stability": -1.0}  # type: ignore[dict-item]
    pool = ExpertPool(Profile(name="p", experts={"segment": tuple(both)}, settings=both))
    media = MediaStore()
    ref = media.add(pixels())
    asked = ({"name": "red car"}, {"name": None, "points": [[20.0, 30.0]]}, {"name": None, "everything": True})
    served = [pool.serve("segment", ref, arguments, media) for arguments in asked]
    assert [each.expert for each in served] == ["sam3", "sam3-points", "sam3-points"]
    assert all(each.data and all(item["mask"] for item in each.data) for each in served)


def test_points_are_those_of_the_picture_wherever_the_region_lies(places: dict[str, Path]) -> None:
    pool = ExpertPool(
        Profile(name="p", experts={"segment": ("sam2",)}, settings={"sam2": {"model": str(places["sam2"])}})
    )
    media = MediaStore()
    ref = media.add(pixels())
    region = ref.at(Box(10, 5, 50, 35))
    arguments = {"name": None, "points": [[20.0, 30.0]], "excluded": [[45.0, 8.0]]}
    (found,) = pool.serve("segment", region, arguments, media).data
    crop = pixels()[5:35, 10:50]
    theirs = documented("sam2", places["sam2"], crop, input_points=[[[[10.0, 5.0], [35.0, 27.0]]]],
                        input_labels=[[[1, 0]]])  # fmt: skip
    rows, columns = np.nonzero(theirs[0][0])
    left, upper = 10 + columns.min(), 35 - rows.min()
    assert found["box"][0] == left
    assert found["box"][3] == upper
    with pytest.raises(ApiMisuse, match="outside the region"):
        pool.serve("segment", region, {"name": None, "points": [[2.0, 2.0]]}, media)
    with pytest.raises(ApiMisuse, match="not several"):
        pool.serve("segment", region, {"name": "cup", "everything": True}, media)
    assert isinstance(region, ImageRef)
