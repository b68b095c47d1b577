"""A chat that is served to a real browser, and what a person does on its page.

With SIGHTLINE_SCREENSHOTS=DIR the main states are written there as pictures.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

from sightline.ui.chat.limits import ChatLimits

__all__ = ["BROWSER", "RED", "Served", "ask", "at", "attach", "send", "shoot"]

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
RED = "How many red things are there?"
SCREENSHOTS = os.environ.get("SIGHTLINE_SCREENSHOTS")


class Served:
    """A chat that is served at a port of its own, and can be stopped and started again."""

    def __init__(self, agent, folder: Path, limits: ChatLimits | None = None) -> None:
        self.agent, self.folder = agent, folder
        self.limits = limits or ChatLimits(upload_bytes=2_000_000)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://localhost:{self.port}/"
        self.start()

    def start(self) -> None:
        import uvicorn

        from sightline.ui.chat.server import Chat

        self.chat = Chat.build(self.agent, folder=self.folder, limits=self.limits)
        config = uvicorn.Config(
            self.chat.app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        ready = threading.Event()
        started = self.server.startup

        async def startup(sockets=None):
            await started(sockets=sockets)
            ready.set()

        self.server.startup = startup
        self.thread.start()
        assert ready.wait(60)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(60)
        self.chat.sessions.close()


def attach(page, *files):
    """Add files to the question, and see that they stand on the page."""
    from playwright.sync_api import expect

    page.locator("#question input[type=file]").set_input_files([str(file) for file in files])
    expect(page.locator("#looking figcaption").first).to_contain_text(files[0].name)


def ask(page, question, *, turn):
    """Ask, and wait for the answer as the turn of that number."""
    from playwright.sync_api import expect

    send(page, question)
    answer = page.locator(f"#turn-{turn} .answer")
    expect(answer).to_be_visible()
    expect(page.locator("#running article")).to_have_count(0)
    return answer


def send(page, question):
    """Ask, and wait for nothing."""
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")


def shoot(page, name):
    """A picture of the page as it is, where pictures are wanted."""
    if SCREENSHOTS:
        page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => null)))")
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", animations="disabled")


def at(page, x, y):
    """A place on the screen from a place on the picture, both as fractions of its sides."""
    box = page.locator(".board").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]
