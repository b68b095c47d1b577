"""Text as the language model reads and writes it: byte-level BPE, with tokens of its own for turns, things and places.

Trained on the project's own generated language; bytes remain for every other word, so any text has tokens and comes
back, lower-cased and with its digits apart, since each is a token of its own. A pointer `<o3>` names the fourth visual
thing, `<c3>` the fourth printed letter, a place `<p17>` one of 64 steps across or down the picture; four places are a
box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import BadRequest, ExpertUnavailable

__all__ = ["LETTER_POINTERS", "PLACES", "POINTED", "POINTERS", "TOKENIZER", "Text", "learn"]

TOKENIZER = Path(__file__).parent / "weights" / "tokenizer.json"
POINTERS = 32  # things that can be pointed at, over all pictures of a question
LETTER_POINTERS = 32  # printed letters that can be
POINTED = POINTERS + LETTER_POINTERS
PLACES = 64  # steps across or down a picture
_TURNS = ("<pad>", "<end>", "<picture>", "<user>", "<think>", "<answer>")
_SPECIAL = (
    *_TURNS,
    *(f"<o{k}>" for k in range(POINTERS)),
    *(f"<c{k}>" for k in range(LETTER_POINTERS)),
    *(f"<p{k}>" for k in range(PLACES)),
)


class Text:
    """Words to token numbers and back."""

    pad, end, picture, user, think, answer = range(len(_TURNS))
    first_pointer = len(_TURNS)
    first_place = len(_TURNS) + POINTED

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        for number, name in enumerate(_SPECIAL):
            if tokenizer.token_to_id(name) != number:
                raise BadRequest(f"The tokenizer does not number {name} as {number}; it is not one of this model's.")

    @classmethod
    def load(cls, path: Path = TOKENIZER) -> Text:
        """Read a tokenizer file.

        Raises: ExpertUnavailable when it is missing or is none.
        """
        from tokenizers import Tokenizer

        if not path.is_file():
            raise ExpertUnavailable(f"The tokenizer {path.name} is not installed beside the model's weights.")
        try:
            return cls(Tokenizer.from_file(str(path)))
        except Exception as error:  # the library raises plain Exception
            raise ExpertUnavailable(f"{path.name} does not hold a tokenizer of this model: {error}.") from error

    def save(self, path: Path) -> None:
        """Write the tokenizer as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._tokenizer.save(str(path))

    @cached_property
    def colon(self) -> int:
        """The token that stands before the result of a step."""
        return self.encode(":")[0]

    @cached_property
    def semicolon(self) -> int:
        """The token that ends a step."""
        return self.encode(";")[0]

    @cached_property
    def none(self) -> int:
        """The token that says that nothing fits."""
        return self.encode("none")[0]

    @cached_property
    def size(self) -> int:
        """How many tokens there are."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of several texts."""
        return [list(one.ids) for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens; pointers and places are spelled out, turns left out."""
        words: list[str] = []
        plain: list[int] = []
        for token in [*tokens, self.end]:
            if token >= len(_SPECIAL):
                plain.append(int(token))
                continue
            if plain:
                words.append(self._tokenizer.decode(plain, skip_special_tokens=False).strip())
                plain = []
            if token >= self.first_pointer:
                words.append(_SPECIAL[token])
        return " ".join(word for word in words if word)


def learn(texts: Iterable[str], *, size: int = 1536) -> Text:
    """A tokenizer for such texts, with `size` tokens at most."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    # digits one by one, so that numbers are read as they are written
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(name, special=True, normalized=False, lstrip=True) for name in _SPECIAL]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        min_frequency=2,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return Text(tokenizer)
