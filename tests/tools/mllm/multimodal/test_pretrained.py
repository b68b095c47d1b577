"""Pretrained parts, on tiny random checkpoints: they compute what the library's own LLaVA does, learn only what they
are to learn, and come back from disk as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import save_file

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.multimodal.pretrained import PretrainedConfig, PretrainedMllm

WORDS = [*"abcdefghijklmnopqrstuvwxyz", "what", "is", "it", "a", "dog", "<pad>", "<end>", "<picture>"]
TEXT = {
    **{"vocab_size": len(WORDS), "hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 2},
    **{"num_attention_heads": 2, "num_key_value_heads": 2, "pad_token_id": WORDS.index("<pad>")},
    **{"bos_token_id": None, "eos_token_id": WORDS.index("<end>")},
}
SEEN = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
SIZE = {"image_size": 16, "patch_size": 8}


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("language")
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(transformers.LlamaConfig(**TEXT)).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token="a"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>").save_pretrained(
        folder
    )
    return folder


def vision(kind: str, folder: Path) -> Path:
    """A tiny encoder of that kind, with its processor."""
    torch.manual_seed(1)
    library: Any = transformers
    if kind == "dino":
        model = library.Dinov2Model(library.Dinov2Config(**{**SEEN, "mlp_ratio": 2}, **SIZE))
        processor = library.ViTImageProcessor(size={"height": 16, "width": 16})
    else:
        prefix = {"clip": "CLIP", "siglip": "Siglip"}[kind]
        text = {"vocab_size": 30, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
        config = getattr(library, f"{prefix}Config")(
            text_config={**text, "num_attention_heads": 2}, vision_config={**SEEN, **SIZE}
        )
        model = getattr(library, f"{prefix}Model")(config)
        processor = library.ViTImageProcessor(size={"height": 16, "width": 16})
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def asked(length: int = 7) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two questions about two pictures each; the second is shorter."""
    generator = torch.Generator().manual_seed(3)
    pixels = torch.randn(2, 2, 3, 16, 16, generator=generator)
    tokens = torch.randint(0, 26, (2, length), generator=generator)
    present = torch.ones(2, length, dtype=torch.bool)
    present[1, 5:] = False
    spoken = present.clone()
    spoken[:, :3] = False
    return pixels, tokens, present, spoken


@pytest.mark.parametrize("kind", ["clip", "siglip", "dino"])
@pytest.mark.parametrize("connector", ["linear", "mlp"])
def test_every_encoder_gives_a_token_for_each_patch(kind: str, connector: Any, language: Path, tmp_path: Path) -> None:
    model = PretrainedMllm(
        PretrainedConfig(vision=str(vision(kind, tmp_path)), language=str(language), connector=connector)
    ).eval()
    pixels, tokens, present, spoken = asked()
    with torch.no_grad():
        assert model.seen(pixels).shape == (2, 2 * 4, 24)  # two pictures of two by two patches
        said = model(pixels, tokens, present, spoken)
    assert said.logits.shape == (2, 8 + 7, len(WORDS))
    assert torch.isfinite(said.loss)


def test_it_computes_what_the_librarys_llava_does(language: Path, tmp_path: Path) -> None:
    mine = PretrainedMllm(PretrainedConfig(vision=str(vision("clip", tmp_path)), language=str(language))).eval()
    picture = WORDS.index("<picture>")
    config = transformers.LlavaConfig(
        vision_config=mine.vision.config, text_config=mine.language.config, image_token_index=picture
    )
    theirs = transformers.LlavaForConditionalGeneration(config).eval()
    theirs.model.vision_tower.load_state_dict(
        {k.removeprefix("vision_model."): v for k, v in mine.vision.state_dict().items()}, strict=False
    )
    theirs.model.language_model.load_state_dict(mine.language.model.state_dict())
    theirs.lm_head.load_state_dict(mine.language.lm_head.state_dict())
    for name, number in (("linear_1", 0), ("linear_2", 2)):
        getattr(theirs.model.multi_modal_projector, name).load_state_dict(mine.connector[number].state_dict())
    pixels, tokens, _, spoken = asked()
    row = torch.cat([torch.full((1, 4), picture), tokens[:1]], 1)
    labels = torch.cat([torch.full((1, 4), -100), tokens[:1].masked_fill(~spoken[:1], -100)], 1)
    with torch.no_grad():
        expected = theirs(input_ids=row, pixel_values=pixels[0, :1], labels=labels)
        got = mine(pixels[:1, :1], tokens[:1], torch.ones(1, 7, dtype=torch.bool), spoken[:1])
    assert torch.allclose(got.logits, expected.logits, atol=1e-5)
    assert got.loss.item() == pytest.approx(expected.loss.item(), abs=1e-5)


def test_padding_changes_nothing(language: Path, tmp_path: Path) -> None:
    model = PretrainedMllm(PretrainedConfig(vision=str(vision("clip", tmp_path)), language=str(language))).eval()
    pixels, tokens, present, _ = asked()
    with torch.no_grad():
        together = model(pixels, tokens, present).logits[1, : 8 + 5]
        alone = model(pixels[1:], tokens[1:, :5], present[1:, :5]).logits[0]
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft asks by the old name
@pytest.mark.parametrize("rank", [0, 2])
def test_only_the_connector_and_the_adapters_learn_and_come_back(rank: int, language: Path, tmp_path: Path) -> None:
    seen = vision("clip", tmp_path / "vision")
    config = PretrainedConfig(vision=str(seen), language=str(language), lora_rank=rank)
    model = PretrainedMllm(config)
    learning = {name for name, one in model.named_parameters() if one.requires_grad}
    assert learning
    assert all(name.startswith("connector.") or "lora_" in name for name in learning)
    assert any("lora_" in name for name in learning) == bool(rank)
    batch = asked()
    optimiser = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=0.02)
    before = model(*batch).loss.item()
    for _ in range(20):
        optimiser.zero_grad()
        model(*batch).loss.backward()
        optimiser.step()
    model.eval().save(tmp_path / "kept")
    again = PretrainedMllm.load(tmp_path / "kept")
    with torch.no_grad():
        expected, got = model(*batch), again(*batch)
    assert expected.loss.item() < before
    assert torch.allclose(got.logits, expected.logits, atol=1e-5)


def test_it_answers_about_pictures_in_words(language: Path, tmp_path: Path) -> None:
    model = PretrainedMllm(PretrainedConfig(vision=str(vision("clip", tmp_path)), language=str(language))).eval()
    pictures = [np.full((20, 30, 3), shade, np.uint8) for shade in (0, 200)]
    said = model.answer(pictures, "what is it", most=5)
    assert said == model.answer(pictures, "what is it", most=5)
    assert 1 <= len(said.split()) <= 5
    for bad in (([], "what"), (pictures, " ")):
        with pytest.raises(BadRequest, match="at least one picture"):
            model.answer(*bad)


def test_what_cannot_be_loaded_is_named(language: Path, tmp_path: Path) -> None:
    with pytest.raises(ExpertUnavailable, match="vision encoder"):
        PretrainedMllm(PretrainedConfig(vision=str(tmp_path / "nowhere"), language=str(language)))
    with pytest.raises(ExpertUnavailable, match="language model"):
        PretrainedMllm(PretrainedConfig(vision=str(vision("clip", tmp_path / "v")), language=str(tmp_path / "nowhere")))
    with pytest.raises(ExpertUnavailable, match="such a model"):
        PretrainedMllm.load(tmp_path)
    model = PretrainedMllm(PretrainedConfig(vision=str(tmp_path / "v"), language=str(language)))
    model.save(tmp_path / "kept")
    save_file({"0.weight": torch.zeros(1)}, tmp_path / "kept" / "connector.safetensors")
    with pytest.raises(ExpertUnavailable, match="such a model"):
        PretrainedMllm.load(tmp_path / "kept")
