"""Runs a program in this process over a stub world, and writes results down in a form that JSON can hold.

For programs of the tests' own and of planners that write from a grammar; what a stranger or a language model wrote
belongs in the sandbox.
"""

from __future__ import annotations

import inspect
import math
import re
import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np

from sightline.tools import api

from .stub_world import WorldRuntime

__all__ = ["API_NAMES", "plain", "run_in_process"]

_NAMES = """
ImagePatch VideoSegment best_image_match bool_to_yesno coerce_to_numeric distance generate llm_query
"""
API_NAMES = {name: getattr(api, name) for name in _NAMES.split()}


def run_in_process(source: str, runtime: WorldRuntime, media: str, inputs: Mapping[str, Any] | None = None) -> Any:
    """The value of the program about that world; its parameters are filled by name.

    Raises:
        Exception: whatever the program raises.
    """
    names: dict[str, Any] = {**API_NAMES, "np": np, "math": math, "re": re, "statistics": statistics}
    reference = runtime.reference(media)
    with api.use_runtime(runtime):
        visual: Any = api.VideoSegment(reference) if isinstance(reference, api.VideoRef) else api.ImagePatch(reference)
        given = {**API_NAMES, "image": visual, "video": visual, **(inputs or {})}
        names.update(image=visual, video=visual)
        exec(compile(source, "program", "exec"), names)
        if "execute_command" not in names:
            return names["result"]
        command = names["execute_command"]
        return command(**{name: given[name] for name in inspect.signature(command).parameters})


def plain(value: Any) -> Any:
    """The value with a patch as {"box": [...]} and a list of patches as {"boxes": [...]}."""
    if isinstance(value, api.ImagePatch):
        return {"box": [value.left, value.lower, value.right, value.upper]}
    if isinstance(value, list) and value and all(isinstance(item, api.ImagePatch) for item in value):
        return {"boxes": [plain(item)["box"] for item in value]}
    return value
