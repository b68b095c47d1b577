"""Small parts for tests: a tokenizer of the project's language, a model of a few thousand weights, an untrained eye."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from sightline.tools.mllm.multimodal.config import DecoderConfig, ModelConfig
from sightline.tools.mllm.multimodal.model import MultimodalLm
from sightline.tools.mllm.multimodal.scene import Scene, drawn
from sightline.tools.mllm.multimodal.text import Text, learn
from sightline.tools.mllm.multimodal.train import _corpus
from sightline.tools.mllm.scenes.stream import Recipe

SIZES = {"width": 24, "layers": 2, "heads": 2, "hidden": 32}


@cache
def text() -> Text:
    return learn(_corpus(12))


def config(**changes: object) -> ModelConfig:
    fields = {"features": 6, "connector_hidden": 8, "decoder": DecoderConfig(words=text().size, **SIZES)}
    return ModelConfig(**{**fields, **changes})


def model(seed: int = 0, **changes: object) -> MultimodalLm:
    """Random weights, in all layers: those that begin at zero would hide mistakes."""
    torch.manual_seed(seed)
    net = MultimodalLm(config(**changes))
    for parameter in net.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


def scene(seed: int) -> Scene:
    return drawn(np.random.default_rng(seed), Recipe())
