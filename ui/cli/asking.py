"""Commands about one picture or video: `ask`, `run`, `replay`, `prompt`, `index`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .ending import finish, plainly
from .inputs import given, program_text, route_named, saved_as
from .options import (
    AllowUrls,
    Json,
    Media,
    Options,
    PlannerName,
    ProfileName,
    ReportFile,
    RouteName,
    SaveFile,
    Show,
    TraceFile,
)

__all__ = ["app"]

app = typer.Typer()


@app.command()
def ask(
    media: Media,
    question: Annotated[str, typer.Argument(help="In plain words.", metavar="QUESTION")],
    option: Options = None,
    planner: PlannerName = "native",
    route: RouteName = "auto",
    profile: ProfileName = "embedded",
    json: Json = False,
    trace: TraceFile = None,
    report: ReportFile = None,
    save: SaveFile = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Answer a question about a picture or video."""
    with plainly(json=json):
        from ...agent import Agent, Settings
        from ..console import Narrator

        narrator = Narrator(quiet=not show)
        picture, target = given(media, allow_urls=allow_urls), saved_as(save)
        way = route_named(route)
        with Agent(planner, profile=profile, route=way, settings=Settings(allow_urls=allow_urls)) as agent:
            with narrator.working("planning"):
                answer = agent.ask(question, picture, options=option, emit=narrator)
            finish(answer, narrator, json=json, trace=trace, report=report, save=target)


@app.command()
def run(
    program: Annotated[Path, typer.Argument(help="A Python file that defines execute_command.", metavar="PROGRAM.py")],
    media: Media,
    option: Options = None,
    profile: ProfileName = "embedded",
    json: Json = False,
    trace: TraceFile = None,
    report: ReportFile = None,
    save: SaveFile = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Run a program of your own on a picture or video, in the same sandbox against the same experts."""
    with plainly(json=json):
        from ...agent import Agent, Settings
        from ..console import Narrator

        narrator = Narrator(quiet=not show)
        source, picture = program_text(program), given(media, allow_urls=allow_urls)
        target = saved_as(save)
        with Agent(profile=profile, settings=Settings(allow_urls=allow_urls)) as agent:
            with narrator.working("running the program"):
                answer = agent.run_program(source, picture, options=option, emit=narrator)
            finish(answer, narrator, json=json, trace=trace, report=report, save=target)


@app.command()
def replay(
    trace: Annotated[Path, typer.Argument(help="A trace; of several in a file, the last.", metavar="TRACE.jsonl")],
    json: Json = False,
    report: ReportFile = None,
    show: Show = True,
) -> None:
    """Run a trace's program again on its recorded results: no models, no pictures."""
    with plainly(json=json):
        from ...agent import read_trace
        from ...agent.replayer import replay as run_again
        from ..console import Narrator

        narrator = Narrator(quiet=not show)
        answer = run_again(read_trace(trace))
        narrator.trace(answer.trace)
        finish(answer, narrator, json=json, trace=None, report=report)


@app.command()
def prompt(
    question: Annotated[str, typer.Argument(help="In plain words.", metavar="QUESTION")],
    media: Annotated[
        str | None, typer.Option("--media", help="The picture or video it is about.", metavar="MEDIA")
    ] = None,
    option: Options = None,
    profile: ProfileName = "embedded",
    allow_urls: AllowUrls = False,
) -> None:
    """Show the exact prompt that a chat model would get."""
    with plainly():
        from ...agent import Settings
        from ...agent.inputs import media_facts
        from ...prompts import MediaFacts, PlanRequest, PromptManager
        from ...tools.experts.pool import ExpertPool
        from ...tools.media import MediaStore, load_image, looks_like_video
        from ..console import Narrator
        from ..wording import printable

        narrator = Narrator()
        facts = MediaFacts(kind="image", width=640, height=480)
        if media is None:
            narrator.note(f"no --media is given: an image of {facts.width} x {facts.height} pixels is assumed")
        elif looks_like_video(media):
            ref = MediaStore().add_video(media, samples=Settings().video_samples)
            facts = media_facts(ref)
        else:
            picture = load_image(given(media, allow_urls=allow_urls), allow_urls=allow_urls)
            facts = MediaFacts(kind="image", width=picture.width, height=picture.height)
        request = PlanRequest(
            question=question,
            media=(facts,),
            options=tuple(option) if option else None,
            capabilities=ExpertPool(profile).capabilities,
        )
        built = PromptManager().build(request)
        for message in built.messages:
            print(f"--- {message.role} ---\n{printable(message.text).strip()}\n")
        parts = ", ".join(f"{name} {tokens}" for name, tokens in built.parts.items())
        narrator.note(f"about {built.tokens} tokens ({parts}), hash {built.hash[:16]}")


@app.command()
def index(
    video: Annotated[str, typer.Argument(help="A video file.", metavar="VIDEO")],
    name: Annotated[
        list[str] | None,
        typer.Option("--track", help="A thing to follow through the video; repeat it.", metavar="NAME"),
    ] = None,
    profile: ProfileName = "embedded",
    show: Show = True,
) -> None:
    """Look through a video ahead of questions, so that answering them is quick."""
    with plainly():
        from ..indexing import index_video

        index_video(video, names=name or (), profile=profile, quiet=not show)
