"""Experts that make pictures give what diffusers' own pipelines give, for the same weights, request and seed."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
diffusers = pytest.importorskip("diffusers")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402
from tests.support import tiny_diffusion  # noqa: E402

from sightline.tools.capabilities import CAPABILITIES  # noqa: E402
from sightline.tools.errors import ApiMisuse, EmptyPatch, ExpertFailed, ExpertUnavailable, OutsideWorld  # noqa: E402
from sightline.tools.experts import ExpertPool, Profile, registry  # noqa: E402
from sightline.tools.experts.base import ExpertRequest  # noqa: E402
from sightline.tools.experts.hub.catalog import models  # noqa: E402
from sightline.tools.experts.hub.diffusion import seed_of  # noqa: E402
from sightline.tools.experts.hub.weights import Checkpoint  # noqa: E402
from sightline.tools.media import MediaStore  # noqa: E402
from sightline.tools.results import Answer, Detection, Detections, NewImage, Result  # noqa: E402

STEPS = 2
MADE: Mapping[str, Callable[[Path], Path]] = {
    "text-painter": tiny_diffusion.stable_diffusion,
    "variation-painter": tiny_diffusion.stable_diffusion,
    "instruction-editor": tiny_diffusion.instruct_pix2pix,
    "inpainter": tiny_diffusion.inpainting,
    "control-painter": tiny_diffusion.stable_diffusion,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A checkpoint by what makes it; made once."""
    made: dict[str, Path] = {}

    def of(make: Callable[..., Path], **how: Any) -> Path:
        key = f"{make.__name__} {how}"
        if key not in made:
            made[key] = make(tmp_path_factory.mktemp("pipelines") / make.__name__, **how)
        return made[key]

    return of


@pytest.fixture
def load(folder: Callable[..., Path]) -> Callable[..., Any]:
    def loaded(name: str, **settings: Any) -> Any:
        expert = registry.get(name)()
        expert.settings = {"model": str(folder(MADE[name])), "steps": STEPS, **settings}
        expert.load()
        return expert

    return loaded


def pixels(width: int = 64, height: int = 64, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = rng.integers(0, 120, (height, width, 3), dtype=np.uint8)
    made[height // 4 : height // 2, width // 4 : width // 2] = (200, 40, 40)
    return made


def asked(
    capability: str,
    arguments: dict[str, Any],
    shown: np.ndarray | None = None,
    *,
    others: Mapping[str, Result] | None = None,
    mask: np.ndarray | None = None,
) -> ExpertRequest:
    """A request; `others` is what the profile's other experts answer, and nobody answers for what is not there."""

    def ask(other: str, _: dict[str, Any]) -> Result:
        if other not in (others or {}):
            raise ExpertUnavailable(f"nobody serves {other}")
        return (others or {})[other]

    return ExpertRequest(
        capability=capability,
        arguments=CAPABILITIES[capability].check_arguments(arguments),
        pixels=np.zeros((0, 0, 3), np.uint8) if shown is None else shown,
        mask=mask,
        ask=ask,
    )


def librarys(cls: str, folder: Path, request: ExpertRequest, **arguments: Any) -> np.ndarray:
    """What the library's documented way gives: from_pretrained, a seeded generator, a call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipe = getattr(diffusers, cls).from_pretrained(folder, **arguments.pop("parts", {}))
    pipe.set_progress_bar_config(disable=True)
    made = pipe(generator=torch.Generator().manual_seed(seed_of(request)), num_inference_steps=STEPS, **arguments)
    return np.asarray(made.images[0])


def same(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    assert int(np.abs(ours.astype(int) - theirs.astype(int)).max()) <= 1
    assert ours.std() > 1  # a picture and no plain ground


# -- generate --


def test_a_text_becomes_the_picture_that_the_librarys_pipeline_makes(load: Any, folder: Any) -> None:
    request = asked("generate", {"prompt": "a red car"})
    ours = load("text-painter", guidance=6.0, negative="blur").serve(request).pixels
    theirs = librarys(
        "StableDiffusionPipeline", folder(tiny_diffusion.stable_diffusion), request,
        prompt="a red car", negative_prompt="blur", guidance_scale=6.0, width=64, height=64,
    )  # fmt: skip
    same(ours, theirs)


def test_the_larger_kind_of_model_loads_by_the_same_setting(load: Any, folder: Any) -> None:
    request = asked("generate", {"prompt": "a red car"})
    place = folder(tiny_diffusion.stable_diffusion_xl)
    expert = load("text-painter", model=str(place))
    assert type(expert.pipe).__name__ == "StableDiffusionXLPipeline"
    theirs = librarys("StableDiffusionXLPipeline", place, request, prompt="a red car", width=64, height=64)
    same(expert.serve(request).pixels, theirs)


def test_the_same_request_gives_the_same_picture_and_another_seed_another(load: Any) -> None:
    expert = load("text-painter")
    once, again, other = (
        expert.serve(asked("generate", {"prompt": "a dog", "seed": seed})).pixels for seed in (0, 0, 1)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize("size", [(50, 37), (200, 20), (16, 90)])
def test_a_picture_has_the_size_that_was_asked_for(load: Any, size: tuple[int, int]) -> None:
    made = load("text-painter").serve(asked("generate", {"prompt": "a dog", "width": size[0], "height": size[1]}))
    assert made.pixels.shape == (size[1], size[0], 3)


def test_an_empty_prompt_is_misuse() -> None:
    with pytest.raises(ApiMisuse, match="generate: prompt"):
        CAPABILITIES["generate"].check_arguments({"prompt": " "})


def test_what_the_models_safety_checker_withholds_is_an_error(load: Any, folder: Any) -> None:
    expert = load("text-painter", model=str(folder(tiny_diffusion.stable_diffusion, withholds=True)))
    with pytest.raises(ExpertFailed, match="withheld") as caught:
        expert.serve(asked("generate", {"prompt": "a dog"}))
    assert caught.value.facts["reason"] == "withheld"


def test_a_run_that_takes_too_long_ends_by_itself(load: Any) -> None:
    with pytest.raises(ExpertFailed, match="too long"):
        load("text-painter", time_limit_s=0.0).serve(asked("generate", {"prompt": "a dog"}))


# -- vary, edit --


def test_a_variation_is_the_librarys_image_to_image(load: Any, folder: Any) -> None:
    shown = pixels()
    request = asked("vary", {"prompt": "a cat", "strength": 0.9}, shown)
    ours = load("variation-painter").serve(request).pixels
    theirs = librarys(
        "StableDiffusionImg2ImgPipeline", folder(tiny_diffusion.stable_diffusion), request,
        prompt="a cat", image=Image.fromarray(shown), strength=0.9,
    )  # fmt: skip
    same(ours, theirs)


def test_a_model_that_only_varies_is_called_in_its_own_way(load: Any, folder: Any) -> None:
    shown, place = pixels(), folder(tiny_diffusion.variations)
    request = asked("vary", {}, shown)
    ours = load("variation-painter", model=str(place)).serve(request).pixels
    theirs = librarys("StableDiffusionImageVariationPipeline", place, request, image=Image.fromarray(shown))
    same(ours, theirs)


def test_even_the_slightest_variation_takes_a_step(load: Any) -> None:
    made = load("variation-painter").serve(asked("vary", {"strength": 0.05}, pixels(50, 37)))
    assert made.pixels.shape == (37, 50, 3)


def test_an_edit_is_what_the_librarys_pipeline_makes_of_the_instruction(load: Any, folder: Any) -> None:
    shown = pixels()
    request = asked("edit", {"instruction": "make it snow"}, shown)
    ours = load("instruction-editor", image_guidance=1.2).serve(request).pixels
    theirs = librarys(
        "StableDiffusionInstructPix2PixPipeline", folder(tiny_diffusion.instruct_pix2pix), request,
        prompt="make it snow", image=Image.fromarray(shown), image_guidance_scale=1.2,
    )  # fmt: skip
    same(ours, theirs)


def test_an_edited_picture_keeps_its_size(load: Any) -> None:
    made = load("instruction-editor").serve(asked("edit", {"instruction": "at night"}, pixels(71, 33)))
    assert made.pixels.shape == (33, 71, 3)


# -- inpaint, outpaint --


def outlined(mask: np.ndarray) -> Detections:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return Detections(items=[Detection(box=box, label="cat", mask=mask)])


def test_what_is_replaced_is_what_the_librarys_pipeline_paints_and_the_rest_stays(load: Any, folder: Any) -> None:
    shown, mask = pixels(), np.zeros((64, 64), np.bool_)
    mask[10:52, 8:58] = True
    request = asked("inpaint", {"name": "cat", "prompt": "a dog"}, shown, others={"segment": outlined(mask)})
    ours = load("inpainter", grow=0.0).serve(request).pixels
    # The window around so large a thing is all of the picture, so both see the same.
    theirs = librarys(
        "StableDiffusionInpaintPipeline", folder(tiny_diffusion.inpainting), request, prompt="a dog",
        image=Image.fromarray(shown), mask_image=Image.fromarray(mask.astype(np.uint8) * 255), width=64, height=64,
        strength=1.0,
    )  # fmt: skip
    assert np.array_equal(ours[~mask], shown[~mask])
    same(ours[10:52, 8:58], theirs[10:52, 8:58])


def test_outside_of_the_mask_nothing_changes_whatever_the_size(load: Any) -> None:
    shown = pixels(203, 91)
    mask = np.zeros((91, 203), np.bool_)
    mask[30:50, 150:160] = True
    request = asked("inpaint", {"name": "cat"}, shown, others={"segment": outlined(mask)})
    made = load("inpainter", grow=0.03).serve(request).pixels
    changed = (made != shown).any(axis=2)
    assert made.shape == shown.shape
    assert changed[mask].mean() > 0.9
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert (rows[0] >= 27, rows[-1] < 53, columns[0] >= 147, columns[-1] < 163) == (True,) * 4


def test_without_a_segmenter_the_detectors_box_is_painted_over(load: Any) -> None:
    shown = pixels()
    box = Detections(items=[Detection(box=(10.2, 8.0, 30.0, 20.7), label="cat")])
    made = load("inpainter", grow=0.0).serve(asked("inpaint", {"name": "cat"}, shown, others={"detect": box})).pixels
    changed = (made != shown).any(axis=2)
    assert changed[8:21, 10:30].mean() > 0.9
    changed[8:21, 10:30] = False
    assert not changed.any()


def test_where_nothing_of_that_name_is_found_there_is_nothing_to_remove(load: Any) -> None:
    with pytest.raises(EmptyPatch, match="'cat' is found here"):
        load("inpainter").serve(asked("inpaint", {"name": "cat"}, pixels(), others={"segment": Detections(items=[])}))


def test_a_picture_is_continued_to_the_size_that_was_asked_for_and_stays_in_the_middle(load: Any) -> None:
    shown = pixels(41, 30)
    expert = load("inpainter")
    made = expert.serve(asked("outpaint", {"width": 75, "height": 50, "prompt": "a field"}, shown)).pixels
    assert made.shape == (50, 75, 3)
    assert np.array_equal(made[10:40, 17:58], shown)
    told = expert.serve(
        asked("outpaint", {"width": 75, "height": 50}, shown, others={"caption": Answer(text="a field")})
    )
    assert told.pixels.shape == (50, 75, 3)
    with pytest.raises(ApiMisuse, match="less than the patch"):
        expert.serve(asked("outpaint", {"width": 40, "height": 50}, shown))


def test_continued_to_its_own_size_a_picture_stays_as_it_is(load: Any) -> None:
    shown = pixels(40, 30)
    assert np.array_equal(load("inpainter").serve(asked("outpaint", {"width": 40, "height": 30}, shown)).pixels, shown)


# -- redraw --


@pytest.fixture
def nets(folder: Any, tmp_path: Path) -> dict[str, str]:
    """Networks for two kinds of maps; those for all others are nowhere."""
    nowhere = {kind: str(tmp_path / "nowhere") for kind in ("lines", "soft_edges", "pose", "normals", "segments")}
    here = {kind: str(folder(tiny_diffusion.control_net, seed=n)) for n, kind in enumerate(("canny", "depth"))}
    return {**nowhere, "scribble": str(tmp_path / "nowhere"), **here}


def test_a_picture_follows_a_map_as_by_the_librarys_pipeline(load: Any, folder: Any, nets: dict[str, str]) -> None:
    shown, expert = pixels(), load("control-painter", nets=nets, scale=0.8)
    drawn = np.repeat(((pixels(seed=1)[..., :1] > 60) * 255).astype(np.uint8), 3, axis=2)
    made = []
    for kind in ("canny", "depth", "canny"):
        request = asked("redraw", {"kind": kind, "prompt": "a house"}, shown, others={"map": NewImage(pixels=drawn)})
        made.append(expert.serve(request).pixels)
        net = diffusers.ControlNetModel.from_pretrained(nets[kind])
        theirs = librarys(
            "StableDiffusionControlNetPipeline", folder(tiny_diffusion.stable_diffusion), request,
            parts={"controlnet": net}, prompt="a house", image=Image.fromarray(drawn), width=64, height=64,
            controlnet_conditioning_scale=0.8,
        )  # fmt: skip
        same(made[-1], theirs)
    assert not np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])


def test_a_map_that_is_given_is_followed_as_it_is(load: Any, nets: dict[str, str]) -> None:
    expert, drawn = load("control-painter", nets=nets), pixels(50, 37)
    arguments = {"kind": "canny", "prompt": "a house"}
    given = expert.serve(asked("redraw", {**arguments, "drawn": True}, drawn))
    assert given.pixels.shape == (37, 50, 3)
    with pytest.raises(ExpertUnavailable, match="nobody serves map"):
        expert.serve(asked("redraw", arguments, drawn))


def test_a_network_that_is_not_here_is_named_with_its_command(load: Any, nets: dict[str, str]) -> None:
    expert = load("control-painter", nets=nets)
    with pytest.raises(ExpertUnavailable, match="sightline models pull control-painter:pose"):
        expert.serve(asked("redraw", {"kind": "pose", "prompt": "a dancer", "drawn": True}, pixels()))


def test_the_networks_are_listed_with_the_model(folder: Any, nets: dict[str, str]) -> None:
    settings = {"model": str(folder(tiny_diffusion.stable_diffusion)), "nets": nets}
    profile = Profile(name="p", experts={"redraw": ("control-painter",)}, settings={"control-painter": settings})
    told = {each.expert: each.folder is not None for each in models(profile)}
    assert len(told) == 9
    assert {name for name, here in told.items() if here} == {
        "control-painter", "control-painter:canny", "control-painter:depth",
    }  # fmt: skip


# -- what they share --


@pytest.mark.parametrize("name", MADE)
def test_its_size_is_that_of_its_weights(load: Any, folder: Any, nets: dict[str, str], name: str) -> None:
    settings = {"nets": nets} if name == "control-painter" else {}
    expert = load(name, **settings)
    files = [*Path(expert.settings["model"]).rglob("*.safetensors")]
    files += [*Path(nets["canny"]).glob("*.safetensors")] if settings else []
    weights = sum(tensor.nbytes for file in files for tensor in load_file(file).values()) / 2**20
    assert expert.measured_mb() == pytest.approx(weights, rel=0.15)
    expert.unload()
    assert not hasattr(expert, "pipe")


@pytest.mark.parametrize("name", MADE)
def test_without_weights_it_names_the_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    cls = registry.get(name)
    assert f"sightline models pull {name}" in str(cls.lacks({}))
    pool = ExpertPool(Profile(name="p", experts={cls.capabilities[0]: (name,)}))
    assert f"sightline models pull {name}" in str(pool.reason(cls.capabilities[0]))


def test_a_pipeline_of_which_a_part_has_only_pickles_is_refused(tmp_path: Path) -> None:
    place = tiny_diffusion.stable_diffusion(tmp_path / "sd")
    cls = registry.get("text-painter")
    assert cls.lacks({"model": str(place)}) is None
    weights = place / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save({}, place / "unet" / "diffusion_pytorch_model.bin")
    weights.unlink()
    assert cls.lacks({"model": str(place)}) is not None
    expert = cls()
    expert.settings = {"model": str(place)}
    with pytest.raises(ExpertUnavailable):
        expert.load()


def test_code_that_lies_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    place = tiny_diffusion.stable_diffusion(tmp_path / "sd")
    (place / "pipeline.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    index = json.loads((place / "model_index.json").read_text())
    (place / "unet" / "own_unet.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Own: pass\n")
    (place / "model_index.json").write_text(json.dumps({**index, "unet": ["own_unet", "Own"]}))
    media = MediaStore()
    pool = ExpertPool(
        Profile(name="p", experts={"generate": ("text-painter",)}, settings={"text-painter": {"model": str(place)}})
    )
    with pytest.raises(ExpertFailed):
        pool.serve("generate", [], {"prompt": "a dog"}, media)
    assert not (tmp_path / "ran").exists()


def test_other_weights_are_another_identity(tmp_path: Path) -> None:
    place = tiny_diffusion.stable_diffusion(tmp_path / "sd")
    cls = registry.get("text-painter")
    told = cls.identity({"model": str(place)})
    assert told == cls.identity({"model": str(place)})
    assert told != cls.identity({"model": str(place), "steps": 5})
    tiny_diffusion.inpainting(tmp_path / "other")
    unet = Path("unet") / "diffusion_pytorch_model.safetensors"
    (place / unet).write_bytes((tmp_path / "other" / unet).read_bytes())
    assert told != cls.identity({"model": str(place)})


# -- through the pool --


def test_pictures_are_made_through_the_pool_without_weights_only_what_needs_none(folder: Any) -> None:
    """A new picture is kept in the session's store; what has no model falls to the weak expert, or says why not."""
    media = MediaStore()
    ref = media.add(pixels())
    profile = Profile(
        name="p",
        experts={"generate": ("text-painter",), "inpaint": ("inpainter", "fill-in")},
        settings={"text-painter": {"model": str(folder(tiny_diffusion.stable_diffusion)), "steps": STEPS}},
    )
    pool = ExpertPool(profile)
    served = pool.serve("generate", [], {"prompt": "a dog"}, media)
    assert media.knows(served.data["image"]["media"])
    assert served.expert == "text-painter"
    assert pool.serve("generate", [], {"prompt": "a dog"}, media).cached
    with pytest.raises(OutsideWorld, match="models pull inpainter"):
        pool.serve("inpaint", ref, {"name": "cat", "prompt": "a dog"}, media)


# -- what is pulled --

PUBLISHED = [
    *(
        "README.md",
        "model_index.json",
        "v1-5-pruned.safetensors",
        "v1-5-pruned.ckpt",
        "scheduler/scheduler_config.json",
    ),
    *("unet/config.json", "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.safetensors"),
    *("unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.non_ema.safetensors"),
    *("text_encoder/model.safetensors", "text_encoder/model.fp16.safetensors", "tokenizer/merges.txt"),
    *("big/model-00001-of-00002.safetensors", "big/model.fp16-00001-of-00002.safetensors", "unet/own.py"),
]


@pytest.mark.parametrize("variant", [None, "fp16"])
def test_of_a_pipeline_one_kind_of_each_models_weights_is_pulled(variant: str | None) -> None:
    from huggingface_hub.utils import filter_repo_objects

    wanted = Checkpoint("a/b", "", 0, pipeline=True, variant=variant).wanted
    pulled = set(filter_repo_objects(PUBLISHED, allow_patterns=wanted))
    assert {"model_index.json", "unet/config.json", "scheduler/scheduler_config.json", "tokenizer/merges.txt"} < pulled
    assert not {name for name in pulled if name.endswith((".bin", ".ckpt", ".py", ".md")) or "ema" in name}
    assert "v1-5-pruned.safetensors" not in pulled
    shard = "big/model.fp16-00001-of-00002.safetensors" if variant else "big/model-00001-of-00002.safetensors"
    assert shard in pulled
    assert ("unet/diffusion_pytorch_model.fp16.safetensors" in pulled) == (variant is not None)


def test_a_variants_files_are_loaded_where_they_are_chosen(tmp_path: Path) -> None:
    place = tiny_diffusion.stable_diffusion(tmp_path / "sd")
    for part in ("unet", "vae", "text_encoder"):
        (file,) = (place / part).glob("*.safetensors")
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    expert = registry.get("text-painter")()
    expert.settings = {"model": str(place), "steps": STEPS, "variant": "fp16"}
    expert.load()
    assert expert.serve(asked("generate", {"prompt": "a dog"})).pixels.shape == (64, 64, 3)  # type: ignore[attr-defined]
