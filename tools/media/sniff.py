"""What some bytes seem to be, by their first few: for error texts that help, never for a decision to decode."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Guess", "guess"]


class Guess(NamedTuple):
    """kind: "picture", "video", "audio", "document", "text" or "unknown"; label: how to name it in a sentence."""

    kind: str
    label: str


_STARTS: tuple[tuple[bytes, Guess], ...] = (
    (b"\x89PNG\r\n\x1a\n", Guess("picture", "a PNG picture")),
    (b"\xff\xd8\xff", Guess("picture", "a JPEG picture")),
    (b"GIF87a", Guess("picture", "a GIF picture")),
    (b"GIF89a", Guess("picture", "a GIF picture")),
    (b"II*\x00", Guess("picture", "a TIFF picture")),
    (b"MM\x00*", Guess("picture", "a TIFF picture")),
    (b"BM", Guess("picture", "a BMP picture")),
    (b"%PDF", Guess("document", "a PDF document")),
    (b"%!PS", Guess("document", "a PostScript document")),
    (b"8BPS", Guess("document", "a Photoshop document")),
    (b"PK\x03\x04", Guess("document", "a ZIP archive or office document")),
    (b"\x1f\x8b", Guess("document", "a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Guess("document", "a 7-Zip archive")),
    (b"\x93NUMPY", Guess("document", "a NumPy array file (load it with numpy and pass the array)")),
    (b"\x7fELF", Guess("document", "a program")),
    (b"MZ", Guess("document", "a Windows program")),
    (b"\x1aE\xdf\xa3", Guess("video", "a video (Matroska or WebM)")),
    (b"FLV\x01", Guess("video", "a video (FLV)")),
    (b"\x00\x00\x01\xba", Guess("video", "a video (MPEG)")),
    (b"\x00\x00\x01\xb3", Guess("video", "a video (MPEG)")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Guess("video", "a video (Windows Media)")),
    (b"ID3", Guess("audio", "a sound file (MP3)")),
    (b"fLaC", Guess("audio", "a sound file (FLAC)")),
    (b"OggS", Guess("audio", "an Ogg sound or video file")),
)
_RIFF = {
    b"WEBP": Guess("picture", "a WebP picture"),
    b"AVI ": Guess("video", "a video (AVI)"),
    b"WAVE": Guess("audio", "a sound file (WAV)"),
}
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def guess(data: bytes) -> Guess:
    """A guess from the first bytes of a file."""
    for start, found in _STARTS:
        if data.startswith(start):
            return found
    if data[:4] == b"RIFF" and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in (b"avif", b"avis"):
            return Guess("picture", "an AVIF picture")
        if brand in _HEIF:
            return Guess("document", "a HEIC picture, which cannot be read here (export it as JPEG)")
        if brand.startswith(b"M4A"):
            return Guess("audio", "a sound file (M4A)")
        return Guess("video", "a video (MP4 or QuickTime)")
    if len(data) > 376 and data[0] == data[188] == data[376] == 0x47:
        return Guess("video", "a video (MPEG transport stream)")
    return _guess_text(data[:2048])


def _guess_text(head: bytes) -> Guess:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # otherwise only the last character was cut in two
            return Guess("unknown", "not a picture in any known format")
        text = head[: error.start].decode("utf-8")
    if any(ord(c) < 32 and c not in "\t\n\r\f\x1b" for c in text):
        return Guess("unknown", "not a picture in any known format")
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith("<svg") or (start.startswith("<?xml") and "<svg" in start):
        return Guess("document", "an SVG drawing, which cannot be read here (export it as PNG)")
    if start.startswith(("<!doctype html", "<html")):
        return Guess("text", "a web page")
    if start.startswith("version https://git-lfs"):
        return Guess("text", "a Git LFS pointer (fetch the real file with `git lfs pull`)")
    return Guess("text", "text")
