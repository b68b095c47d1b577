"""What a program is handed: the same parameters whether it runs for the first time or again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tools.api import ImageRef

__all__ = ["program_inputs"]


def program_inputs(refs: Sequence[ImageRef], *, options: Sequence[str] | None, question: str) -> dict[str, Any]:
    """Values for the parameters of `execute_command`, in the order of the published signature.

    `image` is the first picture; `images` are all of them where there are several.
    """
    inputs: dict[str, Any] = {"image": refs[0]} if refs else {}
    inputs["possible_answers"] = None if options is None else list(options)
    inputs["query"] = question
    if len(refs) > 1:
        inputs["images"] = list(refs)
    return inputs
