"""Which experts there are: those of this package and those that other packages bring.

Registering stores a class and loads nothing heavy. Other packages join through the entry-point group
`sightline.experts`, whose entries name a module that registers experts when it is imported, or an expert class. One
that cannot be imported is noted in `problems` and costs nobody else anything.
"""

from __future__ import annotations

import difflib
import threading
from importlib import import_module
from importlib.metadata import entry_points
from typing import TypeVar

from ..capabilities import CAPABILITIES
from ..errors import BadRequest
from .base import Expert

__all__ = ["get", "names", "problems", "register"]

_OWN = (
    "background_effects",
    "chat_model",
    "choose",
    "codes",
    "color",
    "cuts",
    "detection_tracks",
    "drawn_maps",
    "faces",
    "fill_in",
    "foreground",
    "frame_motion",
    "hub.blip2",
    "hub.clip",
    "hub.control_painter",
    "hub.depth_anything",
    "hub.dpt",
    "hub.florence2",
    "hub.got_ocr2",
    "hub.grounding_dino",
    "hub.inpainter",
    "hub.instruction_editor",
    "hub.owlv2",
    "hub.marigold_normals",
    "hub.rf_detr",
    "hub.sam",
    "hub.sam2",
    "hub.sam2_tracks",
    "hub.sam3",
    "hub.sam3_points",
    "hub.segment_anything",
    "hub.siglip",
    "hub.text_painter",
    "hub.trocr",
    "hub.variation_painter",
    "hub.vision_chat",
    "hub.vitmatte",
    "hub.vitpose",
    "hub.whisper",
    "hub.yolo",
    "hub.yolo_pose",
    "hub.yolo_tracks",
    "hub.yolo_world",
    "hub.yoloe",
    "known_things",
    "known_words",
    "moments",
    "motion_tracks",
    "mtcnn_faces",
    "native_mllm",
    "quality",
    "recall",
    "shapes",
    "shown_text",
    "speech",
    "table_top",
    "text",
)
_GROUP = "sightline.experts"

E = TypeVar("E", bound=type[Expert])

_found: dict[str, type[Expert]] = {}
_problems: list[str] = []
_lock = threading.RLock()
_collected = False


def register(cls: E) -> E:
    """Class decorator: make an expert known under its name.

    Raises:
        BadRequest: when the name is taken by another class, or it serves nothing, or something that does not exist.
    """
    unknown = [name for name in cls.capabilities if name not in CAPABILITIES]
    if not cls.name or not cls.capabilities or unknown:
        raise BadRequest(
            f"{cls.__name__} needs a name and capabilities of {', '.join(sorted(CAPABILITIES))}"
            + (f"; it says {', '.join(unknown)}" if unknown else "")
        )
    with _lock:
        taken = _found.get(cls.name)
        if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise BadRequest(f"the name {cls.name!r} is taken by the expert {taken.__qualname__}")
        _found[cls.name] = cls
    return cls


def _collect() -> None:
    global _collected
    with _lock:
        if _collected:
            return
        _collected = True
        for module in _OWN:
            import_module(f".{module}", __package__)
        for entry in entry_points(group=_GROUP):
            try:
                loaded = entry.load()
                if isinstance(loaded, type) and issubclass(loaded, Expert):
                    register(loaded)
            except Exception as error:  # whatever another package does wrong
                _problems.append(
                    f"the experts of {entry.name} ({entry.value}) cannot be loaded: {type(error).__name__}"
                )


def names() -> list[str]:
    """The names of all experts, sorted."""
    _collect()
    return sorted(_found)


def get(name: str) -> type[Expert]:
    """The expert class of that name. Raises BadRequest, with near matches, when there is none."""
    _collect()
    if name not in _found:
        near = difflib.get_close_matches(name, _found, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(_found))}"
        raise BadRequest(f"there is no expert {name!r}: {hint}")
    return _found[name]


def problems() -> list[str]:
    """One sentence for each entry point that could not be loaded."""
    _collect()
    return list(_problems)
