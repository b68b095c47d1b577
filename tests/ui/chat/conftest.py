"""What the chat's tests share: a sandbox, an agent with known programs, and a chat in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.support.blobs import scene
from tests.support.chats import chat_agent

from sightline.agent import Agent
from sightline.sandbox import Sandbox
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.owners import Owners
from sightline.ui.chat.sessions import Sessions
from sightline.ui.chat.talks import Talks


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared


@pytest.fixture
def agent(sandbox: Sandbox) -> Iterator[Agent]:
    with chat_agent(sandbox) as made:
        yield made


@pytest.fixture
def talks(tmp_path: Path, agent: Agent) -> Iterator[Talks]:
    sessions = Sessions(tmp_path / "chat")
    yield Talks(sessions, agent, limits=ChatLimits())
    sessions.close()


@pytest.fixture
def owners(tmp_path: Path) -> Owners:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return Owners(folder)


@pytest.fixture
def reds(tmp_path: Path) -> Path:
    """A picture with two red things, one of them at (50, 20) to (80, 60), and a blue one."""
    path = tmp_path / "uploads" / "reds.png"
    path.parent.mkdir(exist_ok=True)
    picture = scene(("red", (10, 10, 30, 30)), ("red", (50, 20, 80, 60)), ("blue", (120, 5, 150, 95)))
    picture.resize((400, 200), Image.Resampling.NEAREST).save(path)
    return path
