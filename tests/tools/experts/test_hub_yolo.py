"""Experts of ultralytics give what the library's own calls give, stay off the network, and open weights as data
only.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
if importlib.util.find_spec("ultralytics") is None:
    pytest.skip("needs the extra yolo", allow_module_level=True)

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from tests.support import tiny_seeing  # noqa: E402
from tests.support.filmed import film, footage_of, request_about  # noqa: E402
from tests.support.shown import opened, pixels, request  # noqa: E402

from sightline.tools.errors import ExpertUnavailable, OutsideWorld  # noqa: E402
from sightline.tools.experts import registry  # noqa: E402
from sightline.tools.experts.hub.ultralytics_yolo import imported  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
LOOSE = {"threshold": 0.0005, "side": 64}
THEIRS = {"conf": 0.0005, "imgsz": 64, "iou": 0.7, "device": "cpu", "verbose": False}


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The library, with its settings in a folder of the test's own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("settings")))
        yield imported()


@pytest.fixture(scope="module")
def weights(library: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("yolo")
    return {
        "yolo": tiny_seeing.yolo(root / "yolo11n.pt"),
        "pose": tiny_seeing.yolo(root / "yolo11n-pose.pt"),
        "world": tiny_seeing.yolo_world(root / "world.pt"),
        "words": tiny_seeing.clip_words(root / "words"),
        "yoloe": tiny_seeing.yoloe(root / "yoloe.pt"),
        "reader": tiny_seeing.word_reader(root / "mobileclip_blt.ts"),
    }


def test_it_finds_what_the_library_predicts(library: Any, weights: dict[str, Path]) -> None:
    (theirs,) = library.YOLO(str(weights["yolo"])).predict(Image.fromarray(pixels()), classes=[0, 3], **THEIRS)
    expert = opened("yolo", weights["yolo"], **LOOSE)
    ours = expert.serve(request("detect", {"names": ["people", "cat"]})).items
    assert ours
    wanted = {
        (tuple(box), sure) for box, sure in zip(theirs.boxes.xyxy.tolist(), theirs.boxes.conf.tolist(), strict=True)
    }
    assert {(each.box, each.confidence) for each in ours} <= wanted
    assert {each.label for each in ours} <= {"people", "cat"}
    best = max(theirs.boxes.conf.tolist())
    assert ours[0].confidence == best


def test_the_likeliest_is_found_where_one_is_presumed(weights: dict[str, Path]) -> None:
    loose, strict = (opened("yolo", weights["yolo"], side=64, threshold=t) for t in (0.001, 0.99))
    assert strict.serve(request("detect", {"names": ["cat"]})).items == []
    presumed = strict.serve(request("detect", {"names": ["cat"], "presumed": True})).items
    assert presumed == loose.serve(request("detect", {"names": ["cat"]})).items[:1]


def test_of_names_that_it_does_not_know_it_says_which_it_knows(weights: dict[str, Path]) -> None:
    with pytest.raises(OutsideWorld, match="it knows person, bicycle, cell phone, cat"):
        opened("yolo", weights["yolo"]).serve(request("detect", {"names": ["cat", "unicorn"]}))


def test_joints_are_those_that_the_library_predicts(library: Any, weights: dict[str, Path]) -> None:
    (theirs,) = library.YOLO(str(weights["pose"])).predict(Image.fromarray(pixels()), **THEIRS)
    ours = opened("yolo-pose", weights["pose"], **LOOSE).serve(request("pose")).people
    assert len(ours) == len(theirs.boxes) > 0
    for n, person in enumerate(ours):
        assert person.box == pytest.approx(theirs.boxes.xyxy[n].tolist())
        assert person.confidence == pytest.approx(float(theirs.boxes.conf[n]))
        seen = [tuple(place) for place in theirs.keypoints.xy[n].tolist() if place != [0.0, 0.0]]
        assert np.allclose([(x, y) for x, y, _ in person.keypoints.values()], seen)
    assert any("left shoulder" in person.keypoints for person in ours)


def test_yolo_world_finds_what_the_library_finds_for_the_same_words(
    library: Any, weights: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoTokenizer, CLIPTextModelWithProjection

    tokenizer = AutoTokenizer.from_pretrained(weights["words"])
    reader = CLIPTextModelWithProjection.from_pretrained(weights["words"]).eval()

    class Clip(torch.nn.Module):
        """The interface of the library's own text model, which would be downloaded."""

        def tokenize(self, texts: list[str]) -> Any:
            return tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]

        def encode_text(self, tokens: Any) -> Any:
            mask = (tokens != tokenizer.pad_token_id).long()
            features = reader(input_ids=tokens, attention_mask=mask).text_embeds
            return features / features.norm(p=2, dim=-1, keepdim=True)

    monkeypatch.setitem(sys.modules, "clip", types.ModuleType("clip"))
    names = ["red car", "small dog"]
    model = library.YOLOWorld(str(weights["world"]))
    model.model.clip_model = Clip()
    model.model.set_classes(names, cache_clip_model=True)
    model.model.names, model.predictor = names, None
    (theirs,) = model.predict(Image.fromarray(pixels()), **{**THEIRS, "conf": 1e-5})
    expert = opened("yolo-world", weights["world"], words=str(weights["words"]), threshold=1e-5, side=64)
    ours = expert.serve(request("detect", {"names": names})).items
    wanted = [
        (names[int(number)], sure, box)
        for box, sure, number in zip(
            theirs.boxes.xyxy.tolist(), theirs.boxes.conf.tolist(), theirs.boxes.cls.tolist(), strict=True
        )
    ]
    assert len(ours) > 0
    for each in ours:
        assert any(
            each.label == name
            and each.confidence == pytest.approx(sure, abs=1e-5)
            and each.box == pytest.approx(box, abs=1e-2)
            for name, sure, box in wanted
        )
    other = expert.serve(request("detect", {"names": ["person"]})).items
    assert {each.label for each in other} <= {"person"}


@pytest.fixture
def told(library: Any, weights: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library's own YOLOE, whose words are read by its own code; its downloads are the files that are here."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(weights["words"])

    def tokenize(texts: list[str], truncate: bool = True) -> Any:
        rows = [tokenizer(text)["input_ids"] for text in texts]
        return torch.tensor([row + [0] * (77 - len(row)) for row in rows], dtype=torch.int32)

    clip = types.ModuleType("clip")
    clip.clip = types.SimpleNamespace(tokenize=tokenize)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "clip", clip)
    monkeypatch.setattr(importlib.import_module("ultralytics.nn.text_model"), "clip", clip)
    here = {"mobileclip_blt.ts": str(weights["reader"])}
    monkeypatch.setattr("ultralytics.utils.downloads.attempt_download_asset", lambda name: here.get(name, name))
    return library.YOLOE(str(weights["yoloe"]))


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_yoloe_finds_and_outlines_what_the_library_does_for_the_same_words(told: Any, weights: dict[str, Path]) -> None:
    expert = opened(
        "yoloe", weights["yoloe"], reader=str(weights["reader"]), words=str(weights["words"]),
        allow_remote_code=True, threshold=1e-6, side=64,
    )  # fmt: skip
    for names in (["red car", "small dog"], ["person"]):  # other words after the first
        told.set_classes(names)
        (theirs,) = told.predict(Image.fromarray(pixels()), retina_masks=True, **{**THEIRS, "conf": 1e-6})
        wanted = [
            (names[int(number)], sure, box, mask > 0)
            for number, sure, box, mask in zip(
                theirs.boxes.cls, theirs.boxes.conf.tolist(), theirs.boxes.xyxy.tolist(), theirs.masks.data.numpy(),
                strict=True,
            )
        ]  # fmt: skip
        ours = expert.serve(request("detect", {"names": names})).items
        assert 0 < len(ours) <= len(wanted)
        assert ours[0].confidence == pytest.approx(max(sure for _, sure, _, _ in wanted), abs=1e-5)
        for each in ours:
            assert each.mask.shape == (40, 56)
            assert any(
                each.label == name
                and each.confidence == pytest.approx(sure, abs=1e-5)
                and each.box == pytest.approx(box, abs=1e-2)
                and float((each.mask != mask).mean()) < 0.001
                for name, sure, box, mask in wanted
            )
    outlined = expert.serve(request("segment", {"name": "person"})).items
    assert [each.box for each in outlined] == [each.box for each in ours]
    assert any(each.mask.any() and not each.mask.all() for each in outlined)
    with pytest.raises(OutsideWorld, match="outlines what a name says"):
        expert.serve(request("segment", {"everything": True}))


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_names_that_the_library_has_read_elsewhere_need_no_program(
    told: Any, weights: dict[str, Path], tmp_path: Path
) -> None:
    told.set_classes(["red car", "small dog"])
    saved = told.save_prompt_embeddings(tmp_path / "names.npz")
    read = opened("yoloe", weights["yoloe"], reader=str(saved), threshold=1e-6, side=64)
    reading = opened(
        "yoloe", weights["yoloe"], reader=str(weights["reader"]), words=str(weights["words"]),
        allow_remote_code=True, threshold=1e-6, side=64,
    )  # fmt: skip
    for names in (["small dog", "red car"], ["small dog"]):
        asked = request("detect", {"names": names})
        ours, theirs = read.serve(asked).items, reading.serve(asked).items
        assert [(each.label, each.box) for each in ours] == [(each.label, each.box) for each in theirs]
        assert ours
    with pytest.raises(OutsideWorld, match="it knows red car, small dog"):
        read.serve(request("detect", {"names": ["unicorn"]}))


def test_yoloe_says_what_it_lacks_and_how_to_get_it(weights: dict[str, Path], tmp_path: Path) -> None:
    lacks = registry.get("yoloe").lacks
    here = {"model": str(weights["yoloe"])}
    assert "get yoloe-11s-seg.pt from https://github.com/ultralytics/assets/releases" in str(lacks({}))
    assert "get mobileclip_blt.ts from https://" in str(lacks(here))
    assert "set reader = its path under [settings.yoloe]" in str(lacks({**here, "reader": str(tmp_path / "gone.ts")}))
    program = {**here, "reader": str(weights["reader"]), "words": str(weights["words"])}
    assert "allow_remote_code = true under [settings.yoloe]" in str(lacks(program))
    with pytest.raises(ExpertUnavailable, match="a program that would run here"):
        opened("yoloe", weights["yoloe"], reader=str(weights["reader"]), words=str(weights["words"]))
    unworded = {**program, "allow_remote_code": True, "words": str(tmp_path)}
    assert "sightline models pull clip --profile yolo" in str(lacks(unworded))
    assert lacks({**program, "allow_remote_code": True}) is None


def test_weights_that_take_no_words_are_no_yoloe(library: Any, weights: dict[str, Path], tmp_path: Path) -> None:
    plain = tiny_seeing.yolo(tmp_path / "yolo11n-seg.pt")
    np.savez(tmp_path / "names.npz", names=np.array(["cat"]), embeddings=np.zeros((1, 1, 512), np.float32), model="x")
    with pytest.raises(ExpertUnavailable, match="not those of a YOLOE that takes words"):
        opened("yoloe", plain, reader=str(tmp_path / "names.npz"))
    np.savez(tmp_path / "other.npz", names=np.array(["cat"]), embeddings=np.zeros((1, 1, 8), np.float32), model="x")
    with pytest.raises(ExpertUnavailable, match="were not read for the weights"):
        opened("yoloe", weights["yoloe"], reader=str(tmp_path / "other.npz"))


@pytest.mark.parametrize("tracker", ["bytetrack", "botsort"])
def test_tracks_are_those_of_the_library(library: Any, weights: dict[str, Path], tmp_path: Path, tracker: str) -> None:
    pytest.importorskip("lap")
    footage = footage_of(film(tmp_path / "film.mp4", seconds=1.5))
    frames = footage.every(0.1, most=600)
    model = library.YOLO(str(weights["yolo"]))
    wanted: dict[int, list[tuple[int, float]]] = {}
    for frame in frames:
        (found,) = model.track(
            Image.fromarray(footage.pixels(frame)), persist=True, tracker=f"{tracker}.yaml", classes=[1], **THEIRS
        )
        if found.boxes.id is not None:
            for number, sure in zip(found.boxes.id.int().tolist(), found.boxes.conf.tolist(), strict=True):
                wanted.setdefault(number, []).append((frame, sure))
    expert = opened("yolo-tracker", weights["yolo"], tracker=tracker, **LOOSE)
    for _ in range(2):  # the second time knows nothing of the first
        ours = expert.serve(request_about(footage, "track", {"name": "bicycles"})).tracks
        assert sorted([(seen.frame, seen.confidence) for seen in track.frames] for track in ours) == sorted(
            wanted.values()
        )
    assert {track.label for track in ours} <= {"bicycles"}


def test_weights_that_hold_more_than_a_model_are_refused_with_the_name_of_the_flag(
    library: Any, weights: dict[str, Path], tmp_path: Path
) -> None:
    saved = torch.load(weights["yolo"], weights_only=False)
    odd = tmp_path / "odd.pt"
    torch.save({**saved, "more": Fraction(1, 2)}, odd)
    with pytest.raises(ExpertUnavailable, match=r"allow_pickle = true under \[settings.yolo\]"):
        opened("yolo", odd)
    trusted = opened("yolo", odd, allow_pickle=True, **LOOSE)
    assert trusted.serve(request("detect", {"names": ["cat"]})).items is not None
    opened("yolo", weights["yolo"])  # which needs no flag


def test_code_in_weights_does_not_run(library: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    class Hostile:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(mark),)

    torch.save({"model": Hostile()}, tmp_path / "hostile.pt")
    with pytest.raises(ExpertUnavailable, match="refused"):
        opened("yolo", tmp_path / "hostile.pt")
    assert not mark.exists()


def test_weights_for_another_task_are_refused(weights: dict[str, Path]) -> None:
    with pytest.raises(ExpertUnavailable, match="made to pose, not to detect"):
        opened("yolo", weights["pose"])


def test_the_library_stays_off_the_network_and_out_of_the_home_folder(library: Any) -> None:
    from ultralytics.utils import AUTOINSTALL, ONLINE, SETTINGS_FILE

    assert library.settings["sync"] is False
    assert (ONLINE, AUTOINSTALL) == (False, False)
    assert str(SETTINGS_FILE).startswith(os.environ["YOLO_CONFIG_DIR"])


def test_the_library_is_not_imported_unless_an_expert_of_it_loads() -> None:
    code = (
        "import sys\n"
        "from sightline.tools.experts import ExpertPool, load_profile, profile_names, registry\n"
        "for name in profile_names():\n    ExpertPool(load_profile(name)).capabilities\n"
        "assert 'yolo' in registry.names()\n"
        "assert 'ultralytics' not in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=100)


def test_the_library_leaves_the_functions_of_others_as_they_were() -> None:
    code = (
        "import torch; from PIL import Image; before = Image.open, torch.save\n"
        "from sightline.tools.experts.hub.ultralytics_yolo import imported\n"
        "imported(); assert (Image.open, torch.save) == before"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
