"""The experts, who serves what, and the pool that owns them. Nothing heavy is imported until an expert is asked."""

from __future__ import annotations

from .base import Expert, ExpertRequest
from .pool import ExpertPool, Served
from .profiles import Profile, load_profile, profile_names
from .registry import register
from .runtime import CallRecord, InProcessRuntime

__all__ = [
    "CallRecord",
    "Expert",
    "ExpertPool",
    "ExpertRequest",
    "InProcessRuntime",
    "Profile",
    "Served",
    "load_profile",
    "profile_names",
    "register",
]
