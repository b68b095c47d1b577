"""`inpaint` and `outpaint`: a part of a picture painted anew, by any inpainting pipeline; the rest stays as it was.

What is painted over is looked at in a window around it, so that a small thing in a large picture is painted at the
model's full resolution. Pixels outside of the mask come from the given picture, unchanged.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...capabilities import Inpaint, Outpaint
from ...errors import ApiMisuse, ExpertUnavailable, OutsideWorld
from ...results import Answer, NewImage
from ..base import ExpertRequest
from ..canvas import Window, around, grown, pasted, scaled, scaled_mask, working_size
from ..named_masks import named_mask
from ..registry import register
from .diffusion import DiffusionExpert
from .weights import Checkpoint

__all__ = ["Inpainter"]

_BACKGROUND = "empty background, nothing there"
_GROWN = 0.02  # of the crop's shorter side


@register
class Inpainter(DiffusionExpert):
    """Removes, replaces and continues, by Stable Diffusion inpainting and its like.

    Settings beside those of all: `background` (what is asked for where something is removed), `grow` (how far the mask
    is widened, as a share of the shorter side), `strength` (1.0 forgets what was there).
    """

    name = "inpainter"
    capabilities = ("inpaint", "outpaint")
    version = "1"
    licence = "CreativeML-OpenRAIL-M"
    memory_mb = 5230
    checkpoint = Checkpoint(
        "stable-diffusion-v1-5/stable-diffusion-inpainting",
        "CreativeML-OpenRAIL-M",
        2610,
        pipeline=True,
        variant="fp16",
    )
    model_class = "AutoPipelineForInpainting"
    limits = "What it removes it may put back, shadows and reflections stay, and far outpainting repeats itself."

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        if isinstance(asked, Outpaint):
            return self._continued(request, asked)
        assert isinstance(asked, Inpaint)
        mask = named_mask(request, asked.name)
        mask = grown(mask, round(float(self.settings.get("grow", _GROWN)) * min(mask.shape)))
        window = around(mask, least=self.side // 2)
        prompt, unwanted = asked.prompt, self.settings.get("negative")
        if prompt is None:
            prompt = str(self.settings.get("background", _BACKGROUND))
            unwanted = ", ".join(filter(None, [asked.name, unwanted]))
        return NewImage(pixels=self._painted(request, request.pixels, mask, window, prompt, unwanted))

    def _continued(self, request: ExpertRequest, asked: Outpaint) -> NewImage:
        height, width = request.pixels.shape[:2]
        if asked.width < width or asked.height < height:
            raise ApiMisuse(f"outpaint: {asked.width}x{asked.height} is less than the patch, {width}x{height} pixels")
        left, top = (asked.width - width) // 2, (asked.height - height) // 2
        sides = ((top, asked.height - height - top), (left, asked.width - width - left))
        # Its rim goes on into the new ground, which gives the model the colours to begin with.
        ground = np.pad(request.pixels, (*sides, (0, 0)), mode="edge")
        mask = np.pad(np.zeros((height, width), np.bool_), sides, constant_values=True)
        if not mask.any():
            return NewImage(pixels=ground)
        prompt = asked.prompt or self._caption(request)
        whole = Window(0, 0, asked.width, asked.height)
        return NewImage(pixels=self._painted(request, ground, mask, whole, prompt, self.settings.get("negative")))

    def _caption(self, request: ExpertRequest) -> str:
        """What the picture shows, where somebody can tell."""
        try:
            told = request.ask("caption", {})
        except (ExpertUnavailable, OutsideWorld):
            return ""
        return told.text if isinstance(told, Answer) else ""

    def _painted(
        self,
        request: ExpertRequest,
        pixels: npt.NDArray[np.uint8],
        mask: npt.NDArray[np.bool_],
        window: Window,
        prompt: str,
        unwanted: str | None,
    ) -> npt.NDArray[np.uint8]:
        """The picture with what lies under the mask painted anew."""
        size = working_size(window.size, side=self.side, multiple=self.multiple)
        made = self.made(
            request,
            prompt=prompt,
            negative_prompt=unwanted,
            image=scaled(pixels[window.slices], size),
            mask_image=scaled_mask(mask[window.slices], size),
            width=size[0],
            height=size[1],
            strength=float(self.settings.get("strength", 1.0)),
        )
        return pasted(pixels, np.asarray(scaled(made, window.size)), mask, window)
