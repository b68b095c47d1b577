"""More tiny checkpoints, as in `tiny_models`: those that outline, follow, cut out, find and read."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

from sightline.tools.experts.hub.ultralytics_yolo import imported

from .tiny_models import CLIP_TOKENS, TEXT, saved, seeded, text_ids, word_tokenizer

_SIDE = 64


def _sam2_parts(prefix: str, width: int = 16) -> dict[str, Any]:
    """The configurations that SAM 2 for pictures and for videos share."""
    import transformers

    vision = transformers.Sam2VisionConfig(
        backbone_config=transformers.Sam2HieraDetConfig(
            hidden_size=8, num_attention_heads=1, image_size=[_SIDE, _SIDE], blocks_per_stage=[1, 1, 2, 1],
            embed_dim_per_stage=[8, 16, 24, 32], num_attention_heads_per_stage=[1, 1, 2, 2],
            window_size_per_stage=[4, 4, 4, 2], global_attention_blocks=[3],
            window_positional_embedding_background_size=[2, 2],
        ),
        backbone_channel_list=[32, 24, 16, 8], backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        fpn_hidden_size=width,
    )  # fmt: skip
    prompts = getattr(transformers, f"{prefix}PromptEncoderConfig")(
        hidden_size=width, image_size=_SIDE, patch_size=16, mask_input_channels=4
    )
    masks = getattr(transformers, f"{prefix}MaskDecoderConfig")(
        hidden_size=width, mlp_dim=16, num_hidden_layers=2, num_attention_heads=2, iou_head_hidden_dim=8
    )
    return {"vision_config": vision, "prompt_encoder_config": prompts, "mask_decoder_config": masks}


def _sam2_images() -> Any:
    from transformers import Sam2ImageProcessor

    return Sam2ImageProcessor(size={"height": _SIDE, "width": _SIDE}, mask_size={"height": 16, "width": 16})


def sam2(folder: Path) -> Path:
    from transformers import Sam2Config, Sam2Model, Sam2Processor

    config = Sam2Config(**_sam2_parts("Sam2"))
    return saved(folder, seeded(lambda: Sam2Model(config)), Sam2Processor(_sam2_images()))


def sam2_video(folder: Path) -> Path:
    import torch
    from transformers import Sam2VideoConfig, Sam2VideoModel, Sam2VideoProcessor, Sam2VideoVideoProcessor

    config = Sam2VideoConfig(
        **_sam2_parts("Sam2Video", 128), image_size=_SIDE, memory_attention_hidden_size=128,
        memory_attention_num_layers=1, memory_attention_feed_forward_hidden_size=16, memory_encoder_hidden_size=128,
        memory_encoder_output_channels=64, memory_attention_rope_feat_sizes=[4, 4], mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128, memory_fuser_intermediate_dim=16,
    )  # fmt: skip
    frames = Sam2VideoVideoProcessor(size={"height": _SIDE, "width": _SIDE})
    model = seeded(lambda: Sam2VideoModel(config))
    with torch.no_grad():
        model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(40.0)  # what it follows stays in view
    return saved(folder, model, Sam2VideoProcessor(_sam2_images(), frames))


_SAM3_VISION: dict[str, Any] = {
    "backbone_config": {
        "model_type": "sam3_vit_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 56, "pretrain_image_size": 28, "patch_size": 14,
        "window_size": 2, "global_attn_indexes": [1],
    },
    "fpn_hidden_size": 16, "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
}  # fmt: skip


def sam3(folder: Path) -> Path:
    """A checkpoint as it is published: one for videos, of which one part takes words and the other points."""
    from safetensors.torch import load_file, save_file
    from transformers import (
        CLIPTextConfig,
        Sam3Config,
        Sam3ImageProcessor,
        Sam3Processor,
        Sam3TrackerVideoConfig,
        Sam3VideoConfig,
        Sam3VideoModel,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS, template="<s> $A </s>")
    tokenizer.model_max_length = 32
    attend = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}
    words = Sam3Config(
        vision_config=_SAM3_VISION,
        text_config=CLIPTextConfig(
            **TEXT, **text_ids(tokenizer), max_position_embeddings=32, projection_dim=16
        ).to_dict(),
        geometry_encoder_config={**attend, "num_layers": 1},
        detr_encoder_config={**attend, "num_layers": 1},
        detr_decoder_config={**attend, "num_layers": 1, "num_queries": 9},
        mask_decoder_config={"hidden_size": 16, "num_attention_heads": 2},
    )
    points = Sam3TrackerVideoConfig(
        vision_config=_SAM3_VISION,
        prompt_encoder_config={"hidden_size": 16, "image_size": 56, "patch_size": 14, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16, "mlp_dim": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
            "iou_head_hidden_dim": 8,
        },
        image_size=56, memory_attention_hidden_size=16, memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=16, memory_attention_rope_feat_sizes=[4, 4],
        memory_encoder_hidden_size=16, memory_encoder_output_channels=8, mask_downsampler_embed_dim=16,
        memory_fuser_embed_dim=16, memory_fuser_intermediate_dim=16,
    )  # fmt: skip
    config = Sam3VideoConfig(detector_config=words.to_dict(), tracker_config=points.to_dict(), low_res_mask_size=16)
    images = Sam3ImageProcessor(size={"height": 56, "width": 56}, mask_size={"height": 16, "width": 16})
    saved(folder, seeded(lambda: Sam3VideoModel(config), larger=1.5), Sam3Processor(images, tokenizer))
    file = folder / "model.safetensors"  # the library writes a prefix twice that what is published has once
    weights = {name.replace("tracker_model.tracker_model.", "tracker_model."): t for name, t in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})
    return folder


def small_sam() -> Any:
    """A small `Sam` of the package segment-anything, from its own modules."""
    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    def make() -> Any:
        return Sam(
            image_encoder=ImageEncoderViT(
                depth=2, embed_dim=16, img_size=_SIDE, mlp_ratio=2, num_heads=2, patch_size=16, qkv_bias=True,
                use_rel_pos=True, global_attn_indexes=(1,), window_size=3, out_chans=16,
                norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            ),
            prompt_encoder=PromptEncoder(
                embed_dim=16, image_embedding_size=(4, 4), input_image_size=(_SIDE, _SIDE), mask_in_chans=4
            ),
            mask_decoder=MaskDecoder(
                num_multimask_outputs=3, transformer_dim=16, iou_head_depth=3, iou_head_hidden_dim=8,
                transformer=TwoWayTransformer(depth=2, embedding_dim=16, mlp_dim=24, num_heads=8),
            ),
        )  # fmt: skip

    return seeded(make)


def segment_anything(file: Path) -> Path:
    import torch

    torch.save(small_sam().state_dict(), file)
    return file


def rf_detr(folder: Path) -> Path:
    from transformers import RfDetrConfig, RfDetrForObjectDetection, RfDetrImageProcessor

    names = {0: "person", 1: "bicycle", 2: "cell phone", 3: "cat"}
    config = RfDetrConfig(
        backbone_config={
            "model_type": "rf_detr_dinov2", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
            "image_size": 56, "patch_size": 14, "num_windows": 2, "out_features": ["stage1", "stage2"], "mlp_ratio": 2,
        },
        d_model=16, decoder_ffn_dim=16, decoder_layers=2, decoder_n_points=2, decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2, num_queries=9, group_detr=1, c2f_num_blocks=1,
        id2label=names, label2id={name: number for number, name in names.items()},
    )  # fmt: skip
    images = RfDetrImageProcessor(size={"height": 56, "width": 56})
    return saved(folder, seeded(lambda: RfDetrForObjectDetection(config), larger=2.0), images)


_PLACES = [f"<loc_{n}>" for n in range(40, 1000, 80)]


def florence2(folder: Path) -> Path:
    from tokenizers import decoders
    from transformers import (
        BartConfig,
        CLIPImageProcessor,
        Florence2Config,
        Florence2ForConditionalGeneration,
        Florence2Processor,
        Florence2VisionConfig,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.add_tokens(_PLACES)
    tokenizer.backend_tokenizer.decoder = decoders.Fuse()  # no spaces between places
    tokenizer.image_token, tokenizer.image_token_id = "<image>", tokenizer.convert_tokens_to_ids("<image>")
    tokenizer.init_kwargs["image_token"] = "<image>"
    config = Florence2Config(
        vision_config=Florence2VisionConfig(
            depths=(1, 1, 1, 1), embed_dim=(8, 8, 16, 16), num_heads=(1, 1, 2, 2), num_groups=(1, 1, 2, 2),
            window_size=4, projection_dim=16, max_position_embeddings=8,
        ),
        text_config=BartConfig(
            **text_ids(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=600,
            decoder_start_token_id=tokenizer.bos_token_id, forced_eos_token_id=None,
        ).to_dict(),
        image_token_id=tokenizer.image_token_id,
    )  # fmt: skip
    images = CLIPImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False)
    images.image_seq_length = 5
    rules = {
        "pure_text": {}, "ocr": {}, "phrase_grounding": {"banned_grounding_tokens": []}, "description_with_bboxes": {},
        "description_with_bboxes_or_polygons": {}, "bboxes": {},
    }  # fmt: skip
    processor = Florence2Processor(images, tokenizer, post_processor_config=rules)
    model = seeded(lambda: Florence2ForConditionalGeneration(config), larger=8.0, seed=5)
    return saved(folder, model, processor)


def got_ocr2(folder: Path) -> Path:
    from transformers import (
        GotOcr2Config,
        GotOcr2ForConditionalGeneration,
        GotOcr2ImageProcessor,
        GotOcr2Processor,
        GotOcr2VisionConfig,
        Qwen2Config,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS)
    tokenizer.add_special_tokens(
        {"additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<img>", "</img>", "<imgpad>"]}
    )
    config = GotOcr2Config(
        vision_config=GotOcr2VisionConfig(
            hidden_size=16, output_channels=16, num_hidden_layers=2, num_attention_heads=2, image_size=256,
            patch_size=4, window_size=8, global_attn_indexes=[], mlp_dim=16,  # as many tokens as of a real picture
        ),
        text_config=Qwen2Config(
            **TEXT, **text_ids(tokenizer), num_key_value_heads=2, max_position_embeddings=1024
        ).to_dict(),
        image_token_index=tokenizer.convert_tokens_to_ids("<imgpad>"),
    )  # fmt: skip
    model = seeded(lambda: GotOcr2ForConditionalGeneration(config))
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids("<|im_end|>")
    images = GotOcr2ImageProcessor(size={"height": 256, "width": 256})
    return saved(folder, model, GotOcr2Processor(images, tokenizer))


def yolo(file: Path) -> Path:
    """A thin YOLO of the architecture that its name says, for four names or, for poses, for people."""
    import torch

    ultralytics = imported()
    from ultralytics.utils import YAML

    folder = Path(ultralytics.__file__).parent / "cfg" / "models" / "11"
    plan = YAML.load(folder / f"{file.stem.replace('yolo11n', 'yolo11')}.yaml")
    plan["scales"] = {"n": [0.34, 0.0625, 1024]}
    names = {0: "person"} if "pose" in file.stem else {0: "person", 1: "bicycle", 2: "cell phone", 3: "cat"}
    plan["nc"] = len(names)
    written = file.with_suffix(".yaml")
    YAML.save(written, plan)
    torch.manual_seed(3)
    made = ultralytics.YOLO(str(written))
    _spread(made.model)
    made.model.names = names
    made.save(str(file))
    return file


def yolo_world(file: Path) -> Path:
    """The smallest YOLO-World that the library builds."""
    import torch

    ultralytics = imported()
    torch.manual_seed(3)
    made = ultralytics.YOLOWorld("yolov8s-worldv2.yaml")
    _spread(made.model)
    made.save(str(file))
    return file


def yoloe(file: Path) -> Path:
    """A thin YOLOE that outlines what words name."""
    import torch

    ultralytics = imported()
    from ultralytics.utils import YAML

    plan = YAML.load(Path(ultralytics.__file__).parent / "cfg" / "models" / "11" / "yoloe-11-seg.yaml")
    plan["scales"] = {"s": [0.34, 0.0625, 1024]}
    written = file.with_name("yoloe-11s-seg.yaml")
    YAML.save(written, plan)
    torch.manual_seed(3)
    made = ultralytics.YOLOE(str(written))
    _spread(made.model)
    head = made.model.model[-1]
    torch.manual_seed(1)
    with torch.no_grad():  # boxes smaller than the picture, with masks of their own
        for last in (*(each[-1] for each in (*head.cv2, *head.cv5)), head.proto.cv3.conv):
            last.weight.mul_(30)
        for last in (*(each[-1] for each in (*head.cv2, *head.cv5)), head.proto.cv3.bn):
            last.bias.add_(torch.randn_like(last.bias))
    made.save(str(file))
    return file


def word_reader(file: Path) -> Path:
    """A program of TorchScript that reads tokens as MobileCLIP's does: (names, 77) to (names, 512) of length 1."""
    import torch

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = torch.nn.Embedding(200, 512)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            features = self.words(tokens).mean(1)
            return features / features.norm(2, -1, True)

    torch.manual_seed(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # deprecated, and still what is published
        torch.jit.script(Reader()).save(str(file))
    return file


def _spread(model: Any) -> None:
    """Initial figures are so alike that every place is as likely as the next."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.mul_(1.5)
            elif name.endswith("bias"):
                parameter.add_(0.2 * torch.randn_like(parameter))


def clip_words(folder: Path) -> Path:
    """The reader of words of a CLIP as wide as YOLO-World wants it."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    tokenizer = word_tokenizer(CLIP_TOKENS, template="<s> $A </s>")
    config = CLIPTextConfig(**TEXT, **text_ids(tokenizer), max_position_embeddings=32, projection_dim=512)
    return saved(folder, seeded(lambda: CLIPTextModelWithProjection(config)), tokenizer)


def vitmatte(folder: Path) -> Path:
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting, VitMatteImageProcessor

    backbone = VitDetConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=64, pretrain_image_size=32,
        patch_size=16, num_channels=4, out_features=["stage1"],
    )  # fmt: skip
    config = VitMatteConfig(
        backbone_config=backbone, hidden_size=16, convstream_hidden_sizes=[4, 4, 4], fusion_hidden_sizes=[8, 8, 8, 8]
    )
    return saved(folder, seeded(lambda: VitMatteForImageMatting(config)), VitMatteImageProcessor())


def marigold_normals(folder: Path) -> Path:
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, MarigoldNormalsPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(11)
    letters = [chr(n) for n in range(97, 123)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: n for n, word in enumerate(words)}, merges=[], model_max_length=20)
    pipe = MarigoldNormalsPipeline(
        unet=UNet2DConditionModel(
            block_out_channels=(4, 8), layers_per_block=1, sample_size=8, norm_num_groups=2, in_channels=8,
            out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=2,
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=8,
        ),
        vae=AutoencoderKL(
            block_out_channels=[4, 8], norm_num_groups=2, latent_channels=4, sample_size=32,
            down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        ),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
            clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer), hidden_size=8, intermediate_size=16, num_hidden_layers=1,
                num_attention_heads=2, max_position_embeddings=20, bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
            )
        ),
        tokenizer=tokenizer, default_denoising_steps=2, default_processing_resolution=0,
    )  # fmt: skip
    pipe.save_pretrained(folder)
    return folder
