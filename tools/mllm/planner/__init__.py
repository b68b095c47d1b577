"""The native planner: a small model of our own that turns an English question into a typed plan and into a program.

`PlannerModel` is all that others need; torch is imported when a model is loaded, not before.
"""

from .planner import NativePlan, PlannerModel

__all__ = ["NativePlan", "PlannerModel"]
