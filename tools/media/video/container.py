"""`Container`: one file opened with PyAV, such that it can open nothing else; runs in the child.

The file is read through FFmpeg's `fd:` protocol, and no other protocol nor any playlist format is allowed.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["Broken", "Container", "NoVideo", "SoundOnly", "TooLarge"]

# Containers that hold their own pictures. Playlists (hls, dash, concat, image sequences) would open other files.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "ogg", "asf", "h264",
    "hevc", "m4v", "mjpeg", "ivf", "yuv4mpegpipe", "nut", "mxf", "dv", "rm", "gif", "apng", "obu", "av1", "vc1", "wtv",
    "wav", "mp3", "flac", "aac", "caf", "aiff", "amr",
)  # fmt: skip


class NoVideo(Exception):
    """There is nothing to see in it; the text says what it is."""


class SoundOnly(NoVideo):
    """There is something to hear in it."""


class Broken(Exception):
    """It is a video and cannot be decoded."""


class TooLarge(Exception):
    """A frame has more pixels than allowed."""


class Container:
    """An open file.

    Args:
        descriptor: of the file, in which places are sought.

    Raises:
        Broken: when it is nothing that can be opened.
    """

    def __init__(self, descriptor: int) -> None:
        import av

        self.av = av
        self.errors = (av.error.FFmpegError, ValueError, OSError)  # of whatever is read or decoded
        self._descriptor = descriptor
        self._open: Any = None
        self.begin_again()

    def begin_again(self) -> None:
        """Open it anew, from its start; streams of before are gone. Raises Broken."""
        if self._open is not None:
            self._open.close()
        options = {
            "fd": str(self._descriptor),
            "protocol_whitelist": "fd",
            "format_whitelist": ",".join(_FORMATS),
        }
        os.lseek(self._descriptor, 0, os.SEEK_SET)  # the place in the file is shared with whoever opened it before
        try:
            self._open = self.av.open("fd:", options=options, metadata_errors="replace")
        except self.errors as error:
            raise Broken(self.words(error)) from error

    def beside(self) -> Container | None:
        """The same file opened once more, with a place in it of its own; None where that cannot be. Raises Broken."""
        try:  # which a copy of the descriptor would share
            descriptor = os.open(f"/proc/self/fd/{self._descriptor}", os.O_RDONLY)
        except OSError:
            return None
        return Container(descriptor)

    def pictures(self, *, max_pixels: int) -> Any:
        """The stream of pictures, the largest of several.

        Raises:
            NoVideo, SoundOnly, Broken, TooLarge: as they say.
        """
        streams = [s for s in self._open.streams.video if not _is_cover(s)]
        if not streams:
            if self._open.streams.audio:
                raise SoundOnly("it holds sound only")
            raise NoVideo("it holds no pictures")
        stream = max(streams, key=lambda s: (s.codec_context is not None, _area(s)))
        context = stream.codec_context
        if context is None:
            raise Broken("its pictures are in a format that no decoder here knows")
        if _area(stream) > max_pixels:
            raise TooLarge(f"{context.width}x{context.height}")
        if not context.is_open:
            context.thread_type = "SLICE"  # threads over frames make the first one after a seek wait
        return stream

    def sound(self) -> Any:
        """The stream of sound; None where there is none that can be decoded."""
        for stream in self._open.streams.audio:
            if stream.codec_context is not None and stream.codec_context.sample_rate:
                return stream
        return None

    def packets(self, stream: Any) -> Any:
        """Those of a stream from here on, and an empty one at the end. Raises one of `errors` on the way."""
        return self._open.demux(stream)

    def seek(self, stamp: int, stream: Any) -> None:
        """Go to the key frame at or before a time stamp. Raises one of `errors` when that cannot be."""
        self._open.seek(stamp, stream=stream, backward=True)

    def words(self, error: BaseException) -> str:
        """What FFmpeg says went wrong, without the name of a file."""
        text = str(getattr(error, "strerror", None) or error)
        return text.split(":")[0].strip().lower()[:120] or type(error).__name__


def _is_cover(stream: Any) -> bool:
    return "attached_pic" in str(stream.disposition).lower()


def _area(stream: Any) -> int:
    context = stream.codec_context
    return 0 if context is None else int(context.width or 0) * int(context.height or 0)
