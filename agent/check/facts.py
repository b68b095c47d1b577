"""What the inference saw on its way that the estimate of the cost needs, by `id` of the syntax node."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

__all__ = ["Facts"]


@dataclass(slots=True)
class Facts:
    """Filled by the inference.

    Attributes:
        capabilities: of the calls that ask experts.
        sizes: how many times a loop, comprehension or key function is gone through, where that is known.
        locals: the program's own function that a call calls.
    """

    capabilities: dict[int, str] = field(default_factory=dict)
    sizes: dict[int, int | None] = field(default_factory=dict)
    locals: dict[int, ast.FunctionDef] = field(default_factory=dict)
