"""Tiny randomly initialised pipelines of diffusers, made from its own classes and saved as published ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

__all__ = ["control_net", "inpainting", "instruct_pix2pix", "stable_diffusion", "stable_diffusion_xl", "variations"]

_WORDS = 20  # the longest prompt


def _tokenizer() -> Any:
    """CLIP's tokenizer with letters for words."""
    from transformers import CLIPTokenizer

    letters = [chr(n) for n in range(97, 123)] + [",", "."]
    marks = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters), *marks]
    return CLIPTokenizer(vocab={token: n for n, token in enumerate(vocabulary)}, merges=[], model_max_length=_WORDS)


def _text_encoder(tokenizer: Any, *, projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=_WORDS, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, projection_dim=8,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _unet(channels: int = 4, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    told = {"cross_attention_dim": 8, **more}
    return UNet2DConditionModel(
        block_out_channels=(4, 8), layers_per_block=1, sample_size=32, norm_num_groups=2, in_channels=channels,
        out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=2,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **told,
    )  # fmt: skip


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[4, 8], norm_num_groups=2, in_channels=3, out_channels=3, latent_channels=4, sample_size=64,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip


def _scheduler() -> Any:
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1,
    )  # fmt: skip


def _vision() -> Any:
    from transformers import CLIPVisionConfig

    return CLIPVisionConfig(
        hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8,
        projection_dim=8,
    )  # fmt: skip


def _saved(folder: Path, cls: Any, channels: int = 4, **more: Any) -> Path:
    torch.manual_seed(11)
    tokenizer = _tokenizer()
    parts = {
        "vae": _vae(), "text_encoder": _text_encoder(tokenizer), "tokenizer": tokenizer, "unet": _unet(channels),
        "scheduler": _scheduler(), "safety_checker": None, "feature_extractor": None,
    }  # fmt: skip
    pipe = cls(**{**parts, **more}, requires_safety_checker=False)
    pipe.save_pretrained(folder)
    return folder


def stable_diffusion(folder: Path, *, withholds: bool = False) -> Path:
    """Text to image. `withholds`: with a safety checker that objects to everything."""
    from diffusers import StableDiffusionPipeline
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessorPil

    if not withholds:
        return _saved(folder, StableDiffusionPipeline)
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=_vision().to_dict(), projection_dim=8))
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2.0)  # any likeness is too much
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return _saved(folder, StableDiffusionPipeline, safety_checker=checker, feature_extractor=images)


def inpainting(folder: Path) -> Path:
    from diffusers import StableDiffusionInpaintPipeline

    return _saved(folder, StableDiffusionInpaintPipeline, channels=9)


def instruct_pix2pix(folder: Path) -> Path:
    from diffusers import StableDiffusionInstructPix2PixPipeline

    return _saved(folder, StableDiffusionInstructPix2PixPipeline, channels=8)


def variations(folder: Path) -> Path:
    """A pipeline that takes a picture and no text."""
    from diffusers import StableDiffusionImageVariationPipeline
    from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

    torch.manual_seed(12)
    pipe = StableDiffusionImageVariationPipeline(
        vae=_vae(), image_encoder=CLIPVisionModelWithProjection(_vision()), unet=_unet(), scheduler=_scheduler(),
        safety_checker=None, requires_safety_checker=False,
        feature_extractor=CLIPImageProcessorPil(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    )  # fmt: skip
    pipe.save_pretrained(folder)
    return folder


def stable_diffusion_xl(folder: Path) -> Path:
    from diffusers import StableDiffusionXLPipeline

    torch.manual_seed(13)
    tokenizer = _tokenizer()
    unet = _unet(
        cross_attention_dim=16, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=6 * 4 + 8, use_linear_projection=True,
    )  # fmt: skip
    pipe = StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=_text_encoder(tokenizer), text_encoder_2=_text_encoder(tokenizer, projected=True),
        tokenizer=tokenizer, tokenizer_2=tokenizer, unet=unet, scheduler=_scheduler(), add_watermarker=False,
    )  # fmt: skip
    pipe.save_pretrained(folder)
    return folder


def control_net(folder: Path, *, seed: int = 14) -> Path:
    from diffusers import ControlNetModel

    torch.manual_seed(seed)
    net = ControlNetModel(
        block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2, in_channels=4, cross_attention_dim=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=2,
        conditioning_embedding_out_channels=(4, 4),
    )  # fmt: skip
    with torch.no_grad():  # a new network adds nothing, so that training begins where the model stands
        for name, parameter in net.named_parameters():
            if name.startswith(("controlnet_", "controlnet_cond_embedding.conv_out")):
                parameter.normal_(0.0, 0.3)
    net.save_pretrained(folder)
    return folder
