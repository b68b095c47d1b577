"""Pictures in: from a path, bytes, an array or a URL to checked RGB pixels that are known by their content."""

from __future__ import annotations

from .limits import MediaLimits
from .load import load_image
from .picture import Picture
from .store import MediaStore

__all__ = ["MediaLimits", "MediaStore", "Picture", "load_image"]
