"""A long conversation: what is held in memory, read and rendered for a question does not grow with the turns before."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.agent.memory import Recollection
from sightline.tools.errors import MediaError
from sightline.ui.chat import turns as turns_module
from sightline.ui.chat.actions import Actions
from sightline.ui.chat.database import Database
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.sessions import Sessions
from sightline.ui.chat.talks import Talks
from sightline.ui.chat.turns import shown_turns

RED = "How many red things are there?"
WIDE = "How wide is it?"


@pytest.fixture
def talk(talks, reds):
    """An open session with one turn about a picture."""
    opened = talks.open("ann", talks.sessions.begin("ann").id)
    opened.about = opened.media.bring(reds, "reds.png").id
    asked(talks, opened)
    return opened


def asked(talks, talk, question=WIDE):
    return talk.ask(talks.agent, question, [talk.about], pointing=None, emit=lambda event: None)


def copied(talk, times):
    """Turns like the first one, without the time that it takes to answer them."""
    first = talk.turns.get(1)
    for _ in range(times):
        talk.turns.add(question=first.question, media=first.media, trace=first.trace)


def rows_read(monkeypatch):
    """Counts rows that come out of the database."""
    counted = {"queries": 0, "rows": 0}
    read = Database.rows

    def counting(database, query, *values):
        rows = read(database, query, *values)
        counted["queries"] += 1
        counted["rows"] += len(rows)
        return rows

    monkeypatch.setattr(Database, "rows", counting)
    return counted


def test_a_question_reads_as_much_after_a_hundred_turns_as_after_ten(talks, talk, owners, monkeypatch):
    actions = Actions(talks, owners)
    counted = rows_read(monkeypatch)
    figures = []
    for earlier in (9, 90):
        copied(talk, earlier)
        asked(talks, talk)  # the turns that were copied are taken note of
        actions.show("ann", talk.id)
        counted.update(queries=0, rows=0)
        asked(talks, talk)
        actions.show("ann", talk.id)
        figures.append(dict(counted))
    assert figures[0] == figures[1]
    assert figures[0]["rows"] < 60


def test_a_turn_is_rendered_once_and_again_when_it_is_judged(talks, talk, owners, monkeypatch):
    rendered = []
    render = turns_module._turn_html
    monkeypatch.setattr(
        turns_module, "_turn_html", lambda talk, turn: rendered.append(turn.number) or render(talk, turn)
    )
    actions = Actions(talks, owners)
    copied(talk, 30)
    actions.show("ann", talk.id)
    assert rendered == list(range(21, 32))
    rendered.clear()
    asked(talks, talk)
    actions.show("ann", talk.id)
    assert rendered == [32]
    shown = actions.vote("ann", talk.id, 25, vote=-1, correction="three")
    assert rendered == [32, 25]
    assert "You said it should be: <b>three</b>" in shown.dialogue


def test_the_page_holds_a_bounded_number_of_turns_and_leads_to_all_others(talks, talk, owners):
    actions = Actions(talks, owners)
    copied(talk, 46)
    page = actions.show("ann", talk.id).dialogue
    seen = numbers(page)
    assert seen == list(range(31, 48))
    while seen[0] > 1:
        earlier = int(re.search(r'data-act="page" data-turn="(\d+)">Earlier', page).group(1))
        page = actions.page("ann", talk.id, earlier)
        seen = [*numbers(page), *seen]
        assert "Later turns" in page
    assert seen == list(range(1, 48))


def numbers(page):
    return [int(number) for number in re.findall(r'id="turn-(\d+)"', page)]


@pytest.mark.parametrize("count", [1, 9, 10, 19, 20, 21, 100, 105])
def test_every_turn_stands_on_a_page_of_at_most_nineteen(count):
    assert shown_turns(count)[1] == count
    for turn in range(1, count + 1):
        first, last = shown_turns(count, around=turn)
        assert 1 <= first <= turn <= last <= count
        assert last - first < 19


def test_pictures_of_earlier_turns_rest_on_disk_and_can_still_be_asked_about(tmp_path, agent, owners):
    size = 120 * 100 * 3
    sessions = Sessions(tmp_path / "chat")
    talks = Talks(sessions, agent, limits=ChatLimits(held_pixel_bytes=3 * size))
    talk = talks.open("ann", sessions.begin("ann").id)
    for number in range(12):
        picture = np.zeros((100, 120, 3), np.uint8)
        picture[: number + 1] = 200
        path = tmp_path / f"{number}.png"
        Image.fromarray(picture).save(path)
        talk.about = talk.media.bring(path, path.name).id
        assert asked(talks, talk).number == number + 1
        assert talk.media.store.held_bytes == talks.pixels.bytes <= 3 * size
    first = talk.artefacts.all()[0].id
    assert not talk.media.store.holds(first)
    talk.about = first
    turn = asked(talks, talk)
    assert '"text":"120"' in turn.trace.replace('": "', '":"')
    assert talk.media.store.held_bytes <= 3 * size
    sessions.close()


def test_what_is_remembered_of_a_dialogue_is_bounded(talks, talk):
    from sightline.agent.trace import parse_traces

    (trace,) = parse_traces(talk.turns.get(1).trace)
    (found,) = parse_traces(asked(talks, talk, RED).trace)
    recollection = Recollection(most=8)
    for number in range(1, 200):
        recollection.add(number, found)
    kept = recollection.things()
    assert len(kept) == 8
    assert [each.fact.kind for each in kept].count("picture") == len(trace.header.media)
    assert kept[-1].fact.turn == 199


def test_the_planner_is_told_the_same_by_a_talk_that_was_open_and_one_that_is_opened_again(talks, talk, agent):
    copied(talk, 40)
    asked(talks, talk, RED)
    asked(talks, talk)
    open_all_along = agent.planner.requests[-1]
    talks._open.clear()
    again = talks.open("ann", talk.id)
    again.about = talk.about
    asked(talks, again)
    opened_again = agent.planner.requests[-1]
    assert len(open_all_along.history) == len(opened_again.history) == 20
    assert opened_again.history[:-1] == open_all_along.history[1:]
    assert [each.what for each in opened_again.earlier] == [each.what for each in open_all_along.earlier]


def test_the_gallery_shows_the_latest_and_all_when_asked(talks, talk, owners, tmp_path):
    for number in range(45):
        path = tmp_path / f"g{number}.png"
        Image.fromarray(np.full((4, 4, 3), number, np.uint8)).save(path)
        talk.media.bring(path, path.name)
    actions = Actions(talks, owners)
    shown = actions.show("ann", talk.id).gallery
    assert shown.count('data-act="choose"') == 40
    assert 'data-act="all"' in shown
    everything = actions.show("ann", talk.id, everything=True).gallery
    assert everything.count('data-act="choose"') == 46
    assert 'data-act="all"' not in everything


def test_a_text_that_calls_itself_a_clip_is_told_that_pictures_and_videos_are_taken(talk, tmp_path):
    lie = tmp_path / "clip.mp4"
    lie.write_text("no clip")
    with pytest.raises(MediaError, match=r"clip\.mp4: .*picture .*or a video"):
        talk.media.bring(lie, "clip.mp4")


# -- through the page --


def test_what_gradio_keeps_of_an_open_page_does_not_grow_with_questions(sandbox, tmp_path, reds):
    pytest.importorskip("gradio", reason="the chat is served with gradio")
    from benchmarks.chat_load import Visitor
    from tests.support.browsing import Served
    from tests.support.chats import chat_agent

    from sightline.ui.demo import DemoQuestion

    question = DemoQuestion(photo=Path(reds), question=WIDE, expected=("400",), options=None)
    with chat_agent(sandbox) as agent:
        served = Served(agent, tmp_path / "served")
        try:
            visitor = Visitor(served.address.rstrip("/"))
            kept = []
            for _ in range(6):
                assert visitor.ask(question) == "400"
                visitor._run("attach", [visitor._session, {"text": "typed", "files": []}, None])
                kept.append(kept_by_gradio(served))
        finally:
            served.stop()
    assert kept[2:] == [kept[2]] * 4


def kept_by_gradio(served):
    """Components in the state of all open pages."""
    mounted = next(
        route.app for route in served.chat.app._app.routes if hasattr(getattr(route, "app", None), "get_blocks")
    )
    states = mounted.state_holder.session_data.values()
    return [(len(state.blocks_config.blocks), len(state.config_values)) for state in states]
