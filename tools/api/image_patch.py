"""`ImagePatch`: a region of an image that a program can ask questions about.

It is put together from its parts: where it lies (`region.py`), what is found in it (`finding.py`), what is told about
it (`telling.py`), and what is drawn from it (`drawing.py`). Names, argument order and meaning of ViperGPT's published
methods are kept, so that its programs run unchanged; what goes beyond it is marked so in the docstrings. The docstrings
are also the reference that a planner reads, so they say what a program needs and nothing else.
"""

from __future__ import annotations

from .drawing import Drawing
from .finding import Finding
from .telling import Telling

__all__ = ["ImagePatch"]


class ImagePatch(Drawing, Telling, Finding):
    """A rectangular region of an image.

    Coordinates are integer pixels of the original image with the origin at the BOTTOM left and y up, so a larger
    `vertical_center` is higher in the picture.

    Attributes:
        left, lower, right, upper: the box in the original image.
        width, height: size of the box in pixels.
        horizontal_center, vertical_center: the middle of the box.
        label: what the region shows, where an expert said so (for a line of text: the text), else None.
        confidence: how sure the expert was, 0 to 1, else None.
        mask: handle of the object's mask, else None.
        time: seconds from the start of the video for a patch of a frame, else None.
        place: (right, forward) on the ground as the camera sees it, where an expert said so, else None.
        track: number of the track that the patch belongs to, for a patch of a track, else None.
    """

    __slots__ = ()
