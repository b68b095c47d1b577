"""Experts of the hub give what the library's own documented way gives, for the same weights and the same picture."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402
from tests.support import tiny_chats, tiny_models  # noqa: E402
from tests.support.shown import opened, pipeline, pixels, request  # noqa: E402
from tests.tools.experts.closeness import close  # noqa: E402

from sightline.tools.api.refs import VideoRef  # noqa: E402
from sightline.tools.capabilities import CAPABILITIES  # noqa: E402
from sightline.tools.errors import ExpertUnavailable  # noqa: E402
from sightline.tools.experts import registry  # noqa: E402
from sightline.tools.experts.base import Expert, ExpertRequest, Whole  # noqa: E402
from sightline.tools.results import Detection, Detections  # noqa: E402

MADE: dict[str, Callable[[Path], Path]] = {
    "grounding-dino": tiny_models.grounding_dino,
    "owlv2": tiny_models.owlv2,
    "clip": tiny_models.clip,
    "siglip": tiny_models.siglip,
    "dpt": tiny_models.dpt,
    "depth-anything": tiny_models.depth_anything,
    "vision-chat": tiny_chats.llava,
    "blip-2": tiny_models.blip2,
    "trocr": tiny_models.trocr,
    "vitpose": tiny_models.vitpose,
    "whisper": tiny_models.whisper,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = MADE[name](tmp_path_factory.mktemp("hub") / name)
        return made[name]

    return folder


@pytest.fixture
def load(folders: Callable[[str], Path]) -> Callable[..., Any]:
    def loaded(name: str, **settings: Any) -> Expert:
        expert = registry.get(name)()
        expert.settings = {"model": str(folders(name)), **settings}
        expert.load()
        return expert

    return loaded


def same_detections(ours: Detections, theirs: list[dict[str, Any]]) -> None:
    theirs = sorted(theirs, key=lambda each: -each["score"])
    assert len(theirs) > 0
    assert [each.confidence for each in ours.items] == pytest.approx([each["score"] for each in theirs], abs=1e-5)
    for mine, other in zip(ours.items, theirs, strict=True):
        box = [other["box"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
        assert mine.box == pytest.approx(box, abs=1.01)  # the library's pipeline cuts to whole pixels


# -- detect --


def test_grounding_dino_finds_what_the_librarys_pipeline_finds(load: Any, folders: Any) -> None:
    expert = load("grounding-dino", threshold=0.05, text_threshold=0.05, most_overlap=2.0)
    ours = expert.serve(request("detect", {"names": ["red car"]}))
    theirs = pipeline("zero-shot-object-detection", folders("grounding-dino"))(
        Image.fromarray(pixels()), candidate_labels=["red car."], threshold=0.05
    )
    same_detections(ours, theirs)
    assert {each.label for each in ours.items} == {"red car"}


def test_owlv2_finds_what_the_librarys_pipeline_finds(load: Any, folders: Any) -> None:
    ours = load("owlv2", threshold=0.001, most_overlap=2.0).serve(request("detect", {"names": ["red car"]}))
    theirs = pipeline("zero-shot-object-detection", folders("owlv2"))(
        Image.fromarray(pixels()), candidate_labels=["a photo of a red car"], threshold=0.001
    )
    same_detections(ours, theirs)


def test_owlv2_tells_names_apart_as_its_documentation_does(load: Any, folders: Any) -> None:
    from transformers import Owlv2ForObjectDetection, Owlv2Processor

    names, shown = ["red car", "cat"], Image.fromarray(pixels())
    processor = Owlv2Processor.from_pretrained(folders("owlv2"))
    model = Owlv2ForObjectDetection.from_pretrained(folders("owlv2")).eval()
    inputs = processor(text=[[f"a photo of a {name}" for name in names]], images=shown, return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**inputs)
    (theirs,) = processor.post_process_grounded_object_detection(
        outputs, target_sizes=torch.tensor([[40, 56]]), threshold=0.001, text_labels=[names]
    )
    ours = load("owlv2", threshold=0.001, most_overlap=2.0).serve(request("detect", {"names": names})).items
    order = theirs["scores"].argsort(descending=True, stable=True).tolist()
    assert [each.label for each in ours] == [theirs["text_labels"][n] for n in order]
    assert [each.confidence for each in ours] == pytest.approx([float(theirs["scores"][n]) for n in order], abs=1e-6)
    assert np.allclose([each.box for each in ours], theirs["boxes"][order].numpy(), atol=1e-3)
    assert len(ours) > 3


@pytest.mark.parametrize("name", ["grounding-dino", "owlv2"])
def test_where_one_is_presumed_the_likeliest_of_each_name_is_given(load: Any, name: str) -> None:
    strict = load(name, threshold=1.1)
    assert strict.serve(request("detect", {"names": ["cat", "dog"]})).items == []
    presumed = strict.serve(request("detect", {"names": ["cat"], "presumed": True})).items
    assert [each.label for each in presumed] == ["cat"]
    loose = load(name, threshold=0.0, text_threshold=0.0)
    assert presumed[0] == loose.serve(request("detect", {"names": ["cat"]})).items[0]


def test_boxes_of_the_same_thing_are_given_once() -> None:
    from sightline.tools.experts.hub.finding import as_detections

    found = [
        Detection(box=(0, 0, 10, 10), label="cat", confidence=0.5),
        Detection(box=(1, 0, 11, 10), label="cat", confidence=0.9),
        Detection(box=(1, 0, 11, 10), label="dog", confidence=0.4),
        Detection(box=(30, 0, 40, 10), label="cat", confidence=0.3),
    ]
    kept = as_detections(found, ["cat", "dog"], presumed=False, most_overlap=0.5).items
    assert [(each.label, each.confidence) for each in kept] == [("cat", 0.9), ("dog", 0.4), ("cat", 0.3)]


# -- match, verify_property --


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_texts_are_matched_as_by_the_librarys_pipeline(load: Any, folders: Any, name: str) -> None:
    texts = ["a red car", "a cat", "the small blue dog"]
    ours = load(name).serve(request("match", {"texts": texts}))
    theirs = pipeline("zero-shot-image-classification", folders(name))(
        Image.fromarray(pixels()), candidate_labels=texts, hypothesis_template="{}"
    )
    score = {each["label"]: each["score"] for each in theirs}
    assert ours.scores == pytest.approx([score[text] for text in texts], abs=1e-5)
    assert len(set(ours.scores)) == 3


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_a_property_is_the_choice_between_the_thing_with_it_and_the_thing(load: Any, name: str) -> None:
    asked = request("verify_property", {"name": "car", "attribute": "red"})
    expert = load(name)
    with torch.inference_mode():
        logits = expert.logits([asked], ["a photo of a red car", "a photo of a car"])[0]
    has = float(logits.softmax(-1)[0])
    verdict = expert.serve(asked)
    assert verdict.value == (has >= 0.5)
    assert verdict.confidence == pytest.approx(max(has, 1 - has))
    assert load(name, threshold=0.0).serve(asked).value
    assert not load(name, threshold=1.0).serve(asked).value


# -- depth --


@pytest.mark.parametrize("name", ["dpt", "depth-anything"])
def test_depth_is_the_librarys_map_turned_over(load: Any, folders: Any, name: str) -> None:
    theirs = pipeline("depth-estimation", folders(name))(Image.fromarray(pixels()))["predicted_depth"].numpy()
    assert theirs.shape == (40, 56)
    further = 1.0 / np.maximum(theirs, 1e-6)
    expert = load(name)
    whole = expert.serve(request("depth"))
    assert whole.median == pytest.approx(float(np.median(further)), rel=1e-4)
    asked = request("depth")
    part = ExpertRequest(
        capability="depth",
        arguments=asked.arguments,
        pixels=asked.pixels[5:20, 10:30],
        whole=Whole(id="picture 0", pixels=asked.pixels, box=(10, 5, 30, 20)),
    )
    assert expert.serve(part).median == pytest.approx(float(np.median(further[5:20, 10:30])), rel=1e-4)


# -- answer, caption --


def test_blip2_answers_and_describes_as_its_documentation_does(load: Any, folders: Any) -> None:
    from transformers import Blip2ForConditionalGeneration, Blip2Processor

    processor = Blip2Processor.from_pretrained(folders("blip-2"))
    model = Blip2ForConditionalGeneration.from_pretrained(folders("blip-2")).eval()
    expert = load("blip-2")
    for capability, arguments, prompt, tokens in (
        ("answer", {"question": "what color is this ?"}, "Question: what color is this ? Short answer:", 12),
        ("caption", {}, "", 40),
    ):
        inputs = processor(images=Image.fromarray(pixels()), text=prompt, return_tensors="pt")
        with torch.inference_mode():
            ids = model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        new = ids[:, inputs["input_ids"].shape[1] :]
        wanted = processor.batch_decode(new, skip_special_tokens=True)[0].strip()
        ours = expert.serve(request(capability, arguments))
        assert (ours.text, bool(wanted)) == (wanted, True)
        assert 0 < ours.confidence <= 1


# -- read_text --


def test_trocr_reads_as_its_documentation_does(load: Any, folders: Any) -> None:
    from transformers import TrOCRProcessor, VisionEncoderDecoderModel

    processor = TrOCRProcessor.from_pretrained(folders("trocr"))
    model = VisionEncoderDecoderModel.from_pretrained(folders("trocr")).eval()
    inputs = processor(images=Image.fromarray(pixels()), return_tensors="pt")
    with torch.inference_mode():
        ids = model.generate(**inputs, max_new_tokens=64, do_sample=False)
    wanted = processor.batch_decode(ids, skip_special_tokens=True)[0].strip()
    (line,) = load("trocr").serve(request("read_text")).lines
    assert (line.text, bool(wanted)) == (wanted, True)
    assert line.box == (0, 0, 56, 40)
    assert 0 < line.confidence <= 1


# -- pose --

PEOPLE = [
    Detection(box=(4, 3, 30, 38), label="person", confidence=0.8),
    Detection(box=(28.5, 6, 52, 39), label="person", confidence=0.6),
]


def test_vitpose_places_joints_as_its_documentation_does(load: Any, folders: Any) -> None:
    from transformers import AutoImageProcessor, VitPoseForPoseEstimation

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        processor = AutoImageProcessor.from_pretrained(folders("vitpose"))
    model = VitPoseForPoseEstimation.from_pretrained(folders("vitpose")).eval()
    boxes = [[[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in (each.box for each in PEOPLE)]]
    inputs = processor(Image.fromarray(pixels()), boxes=boxes, return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**inputs)
    (theirs,) = processor.post_process_pose_estimation(outputs, boxes=boxes)
    ours = load("vitpose").serve(request("pose", found=PEOPLE)).people
    assert [each.box for each in ours] == [each.box for each in PEOPLE]
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine.keypoints) == ["nose", "left eye", "right eye", "left shoulder", "right shoulder"]
        places = [[x, y] for x, y, _ in mine.keypoints.values()]
        assert np.allclose(places, other["keypoints"].numpy(), atol=1e-3)
        assert [c for *_, c in mine.keypoints.values()] == pytest.approx(other["scores"].clamp(0, 1).tolist(), abs=1e-5)


# -- transcribe --


@dataclass(frozen=True)
class Heard:
    """A stretch of sound from 2 s to 42 s of a film: footage as `transcribe` uses it."""

    seed: int
    has_sound: bool = True
    ref: VideoRef = field(
        default_factory=lambda: VideoRef(
            media="m", width=4, height=4, frame_count=600, fps=Fraction(10), samples=600, start=20, end=420
        )
    )

    def samples(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        times = np.arange(40 * 16_000) / 16_000
        loud = np.sin(2 * np.pi * (200 + 150 * self.seed) * times) * (np.sin(times * (self.seed + 1)) > 0)
        return (loud * 12_000 + rng.normal(0, 300, len(times))).astype(np.int16)

    def sound(self, *, rate: int) -> Iterator[np.ndarray]:
        assert rate == 16_000
        yield from np.array_split(self.samples(), 7)


def test_whisper_hears_what_the_librarys_pipeline_hears(load: Any, folders: Any) -> None:
    listen = pipeline("automatic-speech-recognition", folders("whisper"))
    expert = load("whisper", language="en")
    told = set()
    for seed in range(3):
        heard = Heard(seed)
        raw = heard.samples().astype(np.float32) / 32768
        theirs = listen(
            {"raw": raw, "sampling_rate": 16_000}, return_timestamps=True, generate_kwargs={"language": "en"}
        )
        arguments = CAPABILITIES["transcribe"].check_arguments({})
        ours = expert.serve(
            ExpertRequest(
                capability="transcribe",
                arguments=arguments,
                pixels=np.zeros((0, 0, 3), np.uint8),
                footage=heard,  # type: ignore[arg-type]
            )
        ).segments
        wanted = [each for each in theirs["chunks"] if each["text"].strip()]
        assert [each.text for each in ours] == [each["text"].strip() for each in wanted]
        starts = [min(42.0, 2.0 + (each["timestamp"][0] or 0.0)) for each in wanted]
        assert [each.start_s for each in ours] == pytest.approx(starts)
        assert all(2.0 <= each.start_s <= each.end_s <= 42.0 for each in ours)
        told.add(tuple(each.text for each in ours))
    assert told != {()}


# -- what they share --

BATCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "grounding-dino": ("detect", {"names": ["red car", "cat"]}),
    "owlv2": ("detect", {"names": ["red car", "cat"]}),
    "clip": ("match", {"texts": ["a cat", "a red car"]}),
    "siglip": ("match", {"texts": ["a cat", "a red car"]}),
    "dpt": ("depth", {}),
    "depth-anything": ("depth", {}),
    "vision-chat": ("answer", {"question": "what is this ?"}),
    "blip-2": ("answer", {"question": "what is this ?"}),
    "trocr": ("read_text", {}),
}


@pytest.mark.parametrize("name", BATCHED)
def test_a_batch_gives_what_one_by_one_gives(load: Any, name: str) -> None:
    capability, arguments = BATCHED[name]
    expert = load(name, threshold=0.02, text_threshold=0.02, most_tokens=5)
    requests = [request(capability, arguments, seed=seed) for seed in range(3)]
    assert len({expert.together(each) for each in requests}) == 1
    together = [each.model_dump() for each in expert.serve_many(requests)]
    alone = [expert.serve(each).model_dump() for each in requests]
    assert close(together, alone)


@pytest.mark.parametrize("name", MADE)
def test_its_size_is_that_of_its_weights(load: Any, folders: Any, name: str) -> None:
    expert = load(name)
    (file,) = folders(name).glob("*.safetensors")
    weights = sum(tensor.nbytes for tensor in load_file(file).values()) / 2**20
    assert expert.measured_mb() == pytest.approx(weights, rel=0.1)
    assert next(expert.model.parameters()).dtype == torch.float32


def test_half_precision_is_bfloat16_where_the_checkpoint_was_published_in_it(folders: Any, tmp_path: Path) -> None:
    asked = request("match", {"texts": ["a red car", "a cat"]})
    full = opened("clip", folders("clip")).serve(asked).scores
    half = opened("clip", folders("clip"), precision="half")
    assert (half.model.dtype, half.serve(asked).scores) == (torch.float16, pytest.approx(full, abs=0.01))
    folder = shutil.copytree(folders("clip"), tmp_path / "clip")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "bfloat16"}))
    wide = opened("clip", folder, precision="half")
    assert (wide.model.dtype, wide.serve(asked).scores) == (torch.bfloat16, pytest.approx(full, abs=0.05))
    assert opened("clip", folder).model.dtype == torch.float32  # on a CPU, unless told otherwise


def test_a_compiled_model_also_writes_by_what_was_compiled(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def compiled(call: Callable[..., Any], **_: Any) -> Callable[..., Any]:
        def run(*inputs: Any, **named: Any) -> Any:
            ran.append("compiled")
            return call(*inputs, **named)

        return run

    monkeypatch.setattr(torch, "compile", compiled)
    asked = request("answer", {"question": "what is this ?"})
    plain = load("vision-chat", most_tokens=4).serve(asked)
    assert ran == []
    expert = load("vision-chat", most_tokens=4, compile=True)
    assert expert.serve(asked) == plain
    assert len(ran) == 4  # once for each token
    assert expert.measured_mb() == load("vision-chat").measured_mb()


@pytest.mark.parametrize("name", MADE)
def test_without_weights_it_names_the_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    cls = registry.get(name)
    assert f"sightline models pull {name}" in str(cls.lacks({}))
    assert cls.lacks({"model": str(tmp_path)}) is not None


def test_other_weights_and_settings_are_another_identity(folders: Any, tmp_path: Path) -> None:
    cls = registry.get("clip")
    folder = tiny_models.clip(tmp_path / "clip")
    same = cls.identity({"model": str(folder)})
    assert same == cls.identity({"model": str(folder)})
    assert same != cls.identity({"model": str(folder), "threshold": 0.4})
    with torch.no_grad():
        from transformers import CLIPModel

        model = CLIPModel.from_pretrained(folder)
        model.logit_scale.add_(0.01)
        model.save_pretrained(folder)
    assert same != cls.identity({"model": str(folder)})


def test_weights_that_are_pickles_are_refused_with_the_name_of_the_flag(folders: Any, tmp_path: Path) -> None:
    from transformers import CLIPModel

    folder = tiny_models.clip(tmp_path / "clip")
    torch.save(CLIPModel.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    cls = registry.get("clip")
    assert "allow_pickle = true under [settings.clip]" in str(cls.lacks({"model": str(folder)}))
    with pytest.raises(ExpertUnavailable, match="allow_pickle"):
        opened("clip", folder)
    assert cls.lacks({"model": str(folder), "allow_pickle": True}) is None
    asked = request("match", {"texts": ["a red car", "a cat"]})
    trusted = opened("clip", folder, allow_pickle=True).serve(asked)
    assert trusted.scores == pytest.approx(opened("clip", folders("clip")).serve(asked).scores, abs=1e-6)


def test_pickles_that_are_allowed_are_still_opened_as_data_only(tmp_path: Path) -> None:
    folder, mark = tiny_models.clip(tmp_path / "clip"), tmp_path / "mark"
    (folder / "model.safetensors").unlink()

    class Hostile:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(mark),)

    torch.save({"a": Hostile()}, folder / "pytorch_model.bin")
    with pytest.raises(Exception, match=r"(?i)weights"):
        opened("clip", folder, allow_pickle=True)
    assert not mark.exists()


def test_a_model_with_code_of_its_own_is_refused_with_the_name_of_the_flag(tmp_path: Path) -> None:
    folder, mark = tiny_chats.llava(tmp_path / "own"), tmp_path / "mark"
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "nobody-knows", "auto_map": {"AutoConfig": "own.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"import os\nos.mkdir({str(mark)!r})\n")
    with pytest.raises(ExpertUnavailable, match=r"allow_remote_code = true under \[settings.vision-chat\]"):
        opened("vision-chat", folder)
    assert not mark.exists()
