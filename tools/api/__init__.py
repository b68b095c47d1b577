"""The program API: what a program may name and call.

Pure Python and light: this package is imported into the sandbox's worker as it is. Everything a program needs beyond
it comes through `Runtime.call`.
"""

from .functions import best_image_match, bool_to_yesno, coerce_to_numeric, distance, generate, llm_query
from .image_patch import ImagePatch
from .in_time import Known, Moment, Motion, ShownText, Speech, Track
from .refs import Box, ImageRef, Reference, VideoRef, reference_from_wire
from .runtime import Runtime, Target, current_runtime, use_runtime
from .shapes import LineSegment, Person
from .video_segment import VideoSegment

__all__ = [
    "Box",
    "ImagePatch",
    "ImageRef",
    "Known",
    "LineSegment",
    "Moment",
    "Motion",
    "Person",
    "Reference",
    "Runtime",
    "ShownText",
    "Speech",
    "Target",
    "Track",
    "VideoRef",
    "VideoSegment",
    "best_image_match",
    "bool_to_yesno",
    "coerce_to_numeric",
    "current_runtime",
    "distance",
    "generate",
    "llm_query",
    "reference_from_wire",
    "use_runtime",
]
