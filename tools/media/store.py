"""The pictures, videos and masks of one session, by content: references name them, the store holds them.

Thread-safe and bounded. Pictures are kept as long as the session, since any later question may name them: a full store
refuses the next one, and one with a `Source` lets pictures and videos rest there and reads them again. Masks are made
by experts and can be made again, so the oldest go first. Of videos it holds the open file and a few decoded frames.
The store is the one place where a box with y up becomes rows and columns.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..api.refs import ImageRef, VideoRef
from ..errors import ApiMisuse, MediaTooLarge
from .limits import MediaLimits
from .load import load_image
from .picture import BoolMask, Picture, Pixels, content_id
from .resting import PixelBudget, Source
from .video import Video, open_video

__all__ = ["MediaStore"]


_MOST_OPEN = 8  # videos of a store that can open them again
_TRIES = 4  # to look at a picture that others push out of memory
_MOST_DECODERS = 4  # decoder processes that run at the same time; the one used longest ago rests


class MediaStore:
    """Pictures, videos and masks, each held once however often they are added.

    Args:
        limits: on each picture.
        allow_urls: whether `add` may fetch http(s) URLs.
        max_bytes: pixels held, in bytes.
        max_mask_bytes: masks held, in bytes, at one bit a pixel.
        source: where pictures and videos lie beside the memory.
        budget: what pictures may take together with those of other stores, where there is a source.
    """

    def __init__(
        self,
        *,
        limits: MediaLimits | None = None,
        allow_urls: bool = False,
        max_bytes: int = 2_000_000_000,
        max_mask_bytes: int = 100_000_000,
        source: Source | None = None,
        budget: PixelBudget | None = None,
    ) -> None:
        self._limits = limits or MediaLimits()
        self._allow_urls = allow_urls
        self._max_bytes = max_bytes
        self._max_mask_bytes = max_mask_bytes
        self._source = source
        self._budget = budget
        self._at_work = 0
        self._pictures: dict[str, Picture] = {}
        self._picture_bytes = 0
        self._masks: OrderedDict[str, tuple[tuple[int, int], bytes]] = OrderedDict()
        self._mask_bytes = 0
        self._videos: OrderedDict[str, Video] = OrderedDict()
        self._seen_frames: dict[str, tuple[int, ...]] = {}
        self._lock = threading.Lock()

    def add(self, source: Any) -> ImageRef:
        """Take in a Picture or anything that `load_image` reads; the reference to all of it.

        Raises:
            MediaError: as `load_image`, and MediaTooLarge when the store is full.
        """
        picture = source if isinstance(source, Picture) else self._load(source)
        with self._lock:
            if picture.id not in self._pictures:
                if self._picture_bytes + picture.pixels.nbytes > self._max_bytes:
                    raise MediaTooLarge(
                        f"this session already holds {self._picture_bytes:,} bytes of pixels, and {picture.name} would "
                        f"take it over {self._max_bytes:,}: start a new session, or shrink the pictures"
                    )
                self._pictures[picture.id] = picture
                self._picture_bytes += picture.pixels.nbytes
        self._used(picture)
        return ImageRef.whole(picture.id, picture.width, picture.height)

    def add_video(self, source: Any, *, samples: int) -> VideoRef:
        """Take in a Video, or the path or bytes of one; the reference to all of it.

        Args:
            samples: how many of its frames a program sees, at most.

        Raises:
            MediaError: as `open_video`.
        """
        video = source if isinstance(source, Video) else open_video(source, limits=self._limits)
        with self._lock:
            held = self._videos.setdefault(video.id, video)
        if held is not video and video is not source:
            video.close()
            if self._source is not None:
                for oldest in list(self._videos)[: max(0, len(self._videos) - _MOST_OPEN)]:
                    if oldest != held.id and self._source.has(oldest):
                        del self._videos[oldest]  # closes when nobody looks at it any more
                        self._seen_frames.pop(oldest, None)
        ref = self.video(held.id).ref(samples)
        self._seen_frames[held.id] = tuple(ref.source_frame(sample) for sample in range(ref.samples))
        return ref

    def seen_frames(self, media_id: str) -> tuple[int, ...]:
        """The frames of a video that programs see, as frames of the file, in order; none of a picture."""
        self._fetch(media_id)
        return self._seen_frames.get(media_id, ())

    def video(self, media_id: str) -> Video:
        """The video of that id. Raises ApiMisuse when it is not here."""
        self._fetch(media_id)
        with self._lock:
            found = self._videos.get(media_id)
            if found is None:
                raise ApiMisuse("the reference names a video that this session does not hold")
            self._videos.move_to_end(media_id)
            running = [video for video in self._videos.values() if video.decoder.running]
        for idle in running[: max(0, len(running) - _MOST_DECODERS)]:
            if idle is not found:
                idle.rest()
        return found

    def held(self, media_id: str) -> Picture | Video:
        """The picture or video of that id. Raises ApiMisuse when it is not here."""
        self._fetch(media_id)
        return self._videos.get(media_id) or self.picture(media_id)

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a question is answered: what only the memory holds stays there."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def let_go(self, media_id: str) -> bool:
        """Forget a picture's pixels, for a budget; False when they are still needed and lie nowhere else."""
        if self._at_work and not (self._source is not None and self._source.has(media_id)):
            return False
        with self._lock:
            picture = self._pictures.pop(media_id, None)
            if picture is not None:
                self._picture_bytes -= picture.pixels.nbytes
        return True

    @property
    def held_bytes(self) -> int:
        """Pixels of pictures in memory, in bytes."""
        return self._picture_bytes

    def _used(self, picture: Picture) -> None:
        if self._budget is not None:
            self._budget.used(self, picture.id, picture.pixels.nbytes)

    def _fetch(self, media_id: str) -> None:
        """Read it again when it rests."""
        if not self.holds(media_id) and self._source is not None and self._source.has(media_id):
            self._source.read(media_id, into=self)

    def rest(self) -> None:
        """End the decoder processes; they start again when a frame is asked for."""
        with self._lock:
            videos = list(self._videos.values())
        for video in videos:
            video.rest()

    def _load(self, source: Any) -> Picture:
        return load_image(source, limits=self._limits, allow_urls=self._allow_urls)

    def holds(self, media_id: str) -> bool:
        """Whether it is in memory."""
        return media_id in self._pictures or media_id in self._videos

    def knows(self, media_id: str) -> bool:
        return self.holds(media_id) or (self._source is not None and self._source.has(media_id))

    def picture(self, media_id: str) -> Picture:
        """The picture of that id. Raises ApiMisuse when it is not here."""
        found = None
        for _ in range(_TRIES):
            self._fetch(media_id)
            found = self._pictures.get(media_id)
            if found is not None:
                break
        if found is None:
            raise ApiMisuse("the reference names a picture that this session does not hold")
        self._used(found)
        return found

    def pixels(self, ref: ImageRef, *, margin_px: int = 0) -> Pixels:
        """The region's pixels, (H, W, 3) uint8 RGB, rows top to bottom, read-only, without a copy.

        Args:
            ref: a region of a picture of this store, or of a frame of a video, which is decoded now.
            margin_px: widens the region on each side, within the picture.

        Raises:
            ApiMisuse: when the picture is not here, or is not of the size that the reference says.
            BrokenMedia: when the frame cannot be decoded.
        """
        self._fetch(ref.media)
        if ref.media in self._videos:
            whole = self._frame(ref)
            box = ref.box.widened(margin_px, ref.bounds)
            return whole[ref.height - box.upper : ref.height - box.lower, box.left : box.right]
        picture = self.picture(ref.media)
        if (ref.width, ref.height) != (picture.width, picture.height):
            raise ApiMisuse(f"the reference says {ref.width}x{ref.height} pixels, the picture is {picture!r}")
        if ref.frame is not None:
            raise ApiMisuse("the reference names a frame of a video, but it is a picture")
        box = ref.box.widened(margin_px, ref.bounds)
        return picture.pixels[ref.height - box.upper : ref.height - box.lower, box.left : box.right]

    def _frame(self, ref: ImageRef) -> Pixels:
        video = self.video(ref.media)
        if ref.frame is None:
            raise ApiMisuse("the reference names a whole video where one of its frames is needed")
        if (ref.width, ref.height) != (video.width, video.height) or ref.frame >= video.facts.frame_count:
            raise ApiMisuse(f"the reference names a frame that {video!r} does not have")
        return video.frame(ref.frame)

    def add_mask(self, mask: BoolMask) -> str:
        """Take in a mask, (H, W) bool, rows top to bottom; its content hash."""
        if mask.dtype != np.bool_ or mask.ndim != 2:
            raise ApiMisuse("a mask is an (H, W) array of bool")
        mask_id = content_id(mask)
        packed = np.packbits(mask).tobytes()
        with self._lock:
            if mask_id not in self._masks:
                self._masks[mask_id] = (mask.shape, packed)
                self._mask_bytes += len(packed)
            self._masks.move_to_end(mask_id)
            while self._mask_bytes > self._max_mask_bytes and len(self._masks) > 1:
                _, (_, dropped) = self._masks.popitem(last=False)
                self._mask_bytes -= len(dropped)
        return mask_id

    def holds_mask(self, mask_id: str) -> bool:
        return mask_id in self._masks

    def mask(self, mask_id: str) -> BoolMask:
        """The mask of that id, (H, W) bool, rows top to bottom. Raises ApiMisuse when it is not, or no longer, here."""
        with self._lock:
            found = self._masks.get(mask_id)
            if found is None:
                raise ApiMisuse("the reference names a mask that this session does not hold: find the object again")
            self._masks.move_to_end(mask_id)
        (height, width), packed = found
        bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=height * width)
        return bits.reshape(height, width).astype(np.bool_)
