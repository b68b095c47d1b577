"""The shipped multimodal model as the rest of Sightline uses it: pictures and a question in, an answer and reasons out.

Weights are fp16 safetensors beside this file, with configuration and figures in their header. The vision encoder is the
shipped detector. Torch is imported with this module, which therefore is imported late.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from ..detector.detector import Detector
from ..reader.reader import PrintReader
from ..training.weights import opened
from .asking import words_of
from .config import WEIGHTS, ModelConfig
from .generation import Spoken, generate
from .model import MultimodalLm
from .places import Box, read_box
from .reading import joined
from .text import TOKENIZER, Text
from .vision import Looked, VisionEncoder, encoder_for

__all__ = ["MultimodalModel", "Reply"]

_POINTER = "<o"
_TURNS = re.compile(r"<(pad|end|picture|user|think|answer)>", re.IGNORECASE)  # whoever asks takes no turns but his own
_KEPT = 16  # pictures whose sight is kept
Pixels = NDArray[np.uint8]  # (H, W, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the model says to one question."""

    text: str  # the answer in words, without pointers
    thoughts: str  # the steps that led there, as the model wrote them; empty for an answer outright
    boxes: tuple[
        tuple[float, float, float, float], ...
    ]  # x1, y1, x2, y2 px, y down, of the things the answer points at
    chance: float  # the model's probability of saying just this, 0 to 1


class MultimodalModel:
    """Answers, captions, describes and grounds; safe to call from several threads."""

    def __init__(self, net: MultimodalLm, text: Text, encoder: VisionEncoder, *, facts: dict[str, Any] | None = None):
        self.net, self.text, self.encoder = net.eval(), text, encoder
        self.facts = facts or {}
        self._words = frozenset(self.facts.get("words", ()))
        self._looked: OrderedDict[bytes, Looked] = OrderedDict()  # by content
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls, path: Path = WEIGHTS, *, tokenizer: Path = TOKENIZER, detector: Detector | None = None, device: str = "cpu"
    ) -> MultimodalModel:
        """Load weights.

        Raises: ExpertUnavailable when a file is missing or does not hold such a model.
        """
        lacking = "The multimodal model's weights are not installed; make them as docs/multimodal.md says."
        with opened(path, of="model", missing=lacking) as (card, state):
            net = MultimodalLm(ModelConfig.of(card["config"]))
            net.load_state_dict(state)
        facts = card.get("facts") or {}
        reader = PrintReader.load(device=device) if facts.get("reads") else None
        encoder = encoder_for(net.config, detector or Detector.load(device=device), reader)
        return cls(net.to(device), Text.load(tokenizer), encoder, facts=facts)

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """Write the weights as fp16 with their configuration and `facts` (plain data)."""
        from safetensors.torch import save_file

        path.parent.mkdir(parents=True, exist_ok=True)
        state = {name: tensor.detach().cpu().half().contiguous() for name, tensor in self.net.state_dict().items()}
        save_file(state, str(path), {"card": json.dumps({"config": self.net.config.plain(), "facts": facts})})

    def answer(
        self,
        pictures: Pixels | Sequence[Pixels],
        question: str,
        *,
        think: bool = True,
        tell: Callable[[str], None] | None = None,
    ) -> Reply:
        """Answer a question about one picture or several; `tell` hears the text as it is said."""
        group = [pictures] if isinstance(pictures, np.ndarray) else list(pictures)
        return self.answer_all([(group, question)], think=think, tell=tell)[0]

    def answer_all(
        self,
        asked: Sequence[tuple[Sequence[Pixels], str]],
        *,
        think: bool = True,
        tell: Callable[[str], None] | None = None,
    ) -> list[Reply]:
        """Answer several questions as one batch.

        Raises: BadRequest when a question has too many pictures, or is empty or too long.
        """
        most = self.net.config.pictures
        for pictures, question in asked:
            if not 1 <= len(pictures) <= most:
                raise BadRequest(f"The model looks at 1 to {most} pictures at once, not {len(pictures)}.")
            if not question.strip():
                raise BadRequest("Ask the model something; the question is empty.")
        looked = [self._look(pictures) for pictures, _ in asked]
        sizes = [[(picture.shape[1], picture.shape[0]) for picture in pictures] for pictures, _ in asked]
        return self.answer_seen(looked, sizes, [question for _, question in asked], think=think, tell=tell)

    def answer_seen(
        self,
        looked: Sequence[Sequence[Looked]],
        sizes: Sequence[Sequence[tuple[int, int]]],
        questions: Sequence[str],
        *,
        think: bool = True,
        tell: Callable[[str], None] | None = None,
    ) -> list[Reply]:
        """As `answer_all`, about pictures that the encoder has looked at; `sizes` are their (width, height) in px."""
        start = self.text.think if think else self.text.answer
        said_to = [_TURNS.sub(r"\1", question.strip()) for question in questions]
        prompts = [[self.text.user, *self.text.encode(question), start] for question in said_to]
        heard: list[int] = []
        told = ""

        def hear(row: int, token: int, chance: float) -> None:
            nonlocal told
            if tell is not None and row == 0:
                heard.append(token)
                before, told = told, joined(self.text.decode(heard), [one.scene for one in looked[0]])
                tell(told[len(before) :])

        said = generate(self.net, self.encoder.visual(looked), prompts, tell=hear if tell is not None else None)
        return [self._reply(*one) for one in zip(said, looked, sizes, strict=True)]

    def knows(self, question: str) -> bool:
        """Whether all words of a question are of the world that the model learned; of others it would only guess."""
        return not self._words or self._words.issuperset(words_of(question))

    def caption(self, pixels: Pixels) -> Reply:
        """A short caption."""
        return self.answer(pixels, "Give the picture a caption.", think=False)

    def describe(self, pixels: Pixels) -> Reply:
        """Everything that is there, from left to right."""
        return self.answer(pixels, "Describe the picture in detail.", think=False)

    def locate(self, pixels: Pixels, name: str) -> Reply:
        """The boxes of what a name denotes."""
        return self.answer(pixels, f"Where is the {name}?")

    def _look(self, pictures: Sequence[Pixels]) -> list[Looked]:
        """What the encoder sees; the last pictures are not looked at twice."""
        keys = [_content(one) for one in pictures]
        with self._lock:
            known = {key: self._looked[key] for key in keys if key in self._looked}
        new = {key: one for key, one in zip(keys, pictures, strict=True) if key not in known}
        known |= dict(zip(new, self.encoder.look(list(new.values())) if new else [], strict=True))
        with self._lock:
            for key in keys:
                self._looked[key] = known[key]
                self._looked.move_to_end(key)
            while len(self._looked) > _KEPT:
                self._looked.popitem(last=False)
        return [known[key] for key in keys]

    def _reply(self, said: Spoken, group: Sequence[Looked], sizes: Sequence[tuple[int, int]]) -> Reply:
        scenes = [one.scene for one in group]
        thoughts, answer = (joined(part, scenes) for part in said.parts(self.text))
        things = [(number, thing.box) for number, looked in enumerate(group) for thing in looked.scene.things]
        boxes = []
        for word in answer.split():
            if word.startswith(_POINTER) and (k := int(word[2:-1])) < len(things):
                boxes.append(_pixels(things[k][1], sizes[things[k][0]]))
        spelled = read_box(answer)
        if spelled is not None:
            boxes = [_pixels(spelled, sizes[0])]
        words = [word for word in answer.split() if not word.startswith("<")]
        return Reply(text=" ".join(words).replace(" ,", ","), thoughts=thoughts, boxes=tuple(boxes), chance=said.chance)


def _content(pixels: Pixels) -> bytes:
    digest = hashlib.blake2b(repr(pixels.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


def _pixels(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height
