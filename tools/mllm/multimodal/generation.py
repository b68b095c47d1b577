"""The model speaks: cached, batched, streamed, with the log-probability of every token.

Each row of a batch is answered as if it were alone: padding is masked and positions are a row's own. Rows that are done
leave the batch, so a long answer does not keep short ones waiting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...errors import BadRequest
from .decoder import Cache, visible
from .model import MultimodalLm
from .pointing import Things
from .stepping import Stepper
from .text import Text
from .visual import Visual
from .writing import lines

__all__ = ["Spoken", "Tell", "generate", "spoken_tokens"]

Tell = Callable[[int, int, float], None]  # row, token, its log-probability


@dataclass(slots=True)
class Spoken:
    """What was said in reply to one question."""

    tokens: list[int] = field(default_factory=list)
    log_chances: list[float] = field(default_factory=list)  # per token, natural logarithm
    finished: bool = False  # whether it came to an end by itself

    def parts(self, text: Text) -> tuple[str, str]:
        """Thoughts and answer in words."""
        tokens = [token for token in self.tokens if token != text.end]
        if text.answer in tokens:
            cut = tokens.index(text.answer)
            return text.decode(tokens[:cut]), _whole(text.decode(tokens[cut + 1 :]))
        return "", _whole(text.decode(tokens))

    @property
    def chance(self) -> float:
        """Probability of saying just this, thoughts included; 0 for what was cut off."""
        return math.exp(sum(self.log_chances)) if self.finished else 0.0


def generate(
    model: MultimodalLm,
    visual: Visual,
    prompts: Sequence[Sequence[int]],
    *,
    most: int = 240,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    tell: Tell | None = None,
) -> list[Spoken]:
    """Say on after each prompt until its end, or for `most` tokens.

    Args:
        visual: one row per prompt.
        prompts: tokens, the last of which opens the thoughts or the answer.
        temperature: 0 says the likeliest token each time; above, tokens are drawn.
        tell: hears each token as it is said.

    Raises: BadRequest when a prompt does not fit the model's context.
    """
    said = [Spoken() for _ in prompts]
    for row, token, chance in spoken_tokens(
        model, visual, prompts, most=most, temperature=temperature, generator=generator
    ):
        said[row].tokens.append(token)
        said[row].log_chances.append(chance)
        said[row].finished = token == Text.end
        if tell is not None:
            tell(row, token, chance)
    return said


@torch.inference_mode()
def spoken_tokens(
    model: MultimodalLm,
    visual: Visual,
    prompts: Sequence[Sequence[int]],
    *,
    most: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Stream of (row, token, log-probability), one for each row that still speaks, step by step."""
    context = model.config.decoder.context
    if not prompts:
        return
    longest = max(map(len, prompts))
    if not min(map(len, prompts)) or longest >= context:
        raise BadRequest(f"A question has 1 to {context - 1} tokens; one here has {longest}.")
    decoder = model.decoder
    read = lines([(list(prompt), len(prompt)) for prompt in prompts])
    visual = visual.to(decoder.words.weight.device)
    seen = model.seen(visual)
    things = model.pointing.things(seen, visual)
    x = torch.cat([seen, model.spelled(read.tokens.to(seen.device), things)], 1)
    batch, before = visual.there.shape
    device = x.device
    rows = torch.arange(batch, device=device)
    length = torch.tensor([len(prompt) for prompt in prompts], device=device)  # of each row's text so far
    positions = torch.arange(1, longest + 1, device=device).expand(batch, -1)
    positions = torch.cat([positions.new_zeros(batch, before), positions], 1)
    steps = min(most, context - longest)
    there = torch.cat([visual.there, read.present.to(device)], 1)
    cache = Cache.empty(decoder.config, batch, x.shape[1] + steps, x)
    cache.present[:, : x.shape[1]] = there
    hidden = decoder(x, positions, visible(visual.there, read.present.to(device)), cache)
    logits = model.logits(hidden[rows, before + length - 1][:, None], things)[:, 0]  # (B, words)
    speaker = _Quick(model, cache, things) if device.type == "cpu" else _Plain(model, cache, things)
    for _ in range(steps):
        tokens, chances = _chosen(logits.float(), temperature, generator)
        said = tokens.tolist()
        yield from zip(rows.tolist(), said, chances.tolist(), strict=True)
        going = [k for k, token in enumerate(said) if token != Text.end]
        if not going:
            return
        if len(going) < len(said):
            kept = torch.tensor(going, device=device)
            rows, tokens, length = rows[kept], tokens[kept], length[kept]
            speaker.keep(kept)
        if not speaker.room:
            return
        length = length + 1
        logits = speaker.logits(tokens, length)


class _Quick:
    """One token at a time on a processor; the weights are prepared when the first is read."""

    def __init__(self, model: MultimodalLm, cache: Cache, things: Things) -> None:
        self._stepper = Stepper(model.decoder, model.pointing, cache, things)

    @property
    def room(self) -> int:
        return self._stepper.room

    def keep(self, rows: Tensor) -> None:
        self._stepper.keep(rows.numpy())

    def logits(self, tokens: Tensor, positions: Tensor) -> Tensor:
        return torch.from_numpy(self._stepper.logits(tokens.numpy(), positions.numpy()))


class _Plain:
    """One token at a time by the decoder itself, wherever it runs."""

    def __init__(self, model: MultimodalLm, cache: Cache, things: Things) -> None:
        self._model, self._cache, self._things = model, cache, things

    @property
    def room(self) -> int:
        return self._cache.present.shape[1] - self._cache.filled

    def keep(self, rows: Tensor) -> None:
        self._cache.keep(rows)
        self._things = self._things.rows(rows)

    def logits(self, tokens: Tensor, positions: Tensor) -> Tensor:
        slot = self._cache.filled
        self._cache.present[:, slot] = True
        x = self._model.spelled(tokens[:, None], self._things)
        hidden = self._model.decoder(x, positions[:, None], self._cache.present[:, None, : slot + 1], self._cache)
        return self._model.logits(hidden, self._things)[:, 0]


def _whole(answer: str) -> str:
    """A number in one piece: its digits are tokens of their own, and each is a word to the tokenizer."""
    return answer.replace(" ", "") if answer.replace(" ", "").isdigit() else answer


def _chosen(logits: Tensor, temperature: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    chances = logits.log_softmax(-1)
    if temperature <= 0:
        best = chances.max(-1)
        return best.indices, best.values
    drawn = torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)
    return drawn[:, 0], chances.gather(1, drawn)[:, 0]
