"""`PublishedExpert`: an expert whose weights somebody published. It finds them, names the command where they are not
here, and refuses what could run code when it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from ...errors import ExpertUnavailable
from ..base import Expert, Settings
from .weights import Checkpoint, allowed, chosen, fingerprint, located, only_pickles

__all__ = ["PublishedExpert"]

_NOT_RESULTS = ("model", "file", "revision", "licence", "allow_pickle", "allow_remote_code")


class PublishedExpert(Expert):
    """Base of experts with published weights.

    Settings: `model` (a repository, folder or file), `revision`, `file` (where a repository holds several), `licence`,
    `allow_pickle` and `allow_remote_code`.

    Attributes:
        checkpoint: the default weights.
        model_class: what their library calls the model.
        part_mb: what each of its `parts` takes, in MiB.
    """

    accelerated = True
    time_limit_s = 120.0
    checkpoint: ClassVar[Checkpoint]
    model_class: ClassVar[str]
    part_mb: ClassVar[int] = 0

    @classmethod
    def parts(cls, settings: Settings) -> Mapping[str, Checkpoint]:
        """Further weights that it loads for some requests, by what these ask for."""
        return {}

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        wanted, pickles = chosen(settings, cls.checkpoint), "allow_pickle" in allowed(settings)
        if located(wanted, pickles=pickles) is not None:
            return None
        if only_pickles(wanted):
            return (
                f"the weights {wanted.repository} of the expert {cls.name} are pickles, which can run code when they "
                f"are opened: choose a revision with safetensors, or set allow_pickle = true under "
                f"[settings.{cls.name}] of a profile if you trust them"
            )
        how = (
            f"get {wanted.file} from {wanted.page} and set model = its path under [settings.{cls.name}] of a profile"
            if wanted.page
            else f"sightline models pull {cls.name}"
        )
        return f"the expert {cls.name} needs the weights {wanted.repository}, which are not here: {how}"

    @classmethod
    def identity(cls, settings: Settings) -> str:
        place = located(chosen(settings, cls.checkpoint), pickles="allow_pickle" in allowed(settings))
        others = {name: value for name, value in settings.items() if name not in _NOT_RESULTS}
        return f"{sorted(others.items())} {None if place is None else fingerprint(place)}"

    def allows(self, flag: str) -> bool:
        """Whether the settings allow it: "allow_pickle" or "allow_remote_code"."""
        return flag in allowed(self.settings)

    def place(self) -> Path:
        """The folder or file with the weights. Raises ExpertUnavailable when they are not here, or refused."""
        found = located(chosen(self.settings, self.checkpoint), pickles=self.allows("allow_pickle"))
        if found is None:
            raise ExpertUnavailable(str(self.lacks(self.settings)), expert=self.name)
        return found
