"""Serving: who may sign in, what is missing, and where it listens, as the command line tells it."""

import sys

import pytest

from sightline.tools.errors import BadRequest
from sightline.ui.chat import server
from sightline.ui.chat.server import default_folder, read_users
from sightline.ui.cli import app


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        app(list(arguments))
    return left.value.code


@pytest.fixture
def asked(monkeypatch):
    """What the command would serve, without serving it."""
    given = {}
    monkeypatch.setattr(server, "serve", lambda **kwargs: given.update(kwargs))
    return given


def test_it_is_served_on_this_machine_alone_unless_told_otherwise(asked):
    assert run("chat") == 0
    assert (asked["host"], asked["port"], asked["users"]) == ("127.0.0.1", 7860, {})
    assert (asked["planner"], asked["profile"], asked["folder"]) == ("native", "embedded", default_folder())


def test_every_option_reaches_the_server(asked, tmp_path):
    options = {
        "--host": "0.0.0.0", "--port": "9000", "--auth": "ann:se:cret", "--profile": "mine.toml",
        "--planner": "openai:gpt-5", "--route": "tools", "--folder": str(tmp_path),
    }  # fmt: skip
    assert run("chat", *[part for option in options.items() for part in option]) == 0
    assert asked == {
        "host": "0.0.0.0", "port": 9000, "users": {"ann": "se:cret"}, "profile": "mine.toml",
        "planner": "openai:gpt-5", "route": "tools", "folder": tmp_path,
    }  # fmt: skip


def test_without_gradio_the_command_that_mends_it_is_named(monkeypatch, capfd, tmp_path):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert run("chat", "--folder", str(tmp_path)) == 4
    assert "the chat needs gradio: pip install 'sightline[ui]'" in " ".join(capfd.readouterr().err.split())


def test_an_unknown_profile_is_told_before_anything_is_served(capfd, tmp_path):
    pytest.importorskip("gradio", reason="the chat is served with gradio")
    assert run("chat", "--folder", str(tmp_path), "--profile", "no-such") == 2
    assert "no-such" in capfd.readouterr().err


def test_a_folder_that_cannot_be_used_is_told(capfd, tmp_path):
    pytest.importorskip("gradio", reason="the chat is served with gradio")
    (tmp_path / "file").write_text("")
    assert run("chat", "--folder", str(tmp_path / "file")) == 2
    assert "cannot be used" in capfd.readouterr().err


def test_users_are_read_from_the_command_line_and_from_files(tmp_path):
    file = tmp_path / "users.txt"
    file.write_text("ann:one\n\nbob: two:three \n", encoding="utf-8")
    assert read_users([f"@{file}", "cleo:four"]) == {"ann": "one", "bob": " two:three ", "cleo": "four"}


def test_a_file_without_users_does_not_let_everybody_in(tmp_path):
    (tmp_path / "users.txt").write_text("\n\n")
    with pytest.raises(BadRequest, match="without users"):
        read_users([f"@{tmp_path / 'users.txt'}"])


@pytest.mark.parametrize("given", ["ann", "ann:", ":secret", "", "@/no/such/file", " :x"])
def test_users_that_cannot_be_read_are_refused_and_not_let_in(given):
    with pytest.raises(BadRequest):
        read_users([given])
