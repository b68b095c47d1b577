"""Profiles: which experts are asked for which capability, in order. A profile is a TOML file that a person can edit.

description = "..."
[experts]
faces = ["cascade-faces"]
detect = ["my-detector", "known-things"]   # the next is asked when one says that it does not know such things
[settings.my-detector]                     # handed to the expert; what the pool reads of it is in docs/pool.md
threshold = 0.3
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..capabilities import CAPABILITIES
from ..errors import BadRequest
from . import registry

__all__ = ["Profile", "ServedProfile", "load_profile", "profile_names"]

_FOLDER = Path(__file__).parent / "profiles"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Which experts serve what.

    Attributes:
        name: of the profile.
        experts: capability -> names of experts, in the order in which they are asked.
        settings: name of an expert -> what is set for it.
        description: one sentence.

    Raises:
        BadRequest: when it names a capability or expert that does not exist, or an expert for what it does not serve.
    """

    name: str
    experts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    description: str = ""

    def __post_init__(self) -> None:
        for capability, names in self.experts.items():
            if capability not in CAPABILITIES:
                near = difflib.get_close_matches(capability, CAPABILITIES, n=1)
                hint = f": did you mean {near[0]}?" if near else ""
                raise BadRequest(
                    f"profile {self.name!r} names the capability {capability!r}, which does not exist{hint}"
                )
            for name in names:
                if capability not in registry.get(name).capabilities:
                    raise BadRequest(f"profile {self.name!r}: the expert {name!r} does not serve {capability}")
        used = {name for names in self.experts.values() for name in names}
        for name in self.settings:
            if name not in used:
                near = difflib.get_close_matches(name, used, n=1)
                hint = f": did you mean {near[0]}?" if near else ""
                raise BadRequest(f"profile {self.name!r} has settings for {name!r}, which it does not list{hint}")
        frozen_settings = {name: MappingProxyType(dict(values)) for name, values in self.settings.items()}
        object.__setattr__(self, "settings", MappingProxyType(frozen_settings))
        frozen = {capability: tuple(names) for capability, names in self.experts.items() if names}
        object.__setattr__(self, "experts", MappingProxyType(frozen))

    def limited(self, *, allow: Collection[str] | None = None, deny: Collection[str] = ()) -> Profile:
        """The same with fewer experts, for one run.

        Args:
            allow: names of the only experts that may be asked; None allows all.
            deny: names of experts that must not be asked.

        Raises:
            BadRequest: when a name is not one of this profile's.
        """
        used = {name for names in self.experts.values() for name in names}
        for name in (*(allow or ()), *deny):
            if name not in used:
                near = difflib.get_close_matches(name, used, n=1)
                hint = f": did you mean {near[0]}?" if near else ""
                raise BadRequest(f"the profile {self.name!r} lists no expert {name!r}{hint}")
        kept = {name for name in used if (allow is None or name in allow) and name not in deny}
        return Profile(
            name=self.name,
            experts={what: tuple(n for n in names if n in kept) for what, names in self.experts.items()},
            settings={name: values for name, values in self.settings.items() if name in kept},
            description=self.description,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedProfile:
    """The profile of an expert server, whose experts need not be known here.

    Attributes:
        name, description, experts: as of a `Profile`.
    """

    name: str
    experts: Mapping[str, tuple[str, ...]]
    description: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> ServedProfile:
        """From what the server says."""
        experts = {str(what): tuple(map(str, names)) for what, names in told["experts"].items()}
        return cls(name=str(told["name"]), experts=MappingProxyType(experts), description=str(told["description"]))


def profile_names() -> list[str]:
    """The names of the profiles that ship with Sightline."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_profile(name: str | Path) -> Profile:
    """A profile that ships with Sightline by its name, or one's own by the path of its .toml file.

    Raises:
        BadRequest: when there is none, or it is not a valid profile.
    """
    own = str(name).endswith(".toml")
    if not own and name not in profile_names():
        near = difflib.get_close_matches(str(name), profile_names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(profile_names())}"
        raise BadRequest(f"there is no profile {str(name)!r}: {hint} (or give the path of a .toml file)")
    path = Path(name) if own else _FOLDER / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"the profile {str(name)!r} cannot be read: check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"the profile {str(name)!r} is not valid TOML: {error}") from None
    unknown = set(data) - {"description", "experts", "settings"}
    settings = data.get("settings", {})
    tables = isinstance(settings, dict) and all(isinstance(values, dict) for values in settings.values())
    experts = data.get("experts", {})
    lists = isinstance(experts, dict) and all(
        isinstance(names, list) and all(isinstance(n, str) for n in names) for names in experts.values()
    )
    if unknown or not lists or not tables:
        raise BadRequest(
            f"the profile {str(name)!r} must hold a description, a table [experts] of lists of names, "
            "and tables [settings.NAME] if any" + (f", not {', '.join(sorted(unknown))}" if unknown else "")
        )
    return Profile(
        name=path.stem,
        experts={capability: tuple(names) for capability, names in experts.items()},
        settings=settings,
        description=str(data.get("description", "")),
    )
