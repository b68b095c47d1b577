"""Experts that find, read, matte, and tell where surfaces face give what their library's documented way gives."""

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
from tests.support.blobs import scene  # noqa: E402
from tests.support.shown import opened, pipeline, pixels, request  # noqa: E402

from sightline.tools.capabilities import CAPABILITIES  # noqa: E402
from sightline.tools.errors import OutsideWorld  # noqa: E402
from sightline.tools.experts.base import ExpertRequest  # noqa: E402
from sightline.tools.experts.foreground import SaliencyGrabcut  # noqa: E402
from sightline.tools.experts.hub.surface_normals import main_direction, normals_of_depth  # noqa: E402
from sightline.tools.experts.hub.vitmatte import trimap  # noqa: E402
from sightline.tools.experts.hub.vocabulary import Vocabulary  # noqa: E402

MADE: dict[str, Callable[[Path], Path]] = {
    "rf-detr": tiny_seeing.rf_detr,
    "florence-2": tiny_seeing.florence2,
    "got-ocr2": tiny_seeing.got_ocr2,
    "vitmatte": tiny_seeing.vitmatte,
    "marigold-normals": tiny_seeing.marigold_normals,
    "depth-anything": tiny_models.depth_anything,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("seeing"), dict[str, Path]()

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = MADE[name](root / name)
        return made[name]

    return folder


# -- detect --


def test_rf_detr_finds_what_the_librarys_pipeline_finds(place: Any) -> None:
    theirs = pipeline("object-detection", place("rf-detr"))(Image.fromarray(pixels()), threshold=0.0)
    expert = opened("rf-detr", place("rf-detr"), threshold=0.0, most_overlap=2.0)
    ours = expert.serve(request("detect", {"names": ["people", "bike", "cell phones", "cats"]})).items
    assert len(ours) == len(theirs) > 3
    said = {"people": "person", "bike": "bicycle", "cell phones": "cell phone", "cats": "cat"}
    for mine, other in zip(ours, sorted(theirs, key=lambda each: -each["score"]), strict=True):
        assert (said[mine.label], mine.confidence) == (other["label"], pytest.approx(other["score"], abs=1e-5))
        box = [other["box"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
        assert mine.box == pytest.approx(box, abs=1.01)  # the library's pipeline cuts to whole pixels


def test_rf_detr_leaves_names_that_it_does_not_know_to_others(place: Any) -> None:
    expert = opened("rf-detr", place("rf-detr"))
    with pytest.raises(OutsideWorld, match="does not know 'unicorn'; it knows person, bicycle"):
        expert.serve(request("detect", {"names": ["cat", "unicorn"]}))


@pytest.mark.parametrize(
    ("said", "known"),
    [("Cats", 0), ("the cat", 0), ("people", 1), ("knives", 2), ("cell-phone", 3), ("mobile phones", 3), ("bus", 4)],
)
def test_words_for_the_same_thing_are_the_same_name(said: str, known: int) -> None:
    names = Vocabulary({0: "cat", 1: "person", 2: "knife", 3: "cell phone", 4: "bus"}, expert="x")
    assert names.numbers([said]) == {known: said}


@pytest.mark.parametrize("said", ["man", "catfish", "phone booth", "red cat"])
def test_words_for_another_thing_are_not(said: str) -> None:
    with pytest.raises(OutsideWorld):
        Vocabulary({0: "cat", 1: "person", 3: "cell phone"}, expert="x").numbers([said])


# -- Florence-2 --


def florence(place: Path, task: str, prompt: str, pictured: np.ndarray, most: int) -> Any:
    from transformers import Florence2ForConditionalGeneration, Florence2Processor

    processor = Florence2Processor.from_pretrained(place)
    model = Florence2ForConditionalGeneration.from_pretrained(place).eval()
    shown = Image.fromarray(pictured)
    inputs = processor(text=prompt, images=shown, return_tensors="pt")
    with torch.inference_mode():
        ids = model.generate(**inputs, max_new_tokens=most, do_sample=False, num_beams=1)
    text = processor.batch_decode(ids, skip_special_tokens=False)[0]
    return processor.post_process_generation(text, task=task, image_size=shown.size)[task]


def test_florence_describes_and_reads_as_documented(place: Any) -> None:
    expert = opened("florence-2", place("florence-2"))
    wanted = florence(place("florence-2"), "<CAPTION>", "<CAPTION>", pixels(), 80)
    ours = expert.serve(request("caption"))
    assert wanted.endswith(ours.text)  # theirs tells the token with which writing begins
    assert ours.text
    assert 0 < ours.confidence <= 1
    read = florence(place("florence-2"), "<OCR_WITH_REGION>", "<OCR_WITH_REGION>", pixels(), 512)
    lines = expert.serve(request("read_text")).lines
    assert len(lines) == len(read["labels"]) > 0
    for line, text, corners in zip(lines, read["labels"], read["quad_boxes"], strict=True):
        assert text.endswith(line.text)
        across, down = corners[0::2], corners[1::2]
        assert line.box == (min(across), min(down), max(across), max(down))


def test_florence_finds_what_words_name_as_documented(place: Any) -> None:
    expert, task, found = opened("florence-2", place("florence-2")), "<OPEN_VOCABULARY_DETECTION>", 0
    for seed in range(3):
        told = florence(place("florence-2"), task, f"{task}dog", pixels(seed), 512)
        wanted = {tuple(map(float, box)) for box in told["bboxes"] if box[0] < box[2] and box[1] < box[3]}
        ours = expert.serve(request("detect", {"names": ["dog"]}, seed=seed)).items
        assert {each.box for each in ours} <= wanted
        assert bool(ours) == bool(wanted)
        assert {each.label for each in ours} <= {"dog"}
        found += len(ours)
    assert found > 0


# -- GOT-OCR 2.0 --


def test_got_reads_as_documented(place: Any) -> None:
    from transformers import GotOcr2ForConditionalGeneration, GotOcr2Processor

    processor = GotOcr2Processor.from_pretrained(place("got-ocr2"))
    model = GotOcr2ForConditionalGeneration.from_pretrained(place("got-ocr2")).eval()
    inputs = processor(Image.fromarray(pixels()), return_tensors="pt")
    with torch.inference_mode():
        ids = model.generate(**inputs, do_sample=False, max_new_tokens=20)
    wanted = processor.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True).strip()
    lines = opened("got-ocr2", place("got-ocr2"), most_tokens=20).serve(request("read_text")).lines
    assert "\n".join(each.text for each in lines) == wanted
    assert wanted
    assert {each.box for each in lines} == {(0, 0, 56, 40)}


# -- foreground --


def before_a_calm_background() -> ExpertRequest:
    shown = np.ascontiguousarray(scene(("red", (60, 20, 120, 80))))
    return ExpertRequest(
        capability="foreground", arguments=CAPABILITIES["foreground"].check_arguments({}), pixels=shown
    )


def test_vitmatte_decides_the_border_as_documented(place: Any) -> None:
    from transformers import VitMatteForImageMatting, VitMatteImageProcessor

    asked = before_a_calm_background()
    (rough,) = SaliencyGrabcut().serve(asked).items
    assert rough.mask is not None
    known = trimap(rough.mask)
    processor = VitMatteImageProcessor.from_pretrained(place("vitmatte"))
    model = VitMatteForImageMatting.from_pretrained(place("vitmatte")).eval()
    with torch.inference_mode():
        alphas = model(**processor(images=Image.fromarray(asked.pixels), trimaps=known, return_tensors="pt")).alphas
    height, width = known.shape
    open_band = known == 128
    wanted = np.where(open_band, alphas[0, 0, :height, :width].numpy() >= 0.5, known == 255)
    (ours,) = opened("vitmatte", place("vitmatte")).serve(asked).items
    assert np.array_equal(ours.mask, wanted)
    assert open_band.any()
    assert (ours.mask[open_band] != rough.mask[open_band]).any()


def test_a_trimap_is_sure_away_from_the_border_alone() -> None:
    mask = np.zeros((100, 100), np.bool_)
    mask[30:70, 30:70] = True
    known = trimap(mask, 0.03)
    assert {int(each) for each in np.unique(known)} == {0, 128, 255}
    assert known[50, 50] == 255
    assert known[5, 5] == 0
    assert (known[50, [28, 30, 31]] == 128).all()
    assert mask[known == 255].all()
    assert not mask[known == 0].any()


def test_where_nothing_stands_out_vitmatte_finds_nothing(place: Any) -> None:
    flat = np.full((64, 64, 3), 90, np.uint8)
    arguments = CAPABILITIES["foreground"].check_arguments({})
    asked = ExpertRequest(capability="foreground", arguments=arguments, pixels=flat)
    assert opened("vitmatte", place("vitmatte")).serve(asked).items == []


# -- normals --


def test_a_wall_faces_the_camera_and_a_floor_faces_up() -> None:
    rows = np.arange(60, dtype=np.float32)[:, None] + 0.5
    wall = np.full((60, 80), 3.0, np.float32)
    assert main_direction(normals_of_depth(wall), None).facing == pytest.approx((0, 0, 1), abs=1e-4)
    floor = np.broadcast_to(1.5 * 80 / np.maximum(rows - 30, 0.5), (60, 80)).astype(np.float32)  # below the horizon
    assert main_direction(normals_of_depth(floor)[35:], None).facing == pytest.approx((0, 1, 0), abs=2e-2)
    assert main_direction(normals_of_depth(floor[:, ::-1] * 7)[35:], None).facing == pytest.approx((0, 1, 0), abs=2e-2)


def test_a_wall_that_goes_away_to_the_right_faces_right_as_the_left_one_of_a_corridor() -> None:
    columns = (np.arange(80, dtype=np.float32) + 0.5 - 40) / 80
    depth = np.broadcast_to(2.0 / (1.0 - columns), (60, 80)).astype(np.float32)  # the plane z = 2 + x
    root = 0.5**0.5
    assert main_direction(normals_of_depth(depth), None).facing == pytest.approx((root, 0, root), abs=1e-2)


def test_depth_models_tell_where_surfaces_face_from_their_map(place: Any) -> None:
    expert = opened("depth-anything", place("depth-anything"))
    whole = expert.depth_maps([pixels()])[0]
    wanted = main_direction(normals_of_depth(whole)[8:30, 10:40], None)
    assert expert.serve(request("normals", box=(10, 8, 40, 30))).facing == pytest.approx(wanted.facing, abs=1e-4)


def test_marigold_tells_what_the_librarys_pipeline_paints(place: Any) -> None:
    from diffusers import MarigoldNormalsPipeline

    pipe = MarigoldNormalsPipeline.from_pretrained(place("marigold-normals"))
    pipe.set_progress_bar_config(disable=True)
    shown = pixels(size=(48, 64))
    painted = pipe(
        Image.fromarray(shown), num_inference_steps=2, generator=torch.Generator("cpu").manual_seed(0)
    ).prediction[0]
    assert painted.shape == (48, 64, 3)
    expert = opened("marigold-normals", place("marigold-normals"), steps=2)
    assert np.allclose(expert._painted(shown), painted, atol=1e-5)
    asked = request("normals", box=(10, 8, 40, 30))
    found = expert.serve(asked)
    assert found.facing == pytest.approx(main_direction(expert._painted(pixels())[8:30, 10:40], None).facing)
