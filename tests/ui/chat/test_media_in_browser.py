"""The chat in a real browser: scribbles, several pictures, sound, the webcam, and how results are drawn."""

import pytest

pytest.importorskip("gradio", reason="the chat is served with gradio")
pytest.importorskip("playwright", reason="Playwright drives the browser")

from playwright.sync_api import expect
from tests.support.blobs import Blobs, scene
from tests.support.browsing import BROWSER, RED, ask, at, attach, send, shoot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path: apt-get install chromium"),
    pytest.mark.filterwarnings("default"),
]


def scribble(page, *places):
    """Run a pen through these places of the picture, as fractions of its sides."""
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=4)
    page.mouse.up()


def test_a_scribble_on_the_picture_is_part_of_the_question(page, reds):
    attach(page, reds)
    page.get_by_role("button", name="Scribble").click()
    expect(page.get_by_role("button", name="Scribble")).to_have_attribute("aria-pressed", "true")
    scribble(page, (0.22, 0.15), (0.45, 0.15), (0.45, 0.65), (0.22, 0.65), (0.22, 0.17))
    expect(page.locator(".board .scribbled")).to_have_count(1)
    expect(page.get_by_role("button", name="Scribble")).to_have_attribute("aria-pressed", "true")
    shoot(page, "chat-state-scribble")
    assert ask(page, RED, turn=1).locator(".text").inner_text() == "1"
    expect(page.locator("#turn-1 .asking .mask")).to_have_count(1)


def test_one_question_is_about_several_pictures_of_the_gallery(page, reds, tmp_path):
    other = tmp_path / "uploads" / "other.png"
    scene(("red", (5, 5, 25, 25)), size=(60, 40)).save(other)
    attach(page, reds)
    ask(page, RED, turn=1)
    attach(page, other)
    expect(page.locator(".gallery li")).to_have_count(2)
    page.get_by_role("button", name="ask also about reds.png").click()
    expect(page.locator("#looking figcaption").first).to_contain_text("other.png, 60 × 40, and reds.png")
    answer = ask(page, "How many red things are in both?", turn=2)
    expect(answer.locator(".text")).to_have_text("3")
    expect(page.locator("#turn-2 .asking figure")).to_have_count(2)
    shoot(page, "chat-state-several")


def test_masks_are_drawn_in_the_answer_and_in_its_step(page, reds):
    attach(page, reds)
    answer = ask(page, "Outline the red things.", turn=1)
    expect(answer.locator(".evidence .mask")).to_have_count(2)
    page.locator("#turn-1 summary", has_text="How it was found").click()
    expect(page.locator("#turn-1 .step .mask")).to_have_count(2)
    shoot(page, "chat-state-masks")


def test_a_map_of_depth_is_drawn_and_is_no_picture_of_the_gallery(page, reds):
    attach(page, reds)
    ask(page, "Is it near?", turn=1)
    page.locator("#turn-1 summary", has_text="How it was found").click()
    expect(page.locator("#turn-1 .step .shown .view")).to_have_count(2)
    expect(page.locator("#turn-1 .step .made")).to_have_text("near is bright, far is dark")
    expect(page.locator(".gallery li")).to_have_count(0)


def test_tracks_are_drawn_on_a_line_of_time_with_the_way_they_took(page, clip):
    attach(page, clip)
    answer = ask(page, "What moves?", turn=1)
    expect(answer.locator(".film .lane i").first).to_be_visible()
    page.locator("#turn-1 summary", has_text="How it was found").click()
    expect(page.locator("#turn-1 .step .way").first).to_be_attached()
    expect(page.locator("#turn-1 .step .lane b").first).to_be_attached()
    shoot(page, "chat-state-tracks")


def test_sound_alone_is_played_and_asked_about(page, sound):
    attach(page, sound)
    expect(page.locator("#looking audio")).to_be_visible()
    answer = ask(page, "What is said?", turn=1)
    expect(answer.locator(".text")).to_have_text(RED)
    expect(answer.locator(".spans li")).to_have_count(1)
    played = page.request.get(page.locator("#looking audio").evaluate("audio => audio.src"))
    assert (played.status, played.headers["content-type"]) == (200, "audio/wav")
    shoot(page, "chat-state-sound")


def test_a_question_is_spoken(page, reds, sound):
    attach(page, reds)
    ask(page, "How wide is it?", turn=1)
    page.locator("#question input[type=file]").set_input_files(str(sound))
    expect(page.locator("#looking audio")).to_be_visible()
    page.get_by_role("button", name="ask about reds.png").click()
    expect(page.locator(".board img")).to_be_visible()
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#turn-2 p.said")).to_have_text(RED)
    expect(page.locator("#turn-2 .answer .text")).to_have_text("2")


def test_the_webcam_brings_a_picture(page):
    page.get_by_role("button", name="Webcam or clipboard").click()
    camera = page.locator("#camera")
    camera.get_by_role("button", name="Click to Access Webcam").click()
    ready = "one => one.videoWidth && one.readyState > 1"
    page.wait_for_function(f"[...document.querySelectorAll('#camera video')].some({ready})")
    camera.get_by_role("button", name="capture photo").click()
    expect(page.locator(".board img")).to_be_visible()
    width = int(page.locator(".board").get_attribute("data-width"))
    assert ask(page, "How wide is it?", turn=1).locator(".text").inner_text() == str(width)


def test_the_way_of_answering_is_chosen_and_told(page, reds):
    attach(page, reds)
    ways = page.locator("#way")
    expect(ways.get_by_label("as fits the question")).to_be_checked()
    answer = ask(page, RED, turn=1)
    expect(answer.locator(".way")).to_have_text("by a program: by-question writes programs")
    ways.get_by_label("by looking").check()
    answer = ask(page, "Why is it red?", turn=2)
    expect(answer.locator(".text")).to_have_text("I see 400 x 200 pixels")
    expect(answer.locator(".way")).to_have_text("by looking: you chose it")


def test_a_question_that_waits_is_taken_back(visitors, reds):
    Blobs.release.clear()
    others = [visitors() for _ in range(2)]
    for other in others:
        attach(other, reds)
        send(other, "Look slowly.")
        expect(other.locator('#running tr[aria-current="step"]')).to_be_visible()
    late = visitors()
    attach(late, reds)
    send(late, RED)
    expect(late.locator("#running")).to_contain_text("waiting for its turn")
    late.get_by_role("button", name="Stop").click()
    expect(late.locator("#running article")).to_have_count(0)
    expect(late.get_by_role("button", name="Stop")).to_be_hidden()
    Blobs.release.set()
    for other in others:
        expect(other.locator("#turn-1 .answer .text")).to_have_text("2")
    assert ask(late, RED, turn=1).locator(".text").inner_text() == "2"


def test_the_page_is_seen_in_the_dark(visitors, reds):
    page = visitors(color_scheme="dark")
    attach(page, reds)
    ask(page, RED, turn=1)
    page.get_by_role("button", name="What answers here").click()
    expect(page.locator(".panel")).to_contain_text("MiB")
    shoot(page, "chat-state-dark")
