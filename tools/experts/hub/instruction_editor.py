"""`edit`: a picture changed as an instruction says, by InstructPix2Pix or another pipeline that takes instructions."""

from __future__ import annotations

import numpy as np

from ...capabilities import Instruction
from ...results import NewImage
from ..base import ExpertRequest
from ..canvas import scaled, working_size
from ..registry import register
from .diffusion import DiffusionExpert
from .weights import Checkpoint

__all__ = ["InstructionEditor"]


@register
class InstructionEditor(DiffusionExpert):
    """Changes a picture as an instruction says, by InstructPix2Pix.

    Setting beside those of all: `image_guidance`, how closely the picture is kept to.
    """

    name = "instruction-editor"
    capabilities = ("edit",)
    version = "1"
    licence = "MIT"
    memory_mb = 5230
    checkpoint = Checkpoint("timbrooks/instruct-pix2pix", "MIT", 5230, pipeline=True)
    limits = "Changes looks, weather and materials; it cannot count, move things, or keep all else exactly as it was."

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, Instruction)
        height, width = request.pixels.shape[:2]
        size = working_size((width, height), side=self.side, multiple=self.multiple)
        made = self.made(
            request,
            prompt=asked.instruction,
            image=scaled(request.pixels, size),
            image_guidance_scale=self.settings.get("image_guidance"),
        )
        return NewImage(pixels=np.asarray(scaled(made, (width, height))))
