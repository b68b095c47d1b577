"""`segment` with SAM through the package `segment-anything`, for weights in its own format.

The published files are pickles of plain tensors; they are opened as data only. What size the model has is read off
them, so fine-tuned and other sizes load as the published ones do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ExpertUnavailable
from ..registry import register
from .outlining import Outlined, Outliner, Prompt
from .published import PublishedExpert
from .weights import Checkpoint

__all__ = ["SegmentAnything"]

_POINTS_PER_SIDE = 32
_QUALITY, _STABILITY = 0.88, 0.95
_DECODER_HEADS, _DECODER_DEPTH = 8, 2  # of every published model; the weights do not tell


@register
class SegmentAnything(Outliner, PublishedExpert):
    """The outline of what the detector finds, of what points lie on, or of everything, by the package segment-anything.

    Settings: `points_per_side`, `quality` and `stability` as of `sam`.
    """

    name = "segment-anything"
    capabilities = ("segment",)
    version = "1"
    licence = "Apache-2.0"
    packages = ("torch", "torchvision", "segment-anything")
    extra = "experts"
    memory_mb = 360
    checkpoint = Checkpoint("ybelkada/segment-anything", "Apache-2.0", 358, file="checkpoints/sam_vit_b_01ec64.pth")
    model_class = "Sam"
    limits = "Needs a detector for a name; outlining everything takes a thousand points and so its time."

    def load(self) -> None:
        from segment_anything import SamPredictor

        self.model: Any = _built(_opened(self.place(), self.name)).to(self.device).eval()
        self._predictor: Any = SamPredictor(self.model)

    def unload(self) -> None:
        self.__dict__.pop("model", None)
        self.__dict__.pop("_predictor", None)

    def measured_mb(self) -> float | None:
        tensors = [*self.model.parameters(), *self.model.buffers()]
        return float(sum(each.numel() * each.element_size() for each in tensors)) / 2**20

    def move(self, device: str) -> bool:
        self._predictor.reset_image()
        self.model.to(device)
        self.device = device
        return True

    def outlines(self, pixels: npt.NDArray[np.uint8], prompts: Sequence[Prompt]) -> list[Outlined]:
        self._predictor.set_image(np.ascontiguousarray(pixels))
        found = []
        for each in prompts:
            masks, scores, _ = self._predictor.predict(
                box=None if each.box is None else np.array(each.box, np.float64),
                point_coords=np.array(each.points, np.float64) if each.points else None,
                point_labels=np.array(each.labels) if each.points else None,
                multimask_output=True,
            )
            best = int(scores.argmax())
            found.append(Outlined(masks[best].astype(np.bool_), float(scores[best])))
        return found

    def everything(self, pixels: npt.NDArray[np.uint8]) -> list[Outlined]:
        from segment_anything import SamAutomaticMaskGenerator

        generator: Any = SamAutomaticMaskGenerator(
            self.model,
            points_per_side=int(self.settings.get("points_per_side", _POINTS_PER_SIDE)),
            pred_iou_thresh=float(self.settings.get("quality", _QUALITY)),
            stability_score_thresh=float(self.settings.get("stability", _STABILITY)),
        )
        return [
            Outlined(each["segmentation"].astype(np.bool_), float(each["predicted_iou"]))
            for each in generator.generate(np.ascontiguousarray(pixels))
        ]


def _opened(path: Path, name: str) -> dict[str, Any]:
    """The tensors of a file by name. Raises ExpertUnavailable when there is more in it than data, or something else."""
    import torch

    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        read: dict[str, Any] = load_file(path)
        return read
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle that holds code, or no pickle at all
        raise ExpertUnavailable(
            f"the weights of the expert {name} hold more than tensors and are refused ({type(error).__name__}): choose "
            "a file of weights as segment-anything publishes them",
            expert=name,
        ) from None
    if not isinstance(found, dict) or "image_encoder.pos_embed" not in found:
        raise ExpertUnavailable(f"the weights of the expert {name} are not those of a SAM", expert=name)
    return found


def _built(weights: dict[str, Any]) -> Any:
    """A `Sam` whose sizes are those of the weights; compare build_sam.py of segment-anything."""
    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    _, grid, _, width = weights["image_encoder.pos_embed"].shape
    patch = weights["image_encoder.patch_embed.proj.weight"].shape[-1]
    channels = weights["image_encoder.neck.0.weight"].shape[0]
    depth = sum(f"image_encoder.blocks.{n}.norm1.weight" in weights for n in range(1000))
    reach = [weights[f"image_encoder.blocks.{n}.attn.rel_pos_h"].shape for n in range(depth)]
    everywhere = tuple(n for n, (length, _) in enumerate(reach) if length == 2 * grid - 1)
    windows = [(length + 1) // 2 for length, _ in reach if length != 2 * grid - 1]
    sam = Sam(
        image_encoder=ImageEncoderViT(
            depth=depth,
            embed_dim=width,
            img_size=grid * patch,
            mlp_ratio=weights["image_encoder.blocks.0.mlp.lin1.weight"].shape[0] / width,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=width // reach[0][1],
            patch_size=patch,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=everywhere,
            window_size=windows[0] if windows else 0,
            out_chans=channels,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(grid, grid),
            input_image_size=(grid * patch, grid * patch),
            mask_in_chans=weights["prompt_encoder.mask_downscaling.3.weight"].shape[0],
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=weights["mask_decoder.mask_tokens.weight"].shape[0] - 1,
            transformer=TwoWayTransformer(
                depth=_DECODER_DEPTH,
                embedding_dim=channels,
                mlp_dim=weights["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
                num_heads=_DECODER_HEADS,
            ),
            transformer_dim=channels,
            iou_head_depth=3,
            iou_head_hidden_dim=weights["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    )
    sam.load_state_dict(weights)
    return sam
