"""`transcribe` with PocketSphinx, whose wheel carries an English model: works offline, and is the weak default.

It was made before neural networks heard well: clear, close English it gets in part, anything else badly. A profile
with Whisper does far better; this one is for where nothing may be downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..results_in_time import Speech, SpeechSegment
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["SphinxSpeech"]

_RATE = 16_000
_PAUSE_S = 0.45  # a longer pause ends a segment
_FRAMES_A_SECOND = 100
_MOST_SURE = 0.5  # its own figures are near 1 even for what it misheard
_FILLERS = ("<", "[", "+")


@register
class SphinxSpeech(Expert):
    """English speech, weakly: clear words close to the microphone."""

    name = "sphinx-speech"
    capabilities = ("transcribe",)
    version = "1"
    licence = "BSD-2-Clause"
    packages = ("pocketsphinx",)
    extra = "speech"
    memory_mb = 150
    limits = "The weak default: clear English only, many wrong words; noise, music, accents and names are beyond it."

    def load(self) -> None:
        import pocketsphinx

        self._sphinx = pocketsphinx
        self._decoder = pocketsphinx.Decoder(samprate=_RATE, loglevel="FATAL")

    def serve(self, request: ExpertRequest) -> Speech:
        footage = request.footage
        assert footage is not None
        if not footage.has_sound:
            return Speech(segments=[])
        start_s, end_s = footage.ref.start_s, footage.ref.end_s
        segments: list[SpeechSegment] = []
        for words in self._utterances(footage.sound(rate=_RATE)):
            segments += _segments(words, start_s, end_s)
        return Speech(segments=segments)

    def _utterances(self, sound: Iterator[npt.NDArray[np.int16]]) -> Iterator[list[tuple[str, float, float, float]]]:
        """(word, start, end, probability) of each stretch of speech, in seconds from the start of the sound."""
        endpointer: Any = self._sphinx.Endpointer(sample_rate=_RATE)
        decoder = self._decoder
        speaking, began = False, 0.0
        try:
            for frame, is_last in _frames(sound, endpointer.frame_bytes):
                speech = endpointer.end_stream(frame) if is_last else endpointer.process(frame)
                if speech is not None:
                    if not speaking:
                        decoder.start_utt()
                        speaking, began = True, float(endpointer.speech_start)
                    decoder.process_raw(speech)
                if speaking and (is_last or not endpointer.in_speech):
                    decoder.end_utt()
                    speaking = False
                    yield self._words(began)
        except BaseException:
            if speaking:  # so that the next stretch can begin
                decoder.end_utt()
            raise
        if speaking:
            decoder.end_utt()
            yield self._words(began)

    def _words(self, began: float) -> list[tuple[str, float, float, float]]:
        scale = self._decoder.logmath
        return [
            (
                part.word.split("(")[0],
                began + part.start_frame / _FRAMES_A_SECOND,
                began + (part.end_frame + 1) / _FRAMES_A_SECOND,
                min(1.0, max(0.0, float(scale.exp(part.prob)))),
            )
            for part in self._decoder.seg() or ()
            if not part.word.startswith(_FILLERS)
        ]


def _frames(sound: Iterator[npt.NDArray[np.int16]], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of exactly `size` bytes, and a shorter last one; whether each is the last."""
    held = b""
    for piece in sound:
        held += piece.tobytes()
        while len(held) > size:
            yield held[:size], False
            held = held[size:]
    yield held, True


def _segments(words: list[tuple[str, float, float, float]], start_s: float, end_s: float) -> Iterator[SpeechSegment]:
    """Words joined up to the next pause."""
    group: list[tuple[str, float, float, float]] = []
    for word in [*words, None]:
        if group and (word is None or word[1] - group[-1][2] > _PAUSE_S):
            first, last = min(start_s + group[0][1], end_s), min(start_s + group[-1][2], end_s)
            sure = _MOST_SURE * sum(w[3] for w in group) / len(group)
            text = " ".join(w[0] for w in group)
            yield SpeechSegment(start_s=first, end_s=max(first, last), text=text, confidence=round(sure, 3))
            group = []
        if word is not None:
            group.append(word)
