"""`HubExpert`: what the experts of transformers share. It loads model and processor, runs them, says its size.

A subclass names its classes of transformers and answers `serve_many`. Requests that go together are run as one batch.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...errors import ExpertUnavailable, SightlineError
from ...results import Result
from ..base import ExpertRequest
from .published import PublishedExpert

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["HubExpert", "loading", "megabytes", "picture", "pictures", "untold"]


# The library builds models with process-wide switches thrown; two at once leave weights that hold no data.
_loading = threading.Lock()


class HubExpert(PublishedExpert):
    """Base of experts that hold one model of transformers.

    Settings: those of `PublishedExpert`, `precision` ("half" or "full"; half where it may, on a GPU), `compile`
    (whether torch compiles the model).

    Attributes:
        model_class, processor_class: names in transformers.
    """

    packages: ClassVar[tuple[str, ...]] = ("torch", "transformers")
    extra = "experts"
    half = True
    processor_class: ClassVar[str] = "AutoProcessor"

    def load(self) -> None:
        import transformers

        folder = self.place()
        if not self.allows("allow_remote_code") and _needs_code(transformers, folder):
            raise ExpertUnavailable(
                f"the model of the expert {self.name} comes with code of its own, which would run here: choose a model "
                f"that transformers knows, or set allow_remote_code = true under [settings.{self.name}] of a profile "
                "if you trust it",
                expert=self.name,
            )
        with loading():
            self.processor: Any = self._processor(transformers, folder)
            model: Any = self._model(transformers, folder)
        self.model: Any = model.to(self.device).eval()
        if self.settings.get("compile"):
            self.model.compile()  # in its place, so that writing text goes through what was compiled too

    def _processor(self, transformers: Any, folder: Path) -> Any:
        return getattr(transformers, self.processor_class).from_pretrained(folder, **self._trust())

    def _model(self, transformers: Any, folder: Path) -> Any:
        # Pickles that are allowed are still opened as data only; the library does so by itself.
        safe = not self.allows("allow_pickle")
        return getattr(transformers, self.model_class).from_pretrained(
            folder, dtype=self._dtype(folder), use_safetensors=True if safe else None, **self._trust()
        )

    def _trust(self) -> dict[str, Any]:
        """What is handed to everything that reads files of a model."""
        return {"local_files_only": True, "trust_remote_code": self.allows("allow_remote_code")}

    def _dtype(self, folder: Path | None = None) -> Any:
        """Its precision. What was published in bfloat16 has figures that float16 cannot hold."""
        import torch

        on_gpu = self.device.startswith("cuda")
        if self.settings.get("precision", "half" if self.half and on_gpu else "full") != "half":
            return torch.float32
        wide = folder is not None and "bfloat16" in _published_in(folder)
        able = not on_gpu or torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if wide and able else torch.float16

    def unload(self) -> None:
        self.__dict__.pop("model", None)
        self.__dict__.pop("processor", None)

    def measured_mb(self) -> float | None:
        return megabytes(self.model)

    def move(self, device: str) -> bool:
        self.model.to(device)
        self.device = device
        return True

    def serve(self, request: ExpertRequest) -> Result:
        (outcome,) = self.serve_many([request])
        if isinstance(outcome, SightlineError):
            raise outcome
        return outcome

    def same_size(self, request: ExpertRequest) -> Hashable:
        """For `together`, where pictures of different sizes would be padded and seen differently than alone."""
        return request.capability, request.arguments.model_dump_json(), request.pixels.shape

    def on_device(self, inputs: Any) -> Any:
        """What a processor made, where the model is and in its precision."""
        return inputs.to(self.model.device, self.model.dtype)

    def run(self, inputs: Any) -> Any:
        """The model's outputs."""
        import torch

        with torch.inference_mode():
            return self.model(**self.on_device(inputs))

    def write(self, inputs: Any, *, most_tokens: int, **ending: Any) -> tuple[Any, list[float]]:
        """Let the model write: the new tokens of each picture, and how sure it was, the mean over tokens, 0 to 1.

        Args:
            ending: what else `generate` is told about where to end.
        """
        import torch

        inputs = self.on_device(inputs)
        with torch.inference_mode():
            made = self.model.generate(
                **inputs,
                max_new_tokens=most_tokens,
                do_sample=False,
                num_beams=1,
                return_dict_in_generate=True,
                output_scores=True,
                **ending,
            )
            steps = len(made.scores)
            ids = made.sequences[:, made.sequences.shape[1] - steps :]  # (pictures, steps)
            logs = torch.stack(made.scores, dim=1).float().log_softmax(-1)  # (pictures, steps, words)
            chances = logs.gather(2, ids[..., None])[..., 0]
        # What stands behind a row's end fills it up to the longest: with padding, or with ends where a model has none.
        ends = ending.get("eos_token_id", self.model.generation_config.eos_token_id)
        ended = torch.isin(ids, torch.as_tensor([] if ends is None else ends).to(ids))
        told = ended.cumsum(1) - ended.long() == 0  # (pictures, steps): up to the first end, and with it
        sure = [float(chance[kept].mean().exp()) for chance, kept in zip(chances, told, strict=True)]
        return ids, sure


def megabytes(model: Any) -> float:
    """What the weights of a model of torch take, in MiB."""
    tensors = [*model.parameters(), *model.buffers()]
    return float(sum(each.numel() * each.element_size() for each in tensors)) / 2**20


def picture(pixels: npt.NDArray[np.uint8]) -> Image:
    """(H, W, 3) uint8 RGB as the processors want it."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(pixels))


def pictures(requests: Sequence[ExpertRequest]) -> list[Image]:
    return [picture(request.pixels) for request in requests]


def _needs_code(transformers: Any, folder: Path) -> bool:
    """Whether the library does not know the architecture and would have to run what lies beside the weights."""
    config = _config(folder)
    return "auto_map" in config and bool(config.get("model_type") not in transformers.CONFIG_MAPPING)


def _published_in(folder: Path) -> set[str]:
    """The precisions that a checkpoint's configuration names, for the whole of it or for its parts."""
    config = _config(folder)
    parts = [config, *(part for part in config.values() if isinstance(part, dict))]
    return {str(part[key]) for part in parts for key in ("dtype", "torch_dtype") if part.get(key)}


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


@contextmanager
def loading() -> Iterator[None]:
    """While a model of transformers is built: one at a time, and quietly."""
    from transformers.utils import logging

    with _loading, untold(logging):
        yield


@contextmanager
def untold(logging: Any) -> Iterator[None]:
    """Without a library's progress bars and advice, by its `logging`: they would end up among a program's answers."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
