"""The `sightline` command.

The answer alone goes to standard output; steps, programs and complaints go to standard error. What a user did wrong is
one readable line, never a traceback. Exit codes: 0 answered, 2 bad input, 3 no plan, 4 no answer (it cannot be told, or
something failed), 5 out of time or over a limit, 130 interrupted. Everything heavy is imported inside a command, so
that `--help` is quick.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..tools.errors import BadRequest, ForbiddenAddress, SightlineError
from . import models, serving, training

if TYPE_CHECKING:
    from ..agent import Answer

__all__ = ["EXIT_CODES", "app", "main"]

EXIT_CODES = {"answered": 0, "bad_input": 2, "no_plan": 3, "timeout": 5, "limit": 5}
_FAILED = 4
_INTERRUPTED = 130

app = typer.Typer(
    name="sightline",
    help="Ask questions about pictures and videos, and see how each answer was found.",
    epilog="Exit codes: 0 answered, 2 bad input, 3 no plan, 4 no answer, 5 out of time or over a limit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(models.app)
app.add_typer(serving.app)

Media = Annotated[
    str,
    typer.Argument(
        help="A picture or video: a file; a picture also, with --allow-urls, an http(s) address.", metavar="MEDIA"
    ),
]
Options = Annotated[
    list[str] | None, typer.Option("--option", help="One of the answers to choose from; repeat it.", metavar="TEXT")
]
PlannerName = Annotated[
    str,
    typer.Option(
        "--planner",
        help="native, or a chat model: openai:NAME, anthropic:NAME, ollama:NAME, http://HOST:PORT/v1#NAME.",
        metavar="NAME",
    ),
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile", help="Which experts serve what: embedded, standard, large, cpu, or a TOML file.", metavar="NAME"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object in place of the answer.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Append the trace to this JSON-lines file.", metavar="FILE.jsonl")
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the evidence as one HTML page.", metavar="FILE.html")
]
AllowUrls = Annotated[bool, typer.Option("--allow-urls", help="Fetch pictures from http(s) addresses.")]
Show = Annotated[bool, typer.Option("--show/--quiet", help="Tell each step on standard error, or only what fails.")]


def main() -> None:
    """The entry point of the `sightline` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an answer may hold letters that the terminal's encoding lacks
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _print_version(asked: bool) -> None:
    if asked:
        from .. import __version__

        print(f"sightline {__version__}")
        raise typer.Exit


@app.callback()
def sightline(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Ask questions about pictures and videos, and see how each answer was found."""


@app.command()
def ask(
    media: Media,
    question: Annotated[str, typer.Argument(help="In plain words.", metavar="QUESTION")],
    option: Options = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
    json: Json = False,
    trace: TraceFile = None,
    report: ReportFile = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Answer a question about a picture or video."""
    with _plainly(json=json):
        from ..agent import Agent, Settings
        from .console import Narrator

        narrator = Narrator(quiet=not show)
        picture = _given(media, allow_urls=allow_urls)
        with Agent(planner, profile=profile, settings=Settings(allow_urls=allow_urls)) as agent:
            with narrator.working("planning"):
                answer = agent.ask(question, picture, options=option, emit=narrator)
            _finish(answer, narrator, json=json, trace=trace, report=report)


@app.command()
def run(
    program: Annotated[Path, typer.Argument(help="A Python file that defines execute_command.", metavar="PROGRAM.py")],
    media: Media,
    option: Options = None,
    profile: ProfileName = "embedded",
    json: Json = False,
    trace: TraceFile = None,
    report: ReportFile = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Run a program of your own on a picture or video, in the same sandbox against the same experts."""
    with _plainly(json=json):
        from ..agent import Agent, Settings
        from .console import Narrator

        narrator = Narrator(quiet=not show)
        source, picture = _program_text(program), _given(media, allow_urls=allow_urls)
        with Agent(profile=profile, settings=Settings(allow_urls=allow_urls)) as agent:
            with narrator.working("running the program"):
                answer = agent.run_program(source, picture, options=option, emit=narrator)
            _finish(answer, narrator, json=json, trace=trace, report=report)


@app.command()
def replay(
    trace: Annotated[Path, typer.Argument(help="A trace; of several in a file, the last.", metavar="TRACE.jsonl")],
    json: Json = False,
    report: ReportFile = None,
    show: Show = True,
) -> None:
    """Run a trace's program again on its recorded results: no models, no pictures."""
    with _plainly(json=json):
        from ..agent import read_trace
        from ..agent.replayer import replay as run_again
        from .console import Narrator

        narrator = Narrator(quiet=not show)
        answer = run_again(read_trace(trace))
        narrator.trace(answer.trace)
        _finish(answer, narrator, json=json, trace=None, report=report)


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
    with _plainly():
        from ..agent import Settings
        from ..agent.inputs import media_facts
        from ..prompts import MediaFacts, PlanRequest, PromptManager
        from ..tools.experts.pool import ExpertPool
        from ..tools.media import MediaStore, load_image, looks_like_video
        from .console import Narrator
        from .wording import printable

        narrator = Narrator()
        facts = MediaFacts(kind="image", width=640, height=480)
        if media is None:
            narrator.note(f"no --media is given: an image of {facts.width} x {facts.height} pixels is assumed")
        elif looks_like_video(media):
            ref = MediaStore().add_video(media, samples=Settings().video_samples)
            facts = media_facts(ref)
        else:
            picture = load_image(_given(media, allow_urls=allow_urls), allow_urls=allow_urls)
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
    with _plainly():
        from .indexing import index_video

        index_video(video, names=name or (), profile=profile, quiet=not show)


@app.command()
def chat(
    host: Annotated[
        str, typer.Option("--host", help="The address to serve at; this machine alone by default.", metavar="ADDRESS")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port.", min=1, max=65535, metavar="N")] = 7860,
    auth: Annotated[
        list[str] | None,
        typer.Option(
            "--auth",
            help="Who may sign in; repeat it, or name a file of such lines, which no process list shows.",
            metavar="NAME:PASSWORD|@FILE",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Where sessions are kept; the user's data folder by default.", metavar="DIR"),
    ] = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
) -> None:
    """Serve a page on which to talk about pictures and videos, point at things in them, and watch the work."""
    with _plainly():
        from .chat.server import default_folder, read_users, serve

        serve(
            host=host,
            port=port,
            users=read_users(auth or ()),
            profile=profile,
            planner=planner,
            folder=folder or default_folder(),
        )


@app.command()
def doctor(planner: PlannerName = "native", profile: ProfileName = "embedded") -> None:
    """Show what is installed, which experts serve what, and which walls of the sandbox stand."""
    with _plainly():
        from .doctor import examine, tell

        tell(examine(planner=planner, profile=profile))


@app.command()
def demo(
    photos: Annotated[
        Path | None, typer.Option("--photos", help="A folder with questions.toml and its pictures.", metavar="DIR")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the reports go.", metavar="DIR")] = Path("demo-out"),
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
) -> None:
    """Answer questions about the pictures that come along, and write a report for each."""
    with _plainly():
        from .demo import run_demo

        if not run_demo(photos=photos, out=out, planner=planner, profile=profile):
            raise typer.Exit(_FAILED)


@app.command()
def batch(
    manifest: Annotated[
        str,
        typer.Argument(
            help="CSV, JSONL or Parquet with media and query, or a folder; a path or an address such as s3://.",
            metavar="MANIFEST",
        ),
    ],
    out: Annotated[
        str, typer.Option("--out", help="Where the results go: a path or an address.", metavar="RESULTS.parquet")
    ],
    query: Annotated[
        str | None, typer.Option("--query", help="What is asked where a row asks nothing.", metavar="TEXT")
    ] = None,
    program: Annotated[
        Path | None, typer.Option("--program", help="Run this program on every row and plan nothing.", metavar="FILE")
    ] = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
    workers: Annotated[int, typer.Option("--workers", help="Rows answered at the same time.", metavar="N")] = 2,
    replan_on_failure: Annotated[
        bool, typer.Option("--replan-on-failure", help="Mend the program for a row where it fails.")
    ] = False,
    traces: Annotated[bool, typer.Option("--traces", help="Keep the traces, in RESULTS.parquet.traces.jsonl.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many rows.", metavar="N")] = None,
    row_seconds: Annotated[
        float, typer.Option("--row-seconds", help="How long one row may take, whatever it does.", metavar="S")
    ] = 1800.0,
    engine: Annotated[str, typer.Option("--engine", help="local, or ray.", metavar="NAME")] = "local",
    address: Annotated[
        str | None, typer.Option("--ray-address", help="Of the cluster; else one is started here.", metavar="ADDRESS")
    ] = None,
    gpus: Annotated[
        float, typer.Option("--gpus-per-worker", help="With ray; a fraction shares a card.", metavar="N")
    ] = 0.0,
    summary: Annotated[
        str | None, typer.Option("--summary", help="The page about it; beside the results if omitted.", metavar="HTML")
    ] = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Answer many questions about many pictures and videos; a batch that was stopped goes on where it was."""
    with _plainly():
        from .batching import run_batch_command

        complete = run_batch_command(
            manifest,
            out,
            query=query,
            program=None if program is None else _program_text(program),
            planner=planner,
            profile=profile,
            workers=workers,
            replan=replan_on_failure,
            traces=traces,
            limit=limit,
            row_s=row_seconds,
            engine=engine,
            address=address,
            gpus=gpus,
            summary=summary,
            allow_urls=allow_urls,
            quiet=not show,
        )
        if not complete:
            raise typer.Exit(_INTERRUPTED)


@app.command("eval")
def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            help="The data set: clevr, gqa, vqav2, okvqa, refcoco, refcoco+, refcocog, nextqa, egoschema, or jsonl.",
            metavar="NAME",
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="Its folder.", metavar="DIR")],
    mode: Annotated[
        str, typer.Option("--mode", help="chained, trained, joined, planner, fixed, or all.", metavar="MODE")
    ] = "all",
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many questions.", metavar="N")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.", metavar="FILE")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write figures, all rows and a page into this folder.", metavar="DIR")
    ] = None,
    program: Annotated[
        Path | None, typer.Option("--program", help="What the mode fixed runs on every question.", metavar="FILE")
    ] = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
    show: Show = True,
) -> None:
    """Judge the answers to a data set's questions: accuracy, calibration, and every error."""
    with _plainly():
        from .evaluation import run_eval

        run_eval(
            name,
            data,
            mode=mode,
            limit=limit,
            out=json,
            profile=profile,
            quiet=not show,
            folder=out,
            planner=planner,
            program=None if program is None else _program_text(program),
        )


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Rows of a run of eval: DIR/rows-MODE.jsonl.", metavar="ROWS")],
    second: Annotated[Path, typer.Argument(help="Rows of another over the same questions.", metavar="ROWS")],
    page: Annotated[Path | None, typer.Option("--page", help="Write a page about it.", metavar="FILE.html")] = None,
) -> None:
    """Compare two runs of eval row by row: who is right where the other is wrong, and whether that is chance."""
    with _plainly():
        from .evaluation import run_compare

        run_compare(first, second, page=page)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    context: typer.Context,
    what: training.What,
    stage: training.Stage = None,
    minutes: training.Minutes = None,
    steps: training.Steps = None,
    device: training.Device = "cpu",
    out: training.Out = None,
    resume: training.Resume = False,
    processes: training.Processes = 1,
) -> None:
    """Train a model of the project's own, on data that it makes; other options go to the trainer as they are."""
    with _plainly():
        module, arguments = training.command_for(
            what,
            stage=stage,
            minutes=minutes,
            steps=steps,
            device=device,
            out=out,
            resume=resume,
            more=context.args,
        )
        if code := training.run_training(module, arguments, processes=processes):
            raise typer.Exit(code)


def _finish(answer: Answer, narrator: Any, *, json: bool, trace: Path | None, report: Path | None) -> None:
    """Print the answer, write what was asked for, and leave with the exit code of the status."""
    from .wording import printable

    narrator.outcome(answer.trace)
    if json:
        print(_as_json(answer))
    elif answer.status in ("answered", "cannot_tell"):
        print(printable(answer.text))
    sys.stdout.flush()
    if trace is not None:
        answer.trace.write(trace)
        narrator.note(f"trace: {trace}")
    if report is not None:
        from .report import write_report

        narrator.note(f"report: {write_report(report, answer.trace, answer.pictures)}")
    raise typer.Exit(EXIT_CODES.get(answer.status, _FAILED))


def _as_json(answer: Answer) -> str:
    from json import dumps

    recorded = answer.trace.answer
    return dumps(
        {
            "answer": answer.text if answer.status == "answered" else None,
            "value": recorded.value,
            "status": answer.status,
            "reason": answer.reason,
            "confidence": answer.confidence,
            "program": answer.program,
            "trace_id": answer.trace.header.id,
            "steps": len(answer.trace.steps),
            "seconds": round(recorded.seconds, 4),
        },
        ensure_ascii=False,
    )


def _given(media: str, *, allow_urls: bool) -> str:
    """The picture as it was typed, unless it is an address and nobody allowed those."""
    if not allow_urls and media.lower().startswith(("http://", "https://")):
        raise ForbiddenAddress(f"{media} is an address: add --allow-urls to fetch the picture")
    return media


def _program_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} is not a text file in UTF-8: give a Python file") from error
    except OSError as error:
        raise BadRequest(f"cannot read the program {path}: {error.strerror}") from error


@contextmanager
def _plainly(*, json: bool = False) -> Iterator[None]:
    """Turn every error into one line and an exit code; with `json` into an object on standard output as well."""
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    except SightlineError as error:
        _fail(str(error), status=error.status, json=json)
    except Exception as error:  # a fault of ours: still one line, and how to see more of it
        import os

        if os.environ.get("SIGHTLINE_DEBUG"):
            raise
        text = f"internal error, {type(error).__name__}: {error} (SIGHTLINE_DEBUG=1 shows where)"
        _fail(text, status="expert_error", json=json)


def _fail(reason: str, *, status: str, json: bool) -> None:
    from .console import complain

    complain(reason)
    if json:
        from json import dumps

        print(dumps({"answer": None, "status": status, "reason": reason}, ensure_ascii=False))
    raise typer.Exit(EXIT_CODES.get(status, _FAILED))


if __name__ == "__main__":
    main()
