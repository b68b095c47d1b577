"""`redraw`: a picture that follows a map of another, by ControlNet: one small network for each kind of map.

The maps come from the profile's own `map` expert unless the given picture is one. Of the networks that of the last kind
is held, beside the text-to-image model that they steer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...capabilities import Redraw
from ...errors import ExpertFailed, ExpertUnavailable
from ...results import NewImage
from ..base import ExpertRequest, Settings
from ..canvas import scaled, working_size
from ..registry import register
from .diffusion import DiffusionExpert, quietly
from .weights import Checkpoint, chosen, fingerprint, located

__all__ = ["ControlPainter"]

_NETS: Mapping[str, str] = {
    "canny": "canny",
    "lines": "mlsd",
    "soft_edges": "hed",
    "scribble": "scribble",
    "pose": "openpose",
    "depth": "depth",
    "normals": "normal",
    "segments": "seg",
}


@register
class ControlPainter(DiffusionExpert):
    """A picture with the shapes of another, by ControlNet.

    Settings beside those of all: `scale` (how strictly the map is followed, 1.0), and the table `nets`, from kinds of
    maps to networks that fit the `model`.
    """

    name = "control-painter"
    capabilities = ("redraw",)
    version = "1"
    licence = "CreativeML-OpenRAIL-M"
    memory_mb = 6610
    part_mb = 1380
    checkpoint = Checkpoint(
        "stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML-OpenRAIL-M", 2610, pipeline=True, variant="fp16"
    )
    model_class = "AutoPipelineForText2Image"
    limits = "Follows shapes and not meanings; the network for segments was trained with colours that name things."

    @classmethod
    def parts(cls, settings: Settings) -> Mapping[str, Checkpoint]:
        told = settings.get("nets", {})
        return {
            kind: chosen(
                {"model": told[kind]} if kind in told else {},
                Checkpoint(f"lllyasviel/sd-controlnet-{published}", "OpenRAIL", 1380),
            )
            for kind, published in _NETS.items()
        }

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        lacking = super().lacks(settings)
        if lacking is None and not any(located(each) for each in cls.parts(settings).values()):
            return cls._no_net(next(iter(_NETS)))
        return lacking

    @classmethod
    def identity(cls, settings: Settings) -> str:
        nets = {kind: located(each) for kind, each in cls.parts(settings).items()}
        here = {kind: fingerprint(folder) for kind, folder in nets.items() if folder is not None}
        return f"{super().identity(settings)} {sorted(here.items())}"

    @classmethod
    def _no_net(cls, kind: str) -> str:
        return (
            f"the expert {cls.name} needs a network for {kind} maps, which is not here: "
            f"sightline models pull {cls.name}:{kind}"
        )

    def load(self) -> None:
        super().load()
        self._steered: tuple[str, Any] | None = None

    def unload(self) -> None:
        super().unload()
        self._steered = None

    def move(self, device: str) -> bool:
        self._steered = None
        return super().move(device)

    def measured_mb(self) -> float | None:
        """With room for the network that comes with the first request."""
        folders = [folder for each in self.parts(self.settings).values() if (folder := located(each)) is not None]
        nets = [max(file.stat().st_size for file in folder.glob("*.safetensors")) for folder in folders]
        share = float(self._dtype().itemsize) / 4  # files hold full precision
        return (super().measured_mb() or 0.0) + share * max(nets, default=0) / 2**20

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, Redraw)
        pipe = self._steered_by(asked.kind)
        height, width = request.pixels.shape[:2]
        size = working_size((width, height), side=self.side, multiple=self.multiple)
        made = self.made(
            request,
            pipe=pipe,
            prompt=asked.prompt,
            image=scaled(request.pixels if asked.drawn else _map(request, asked.kind), size),
            width=size[0],
            height=size[1],
            controlnet_conditioning_scale=float(self.settings.get("scale", 1.0)),
        )
        return NewImage(pixels=np.asarray(scaled(made, (width, height))))

    def _steered_by(self, kind: str) -> Any:
        """The pipeline with the network for that kind of map; the models are shared with the plain one."""
        if self._steered is not None and self._steered[0] == kind:
            return self._steered[1]
        folder = located(self.parts(self.settings)[kind])
        if folder is None:
            raise ExpertUnavailable(self._no_net(kind), expert=self.name)
        import diffusers

        self._steered = None  # the last network goes before the next one comes
        with quietly():
            net = self.read("ControlNetModel", folder)
            pipe = diffusers.AutoPipelineForText2Image.from_pipe(self.pipe, controlnet=net)
            pipe = self.ready(pipe)
        self._steered = kind, pipe
        return pipe


def _map(request: ExpertRequest, kind: str) -> Any:
    drawn = request.ask("map", {"kind": kind})
    if not isinstance(drawn, NewImage):
        raise ExpertFailed(f"map gave {type(drawn).__name__} where a picture was expected")
    return drawn.pixels
