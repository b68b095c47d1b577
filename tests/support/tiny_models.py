"""Tiny randomly initialised checkpoints of real architectures, made from their library's own config classes and saved
as published ones are: config, processor, tokenizer, safetensors. They know nothing; they compute what the real ones do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

WORDS = [
    *("a", "an", "the", "photo", "of", "red", "green", "blue", "cat", "dog", "car", "person", "not", "that", "is"),
    *("this", "question", "answer", "short", "with", "one", "word", "sentence", "in", "describe", "picture", "what"),
    *("color", "how", "many", ".", ":", "?", ",", "single", "or", "phrase", "user", "assistant", "small", "<image>"),
]


def word_tokenizer(
    special: dict[str, str],
    *,
    template: str | None = None,
    numbered: Sequence[str] | None = None,
    further: Sequence[str] = (),
    named: Mapping[str, str] | None = None,
) -> Any:
    """A whole-word tokenizer.

    Args:
        special: its special tokens by role.
        template: what stands around each text.
        numbered: all tokens in the order of their numbers, where the model expects certain ones.
        further: words that it knows beside those of all.
        named: special tokens of one kind of model, which it has as attributes of these names.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: n for n, word in enumerate(numbered or dict.fromkeys([*special.values(), *WORDS, *further]))}
    built = Tokenizer(models.WordLevel(vocabulary, unk_token=special["unk_token"]))
    built.normalizer = normalizers.Lowercase()
    marks = [pre_tokenizers.Split(mark, "isolated") for mark in ".?:"]
    built.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), *marks])
    if template is not None:
        around = [(word, vocabulary[word]) for word in template.split() if word != "$A"]
        built.post_processor = processors.TemplateProcessing(single=template, special_tokens=around)
    return PreTrainedTokenizerFast(tokenizer_object=built, **special, extra_special_tokens=dict(named or {}))


def saved(folder: Path, model: Any, processor: Any) -> Path:
    """Both written as published checkpoints are."""
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def seeded(make: Callable[[], Any], *, larger: float = 3.0, seed: int = 7) -> Any:
    torch.manual_seed(seed)
    model = make().eval()
    with torch.no_grad():  # initial weights are so small that all outputs look alike
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(larger)
    return model


def grounding_dino(folder: Path) -> Path:
    from transformers import (
        BertConfig,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessorPil,
        GroundingDinoProcessor,
        SwinConfig,
    )

    # The model finds its phrases by the numbers that these tokens have in BERT's vocabulary.
    order = ["[PAD]", *(f"[unused{n}]" for n in range(1100))]
    order[100:104] = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    order[1012], order[1029] = ".", "?"
    order += [word for word in WORDS if word not in (".", "?")]
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = word_tokenizer(special, template="[CLS] $A [SEP]", numbered=order)
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64, patch_size=4, embed_dim=12, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=2,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(
            vocab_size=len(order), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
        ),
        d_model=32, encoder_layers=1, encoder_ffn_dim=16, encoder_attention_heads=2, decoder_layers=2,
        decoder_ffn_dim=16, decoder_attention_heads=2, num_queries=9, num_feature_levels=4, max_text_len=24,
        encoder_n_points=2,
        decoder_n_points=2,
    )  # fmt: skip
    model = seeded(lambda: GroundingDinoForObjectDetection(config), larger=1.5)
    processor = GroundingDinoProcessor(
        GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96}), tokenizer
    )
    return saved(folder, model, processor)


VISION = {
    "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 8,
}  # fmt: skip
TEXT = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
CLIP_TOKENS = {"pad_token": "<pad>", "bos_token": "<s>", "unk_token": "<unk>", "eos_token": "</s>"}


def _clip_tokenizer() -> Any:
    return word_tokenizer(CLIP_TOKENS, template="<s> $A </s>")


def text_ids(tokenizer: Any) -> dict[str, int]:
    return {
        "vocab_size": len(tokenizer), "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }  # fmt: skip


def clip(folder: Path) -> Path:
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPProcessor

    tokenizer = _clip_tokenizer()
    config = CLIPConfig(
        text_config={**TEXT, **text_ids(tokenizer), "max_position_embeddings": 20},
        vision_config={**VISION, "image_size": 32},
        projection_dim=12,
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return saved(folder, seeded(lambda: CLIPModel(config)), CLIPProcessor(images, tokenizer))


def siglip(folder: Path) -> Path:
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel, SiglipProcessor

    tokenizer = _clip_tokenizer()
    config = SiglipConfig(
        text_config={**TEXT, **text_ids(tokenizer), "max_position_embeddings": 64},
        vision_config={**VISION, "image_size": 32},
    )
    images = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    return saved(folder, seeded(lambda: SiglipModel(config)), SiglipProcessor(images, tokenizer))


def owlv2(folder: Path) -> Path:
    from transformers import Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessorPil, Owlv2Processor

    tokenizer = _clip_tokenizer()
    tokenizer.model_max_length = 16
    config = Owlv2Config(
        text_config={**TEXT, **text_ids(tokenizer), "max_position_embeddings": 16},
        vision_config={**VISION, "image_size": 48},
        projection_dim=16,
    )
    images = Owlv2ImageProcessorPil(size={"height": 48, "width": 48})
    return saved(folder, seeded(lambda: Owlv2ForObjectDetection(config), larger=1.0), Owlv2Processor(images, tokenizer))


def dpt(folder: Path) -> Path:
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessorPil

    config = DPTConfig(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=24, image_size=32, patch_size=8,
        backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, is_hybrid=False,
    )  # fmt: skip
    images = DPTImageProcessorPil(size={"height": 32, "width": 32})
    return saved(folder, seeded(lambda: DPTForDepthEstimation(config)), images)


def depth_anything(folder: Path) -> Path:
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessorPil

    backbone = Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=28, patch_size=14,
        out_indices=[1, 2, 3, 4], apply_layernorm=True, reshape_hidden_states=False,
    )  # fmt: skip
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, patch_size=14, neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8, head_hidden_size=8,
    )  # fmt: skip
    images = DPTImageProcessorPil(
        size={"height": 28, "width": 28}, keep_aspect_ratio=True, ensure_multiple_of=14, resample=3
    )
    return saved(folder, seeded(lambda: DepthAnythingForDepthEstimation(config)), images)


def blip2(folder: Path) -> Path:
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        Blip2QFormerConfig,
        Blip2VisionConfig,
        BlipImageProcessorPil,
        OPTConfig,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS, template="<s> $A")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    config = Blip2Config(
        vision_config=Blip2VisionConfig(**VISION, image_size=32).to_dict(),
        qformer_config=Blip2QFormerConfig(
            **TEXT, vocab_size=len(tokenizer), encoder_hidden_size=16, cross_attention_frequency=1
        ).to_dict(),
        text_config=OPTConfig(
            hidden_size=16, ffn_dim=24, num_hidden_layers=2, num_attention_heads=2, word_embed_proj_dim=16,
            max_position_embeddings=128, **text_ids(tokenizer),
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=image_token,
    )  # fmt: skip
    images = BlipImageProcessorPil(size={"height": 32, "width": 32})
    model = seeded(lambda: Blip2ForConditionalGeneration(config))
    return saved(folder, model, Blip2Processor(images, tokenizer, num_query_tokens=4))


def trocr(folder: Path) -> Path:
    from transformers import (
        TrOCRConfig,
        TrOCRForCausalLM,
        TrOCRProcessor,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessorPil,
        ViTModel,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS)
    decoder = TrOCRConfig(
        d_model=16, decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=24, max_position_embeddings=80,
        cross_attention_hidden_size=16, decoder_start_token_id=tokenizer.bos_token_id, **text_ids(tokenizer),
    )  # fmt: skip
    encoder = ViTConfig(**VISION, image_size=32)

    def make() -> Any:
        model = VisionEncoderDecoderModel(encoder=ViTModel(encoder), decoder=TrOCRForCausalLM(decoder))
        for config in (model.config, model.generation_config):
            config.decoder_start_token_id = tokenizer.bos_token_id
            config.pad_token_id = tokenizer.pad_token_id
            config.eos_token_id = tokenizer.eos_token_id
        return model

    images = ViTImageProcessorPil(size={"height": 32, "width": 32})
    return saved(folder, seeded(make), TrOCRProcessor(images, tokenizer))


def sam(folder: Path) -> Path:
    from transformers import (
        SamConfig,
        SamImageProcessorPil,
        SamMaskDecoderConfig,
        SamModel,
        SamProcessor,
        SamPromptEncoderConfig,
        SamVisionConfig,
    )

    config = SamConfig(
        vision_config=SamVisionConfig(
            hidden_size=16, output_channels=8, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=8,
            mlp_dim=24, num_pos_feats=4, window_size=4, global_attn_indexes=[1],
        ).to_dict(),
        prompt_encoder_config=SamPromptEncoderConfig(
            hidden_size=8, image_size=64, patch_size=8, mask_input_channels=4
        ).to_dict(),
        mask_decoder_config=SamMaskDecoderConfig(
            hidden_size=8, mlp_dim=16, num_hidden_layers=2, num_attention_heads=2, iou_head_hidden_dim=8,
            attention_downsample_rate=2,
        ).to_dict(),
    )  # fmt: skip
    images = SamImageProcessorPil(
        size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}, mask_size={"longest_edge": 64}
    )
    return saved(folder, seeded(lambda: SamModel(config)), SamProcessor(images))


def vitpose(folder: Path) -> Path:
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation, VitPoseImageProcessorPil

    names = {0: "Nose", 1: "L_Eye", 2: "R_Eye", 3: "L_Shoulder", 4: "R_Shoulder"}
    config = VitPoseConfig(
        backbone_config=VitPoseBackboneConfig(
            image_size=[32, 24], patch_size=[8, 8], hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            out_indices=[2],
        ),
        num_labels=5, id2label=names, label2id={name: n for n, name in names.items()}, use_simple_decoder=True,
    )  # fmt: skip
    images = VitPoseImageProcessorPil(size={"height": 32, "width": 24})
    return saved(folder, seeded(lambda: VitPoseForPoseEstimation(config)), images)


def whisper(folder: Path) -> Path:
    from transformers import (
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
        WhisperTokenizer,
    )

    letters = {chr(n): n - 97 for n in range(97, 123)} | {"Ġ": 26}
    roles = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>")
    marks = [*roles, "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    times = [f"<|{n * 0.02:.2f}|>" for n in range(1501)]
    tokenizer = WhisperTokenizer(vocab=letters | {"<|endoftext|>": 27}, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": marks[1:]})
    tokenizer.add_tokens(times)
    number = tokenizer.convert_tokens_to_ids
    config = WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=16, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16,
        max_source_positions=1500, max_target_positions=64, pad_token_id=number("<|endoftext|>"),
        bos_token_id=number("<|endoftext|>"), eos_token_id=number("<|endoftext|>"),
        decoder_start_token_id=number("<|startoftranscript|>"), suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = seeded(lambda: WhisperForConditionalGeneration(config), larger=8.0)
    told = model.generation_config
    told._from_model_config = False  # else what is added here is not read again
    told.is_multilingual, told.max_length = True, 48
    told.no_timestamps_token_id = number("<|notimestamps|>")
    told.lang_to_id = {"<|en|>": number("<|en|>"), "<|de|>": number("<|de|>")}
    told.task_to_id = {"translate": number("<|translate|>"), "transcribe": number("<|transcribe|>")}
    return saved(folder, model, WhisperProcessor(WhisperFeatureExtractor(feature_size=16), tokenizer))
