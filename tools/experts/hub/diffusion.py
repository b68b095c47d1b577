"""`DiffusionExpert`: what experts that hold a pipeline of diffusers share: loading, seeds, sizes, and running it.

The pipeline's class is chosen by diffusers from what the checkpoint says it is, so that any model of the kind loads; it
is handed those arguments that it takes. The same request gives the same picture: its seed is made from its content.
A checkpoint's safety checker stays in place, and a picture that it withholds is an error.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...errors import ExpertFailed, ExpertUnavailable
from ..base import ExpertRequest
from .model import HubExpert, loading, megabytes, untold
from .weights import chosen, located

if TYPE_CHECKING:
    import torch

__all__ = ["DiffusionExpert", "quietly", "seed_of"]

_STEPS = 30
_SIDE = 512  # of the square that a model without a word on it is taken to be made for


class DiffusionExpert(HubExpert):
    """Base of experts that make pictures.

    Settings: `model`, `revision`, `variant` ("fp16" for files in half precision), `precision`, `steps`, `guidance`,
    `negative` (what a picture must not show), `side` (of the square with as many pixels as it works on),
    `attention_slicing` (less memory, slower), `offload` (each of its models goes to the GPU only while it works; needs
    accelerate). What is not set is left to the pipeline, except for 30 steps.

    Attributes:
        model_class: name of its pipeline in diffusers.
    """

    packages = ("torch", "diffusers", "transformers")
    time_limit_s = 900.0
    model_class: ClassVar[str] = "DiffusionPipeline"

    @classmethod
    def batches(cls) -> bool:
        return False  # one picture fills a device

    def load(self) -> None:
        folder = located(chosen(self.settings, self.checkpoint))
        if folder is None:
            raise ExpertUnavailable(str(self.lacks(self.settings)), expert=self.name)
        with quietly():
            self.pipe: Any = self.ready(self._pipeline(folder))

    def _pipeline(self, folder: Path) -> Any:
        return self.read(self.model_class, folder, variant=chosen(self.settings, self.checkpoint).variant)

    def read(self, kind: str, folder: Path, *, variant: str | None = None) -> Any:
        """A pipeline or model of that class of diffusers, from safetensors, without code of its own."""
        import diffusers

        how = {} if variant is None else {"variant": variant}
        return getattr(diffusers, kind).from_pretrained(
            folder, dtype=self._dtype(), use_safetensors=True, local_files_only=True, **how
        )

    def ready(self, pipe: Any) -> Any:
        """The pipeline where it is to run, as the settings want it."""
        pipe.set_progress_bar_config(disable=True)
        if self.settings.get("attention_slicing"):
            pipe.enable_attention_slicing()
        if self._offloads:
            try:
                pipe.enable_model_cpu_offload(device=self.device)
            except ImportError:
                raise ExpertUnavailable(
                    f"the setting offload of the expert {self.name} needs accelerate: pip install accelerate",
                    expert=self.name,
                ) from None
            return pipe
        return pipe.to(self.device)

    @property
    def _offloads(self) -> bool:
        return bool(self.settings.get("offload")) and self.device.startswith("cuda")

    def unload(self) -> None:
        self.__dict__.pop("pipe", None)

    def measured_mb(self) -> float | None:
        """All of its models; where they take turns on the GPU, the largest."""
        sizes = [megabytes(each) for each in self.pipe.components.values() if hasattr(each, "parameters")]
        return max(sizes, default=0.0) if self._offloads else sum(sizes)

    def move(self, device: str) -> bool:
        if self._offloads:
            return False
        with _untold():
            self.pipe.to(device)
        self.device = device
        return True

    # -- making a picture --

    @property
    def steps(self) -> int:
        """How often noise is taken off."""
        return int(self.settings.get("steps", _STEPS))

    @property
    def multiple(self) -> int:
        """What the sides of a picture must be multiples of, in pixels: twice what one latent stands for, and 8."""
        return math.lcm(8, 2 * int(getattr(self.pipe, "vae_scale_factor", 8)))

    @property
    def side(self) -> int:
        """The side of the square that it works on."""
        if self.settings.get("side"):
            return int(self.settings["side"])
        model = getattr(self.pipe, "unet", None) or getattr(self.pipe, "transformer", None)
        latents = getattr(self.pipe, "default_sample_size", None) or getattr(
            getattr(model, "config", None), "sample_size", None
        )
        if not isinstance(latents, int):
            return _SIDE
        return latents * int(getattr(self.pipe, "vae_scale_factor", 8))

    def made(self, request: ExpertRequest, *, pipe: Any = None, **wanted: Any) -> npt.NDArray[np.uint8]:
        """What the pipeline makes of arguments, (H, W, 3) uint8; those that it does not take are left out.

        Raises:
            ExpertFailed: when its safety checker withholds the picture, or it took too long.
        """
        import torch

        pipe = self.pipe if pipe is None else pipe
        taken = inspect.signature(pipe.__call__).parameters
        told = {
            "num_inference_steps": self.steps,
            "guidance_scale": self.settings.get("guidance"),
            "negative_prompt": self.settings.get("negative"),
            **wanted,
        }
        arguments = {name: value for name, value in told.items() if name in taken and value is not None}
        if "callback_on_step_end" in taken:
            arguments["callback_on_step_end"] = self._in_time()
        noise = torch.Generator("cpu").manual_seed(seed_of(request))  # the same on every device
        with torch.inference_mode():
            outcome = pipe(**arguments, generator=noise, output_type="pil")
        if any(getattr(outcome, "nsfw_content_detected", None) or ()):
            raise ExpertFailed(
                f"the safety checker of {self.name}'s model withheld the picture: ask for something else",
                expert=self.name,
                reason="withheld",
            )
        return np.asarray(outcome.images[0].convert("RGB"))

    def _in_time(self) -> Any:
        """Ends a run that the pool has let go of, so that its thread and memory come back."""
        limit_s = self.settings.get("time_limit_s", self.time_limit_s)
        until = None if limit_s is None else time.monotonic() + float(limit_s)

        def after_step(
            pipe: Any, step: int, timestep: Any, tensors: dict[str, torch.Tensor]
        ) -> dict[str, torch.Tensor]:
            if until is not None and time.monotonic() > until:
                raise ExpertFailed(f"the expert {self.name} took too long and stopped", expert=self.name, reason="hung")
            return tensors

        return after_step


def seed_of(request: ExpertRequest) -> int:
    """A number from what is asked and the pixels that it is asked of."""
    digest = hashlib.sha256(f"{request.capability} {request.arguments.model_dump_json()} ".encode())
    digest.update(repr(request.pixels.shape).encode())
    digest.update(np.ascontiguousarray(request.pixels).tobytes())
    return int.from_bytes(digest.digest()[:8], "big") >> 1


@contextmanager
def quietly() -> Iterator[None]:
    """While models are loaded: one expert at a time, and without a word."""
    with loading(), _untold():
        yield


def _untold() -> AbstractContextManager[None]:
    from diffusers.utils import logging

    return untold(logging)
