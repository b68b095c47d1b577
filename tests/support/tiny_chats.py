"""Tiny checkpoints, as in `tiny_models`, of models that chat about pictures, each with the parts, special tokens and
chat template that published ones of its kind have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from .tiny_models import CLIP_TOKENS, TEXT, VISION, saved, seeded, text_ids, word_tokenizer

_CHAT = (
    "{% for message in messages %}{{ message['role'] }} : {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}assistant : {% endif %}"
)


def _saved(folder: Path, model: Any, processor: Any, **told: Any) -> Path:
    """Both written, and beside them how the model is to write its answers unless it is told otherwise."""
    tokenizer = processor.tokenizer
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, **told}
    for name, value in ends.items():
        setattr(model.generation_config, name, value)
    return saved(folder, model, processor)


def llava(folder: Path) -> Path:
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**VISION, image_size=32),
        text_config=LlamaConfig(**TEXT, **text_ids(tokenizer), num_key_value_heads=2, max_position_embeddings=256),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        images,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=_CHAT,
        num_additional_image_tokens=1,
    )
    model = seeded(lambda: LlavaForConditionalGeneration(config))
    return _saved(folder, model, processor)


_CHAT_OF_FILMS = _CHAT.replace("<image> {% else %}", "<image> {% elif part['type'] == 'video' %}<video> {% else %}")


def llava_onevision(folder: Path) -> Path:
    """A chat model that was made for videos too."""
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
        Qwen2Config,
        SiglipVisionConfig,
    )

    tokenizer = word_tokenizer(CLIP_TOKENS)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", "<video>"]})
    grid = [[32, 32], [32, 64], [64, 32]]
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**VISION, image_size=32, vision_use_head=False),
        text_config=Qwen2Config(**TEXT, **text_ids(tokenizer), num_key_value_heads=2, max_position_embeddings=512),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
    )
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size={"height": 32, "width": 32}, image_grid_pinpoints=grid),
        tokenizer,
        LlavaOnevisionVideoProcessor(size={"height": 32, "width": 32}),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=_CHAT_OF_FILMS,
    )
    model = seeded(lambda: LlavaOnevisionForConditionalGeneration(config))
    return _saved(folder, model, processor)


def qwen_vl(folder: Path) -> Path:
    """A chat model that is told when each frame of a video is seen."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    marks = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    tokenizer = word_tokenizer(CLIP_TOKENS)
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    image, video, start, end = tokenizer.convert_tokens_to_ids(marks)
    text = {**TEXT, "hidden_size": 32, "num_key_value_heads": 2, "max_position_embeddings": 512}
    config = Qwen2_5_VLConfig(
        vision_config={
            "depth": 2, "hidden_size": 16, "intermediate_size": 24, "num_heads": 2, "patch_size": 8,
            "out_hidden_size": 32, "window_size": 32, "fullatt_block_indexes": [1], "tokens_per_second": 2,
        },
        text_config={
            **text, **text_ids(tokenizer), "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]},
        },
        image_token_id=image, video_token_id=video, vision_start_token_id=start, vision_end_token_id=end,
    )  # fmt: skip
    small = {"shortest_edge": 16 * 16, "longest_edge": 64 * 64}
    shown = _CHAT_OF_FILMS.replace("<image>", f"{marks[2]}{marks[0]}{marks[3]}")
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(patch_size=8, size=small),
        tokenizer,
        Qwen2VLVideoProcessor(patch_size=8, size=small),
        chat_template=shown.replace("<video>", f"{marks[2]}{marks[1]}{marks[3]}"),
    )
    model = seeded(lambda: Qwen2_5_VLForConditionalGeneration(config))
    ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    return _saved(folder, model, processor, eos_token_id=ends, do_sample=True, repetition_penalty=1.05)


# Of a chat with SmolVLM: who speaks, the pictures where they stand among the words, and a mark at the end of each turn.
_SMOL_CHAT = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{{ ':' if message['content'][0]['type'] == 'image' else ': ' }}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
_SMOL_TOKENS = {
    "bos_token": "<|im_start|>", "eos_token": "<end_of_utterance>", "pad_token": "<|im_end|>",
    "unk_token": "<|endoftext|>",
}  # fmt: skip
_SMOL_IMAGE_TOKENS = 4  # of each piece of a picture: 32 pixels, patches of 8, and four of those to a token


def _smol_tokenizer() -> Any:
    times = [f"{n:02d}" for n in range(60)]
    tokenizer = word_tokenizer(_SMOL_TOKENS, further=["frame", "from", "\n", *times])
    places = [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
    marks = ["<fake_token_around_image>", "<image>", "<global-img>", *places]
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    return tokenizer


def _smol_parts(tokenizer: Any) -> dict[str, Any]:
    """The configurations that both kinds of SmolVLM share."""
    return {
        "vision_config": {**VISION, "image_size": 32},
        "text_config": {
            **TEXT, **text_ids(tokenizer), "model_type": "llama", "num_key_value_heads": 2,
            "max_position_embeddings": 1024,
        },
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "scale_factor": 2,
    }  # fmt: skip


def smolvlm(folder: Path) -> Path:
    """A chat model that is shown a picture whole and in pieces, as SmolVLM is, whose architecture is Idefics3's."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    tokenizer = _smol_tokenizer()
    config = Idefics3Config(**_smol_parts(tokenizer))
    images = Idefics3ImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    processor = Idefics3Processor(images, tokenizer, image_seq_len=_SMOL_IMAGE_TOKENS, chat_template=_SMOL_CHAT)
    return _saved(folder, seeded(lambda: Idefics3ForConditionalGeneration(config)), processor)


def smolvlm2(folder: Path) -> Path:
    """A chat model whose processor writes the number of a video's frames, and when each is seen, before its frames."""
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    tokenizer = _smol_tokenizer()
    config = SmolVLMConfig(**_smol_parts(tokenizer))
    whole, piece = {"longest_edge": 64}, {"longest_edge": 32}
    sampled = {"fps": 1, "max_frames": 64, "video_size": piece}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(size=whole, max_image_size=piece),
        tokenizer,
        SmolVLMVideoProcessor(size=whole, max_image_size=piece, video_sampling=sampled),
        image_seq_len=_SMOL_IMAGE_TOKENS,
        chat_template=_SMOL_CHAT,
    )
    return _saved(folder, seeded(lambda: SmolVLMForConditionalGeneration(config)), processor)


def internvl(folder: Path) -> Path:
    """A chat model that cuts a picture into as many pieces as suit its shape, and whose checkpoint names no padding."""
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    marks = {
        "start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }  # fmt: skip
    special = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": "<unk>"}
    tokenizer = word_tokenizer(special, further=["<|im_start|>", *(f"frame{n}" for n in range(1, 9))], named=marks)
    text = {**TEXT, "vocab_size": len(tokenizer), "num_key_value_heads": 2, "max_position_embeddings": 1024}
    config = InternVLConfig(
        vision_config={**VISION, "image_size": [32, 32], "patch_size": [8, 8]},
        text_config={**text, "model_type": "qwen2", "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None},
        image_token_id=tokenizer.context_image_token_id,
        image_seq_length=4,
        tie_word_embeddings=False,
    )
    side = {"height": 32, "width": 32}
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size=side, crop_to_patches=True, min_patches=1, max_patches=6),
        tokenizer,
        InternVLVideoProcessor(size=side),
        image_seq_length=4,
        chat_template=(
            "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
            "{% if part['type'] == 'image' %}<IMG_CONTEXT>\n{% elif part['type'] == 'video' %}<video>\n"
            "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
            "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
        ),
    )
    return _saved(folder, seeded(lambda: InternVLForConditionalGeneration(config)), processor, pad_token_id=None)


def gemma3(folder: Path) -> Path:
    """A chat model that looks at pictures both ways, and in every second layer at what is near only."""
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3ImageProcessor,
        Gemma3Processor,
        Gemma3TextConfig,
        SiglipVisionConfig,
    )

    marks = {
        "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>",
    }  # fmt: skip
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    tokenizer = word_tokenizer(special, template="<bos> $A", further=["model"], named=marks)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"]})
    config = Gemma3Config(
        vision_config=SiglipVisionConfig(**VISION, image_size=32, vision_use_head=False),
        text_config=Gemma3TextConfig(
            **TEXT, **text_ids(tokenizer), num_key_value_heads=1, head_dim=8, query_pre_attn_scalar=8,
            sliding_window=16, layer_types=["sliding_attention", "full_attention"], max_position_embeddings=512,
        ),
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
    )  # fmt: skip
    images = Gemma3ImageProcessor(
        size={"height": 32, "width": 32}, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5]
    )
    processor = Gemma3Processor(
        images,
        tokenizer,
        image_seq_length=4,
        chat_template=(
            "{{ bos_token }}{% for message in messages %}"
            "{% set who = 'model' if message['role'] == 'assistant' else message['role'] %}"
            "<start_of_turn>{{ who }}\n{% for part in message['content'] %}"
            "{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] | trim }}{% endif %}{% endfor %}"
            "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
        ),
    )
    ends = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_turn>")]
    model = seeded(lambda: Gemma3ForConditionalGeneration(config))
    with torch.no_grad():  # it begins at nought, and would see nothing
        model.model.multi_modal_projector.mm_input_projection_weight.normal_()
    return _saved(folder, model, processor, eos_token_id=ends, do_sample=True, top_k=64, top_p=0.95)
