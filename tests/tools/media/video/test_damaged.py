"""Three hundred files damaged at random: a result that says what is missing or a typed error, and never a hang."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.support.clips import Mover, encode, film

from sightline.tools.errors import MediaError
from sightline.tools.media import open_video

QUICK, ALL = range(24), range(24, 300)
KINDS = {
    "mp4": {"options": {"preset": "ultrafast", "crf": "23"}},
    "mkv": {"options": {"preset": "veryfast", "bf": "2"}},
    "avi": {"codec": "mpeg4"},
    "ts": {},
    "webm": {"codec": "libvpx", "options": {"deadline": "realtime", "b": "500k"}},
    "mov": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    shown = film(movers=[Mover(color="red", path=lambda t: (20 + 30 * t, 60))], size=(160, 120))
    frames = [shown.frame(i / 10) for i in range(30)]
    return {kind: encode(folder / f"a.{kind}", frames, gop=8, **how).read_bytes() for kind, how in KINDS.items()}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One of several kinds of damage, some of them repeated."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        size = len(broken)
        if size < 64:
            break
        place = chance.randrange(size)
        match chance.randrange(6):
            case 0:
                del broken[place:]
            case 1:
                broken[place : place + chance.randrange(1, 400)] = b""
            case 2:
                for _ in range(chance.randrange(1, 60)):
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
            case 3:
                broken[place : place + 64] = bytes(64)
            case 4:
                head = chance.randrange(min(size, 2000))
                broken[head : head + 4] = chance.randbytes(4)
            case 5:
                other = chance.randrange(size)
                piece = broken[other : other + chance.randrange(1, 3000)]
                broken[place:place] = piece
    return bytes(broken)


def look(path: Path) -> str:
    """What becomes of a damaged file: "refused", or "seen" once every frame was looked at or refused."""
    try:
        video = open_video(path)
    except MediaError:
        return "refused"
    try:
        assert 0 < video.facts.frame_count < 100_000
        count = min(video.facts.frame_count, 40)
        for index in [*range(count), count // 2, 0]:
            try:
                assert video.frame(index).shape == (video.height, video.width, 3)
            except MediaError:
                continue
        return "seen"
    finally:
        video.close()


@pytest.fixture(scope="module")
def within_s(good: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> float:
    """Ten seconds; more where the machine is so busy that a good file takes a good part of that."""
    path = tmp_path_factory.mktemp("whole") / "whole.mp4"
    path.write_bytes(good["mp4"])
    started = time.monotonic()
    assert look(path) == "seen"
    return max(10.0, 10 * (time.monotonic() - started))


def check(seed: int, good: dict[str, bytes], folder: Path, within_s: float) -> str:
    chance = random.Random(seed)
    kind = chance.choice(sorted(good))
    path = folder / f"{seed}.{kind}"
    path.write_bytes(damaged(good[kind], chance))
    started = time.monotonic()
    became = look(path)
    assert time.monotonic() - started < within_s, f"seed {seed} took too long"
    return became


@pytest.mark.parametrize("seed", QUICK)
def test_a_damaged_file_is_seen_in_part_or_refused(
    seed: int, good: dict[str, bytes], tmp_path: Path, within_s: float
) -> None:
    assert check(seed, good, tmp_path, within_s) in ("seen", "refused")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_hundred_damaged_files_crash_nothing_and_leave_no_memory_behind(
    good: dict[str, bytes], tmp_path: Path, within_s: float
) -> None:
    became = [check(seed, good, tmp_path, within_s) for seed in ALL[:100]]
    before = resident_bytes()
    became += [check(seed, good, tmp_path, within_s) for seed in ALL[100:]]
    assert resident_bytes() - before < 20_000_000
    assert min(became.count("seen"), became.count("refused")) > 10


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0
