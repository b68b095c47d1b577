"""How fast the multimodal model speaks, beside `transformers.generate` on a Llama of the same shape.

    OMP_NUM_THREADS=1 python benchmarks/generation.py [--json FILE] [--tokens N]

The libraries below NumPy and torch have threads of their own, which the variable keeps to one.

Same machine, one run, one thread, random weights, greedy, no end token: both say exactly N tokens after the same
prompts. The Llama has our width, layers, heads and vocabulary, and a gated feed-forward of two thirds the width, so
that both have as many weights. Rounds alternate between the two and the best of each counts, by processor time, so
that other work on the machine disturbs the figures less.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from renderer import circumstances

from sightline.tools.mllm.multimodal.config import DecoderConfig, ModelConfig
from sightline.tools.mllm.multimodal.generation import generate
from sightline.tools.mllm.multimodal.model import MultimodalLm
from sightline.tools.mllm.multimodal.text import Text
from sightline.tools.mllm.multimodal.visual import Letters, Visual

PROMPT, SEEN, ROUNDS = 30, 8, 5
SHAPE = DecoderConfig(width=256, layers=6, heads=8, hidden=1024)  # of the model that ships


def ours(batch: int, tokens: int) -> Callable[[], int]:
    """Our own model; `generate` with everything that it gives, log-probabilities included."""
    torch.manual_seed(0)
    config = ModelConfig(decoder=SHAPE)
    net = MultimodalLm(config).eval()
    with torch.no_grad():
        net.decoder.words.weight[Text.end] = 0  # never the likeliest: nobody stops early
    visual = Visual(
        content=torch.randn(batch, SEEN, config.features),
        geometry=torch.randn(batch, SEEN, 7),
        pointers=torch.arange(SEEN).expand(batch, -1),
        depth_ranks=torch.arange(SEEN).expand(batch, -1),
        pictures=torch.zeros(batch, SEEN, dtype=torch.int64),
        present=torch.ones(batch, SEEN, dtype=torch.bool),
        letters=Letters.none(batch),
    )
    prompts = torch.randint(200, 1500, (batch, PROMPT)).tolist()

    def say() -> int:
        return sum(len(one.tokens) for one in generate(net, visual, prompts, most=tokens))

    return say


def theirs(batch: int, tokens: int) -> Callable[[], int]:
    """A Llama of the same shape, without scores: the least that `generate` does."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=SHAPE.words,
        hidden_size=SHAPE.width,
        intermediate_size=SHAPE.hidden * 2 // 3,
        num_hidden_layers=SHAPE.layers,
        num_attention_heads=SHAPE.heads,
        max_position_embeddings=SHAPE.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    net = LlamaForCausalLM(config).eval()
    prompts = torch.randint(200, 1500, (batch, SEEN + PROMPT))
    there = torch.ones_like(prompts)

    def say() -> int:
        with torch.inference_mode():
            said = net.generate(
                prompts, attention_mask=there, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False
            )
        return int((said.shape[1] - prompts.shape[1]) * batch)

    return say


def measure(batch: int, tokens: int) -> dict[str, Any]:
    """Tokens per second of both, in turns."""
    speakers = {"ours": ours(batch, tokens), "transformers": theirs(batch, tokens)}
    best = dict.fromkeys(speakers, 0.0)
    for say in speakers.values():
        say()
    for _ in range(ROUNDS):
        for name, say in speakers.items():
            started = time.process_time()
            said = say()
            assert said == batch * tokens, (name, said)
            best[name] = max(best[name], said / (time.process_time() - started))
    return {
        "metric": "tokens per second",
        "batch": batch,
        "n": tokens,
        **{name: round(value, 1) for name, value in best.items()},
        "times_as_fast": round(best["ours"] / best["transformers"], 2),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--tokens", type=int, default=100)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = []
    for batch in (1, 16):
        rows.append(measure(batch, options.tokens))
        print(json.dumps(rows[-1]), flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps({**circumstances(), "rows": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
