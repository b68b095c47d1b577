"""What can be printed on things, and its letters as pictures: a closed list of words, the numbers 0 to 99, five fonts.

The fonts are the strokes that come with OpenCV (after A. V. Hershey, 1967) and the outline font inside Pillow, so
nothing is downloaded; both libraries are imported at first use. Letters are drawn large, cut to their ink and kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from .vectors import Floats

__all__ = ["FONTS", "NUMBERS", "PRINTED_WORDS", "letters"]

PRINTED_WORDS: Final[tuple[str, ...]] = tuple(
    word
    for line in (
        "sun moon star sky rain snow wind storm cloud river lake sea ocean wave island beach hill valley",
        "forest garden tree leaf root seed grass flower rose bird owl crow duck goose swan hawk cat dog fox",
        "wolf bear lion tiger horse cow goat sheep pig mouse rabbit fish whale shark frog snake bee ant",
        "spider apple pear plum peach lemon melon grape cherry berry bread butter cheese honey salt pepper",
        "sugar tea coffee milk juice water soup rice corn bean egg cake pie cup plate bowl spoon fork knife",
        "pan table chair bed lamp door window floor wall roof house barn tower bridge road street city town",
        "park school market shop bank train bus car truck boat ship plane rocket wheel engine motor pump tool",
        "hammer nail screw rope paper pen pencil book page letter word song music drum flute piano bell clock",
        "coin key lock box bag hat coat shirt shoe sock belt ring jewel gold silver iron stone brick sand",
        "glass wood cotton silk wool north south east west spring summer autumn winter morning night today",
        "one two three four five six seven eight nine ten hello open closed push pull stop start enter exit",
        "fast slow hot cold new old yes",
    )
    for word in line.split()
)
NUMBERS: Final[tuple[str, ...]] = tuple(str(number) for number in range(100))

FONTS: Final[tuple[str, ...]] = ("outline", "simplex", "duplex", "complex", "triplex")

_TALL = 64  # rows of a capital, about


@lru_cache(maxsize=1024)
def letters(text: str, font: str) -> Floats:
    """How much ink lies in each cell, (H, W) from 0 to 1, cut to the ink with a thin margin.

    Raises: BadRequest for an empty text, one with other than ASCII characters, or an unknown font.
    """
    if not text.strip() or not text.isascii() or not text.isprintable():
        raise BadRequest(f"Printed text is at least one ASCII character, not {text!r}.")
    if font not in FONTS:
        raise BadRequest(f"A font is one of {', '.join(FONTS)}, not {font!r}.")
    drawn = _outline(text) if font == "outline" else _strokes(text, font)
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink: Floats = np.pad(cut, 2).astype(np.float32) / np.float32(255)
    ink.flags.writeable = False
    return ink


def _outline(text: str) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=_TALL * 1.4)
    left, top, right, bottom = font.getbbox(text)
    page = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8))
    # a stroke around it, since the font is thin beside what is printed on boxes
    ImageDraw.Draw(page).text((4 - left, 4 - top), text, fill=255, font=font, stroke_width=2, stroke_fill=255)
    return np.asarray(page)


def _strokes(text: str, font: str) -> NDArray[np.uint8]:
    import cv2

    face = getattr(cv2, f"FONT_HERSHEY_{font.upper()}")
    thick = {"simplex": 9, "duplex": 6, "complex": 5, "triplex": 4}[font]
    scale = cv2.getFontScaleFromHeight(face, _TALL, thick)
    (width, height), below = cv2.getTextSize(text, face, scale, thick)
    page = np.zeros((height + below + 4 * thick, width + 4 * thick), np.uint8)
    cv2.putText(page, text, (2 * thick, height + 2 * thick), face, scale, 255, thick, cv2.LINE_AA)
    return page
