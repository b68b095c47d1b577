"""SAM 2 follows things as its library's documentation does, frame by frame and through the whole of a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from tests.support import tiny_seeing  # noqa: E402
from tests.support.filmed import film, footage_of, request_about  # noqa: E402
from tests.support.shown import opened  # noqa: E402

from sightline.tools.results import Detection  # noqa: E402

THING = Detection(box=(20.0, 25.0, 60.0, 70.0), label="ball", confidence=0.9)
OTHER = Detection(box=(90.0, 60.0, 140.0, 100.0), label="ball", confidence=0.8)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_seeing.sam2_video(tmp_path_factory.mktemp("tracks") / "sam2-video")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=4.0)


def documented(place: Path, frames: list[np.ndarray], box: Any) -> list[np.ndarray]:
    """The mask of one thing in each frame, as the library's documentation has it for a whole video."""
    from transformers import Sam2VideoModel, Sam2VideoProcessor

    processor = Sam2VideoProcessor.from_pretrained(place)
    model = Sam2VideoModel.from_pretrained(place).eval()
    session = processor.init_video_session()
    masks = []
    for number, pixels in enumerate(frames):
        inputs = processor(images=Image.fromarray(pixels), return_tensors="pt")
        if number == 0:
            processor.add_inputs_to_inference_session(
                inference_session=session,
                frame_idx=0,
                obj_ids=1,
                input_boxes=[[list(box)]],
                original_size=inputs.original_sizes[0],
            )
        with torch.inference_mode():
            told = model(inference_session=session, frame=inputs.pixel_values[0])
        (mask,) = processor.post_process_masks([told.pred_masks], original_sizes=inputs.original_sizes)
        masks.append((mask[0, 0].numpy() > 0) if float(told.object_score_logits) > 0 else np.zeros_like(mask[0, 0]))
    return masks


def test_a_thing_is_followed_as_documented_however_long_the_film(place: Path, clip: Path) -> None:
    footage = footage_of(clip, lambda frame: [THING] if frame == 0 else [])
    frames = footage.every(0.1, most=240)
    assert len(frames) > 30  # longer than what is remembered
    theirs = documented(place, [footage.pixels(frame) for frame in frames], THING.box)
    expert = opened("sam2-tracker", place, step_s=0.1)
    ours = expert.serve(request_about(footage, "track", {"name": "ball"})).tracks
    wanted = {}
    height = footage.ref.height
    for frame, mask in zip(frames, theirs, strict=True):
        if mask.any():
            rows, columns = np.nonzero(mask)
            wanted[frame] = (columns.min(), height - rows.max() - 1, columns.max() + 1, height - rows.min())
    (track,) = ours
    assert {seen.frame: seen.box for seen in track.frames} == wanted
    assert wanted
    assert track.label == "ball"
    assert all(0 < (seen.confidence or 0) <= 1 for seen in track.frames)


def test_what_comes_later_is_followed_from_there_on(place: Path, clip: Path) -> None:
    footage = footage_of(clip, lambda frame: [OTHER] if frame >= 20 else [])
    expert = opened("sam2-tracker", place, step_s=0.1, look_s=1.0)
    tracks = expert.serve(request_about(footage, "track", {"name": "ball"})).tracks
    assert tracks
    assert min(seen.frame for track in tracks for seen in track.frames) == 20


def test_where_the_detector_finds_nothing_nothing_is_followed(place: Path, clip: Path) -> None:
    expert = opened("sam2-tracker", place)
    assert expert.serve(request_about(footage_of(clip), "track", {"name": "ball"})).tracks == []
