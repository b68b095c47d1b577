"""The chat in a real browser: what a person does on the page, and what they see.

Needs Chromium or Chrome and Playwright; without them these tests are skipped. With SIGHTLINE_SCREENSHOTS=DIR the main
states are written there as pictures.
"""

import re

import pytest

pytest.importorskip("gradio", reason="the chat is served with gradio")
pytest.importorskip("playwright", reason="Playwright drives the browser")

from playwright.sync_api import expect
from tests.support.blobs import Blobs
from tests.support.browsing import BROWSER, RED, ask, at, attach, send, shoot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path: apt-get install chromium"),
    # The server runs in this process, and a warning of a library below Gradio must not break an answer.
    pytest.mark.filterwarnings("default"),
]


def test_an_upload_is_asked_about_and_the_work_is_seen_as_it_happens(page, reds):
    Blobs.release.clear()
    attach(page, reds)
    send(page, "Look slowly.")
    running = page.locator("#running")
    expect(running.locator(".said")).to_have_text("Look slowly.")
    expect(running.locator('tr[aria-current="step"]')).to_contain_text('image_patch.find("slow")')
    expect(running.get_by_role("status")).to_contain_text("for line 4")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    shoot(page, "chat-state-running")
    Blobs.release.set()
    answer = page.locator("#turn-1 .answer")
    expect(answer.locator(".text")).to_have_text("2")
    expect(answer.get_by_text("2 steps")).to_be_visible()
    expect(answer.locator(".evidence .box")).to_have_count(2)
    page.get_by_text("How it was found").click()
    expect(page.locator("#turn-1 .step")).to_have_count(2)
    shoot(page, "chat-state-answered")
    page.locator("#turn-1 .calls a").first.click()
    expect(page.locator("#turn-1 .step").first).to_be_in_viewport()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_a_point_on_the_picture_is_part_of_the_question(page, reds):
    attach(page, reds)
    page.mouse.click(*at(page, 0.3, 0.3))
    expect(page.locator(".board .meant")).to_have_count(1)
    answer = ask(page, RED, turn=1)
    expect(answer.locator(".text")).to_have_text("1")
    expect(page.locator("#turn-1 .asking .box")).to_have_count(1)


def test_a_box_is_drawn_and_taken_back(page, reds):
    attach(page, reds)
    page.mouse.move(*at(page, 0.2, 0.1))
    page.mouse.down()
    page.mouse.move(*at(page, 0.5, 0.7), steps=4)
    expect(page.locator(".board .under-way")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".board .drawn")).to_have_count(1)
    expect(ask(page, RED, turn=1).locator(".text")).to_have_text("1")
    page.mouse.click(*at(page, 0.5, 0.5))
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".board .meant")).to_have_count(0)
    expect(ask(page, RED, turn=2).locator(".text")).to_have_text("2")


def test_keys_point_as_well_as_a_mouse(page, reds):
    attach(page, reds)
    board = page.get_by_role("application")
    board.focus()
    for key in ("ArrowLeft", "ArrowUp"):
        board.press(key)
    board.press("Enter")
    expect(page.locator(".board .meant")).to_have_count(1)
    page.get_by_role("application").press("Escape")
    expect(page.locator(".board .meant")).to_have_count(0)


def test_an_edit_is_followed_by_a_question_about_it(page, reds):
    attach(page, reds)
    expect(ask(page, "Draw the edges.", turn=1).locator(".evidence .view")).to_be_visible()
    expect(page.locator(".gallery li")).to_have_count(2)
    chosen = page.locator('.gallery [aria-pressed="true"]')
    expect(chosen).to_contain_text("made by turn 1: draw the edges, from reds.png")
    expect(ask(page, RED, turn=2).locator(".text")).to_have_text("0")
    page.get_by_role("button", name="ask about reds.png, uploaded").click()
    expect(page.locator(".board img")).to_have_attribute("alt", "reds.png")
    expect(ask(page, RED, turn=3).locator(".text")).to_have_text("2")


def test_a_video_is_answered_on_a_line_of_time(page, clip):
    attach(page, clip)
    answer = ask(page, "When does the picture change?", turn=1)
    expect(answer.locator(".status")).to_have_text("answered")
    expect(answer.locator(".strip figure")).not_to_have_count(0)
    expect(answer.locator(".spans li")).to_have_count(2)
    ready = "video => new Promise(done => video.readyState ? done(true) : video.onloadedmetadata = () => done(true))"
    assert page.locator("#turn-1 .asking video").evaluate(ready)
    shoot(page, "chat-state-video")


def test_a_long_run_is_stopped(page, reds):
    attach(page, reds)
    send(page, "Count for ever.")
    expect(page.locator("#running .program")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#turn-1 .answer")).to_contain_text("cancelled")
    expect(ask(page, RED, turn=2).locator(".text")).to_have_text("2")


def test_two_visitors_at_once_see_nothing_of_each_other(visitors, served, reds):
    ann, bob = visitors(), visitors()
    attach(ann, reds)
    ask(ann, RED, turn=1)
    bob.reload()
    expect(bob.locator(".sessions button")).to_have_count(1)
    expect(bob.locator(".sessions")).not_to_contain_text(RED)
    expect(bob.locator(".turn")).to_have_count(0)
    for address in ann.locator("#turn-1 .actions a").evaluate_all("links => links.map(link => link.href)"):
        assert ann.request.get(address).status == 200
        assert bob.request.get(address).status == 404
    picture = ann.locator(".board img").evaluate("image => image.src")
    assert ann.request.get(picture).status == 200
    assert bob.request.get(picture).status == 404


def test_a_session_goes_on_after_the_server_was_started_anew(visitors, served, reds):
    page = visitors()
    attach(page, reds)
    ask(page, RED, turn=1)
    served.stop()
    served.start()
    page.reload()
    expect(page.locator("#turn-1 .answer .text")).to_have_text("2")
    expect(page.locator(".board img")).to_have_attribute("alt", "reds.png")
    expect(ask(page, "How wide is it?", turn=2).locator(".text")).to_have_text("400")


@pytest.mark.parametrize("name", ["notes.txt", "photo.jpg", "clip.mp4"])
def test_a_wrong_file_gives_a_readable_message(page, tmp_path, name):
    path = tmp_path / name
    path.write_text("this is neither a picture nor a video")
    page.locator("#question input[type=file]").set_input_files(str(path))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(name)
    expect(alert).not_to_contain_text("/tmp")
    shoot(page, "chat-state-wrong-file")
    send(page, RED)
    expect(alert).to_contain_text(name)
    expect(page.locator("#question textarea")).to_have_value(RED)
    expect(page.locator(".turn")).to_have_count(0)


def test_a_program_is_edited_and_run_again(page, reds):
    attach(page, reds)
    ask(page, RED, turn=1)
    page.get_by_role("button", name="Edit the program").click()
    editor = page.locator("#editor .cm-content")
    expect(editor).to_contain_text('image_patch.find("red")')
    expect(page.get_by_role("button", name="Run this program")).to_be_visible()
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text('def execute_command(image):\n    return len(ImagePatch(image).find("blue"))\n')
    shoot(page, "chat-state-editing")
    page.get_by_role("button", name="Run this program").click()
    expect(page.locator("#turn-2 .answer .text")).to_have_text("1")
    expect(page.locator("#turn-2 .answer .facts")).to_contain_text("given")


def test_an_answer_is_judged_and_corrected(page, reds, served):
    attach(page, reds)
    ask(page, RED, turn=1)
    page.get_by_role("button", name="this answer is wrong").click()
    page.locator("#correction textarea, #correction input").fill("three")
    page.locator("#correction textarea, #correction input").press("Enter")
    expect(page.locator("#turn-1 .corrected")).to_have_text("You said it should be: three")
    expect(page.get_by_role("button", name="this answer is wrong")).to_have_attribute("aria-pressed", "true")


def test_a_question_is_asked_again(page, reds):
    attach(page, reds)
    ask(page, RED, turn=1)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#turn-2 .answer .text")).to_have_text("2")


def test_sessions_are_begun_opened_renamed_and_deleted(page, reds):
    attach(page, reds)
    ask(page, RED, turn=1)
    page.get_by_role("button", name="New session").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".sessions button")).to_have_count(2)
    page.locator(".sessions button", has_text=RED).click()
    expect(page.locator("#turn-1 .answer")).to_be_visible()
    page.get_by_role("button", name="This session").click()
    page.get_by_label("Title").fill("Counting")
    page.get_by_label("Title").press("Enter")
    expect(page.locator('.sessions [aria-current="true"]')).to_contain_text("Counting")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export this session").click()
    assert download.value.suggested_filename == "Counting.zip"
    page.get_by_role("button", name="Delete this session").click()
    expect(page.locator(".sessions button")).to_have_count(1)
    expect(page.locator(".turn")).to_have_count(0)


def test_text_of_an_answer_and_a_file_name_stay_text(page, reds, tmp_path):
    named = tmp_path / "<img src=x onerror=document.title='taken'>.png"
    named.write_bytes(reds.read_bytes())
    page.locator("#question input[type=file]").set_input_files(str(named))
    expect(page.locator(".board img")).to_be_visible()
    answer = ask(page, "What is the largest text?", turn=1)
    expect(answer.locator(".text")).to_contain_text("<script>document.title = 'taken over'</script><b>bold</b>")
    expect(answer.locator(".text")).to_contain_text("${1 + 1} {{value}}")
    assert page.title() == "Sightline"


def test_the_panel_says_what_answers_here(page):
    page.get_by_role("button", name="What answers here").click()
    panel = page.locator(".panel")
    expect(panel).to_contain_text("quick")
    expect(panel).to_contain_text("by-question")
    expect(panel).to_contain_text("find things by name")


def test_nothing_is_asked_of_another_host(visitors, served):
    asked = []
    page = visitors()
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator(".sessions button")).to_have_count(1)
    assert asked
    assert all(re.match(rf"(http://localhost:{served.port}/|data:|blob:)", url) for url in asked)


def test_everything_that_can_be_pressed_has_a_name(page, reds):
    expect(page.get_by_label("Question", exact=True)).to_be_editable()
    attach(page, reds)
    ask(page, RED, turn=1)
    nameless = """elements => elements.filter(one => one.offsetParent && !(
        one.ariaLabel || one.title || one.textContent.trim() || one.labels?.length)).map(one => one.outerHTML)"""
    assert page.locator("button, a[href], input:not([type=file]), textarea").evaluate_all(nameless) == []


def test_it_is_light_or_dark_as_the_visitor_likes(visitors):
    light = "() => getComputedStyle(document.body).getPropertyValue('--ground').trim()"
    assert visitors(color_scheme="light").evaluate(light) == "#f6f5f2"
    assert visitors(color_scheme="dark").evaluate(light) == "#15181b"
