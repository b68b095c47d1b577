"""The same kind of model from pretrained parts: a vision encoder and a language model of the transformers library.

Encoders are what `AutoModel` loads for pictures (CLIP, SigLIP, DINOv2, ViT), language models what
`AutoModelForCausalLM` does; between them stands this project's connector, as in LLaVA
(https://arxiv.org/abs/2304.08485). The parts stay as they are: the connector is trained, and, where asked for, low-rank
adapters of the language model (LoRA, https://arxiv.org/abs/2106.09685, through peft). What is saved is what was
trained. Needs `pip install sightline[train]`; parts are names on the hub or folders.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import BadRequest, ExpertUnavailable, MissingDependency
from .config import ConnectorKind
from .connector import projection

__all__ = ["PretrainedConfig", "PretrainedMllm"]

_CARD = "model.json"
_CONNECTOR = "connector.safetensors"
_ADAPTERS = "adapters"
_UNSCORED = -100  # label of what the model is not to say, as the library has it


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainedConfig:
    """Which parts.

    Attributes:
        vision, language: names on the hub, or folders with checkpoints.
        connector: its kind.
        layer: which hidden states of the encoder are read, from the back; LLaVA reads the last but one.
        lora_rank: of the adapters on the language model's attention; 0 for none.
    """

    vision: str
    language: str
    connector: ConnectorKind = "mlp"
    layer: int = -2
    lora_rank: int = 0


class PretrainedMllm(nn.Module):
    """Pictures and text in, text out. Pictures stand before the text, in the order in which they are given.

    Raises:
        MissingDependency: without transformers, or without peft where adapters are asked for.
        ExpertUnavailable: when a part cannot be loaded.
    """

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        self.config = config
        self.vision, self.processor = _encoder(config.vision)
        self.language, self.tokenizer = _language(config.language)
        width = int(self.language.get_input_embeddings().embedding_dim)
        features = int(self.vision.config.hidden_size)
        self.connector = projection(config.connector, features, width, width, level=False)
        self.vision.requires_grad_(False)
        self.language.requires_grad_(False)
        if config.lora_rank:
            self.language = _adapted(self.language, config.lora_rank)

    def seen(self, pixels: Tensor) -> Tensor:
        """Embeddings (B, N * patches, width) of pictures (B, N, 3, H, W), as the encoder's processor makes them."""
        batch, count = pixels.shape[:2]
        out = self.vision(pixel_values=pixels.flatten(0, 1), output_hidden_states=True)
        states = out.hidden_states[self.config.layer]  # (B * N, tokens, features)
        patches = self.connector(states[:, _leading(self.vision, states.shape[1], pixels) :])
        return patches.unflatten(0, (batch, count)).flatten(1, 2)  # type: ignore[no-any-return]

    def forward(self, pixels: Tensor, tokens: Tensor, present: Tensor, spoken: Tensor | None = None) -> Any:
        """What the language model makes of pictures and text: `.logits`, and `.loss` where `spoken` is given.

        Args:
            pixels: (B, N, 3, H, W).
            tokens: (B, T) int64.
            present: (B, T) bool, False for padding.
            spoken: (B, T) bool, the tokens that the model is to say.
        """
        seen = self.seen(pixels)
        x = torch.cat([seen, self.language.get_input_embeddings()(tokens)], 1)
        before = present.new_ones(seen.shape[:2])
        labels = None
        if spoken is not None:
            said = tokens.masked_fill(~(spoken & present), _UNSCORED)
            labels = torch.cat([said.new_full(seen.shape[:2], _UNSCORED), said], 1)
        return self.language(inputs_embeds=x, attention_mask=torch.cat([before, present], 1).long(), labels=labels)

    @torch.inference_mode()
    def answer(self, pictures: Sequence[Any], prompt: str, *, most: int = 64) -> str:
        """Say on after pictures ((H, W, 3) uint8 arrays or PIL images) and a prompt, greedily.

        Raises: BadRequest without a picture or a prompt.
        """
        if not pictures or not prompt.strip():
            raise BadRequest("Give the model at least one picture, and a prompt.")
        pixels = self.processor(images=list(pictures), return_tensors="pt")["pixel_values"][None]
        tokens = self.tokenizer(prompt, return_tensors="pt")["input_ids"]
        device = next(self.connector.parameters()).device
        x = torch.cat([self.seen(pixels.to(device)), self.language.get_input_embeddings()(tokens.to(device))], 1)
        mask = torch.ones(x.shape[:2], dtype=torch.int64, device=device)
        said = self.language.generate(inputs_embeds=x, attention_mask=mask, max_new_tokens=most, do_sample=False)
        return str(self.tokenizer.decode(said[0], skip_special_tokens=True)).strip()

    def save(self, folder: Path) -> None:
        """Write what was trained: connector, adapters, and which parts they belong to."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        (folder / _CARD).write_text(json.dumps(asdict(self.config), indent=1) + "\n", "utf-8")
        save_file({name: one.contiguous() for name, one in self.connector.state_dict().items()}, folder / _CONNECTOR)
        if self.config.lora_rank:
            self.language.save_pretrained(folder / _ADAPTERS)

    @classmethod
    def load(cls, folder: Path) -> PretrainedMllm:
        """Read what `save` wrote, and the parts that it names.

        Raises: ExpertUnavailable when something is missing or does not fit.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            config = PretrainedConfig(**json.loads((folder / _CARD).read_text("utf-8")))
            model = cls(config)
            model.connector.load_state_dict(load_file(folder / _CONNECTOR))
            if config.lora_rank:
                model.language.load_adapter(str(folder / _ADAPTERS), "default")
        except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            raise ExpertUnavailable(f"{folder} does not hold such a model: {error}") from error
        return model.eval()


def _encoder(name: str) -> tuple[Any, Any]:
    transformers = _library("transformers")
    try:
        whole = transformers.AutoModel.from_pretrained(name)
        processor = transformers.AutoImageProcessor.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ExpertUnavailable(f"the vision encoder {name} cannot be loaded: {error}") from error
    return getattr(whole, "vision_model", whole), processor  # CLIP and SigLIP carry a text model too


def _language(name: str) -> tuple[Any, Any]:
    transformers = _library("transformers")
    try:
        return (
            transformers.AutoModelForCausalLM.from_pretrained(name),
            transformers.AutoTokenizer.from_pretrained(name),
        )
    except (OSError, ValueError) as error:
        raise ExpertUnavailable(f"the language model {name} cannot be loaded: {error}") from error


def _adapted(language: Any, rank: int) -> Any:
    peft = _library("peft")
    wanted = {"q_proj", "k_proj", "v_proj", "o_proj", "c_attn", "query_key_value", "qkv_proj"}
    names = {name.rsplit(".", 1)[-1] for name, _ in language.named_modules()} & wanted
    if not names:
        raise BadRequest(f"A {type(language).__name__} has none of the layers that adapters go on ({sorted(wanted)}).")
    config = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=sorted(names), task_type="CAUSAL_LM")
    return peft.get_peft_model(language, config)


def _leading(vision: Any, tokens: int, pixels: Tensor) -> int:
    """How many tokens stand before those of the patches (class and register tokens)."""
    size = int(vision.config.patch_size)
    patches: int = (pixels.shape[-2] // size) * (pixels.shape[-1] // size)
    return max(0, tokens - patches)


def _library(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependency("a model of pretrained parts", name, extra="train") from error
