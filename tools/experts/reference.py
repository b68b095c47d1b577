"""The page that says which experts there are and who serves what, rendered from the registry and the profiles.

python -m sightline.tools.experts.reference docs/experts.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from ..capabilities import CAPABILITIES
from . import registry
from .hub.published import PublishedExpert
from .profiles import load_profile, profile_names

__all__ = ["render"]


def render() -> str:
    """The page, as markdown."""
    lines = [
        "# Experts",
        "",
        "Written by `python -m sightline.tools.experts.reference docs/experts.md` from the registry and the profiles.",
        "",
    ]
    for name in registry.names():
        cls = registry.get(name)
        if not cls.__module__.startswith(__package__ or ""):
            continue  # what other packages bring is theirs to document
        memory = f"; about {cls.memory_mb} MiB once loaded" if cls.memory_mb else ""
        lines += [
            f"## {name}",
            "",
            (cls.__doc__ or "").strip().splitlines()[0],
            "",
            f"- serves: {', '.join(f'`{each}`' for each in cls.capabilities)}",
            f"- limits: {cls.limits}",
            f"- needs: {', '.join(cls.packages) or 'nothing beyond numpy'}{memory}",
            f"- licence: {cls.licence}; version {cls.version}",
            "",
        ]
    lines += _weights()
    lines += ["# Profiles", ""]
    for profile_name in profile_names():
        profile = load_profile(profile_name)
        lines += [
            f"## {profile.name}",
            "",
            profile.description,
            "",
            "| capability | what it does | experts, in order |",
        ]
        lines.append("| --- | --- | --- |")
        for capability in CAPABILITIES.values():
            experts = ", ".join(f"`{each}`" for each in profile.experts.get(capability.name, ())) or "nobody"
            lines.append(f"| `{capability.name}` | {capability.asks} | {experts} |")
        lines.append("")
    return "\n".join(lines)


def _weights() -> list[str]:
    """A table of the experts that load published weights."""
    lines = [
        "# Models",
        "",
        "Experts that load published weights. `sightline models pull NAME` brings those of the hub; a profile",
        "can choose others under `[settings.NAME]`. Sizes are those of the default model in full precision.",
        "",
        "| capability | expert | class | default model | licence | memory |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for capability in CAPABILITIES:
        for name in registry.names():
            cls = registry.get(name)
            if capability in cls.capabilities and issubclass(cls, PublishedExpert):
                loaded = [(name, cls.checkpoint, cls.memory_mb)]
                loaded += [(f"{name}:{use}", part, cls.part_mb) for use, part in cls.parts({}).items()]
                lines += [
                    f"| `{capability}` | `{called}` | `{cls.__name__}` ({cls.model_class}) | {of.repository} "
                    f"| {of.licence} | {memory_mb:,} MiB |"
                    for called, of, memory_mb in loaded
                ]
    return [*lines, ""]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
