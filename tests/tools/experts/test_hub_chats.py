"""`vision-chat` gives what the library's own pipeline gives, with each kind of model that it says it serves."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from tests.support import tiny_chats  # noqa: E402
from tests.support.filmed import film, footage_of, request_about  # noqa: E402
from tests.support.shown import opened, pipeline, pixels, request  # noqa: E402

from sightline.tools.errors import ExpertUnavailable  # noqa: E402
from sightline.tools.experts import ExpertPool, Profile  # noqa: E402
from sightline.tools.experts.footage import Footage  # noqa: E402
from sightline.tools.media import MediaStore  # noqa: E402

KINDS: dict[str, Callable[[Path], Path]] = {
    "llava": tiny_chats.llava,
    "llava-onevision": tiny_chats.llava_onevision,
    "qwen-vl": tiny_chats.qwen_vl,
    "smolvlm": tiny_chats.smolvlm,
    "smolvlm2": tiny_chats.smolvlm2,
    "internvl": tiny_chats.internvl,
    "gemma3": tiny_chats.gemma3,
}
ROOT = Path(__file__).parents[3]
FOR_VIDEOS = ("llava-onevision", "qwen-vl", "smolvlm2", "internvl")
TELL_NO_TIMES = ("llava-onevision", "internvl")  # of those for videos
SHORT, MIDDLE = "what is this ?", "is a cat in the photo ?"
LONG = "how many red cars with a small dog in the picture ?"
TOKENS = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("chats"), dict[str, Path]()

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = KINDS[kind](root / kind)
        return made[kind]

    return folder


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return footage_of(film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=2.0))


def chat(place: Path, **settings: Any) -> Any:
    return opened("vision-chat", place, **{"brief": "", "most_tokens": TOKENS, **settings})


@cache
def the_librarys(place: Path) -> Any:
    """Its pipeline for pictures with words, which answers with words."""
    return pipeline("image-text-to-text", place)


def likelihood(model: Any, inputs: Any) -> float:
    """The mean likelihood of what a model writes, as the library tells it."""
    with torch.inference_mode():
        made = model.generate(
            **inputs, max_new_tokens=TOKENS, do_sample=False, return_dict_in_generate=True, output_scores=True
        )
    logs = model.compute_transition_scores(made.sequences, made.scores, normalize_logits=True)
    return float(logs.mean().exp())


def by_the_library(place: Path, shown: Sequence[np.ndarray], words: str) -> tuple[str, float]:
    """The text that its pipeline writes about pictures, and how likely it is."""
    pipe = the_librarys(place)
    pictures = [{"type": "image", "image": Image.fromarray(each)} for each in shown]
    talk = [{"role": "user", "content": [*pictures, {"type": "text", "text": words}]}]
    (written,) = pipe(text=talk, max_new_tokens=TOKENS, return_full_text=False, generate_kwargs={"do_sample": False})
    inputs = pipe.processor.apply_chat_template(
        talk, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    return written["generated_text"].strip(), likelihood(pipe.model, inputs)


def told(said: Any) -> tuple[str, float]:
    assert said.text
    return said.text, said.confidence


def near(text_and_confidence: tuple[str, float], rel: float = 1e-5) -> tuple[str, Any]:
    text, confidence = text_and_confidence
    return text, pytest.approx(confidence, rel=rel)


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_and_describes_as_the_librarys_pipeline_does(place: Any, kind: str) -> None:
    expert = chat(place(kind), describe="describe the picture")
    answer = told(expert.serve(request("answer", {"question": LONG})))
    assert answer == near(by_the_library(place(kind), [pixels()], LONG))
    assert answer != near(by_the_library(place(kind), [pixels(1)], LONG))  # it sees the picture
    caption = told(expert.serve(request("caption", seed=1)))
    assert caption == near(by_the_library(place(kind), [pixels(1)], "describe the picture"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_two_questions_at_once_as_it_answers_each(place: Any, kind: str) -> None:
    asked = [request("answer", {"question": words}, seed=seed) for seed, words in enumerate((SHORT, LONG))]
    expert = chat(place(kind))
    assert len({expert.together(each) for each in asked}) == 1
    for together, alone in zip(expert.serve_many(asked), map(expert.serve, asked), strict=True):
        assert told(together) == near(told(alone), rel=1e-4)


@pytest.mark.parametrize("kind", ["qwen-vl", "smolvlm2", "internvl", "gemma3"])
def test_an_answer_that_ends_before_that_beside_it_is_as_sure_as_alone(place: Any, tmp_path: Path, kind: str) -> None:
    """Published models fill up what ends early with padding, with an end, or say nothing about it."""
    expert = chat(place(kind))

    def written(words: str, seed: int) -> list[str]:
        return expert.serve(request("answer", {"question": words}, seed=seed)).text.split()

    first = written(SHORT, 0)
    beside, last = next(
        ((words, seed), word)
        for words, seed in product((LONG, MIDDLE), (1, 2))
        for word in first[1:-1]
        if word not in written(words, seed)
    )
    folder = ended_by(last, expert, shutil.copytree(place(kind), tmp_path / kind))
    asked = [request("answer", {"question": words}, seed=seed) for words, seed in ((SHORT, 0), beside)]
    short, longer = (told(each) for each in chat(folder).serve_many(asked))
    assert short[0].split() == first[: first.index(last) + 1]
    assert short == near(by_the_library(folder, [pixels(0)], SHORT), rel=1e-4)
    assert longer == near(by_the_library(folder, [pixels(beside[1])], beside[0]), rel=1e-4)


def ended_by(word: str, expert: Any, folder: Path) -> Path:
    """A checkpoint that ends its answers with that word too."""
    path = folder / "generation_config.json"
    told_to = json.loads(path.read_text())
    ends = told_to["eos_token_id"]
    further = expert.processor.tokenizer.convert_tokens_to_ids(word)
    told_to["eos_token_id"] = [*(ends if isinstance(ends, list) else [ends]), further]
    path.write_text(json.dumps(told_to))
    return folder


# -- several frames --


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_shown_several_frames_of_a_stretch_in_order(place: Any, footage: Footage, kind: str) -> None:
    said = told(chat(place(kind), frames=3).serve(request_about(footage, "watch", {"question": SHORT})))
    frames = [footage.pixels(frame) for frame in (3, 10, 16)]
    assert said == near(by_the_library(place(kind), frames, SHORT))
    assert said != near(by_the_library(place(kind), frames[::-1], SHORT))


def of_video(place: Path, shown: Sequence[np.ndarray], metadata: dict[str, Any]) -> tuple[str, float]:
    """The text and how likely it is, by the processor's own call with a video."""
    processor, model = the_librarys(place).processor, the_librarys(place).model
    talk = [{"role": "user", "content": [{"type": "video"}, {"type": "text", "text": SHORT}]}]
    inputs = processor(
        text=[processor.apply_chat_template(talk, add_generation_prompt=True)],
        videos=[np.stack(shown)],
        video_metadata=[metadata],
        do_sample_frames=False,
        add_special_tokens=False,  # they stand in the template where a model has them
        return_tensors="pt",
    )
    with torch.inference_mode():
        made = model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)
    (text,) = processor.batch_decode(made[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return text.strip(), likelihood(model, inputs)


@pytest.mark.parametrize("kind", FOR_VIDEOS)
def test_a_model_for_videos_is_shown_a_stretch_as_one_with_its_times(place: Any, footage: Footage, kind: str) -> None:
    shown = [footage.pixels(frame) for frame in (3, 10, 16)]
    times = {"total_num_frames": 20, "fps": 10.0, "duration": 2.0, "frames_indices": [3, 10, 16]}
    expert = chat(place(kind), frames=3, frames_as="video")
    said = told(expert.serve(request_about(footage, "watch", {"question": SHORT})))
    assert said == near(of_video(place(kind), shown, times))
    elsewhen = near(of_video(place(kind), shown, {**times, "fps": 0.5, "duration": 40.0}))
    assert (said == elsewhen) == (kind in TELL_NO_TIMES)
    answer = told(expert.serve(request("answer", {"question": SHORT})))
    assert answer == near(by_the_library(place(kind), [pixels()], SHORT))  # a picture stays one


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in FOR_VIDEOS])
def test_a_model_that_takes_no_videos_says_so_when_it_is_to_be_shown_one(place: Any, kind: str) -> None:
    with pytest.raises(ExpertUnavailable, match=r"leave out frames_as under \[settings.vision-chat\]"):
        chat(place(kind), frames_as="video")


# -- what a model needs beside the library --


def test_a_package_that_only_this_models_processor_needs_is_named_with_the_command(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.models.smolvlm import processing_smolvlm

    folder = place("smolvlm2")
    monkeypatch.setattr(processing_smolvlm, "num2words", None)  # as it is where the package is not installed
    profile = Profile(name="t", experts={"answer": ("vision-chat",)}, settings={"vision-chat": {"model": str(folder)}})
    media = MediaStore()
    with pytest.raises(ExpertUnavailable, match=r"num2words.*pip install 'sightline\[experts\]'"):
        ExpertPool(profile).serve("answer", media.add(pixels()), {"question": SHORT}, media)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert any(each.startswith("num2words") for each in extras["experts"])
