"""Videos of every kind are decoded to the right picture at the right time, or refused with a reason."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import encode, write_sound

from sightline.tools.errors import BrokenMedia, MediaNotFound, MediaTooLarge
from sightline.tools.media import MediaLimits, MediaStore, looks_like_video, open_video


def counted(number: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A picture that says its number: seven black or white columns, the lowest bit first."""
    width, height = size
    pixels = np.full((height, width, 3), 90, np.uint8)
    for bit in range(7):
        left = 4 + bit * (width - 8) // 7
        pixels[8 : height - 8, left : left + (width - 8) // 7] = 235 if number >> bit & 1 else 20
    return pixels


def number_in(pixels: np.ndarray, size: tuple[int, int] = (64, 48)) -> int:
    width, height = size
    number = 0
    for bit in range(7):
        left = 4 + bit * (width - 8) // 7
        number |= int(pixels[height // 2, left + (width - 8) // 14].mean() > 128) << bit
    return number


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def counting(folder: Path) -> Path:
    return encode(folder / "counting.mp4", map(counted, range(100)), fps=25, gop=20)


def test_a_frame_is_the_same_however_it_is_reached(counting: Path) -> None:
    video = open_video(counting)
    assert (video.facts.frame_count, float(video.facts.fps), video.facts.duration_s) == (100, 25.0, 4.0)
    in_order = [number_in(video.frame(i)) for i in range(100)]
    assert in_order == list(range(100))
    video.rest()
    jumping = [77, 3, 99, 0, 50, 49, 51, 20, 19, 98]
    assert [number_in(video.frame(i)) for i in jumping] == jumping
    video.close()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("b-frames.mp4", {"options": {"preset": "veryfast", "bf": "3"}}),
        ("matroska.mkv", {}),
        ("flv.flv", {"codec": "flv"}),
        ("mpeg4.avi", {"codec": "mpeg4", "options": {"qscale": "2"}}),
        ("mjpeg.mov", {"codec": "mjpeg", "pixel_format": "yuvj420p"}),
        ("vp8.webm", {"codec": "libvpx", "options": {"deadline": "realtime", "crf": "8", "b": "2M"}}),
        ("stream.ts", {}),
        ("raw.h264", {}),
        ("ten-bit.mkv", {"pixel_format": "yuv420p10le", "options": {"preset": "ultrafast"}}),
        ("444.mp4", {"pixel_format": "yuv444p"}),
        ("lossless.mkv", {"codec": "ffv1", "pixel_format": "bgr0"}),
    ],
)
def test_every_kind_of_file_gives_its_frames(folder: Path, name: str, how: dict) -> None:
    path = encode(folder / name, map(counted, range(40)), fps=20, gop=10, **how)
    video = open_video(path)
    assert looks_like_video(path)
    assert video.facts.frame_count == 40
    assert float(video.facts.fps) == pytest.approx(20, rel=0.3)
    assert [number_in(video.frame(i)) for i in (33, 7, 0, 39, 20)] == [33, 7, 0, 39, 20]
    video.rest()
    assert [(i, number_in(pixels)) for i, pixels in video.frames((38, 5, 21, 5, 12, 30))] == [
        (i, i) for i in (5, 12, 21, 30, 38)
    ]
    video.close()


def test_a_variable_rate_shows_what_a_player_shows_at_that_time(folder: Path) -> None:
    times = [0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 3.0, 3.1, 3.2, 3.3]
    path = encode(folder / "variable.mkv", map(counted, range(10)), fps=10, times=times)
    video = open_video(path)
    shown = {t: number_in(video.frame(int(t * video.facts.fps))) for t in (0.0, 0.35, 0.95, 1.05, 2.9, 3.05)}
    assert shown == {0.0: 0, 0.35: 3, 0.95: 3, 1.05: 4, 2.9: 5, 3.05: 6}
    assert any("variable" in note for note in video.notes)
    video.close()


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_turned_video_is_shown_upright(folder: Path, rotation: int) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24, :32] = 240
    path = encode(folder / f"turned{rotation}.mp4", [pixels] * 5, rotation=rotation)
    video = open_video(path)
    upright = np.rot90(pixels, rotation // 90)
    assert video.frame(2).shape == upright.shape
    assert np.abs(video.frame(2).astype(int) - upright).mean() < 12
    assert (
        np.abs(video.frame(2, size=(video.width // 2, video.height // 2)).astype(int) - upright[::2, ::2]).mean() < 14
    )
    video.close()


def test_odd_sizes_and_single_frames_are_videos_too(folder: Path) -> None:
    odd = encode(folder / "odd.mkv", [counted(9, (63, 47))] * 3, codec="ffv1", pixel_format="bgr0")
    video = open_video(odd)
    assert video.frame(1).shape == (47, 63, 3)
    assert video.frame(1, size=(21, 15)).shape == (15, 21, 3)
    video.close()
    single = open_video(encode(folder / "single.mp4", [counted(5)]))
    assert (single.facts.frame_count, number_in(single.frame(0))) == (1, 5)
    single.close()


def test_sound_alone_is_a_video_of_its_waveform(folder: Path) -> None:
    loud = np.where(np.arange(16_000) < 8_000, 0, 20_000) * np.sign(np.sin(np.arange(16_000)))
    video = open_video(write_sound(folder / "sound.wav", loud))
    assert (video.facts.duration_s, video.facts.has_sound, video.facts.sound_only) == (2.0, True, True)
    assert video.notes == ("sound alone: its frames show the waveform",)
    first, last = video.frame(0).copy(), video.frame(19).copy()
    assert first.shape == (240, 640, 3)
    upper = first[40]  # only the loud half reaches up here
    assert (upper[:310] == upper[0]).all()
    assert (upper[330:630] != upper[0]).any(axis=1).all()
    assert (first[120, 600] != last[120, 600]).any()  # heard at the end, not at the beginning
    assert video.frame(3, size=(64, 24)).shape == (24, 64, 3)
    heard = np.concatenate(list(video.sound(rate=8_000)))
    assert abs(heard[:7_000]).max() == 0
    assert abs(heard[9_000:]).min() > 10_000
    video.close()


def test_a_sound_file_without_sound_in_it_is_refused(folder: Path) -> None:
    with pytest.raises(BrokenMedia):
        open_video(write_sound(folder / "nothing.wav", np.zeros(0)))


def test_what_is_no_video_is_refused_with_a_reason(folder: Path, counting: Path) -> None:
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("not a video at all " * 50)
    (folder / "head.mp4").write_bytes(counting.read_bytes()[:300])
    for name in ("empty.mp4", "text.mp4", "head.mp4"):
        with pytest.raises(BrokenMedia):
            open_video(folder / name)
    with pytest.raises(MediaNotFound):
        open_video(folder / "missing.mp4")
    with pytest.raises(MediaTooLarge, match="max_video_bytes"):
        open_video(counting, limits=MediaLimits(max_video_bytes=100))
    with pytest.raises(MediaTooLarge, match="pixels"):
        open_video(counting, limits=MediaLimits(max_pixels=1000))


def test_no_file_can_make_the_decoder_open_another_one(folder: Path, counting: Path) -> None:
    playlist = folder / "list.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\nfile://{counting}\n#EXT-X-ENDLIST\n")
    (folder / "concat.mp4").write_text(f"ffconcat version 1.0\nfile '{counting}'\n")
    for path in (playlist, folder / "concat.mp4"):
        with pytest.raises(BrokenMedia):
            open_video(path)


def test_a_cut_off_tail_gives_what_is_there_and_says_so(folder: Path) -> None:
    whole = encode(
        folder / "whole.mkv", map(counted, range(100)), fps=25, gop=10, options={"preset": "ultrafast", "crf": "18"}
    )
    data = whole.read_bytes()
    cut = folder / "cut.mkv"
    cut.write_bytes(data[: len(data) * 6 // 10])
    video = open_video(cut)
    assert 30 < video.facts.frame_count < 80
    last = video.facts.frame_count - 1
    assert [number_in(video.frame(i)) for i in (0, last // 2, last - 1)] == [0, last // 2, last - 1]
    video.close()


def test_a_growing_file_is_read_as_far_as_it_was_there_and_a_changed_one_is_refused(
    folder: Path, counting: Path
) -> None:
    path = folder / "growing.ts"
    shutil.copy(encode(folder / "all.ts", map(counted, range(60)), fps=20, gop=10), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    video = open_video(path)
    seen = video.facts.frame_count
    with path.open("ab") as file:
        file.write(data[len(data) // 2 :])
    assert video.facts.frame_count == seen < 60
    assert number_in(video.frame(5)) == 5
    with path.open("r+b") as file:
        file.truncate(500)
    with pytest.raises(BrokenMedia, match="changed"):
        video.frame(9)
    video.close()


def test_a_crash_of_the_decoder_costs_one_request(counting: Path) -> None:
    video = open_video(counting)
    assert number_in(video.frame(10)) == 10
    process = video.decoder.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    with pytest.raises(BrokenMedia, match="crashed"):
        video.frame(60)
    assert number_in(video.frame(60)) == 60
    video.close()


def test_a_decoder_that_hangs_is_given_up(counting: Path) -> None:
    video = open_video(counting, limits=MediaLimits(decode_stall_s=0.3, decode_s=0.3))
    process = video.decoder.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(BrokenMedia, match="takes too long"):
        video.frame(60)
    assert not video.decoder.running
    video.close()


def test_closing_leaves_no_process_and_no_descriptor(counting: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    video = open_video(counting)
    process = video.decoder.process_id
    video.frame(3)
    video.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    with pytest.raises(BrokenMedia, match="closed"):
        video.frame(4)


def test_decoded_frames_are_held_within_the_limit(counting: Path) -> None:
    video = open_video(counting, limits=MediaLimits(frame_cache_bytes=10 * 64 * 48 * 3))
    for index in range(100):
        video.frame(index)
    assert video._held <= 10 * 64 * 48 * 3
    video.close()


def test_steps_forward_are_decoded_ahead(counting: Path) -> None:
    video = open_video(counting)
    for index in range(0, 30, 5):
        video.frame(index)
    assert video.decoder._expected or len(video._frames) > 6
    assert number_in(video.frame(35)) == 35
    video.close()


def test_steps_from_sampled_frame_to_sampled_frame_are_decoded_ahead(counting: Path) -> None:
    video = open_video(counting)
    sampled = [video.ref(30).source_frame(sample) for sample in range(9)]
    assert len({after - before for before, after in itertools.pairwise(sampled)}) > 1
    for index in sampled[:6]:
        video.frame(index)
    assert set(video.decoder._expected) | set(video._frames) >= {(index, 64, 48) for index in sampled}
    video.close()


def test_jumps_and_walks_give_exactly_what_decoding_everything_gives(folder: Path) -> None:
    grain = np.random.default_rng(0).integers(0, 60, (90, 48, 64, 3), np.uint8)
    path = encode(
        folder / "unneeded.mp4",
        (counted(n) // 2 + grain[n] for n in range(90)),
        fps=25,
        gop=30,
        options={"preset": "veryfast", "bf": "3", "crf": "18"},
    )
    with av.open(str(path)) as container:
        everything = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    video = open_video(path)
    order = np.random.default_rng(1).permutation(90)
    for name, indices in {"at random": order, "in order": range(90), "in steps": range(1, 90, 7)}.items():
        video.rest()
        wrong = [i for i in map(int, indices) if not np.array_equal(video.frame(i), everything[i])]
        assert not wrong, name
    video.rest()
    together = dict(video.frames(map(int, order)))
    assert all(np.array_equal(together[i], everything[i]) for i in range(90))
    video.close()


def test_several_threads_may_ask_one_video(counting: Path) -> None:
    video = open_video(counting)
    orders = [np.random.default_rng(seed).permutation(100)[:40].tolist() for seed in range(4)]
    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(lambda order: [number_in(video.frame(i)) for i in order], orders))
    assert seen == orders
    video.close()


def test_bytes_and_paths_of_one_file_are_one_video_in_a_store(counting: Path) -> None:
    store = MediaStore()
    by_path = store.add_video(counting, samples=10)
    by_bytes = store.add_video(counting.read_bytes(), samples=10)
    assert by_path == by_bytes
    assert by_path.num_frames == 10
    assert number_in(store.pixels(by_path.frame(4))) == by_path.source_frame(4)
    store.rest()


def test_sound_keeps_its_time(folder: Path) -> None:
    beep = np.zeros(32_000, np.int16)
    beep[16_000:24_000] = (12_000 * np.sin(np.arange(8_000) * 0.3)).astype(np.int16)
    path = encode(folder / "beep.mkv", map(counted, range(40)), fps=20, sound=beep)
    video = open_video(path)
    assert video.facts.has_sound
    heard = np.concatenate(list(video.sound()))
    loud = np.flatnonzero(np.abs(heard.astype(int)) > 3000)
    assert loud[0] / 16_000 == pytest.approx(1.0, abs=0.05)
    assert loud[-1] / 16_000 == pytest.approx(1.5, abs=0.05)
    part = np.concatenate(list(video.sound(1.2, 1.7)))
    assert len(part) == 8_000
    assert np.flatnonzero(np.abs(part.astype(int)) > 3000)[-1] / 16_000 == pytest.approx(0.3, abs=0.05)
    assert number_in(video.frame(12)) == 12
    video.close()
