"""Serves the chat: sessions, guard, routes and page put together, and a web server around them.

Bound to this machine unless told otherwise, and never shared through somebody else's server. Everything that visitors
bring lies in one folder.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tools.errors import BadRequest, MissingDependency
from ..demo import DemoQuestion, picture_folders, read_questions
from .actions import Actions
from .addresses import add_routes
from .guard import Guard
from .limits import ChatLimits
from .owners import Owners
from .sessions import Sessions
from .talks import Talks

if TYPE_CHECKING:
    from ...agent import Agent
    from ...agent.router import Route

__all__ = ["Chat", "default_folder", "read_users", "serve"]

_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_EXAMPLES = 6
_FORM_BYTES = 100_000  # of an upload request beside its files


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Everything of a served chat: `app` is the ASGI application to run."""

    app: Any
    talks: Talks
    sessions: Sessions

    @classmethod
    def build(
        cls,
        agent: Agent,
        *,
        folder: Path,
        users: Mapping[str, str] | None = None,
        hosts: frozenset[str] | None = _LOCAL,
        limits: ChatLimits | None = None,
    ) -> Chat:
        """Put a chat together.

        Args:
            agent: who answers.
            folder: where sessions and uploads lie; made where missing.
            users: passwords by name; without them each browser is a visitor of its own.
            hosts: names under which it may be asked, None for any.

        Raises:
            MissingDependency: without Gradio.
            BadRequest: when the folder cannot be used.
        """
        limits = limits or ChatLimits()
        uploads = folder / "uploads"
        try:
            uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
            sessions = Sessions(folder, limits=limits)
        except OSError as error:
            raise BadRequest(f"the chat's folder {folder} cannot be used: {error.strerror}") from error
        # Gradio reads this once, when components are made, and would else share a folder with every other app.
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        # Nobody reads its summary of all events, which it would make anew, of ever more of them, after each.
        os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
        os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
        gradio = _gradio()
        from fastapi import FastAPI

        from .page import build_page, page_head, theme

        talks = Talks(sessions, agent, limits=limits)
        talks.clean()
        owners = Owners(uploads, most_files=4 * limits.files)
        examples = _examples()
        actions = Actions(talks, owners, examples)

        @asynccontextmanager
        async def closing(_: FastAPI) -> Any:
            yield
            talks.stop_all()

        async def mounted() -> FastAPI:
            app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=closing)
            add_routes(app, talks, examples)
            page = build_page(actions, limits)
            page.queue(max_size=limits.waiting, api_open=False)
            gradio.mount_gradio_app(
                app,
                page,
                path="/",
                max_file_size=limits.upload_bytes,
                show_error=False,
                footer_links=[],
                run_history=False,
                ssr_mode=False,
                theme=theme(),
                head=page_head(),
            )
            return app

        # Where no event loop runs Gradio makes some and leaves them open.
        with ThreadPoolExecutor(1) as beside:
            app = beside.submit(asyncio.run, mounted()).result()
        guarded = Guard(
            app,
            owners=owners,
            users=users,
            hosts=hosts,
            upload_bytes=limits.files * limits.upload_bytes + _FORM_BYTES,
        )
        return cls(app=guarded, talks=talks, sessions=sessions)


def default_folder() -> Path:
    """Where sessions lie unless told otherwise: the user's data folder."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "sightline" / "chat"


def read_users(given: Sequence[str]) -> dict[str, str]:
    """Passwords by name, from NAME:PASSWORD each, or @FILE with one such line for each user.

    Raises:
        BadRequest: when one is neither.
    """
    users: dict[str, str] = {}
    for each in given:
        lines = _lines(Path(each[1:])) if each.startswith("@") else [each]
        for line in lines:
            name, colon, password = line.partition(":")
            if not colon or not name.strip() or not password:
                raise BadRequest("--auth takes NAME:PASSWORD, or @FILE with one NAME:PASSWORD a line")
            users[name.strip()] = password
    if given and not users:
        raise BadRequest("--auth names a file without users, which would let nobody in")
    return users


def serve(
    *,
    host: str,
    port: int,
    users: Mapping[str, str],
    profile: str,
    planner: str,
    folder: Path,
    route: Route = "auto",
    limits: ChatLimits | None = None,
) -> None:
    """Serve the chat until it is interrupted; the address goes to standard error.

    Raises:
        MissingDependency: without Gradio.
        BadRequest: when the folder, the profile or the port cannot be used.
    """
    _gradio()
    import uvicorn

    from ...agent import Agent
    from ..console import Narrator

    narrator = Narrator()
    local = host in _LOCAL
    if not local and not users:
        narrator.note(f"everybody who reaches {host}:{port} can use this chat: --auth NAME:PASSWORD asks who they are")
    with ExitStack() as held:
        agent = held.enter_context(Agent(planner, profile=profile, route=route))
        agent.pool  # noqa: B018 - an unknown profile is told now and not at the first question
        chat = Chat.build(agent, folder=folder, users=users, hosts=_LOCAL if local else None, limits=limits)
        held.callback(chat.sessions.close)
        narrator.note(f"the chat is at http://{'localhost' if local else host}:{port}; Ctrl+C ends it")
        config = uvicorn.Config(chat.app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=5)
        uvicorn.Server(config).run()


def _examples() -> list[DemoQuestion]:
    """Questions that the embedded profile answers, each about another picture, from every folder in turn."""
    try:
        folders = [read_questions(folder) for folder in picture_folders()]
    except BadRequest:
        return []
    in_turn = [question for questions in zip_longest(*map(_one_each, folders)) for question in questions if question]
    return in_turn[:_EXAMPLES]


def _one_each(questions: Sequence[DemoQuestion]) -> list[DemoQuestion]:
    """The first question about each picture."""
    first: dict[Path, DemoQuestion] = {}
    for question in questions:
        first.setdefault(question.photo, question)
    return list(first.values())


def _gradio() -> Any:
    try:
        import gradio
    except ImportError as error:
        raise MissingDependency("the chat", "gradio", extra="ui") from error
    return gradio


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"the users' file {path} cannot be read") from error
