"""How people frame a question: "can you tell me", "please", "in this picture".

What is asked stays as it was; only words around it are added.
"""

from __future__ import annotations

import random

from .things import Asked
from .wording import Mark, Piece

_TELL = (
    "can you tell me",
    "could you tell me",
    "tell me",
    "please tell me",
    "i want to know",
    "i would like to know",
    "do you know",
    "can you see",
    "could you please tell me",
    "i wonder",
    "let me know",
    "i 'd like to know",
    "would you tell me",
    "i need to know",
    "can you say",
    "say",
    "find out",
    "i 'd love to know",
    "can you figure out",
    "please check",
    "i was wondering",
    "i was just wondering",
    "would you mind telling me",
    "could you check",
    "any idea",
    "can you determine",
    "help me find out",
    "what i want to know is",
)
_PLEASE_BEFORE = (
    "please",
    "please",
    "can you",
    "could you",
    "could you please",
    "can you please",
    "would you",
    "i want you to",
    "now",
    "just",
    "i need you to",
    "would you please",
    "kindly",
    "go ahead and",
    "you should",
)
_QUESTION_BEFORE = (
    "please tell me ,",
    "tell me ,",
    "can you tell me ,",
    "quick question :",
    "hey ,",
    "hi ,",
    "question :",
    "in this picture ,",
    "so ,",
    "ok ,",
    "look at the picture :",
    "i have a question :",
    "please ,",
    "excuse me ,",
    "well ,",
    "and",
    "hello ,",
    "now",
    "yo",
    "hmm ,",
    "alright ,",
    "um ,",
    "ok so",
    "looking at this image ,",
)
_PLACE_BEFORE = (
    "in this picture ,",
    "in the image ,",
    "in this photo ,",
    "in this image ,",
    "in the picture ,",
    "on this picture ,",
    "from the image ,",
    "based on the picture ,",
    "here ,",
    "in the scene ,",
    "in this scene ,",
)
_PLACE_AFTER = (
    "in the picture",
    "in this picture",
    "in the image",
    "in this photo",
    "here",
    "in this image",
    "in the photo",
    "on the picture",
    "in the scene",
    "shown here",
    "in this scene",
    "in this pic",
)
_AFTER = (", please", "please", "thanks", ", thank you", "thx", ", can you tell me", "? thanks", "exactly")


def polite(rng: random.Random, asked: Asked) -> list[Piece]:
    """Frame a question the way its form asks for: "~" needs "tell me", "!" may take "please"."""
    pieces = asked.pieces
    roll = rng.random()
    if asked.form == "~":
        return [rng.choice(_TELL), *pieces, *([rng.choice(_AFTER)] if roll < 0.08 else [])]
    if asked.form == "-":
        return pieces
    if asked.form == "!":
        if roll < 0.3:
            return [rng.choice(_PLEASE_BEFORE), *pieces]
        return [*pieces, rng.choice(_AFTER)] if roll < 0.36 else pieces
    declined = str(asked.plan[0]).startswith("decline")
    if roll < 0.08 and not declined:
        return [rng.choice(_PLACE_BEFORE), *pieces]
    if roll < 0.14:
        return [rng.choice(_QUESTION_BEFORE), *pieces]
    if roll < 0.21 and not declined and not (pieces and isinstance(pieces[-1], Mark)):
        return [*pieces, rng.choice(_PLACE_AFTER)]
    return [*pieces, rng.choice(_AFTER)] if roll < 0.25 else pieces
