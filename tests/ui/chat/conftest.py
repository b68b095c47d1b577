"""What the chat's tests share: a sandbox, an agent with known programs, and a chat in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.support.blobs import scene
from tests.support.browsing import BROWSER, Served
from tests.support.chats import chat_agent
from tests.support.clips import Mover, film, write_clip, write_sound

from sightline.agent import Agent
from sightline.sandbox import Sandbox
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.owners import Owners
from sightline.ui.chat.sessions import Sessions
from sightline.ui.chat.talks import Talks

MORE = {
    "segment": "test-masks", "depth": "test-ramp", "edit": "test-gray", "answer": "test-seer",
    "transcribe": "test-hears",
}  # fmt: skip
# A webcam that shows a test picture, and no question whether it may be used.
BROWSER_ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


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
    folder.mkdir(exist_ok=True)
    return Owners(folder)


@pytest.fixture
def reds(tmp_path: Path) -> Path:
    """A picture with two red things, one of them at (50, 20) to (80, 60), and a blue one."""
    path = tmp_path / "uploads" / "reds.png"
    path.parent.mkdir(exist_ok=True)
    picture = scene(("red", (10, 10, 30, 30)), ("red", (50, 20, 80, 60)), ("blue", (120, 5, 150, 95)))
    picture.resize((400, 200), Image.Resampling.NEAREST).save(path)
    return path


# -- a real browser --


@pytest.fixture(scope="module")
def served(sandbox, tmp_path_factory):
    with chat_agent(sandbox, **MORE) as agent:
        running = Served(agent, tmp_path_factory.mktemp("browsed"))
        yield running
        running.stop()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=BROWSER_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visitors(browser, served):
    """Opens the page for a new visitor each time."""
    from playwright.sync_api import expect

    contexts = []

    def arrive(**how):
        context = browser.new_context(viewport={"width": 1320, "height": 820}, **how)
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(served.address)
        expect(page.locator(".sessions button")).to_have_count(1)
        return page

    expect.set_options(timeout=60_000)
    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def page(visitors):
    return visitors()


@pytest.fixture
def clip(tmp_path):
    """Four seconds: a black square that moves to the right, before red and then before blue."""
    mover = Mover(color="black", path=lambda t: (40 + 60 * t, 120), size=50)
    shown = film(movers=(mover,), scenes=((0.0, "white"), (2.0, "yellow")))
    return write_clip(tmp_path / "moving.mp4", shown, seconds=4)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A second of a tone, as a WAV file."""
    return write_sound(tmp_path / "uploads" / "question.wav")
