"""`sightline models`: which weights the experts need, and bringing, checking and removing them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...tools.errors import BadRequest
from .ending import FAILED, plainly

if TYPE_CHECKING:
    from ...tools.experts.hub.catalog import Model

__all__ = ["app"]

app = typer.Typer(
    name="models",
    help="The models that experts load: list, pull, verify, remove.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Names = Annotated[
    list[str] | None, typer.Argument(help="Names of experts; all of the profile where none is given.", metavar="EXPERT")
]
ProfileName = Annotated[
    str | None,
    typer.Option("--profile", help="Whose models: standard, large, cpu, or a TOML file.", metavar="NAME"),
]


@app.command("list")
def list_models(profile: ProfileName = None) -> None:
    """Show each model with what it serves, its licence and size, and whether it is here."""
    from rich.console import Console
    from rich.table import Table

    with plainly():
        columns = ("expert", "serves", "model", "licence", "code", "size", "memory", "here", "flags")
        table = Table(*columns, box=None, pad_edge=False)
        for each in _chosen(None, profile):
            size = each.size_mb()
            table.add_row(
                each.expert,
                ", ".join(each.capabilities),
                f"{each.checkpoint.repository}@{each.checkpoint.revision[:12]}",
                each.checkpoint.licence,
                each.code_licence,
                f"{size:,.0f} MiB" if size else "unknown",
                f"{each.memory_mb:,} MiB",
                "yes" if each.folder is not None else "no",
                ", ".join(filter(None, [*each.flags, each.note])),
            )
        Console(soft_wrap=True).print(table)


@app.command()
def pull(
    names: Names = None,
    profile: ProfileName = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="A branch, tag or commit, of one model.", metavar="REV")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a large download.")] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Also bring pickles, which can run code when they are opened.")
    ] = False,
    allow_remote_code: Annotated[
        bool, typer.Option("--allow-remote-code", help="Also bring code that comes with a model.")
    ] = False,
) -> None:
    """Download what is missing: safetensors, configuration and vocabulary. What was cut off is resumed.

    Pickles and code are brought only with their flag, and are used only where the profile says `allow_pickle = true` or
    `allow_remote_code = true` for the expert.
    """
    with plainly():
        from ...tools.experts.hub.catalog import pull as bring

        wanted = _chosen(names, profile)
        if revision is not None and len(wanted) != 1:
            raise BadRequest("a revision belongs to one model: name the expert whose it is")
        missing = [each for each in wanted if each.folder is None or revision is not None]
        sizes = sum(of.download_mb for of in {each.checkpoint for each in missing})  # some share one
        if missing and not yes:
            typer.echo(f"{', '.join(each.expert for each in missing)}: about {sizes:,} MiB in all", err=True)
            typer.confirm("Download?", abort=True, err=True)
        for each in missing:
            of = each.checkpoint
            revised = replace(of, revision=revision or of.revision)
            told = {"allow_pickle": allow_pickle, "allow_remote_code": allow_remote_code}
            flags = tuple(dict.fromkeys([*each.flags, *(name for name, given in told.items() if given)]))
            place = bring(revised, flags=flags)
            where = place.name if of.file else place.name[:12]
            typer.echo(f"{each.expert}: {of.repository} at {where}, licence {of.licence}")
        if not missing:
            typer.echo("all models are here")


@app.command()
def verify(names: Names = None, profile: ProfileName = None) -> None:
    """Compare every file of the models that are here with its digest; leaves with 4 when one is broken."""
    with plainly():
        from ...tools.experts.hub.catalog import verify as check

        broken = 0
        for each in _chosen(names, profile):
            if each.folder is None:
                if names:
                    typer.echo(f"{each.expert}: not here")
                continue
            found = check(each.folder)
            bad = [name for name, intact in found.items() if intact is False]
            unknown = sum(intact is None for intact in found.values())
            broken += len(bad)
            told = f"{len(bad)} of {len(found)} files are broken: {', '.join(bad)}" if bad else f"{len(found)} files"
            typer.echo(f"{each.expert}: {told}" + (f", {unknown} without a digest" if unknown else ""))
    if broken:
        typer.echo("remove the model and pull it again", err=True)
        raise typer.Exit(FAILED)


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Names of experts.", metavar="EXPERT")], profile: ProfileName = None
) -> None:
    """Delete models from the hub's cache. Folders of your own stay."""
    with plainly():
        from ...tools.experts.hub.catalog import remove as delete

        freed = delete(each.checkpoint for each in _chosen(names, profile) if not each.checkpoint.is_folder)
        typer.echo(f"{freed:,.0f} MiB freed")


@app.command()
def calibrate(
    expert: Annotated[str, typer.Argument(help="clip, siglip, or another that compares texts.", metavar="EXPERT")],
    pairs: Annotated[Path, typer.Argument(help="JSON lines: image, name, attribute, holds.", metavar="PAIRS")],
    profile: ProfileName = None,
) -> None:
    """Fit when a property counts as there, and how sure that is, to labelled pictures; prints lines for a profile.

    A line of PAIRS is {"image": "cup.jpg", "name": "cup", "attribute": "red", "holds": true}, with the path from the
    folder of the file.
    """
    with plainly():
        from ...tools.experts.hub.calibration import fitted_to
        from ...tools.experts.profiles import load_profile

        found = fitted_to(pairs, expert=expert, profile=None if profile is None else load_profile(profile))
        typer.echo(found.toml(expert), nl=False)
        typer.echo(
            f"{found.pairs} pairs: right {found.right_before:.1%} before, {found.right_after:.1%} after; loss "
            f"{found.loss_before:.3f} before, {found.loss_after:.3f} after (on the pairs that it was fitted to)",
            err=True,
        )


def _chosen(names: list[str] | None, profile: str | None) -> list[Model]:
    """The models of a profile, or of every expert, and of them those that are named."""
    import difflib

    from ...tools.experts.hub.catalog import models
    from ...tools.experts.profiles import load_profile

    found = models(None if profile is None else load_profile(profile))
    by_name = {each.expert: each for each in found}
    for name in names or ():
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(by_name)}"
            raise BadRequest(f"no expert {name!r} with a model of the hub: {hint}")
    return [by_name[name] for name in names] if names else found
