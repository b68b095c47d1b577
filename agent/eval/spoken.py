"""Speech for clips that are judged: short sentences, spoken by espeak-ng.

espeak-ng (https://github.com/espeak-ng/espeak-ng) is a program of its own that no package here brings; only judging
needs it.
"""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...tools.errors import BadRequest
from ...tools.mllm.clips.files import SOUND_RATE

__all__ = ["SENTENCES", "speak"]

SENTENCES = (
    "open the window", "close the door", "good morning everybody", "thank you very much", "the train is late",
    "dinner is ready", "turn off the light", "wait a minute", "the water is cold", "happy birthday",
    "have a nice day", "come back tomorrow", "read the paper", "the doctor is here", "call the police",
    "look at the mountain", "we need more money", "the music is loud", "stop the machine", "welcome to the city",
    "the children are sleeping", "listen to the radio", "winter is coming", "summer is over",
)  # fmt: skip
_WORDS_A_MINUTE = 150
_HEADER = 44  # bytes of a WAV file before its samples
_TIMEOUT_S = 30.0


def speak(text: str) -> NDArray[np.int16]:
    """A sentence as sound, (N,) mono samples, `SOUND_RATE` a second.

    Raises: BadRequest when espeak-ng is not installed or fails.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise BadRequest("Clips with speech need espeak-ng: apt-get install espeak-ng (or brew install espeak-ng).")
    command = [program, "--stdout", "-v", "en-us", "-s", str(_WORDS_A_MINUTE), text]
    try:
        data = subprocess.run(command, capture_output=True, check=True, timeout=_TIMEOUT_S).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise BadRequest("espeak-ng is installed and does not speak: try `espeak-ng hello`.") from error
    # What is written to a pipe says a wrong length in its header, which the wave module takes for true.
    rate = int.from_bytes(data[24:28], "little")
    return _resampled(np.frombuffer(data[_HEADER : len(data) // 2 * 2], "<i2"), rate)


def _resampled(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    from scipy.signal import resample_poly

    ratio = Fraction(SOUND_RATE, rate)
    changed = resample_poly(samples.astype(np.float64), ratio.numerator, ratio.denominator)
    return np.asarray(np.clip(np.round(changed), -32768, 32767), np.int16)
