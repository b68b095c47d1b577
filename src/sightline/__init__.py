"""Sightline answers questions about images and video with small programs that it writes, runs and shows.

The five floors are subpackages: `agent` (start here), `tools`, `sandbox`, `prompts` and `ui`. This file imports none
of them, so `import sightline` costs nothing.
"""

from pathlib import Path

__all__ = ["__version__"]
__version__ = "0.1.0"

# A checkout whose links git did not make (Windows without symlinks) still imports from the real folders.
if not Path(__file__).with_name("agent").is_dir():
    __path__.append(str(Path(__file__).resolve().parents[2]))
