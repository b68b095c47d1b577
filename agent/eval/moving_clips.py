"""The clips that questions over time are judged on: things that move, captions over them, and sentences spoken."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tools.mllm.clips.clip import ClipRecipe, clip
from ...tools.mllm.clips.files import SOUND_RATE, write_mp4
from ...tools.mllm.planner.questions.nouns import WORDS_TO_READ
from ...tools.mllm.scenes.placement import Rules
from ...tools.mllm.scenes.stream import Recipe
from .moving_truth import Caption, ClipTruth, Saying
from .spoken import SENTENCES, speak

__all__ = ["RECIPE", "Filmed", "filmed"]

# The published look, so that what is judged is time and not the strangeness of pictures.
RECIPE = ClipRecipe(
    scene=Recipe(width=320, height=240, rules=Rules(fewest=2, most=5), plain_share=1.0),
    fps=8,
    seconds=6.0,
    busiest=3,
    moving_camera_share=0.0,
    passing_share=0.9,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filmed:
    """A clip's frames (T, H, W, 3) with captions laid over them, its sound (N,), and all that is true of it."""

    truth: ClipTruth
    frames: NDArray[np.uint8]
    sound: NDArray[np.int16]

    def write(self, path: Path) -> None:
        """As an MP4 file."""
        write_mp4(path, self.frames, self.truth.clip.fps, sound=self.sound)


def filmed(seed: int, index: int) -> Filmed:
    """Clip `index` of a seed with up to three captions and one or two sentences.

    Raises: BadRequest when espeak-ng is not installed.
    """
    made = clip(seed, index, RECIPE)
    rng = random.Random(f"captions:{seed}:{index}")
    captions, start = [], 0.5
    for word in rng.sample(sorted(WORDS_TO_READ), rng.choice((0, 1, 2, 2, 3, 3))):
        end = start + rng.choice((1.0, 1.25, 1.5))
        captions.append(Caption(word.upper(), start, end))
        start = end + 0.5
    frames = made.frames.copy()
    for one in captions:
        _lay_over(frames[round(one.start_s * made.fps) : round(one.end_s * made.fps)], one.text)
    sayings, sound = _said(random.Random(f"speech:{seed}:{index}"))
    return Filmed(truth=ClipTruth(made, captions, sayings), frames=frames, sound=sound)


def _lay_over(frames: NDArray[Any], text: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    for frame in frames:
        image = Image.fromarray(frame)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, frame.shape[1], 34), fill=(250, 250, 250))
        draw.text((12, 4), text, fill=(0, 0, 0), font=ImageFont.load_default(24))
        frame[...] = np.asarray(image)


def _said(rng: random.Random) -> tuple[list[Saying], NDArray[np.int16]]:
    """One or two sentences in a clip's time, and how they sound."""
    sound = np.zeros(round(RECIPE.seconds * SOUND_RATE), np.int16)
    sayings = []
    start = rng.uniform(0.4, 0.9)
    for text in rng.sample(SENTENCES, rng.choice((1, 2, 2))):
        samples = speak(text)
        end = start + len(samples) / SOUND_RATE
        if end > RECIPE.seconds - 0.1:
            break
        first = round(start * SOUND_RATE)
        sound[first : first + len(samples)] = samples
        sayings.append(Saying(text, start, end))
        start = end + rng.uniform(0.9, 1.6)
    return sayings, sound
