"""What visitors can do: ask, point, follow up, stop, ask again, change the program, judge; each by themselves."""

import threading

import numpy as np
import pytest
from PIL import Image
from tests.support.blobs import Blobs
from tests.support.chats import ByQuestion, quick_pool
from tests.support.clips import film, write_clip, write_sound

from sightline.agent import Agent
from sightline.agent.trace import parse_traces
from sightline.tools.errors import BadRequest, MediaError
from sightline.ui.chat.actions import Actions
from sightline.ui.chat.asking import Asked
from sightline.ui.chat.board import Marks
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.sessions import Sessions
from sightline.ui.chat.talks import Talks
from sightline.ui.demo import DemoQuestion

RED = "How many red things are there?"


class Visitor:
    """Somebody at the page: does one thing after another in one session."""

    def __init__(self, actions, owners, name="ann"):
        self.actions, self.asking, self.owners, self.name = actions, actions.asking, owners, name
        self.shown = actions.arrive(name)
        self.pages = []

    @property
    def session(self):
        return self.shown.session

    @property
    def talk(self):
        return self.actions._talks.open(self.name, self.session)

    @property
    def turns(self):
        return self.talk.turns.read()

    def take(self, question, *files, marks=None, media=None, route="auto"):
        self.owners.uploaded(self.name, [str(file) for file in files])
        media = self.shown.media if media is None else media
        return self.asking.take(
            self.name,
            self.session,
            question=question,
            files=[str(f) for f in files],
            media=media,
            marks=marks,
            route=route,
        )

    def ask(self, question, *files, marks=None, media=None):
        """Ask, and give the trace of the answer."""
        return self.answered(self.take(question, *files, marks=marks, media=media))

    def answered(self, asked):
        self.pages = list(self.asking.answer(self.name, asked))
        self.shown = self.actions.show(self.name, asked.session)
        (trace,) = parse_traces(self.turns[-1].trace)
        return trace


@pytest.fixture
def actions(talks, owners, reds):
    return Actions(talks, owners, [DemoQuestion(photo=reds, question=RED, expected=("2",), options=None)])


@pytest.fixture
def ann(actions, owners):
    return Visitor(actions, owners)


def test_a_question_about_an_upload_is_answered_and_kept(ann, reds):
    trace = ann.ask(RED, reds)
    assert trace.answer.text == "2"
    assert ">2<" in ann.shown.dialogue
    assert RED in ann.shown.dialogue
    assert RED in ann.shown.sessions


def test_each_step_is_seen_as_it_happens(ann, reds):
    ann.ask(RED, reds)
    first, *later = ann.pages
    assert "deciding how to answer" in first
    assert any("image_patch.find" in " ".join(page.split()) or "find" in page for page in later)
    assert any("2 found" in page for page in later)


def test_the_line_that_runs_is_marked_while_an_expert_works(ann, reds, talks, agent):
    Blobs.release.clear()
    program = 'def execute_command(image):\n    patch = ImagePatch(image)\n    return len(patch.find("slow"))\n'
    ann.ask(RED, reds)
    pages = ann.asking.answer(ann.name, ann.asking.rerun(ann.name, ann.session, 1, program))
    marked = next(page for page in pages if 'aria-current="step"' in page)
    assert "line3" in marked.partition('aria-current="step"')[0].rpartition("<tr")[2] + marked
    Blobs.release.set()
    assert list(pages)


def test_the_next_question_is_about_the_same_picture(ann, reds, agent):
    ann.ask(RED, reds)
    assert ann.ask("How wide is it?").answer.text == "400"
    (told,) = agent.planner.requests[-1].history
    assert (told.question, told.answer) == (RED, "2")


def test_an_edit_is_what_the_next_question_is_about_and_keeps_where_it_comes_from(ann, reds):
    ann.ask("Draw the edges.", reds)
    original, edges = ann.talk.artefacts.all()
    assert ann.shown.media == (edges.id,)
    assert edges.origin == "made by turn 1: draw the edges, from reds.png"
    again = ann.ask("Draw the edges.")
    assert again.header.media[0].id == edges.id
    third = ann.talk.artefacts.all()[-1]
    assert third.origin == f"made by turn 2: draw the edges, from {edges.name}"
    assert original.origin == "uploaded"


def test_any_picture_of_the_gallery_can_be_asked_about_again(ann, reds):
    ann.ask("Draw the edges.", reds)
    original = ann.talk.artefacts.all()[0]
    ann.shown = ann.actions.choose("ann", ann.session, original.id)
    assert ann.ask(RED).answer.text == "2"


def test_a_box_makes_the_question_about_what_is_in_it(ann, reds):
    marks = Marks(media=media_of(ann, reds)).with_gesture({"place": [90, 30, 200, 130]})
    trace = ann.ask(RED, marks=marks)
    assert trace.answer.text == "1"
    assert trace.header.media[0].region == (90, 70, 200, 170)
    assert ann.ask(RED).answer.text == "2"


def test_a_point_makes_the_question_about_the_place_around_it(ann, reds):
    marks = Marks(media=media_of(ann, reds)).with_gesture({"place": [130, 80]})
    trace = ann.ask("How wide is it?", marks=marks)
    left, lower, right, upper = trace.header.media[0].region
    assert left <= 130 < right
    assert lower <= 199 - 80 < upper
    assert int(trace.answer.text) == right - left < 400


def media_of(visitor, path):
    """Bring a file for the next question; its id."""
    visitor.owners.uploaded(visitor.name, [str(path)])
    visitor.shown = visitor.actions.attach(visitor.name, visitor.session, [str(path)])
    return visitor.shown.media[0]


def test_a_video_is_answered_with_a_line_of_time(ann, tmp_path):
    clip = write_clip(tmp_path / "uploads" / "cut.mp4", film(scenes=((0.0, "red"), (2.0, "blue"))), seconds=4)
    trace = ann.ask("When does the picture change?", clip)
    assert trace.answer.status == "answered", trace.answer.reason
    assert 'class="spans"' in ann.shown.dialogue
    assert f"/talks/{ann.session}/videos/" in ann.shown.dialogue


def test_several_pictures_come_with_one_question(ann, reds, tmp_path):
    other = tmp_path / "uploads" / "other.png"
    Image.fromarray(np.zeros((50, 70, 3), np.uint8)).save(other)
    trace = ann.ask(RED, reds, other)
    assert [media.name for media in trace.header.media] == ["reds.png", "other.png"]


def test_stop_ends_the_process_and_the_answer_says_so(ann, reds):
    asked = ann.take("Count for ever.", reds)
    pages = ann.asking.answer("ann", asked)
    page = next(pages)
    while "running the program" not in page:
        page = next(pages)
    assert ann.asking.stop("ann", ann.session) is True
    assert list(pages) is not None
    (trace,) = parse_traces(ann.turns[-1].trace)
    assert trace.runs[-1].error.type == "Cancelled"
    assert trace.answer.status != "answered"
    assert ann.asking.stop("ann", ann.session) is False


def test_a_session_answers_one_question_at_a_time(ann, reds):
    pages = ann.asking.answer("ann", ann.take("Count for ever.", reds))
    while "running the program" not in next(pages):
        pass
    with pytest.raises(BadRequest, match="still answering"):
        ann.take(RED)
    ann.asking.stop("ann", ann.session)
    list(pages)
    assert ann.ask(RED, reds).answer.text == "2"


def test_a_question_can_be_asked_again_and_its_program_changed(ann, reds):
    ann.ask(RED, reds)
    assert ann.answered(ann.asking.again("ann", ann.session, 1)).answer.text == "2"
    program = ann.asking.program("ann", ann.session, 1).replace('"red"', '"blue"')
    trace = ann.answered(ann.asking.rerun("ann", ann.session, 1, program))
    assert (trace.answer.text, trace.header.planner) == ("1", "given")
    assert len(ann.turns) == 3


def test_a_changed_program_meets_the_same_walls(ann, reds):
    ann.ask(RED, reds)
    program = "def execute_command(image):\n    return open('/etc/passwd').read()\n"
    trace = ann.answered(ann.asking.rerun("ann", ann.session, 1, program))
    assert trace.answer.status == "api_misuse"


def test_an_example_is_asked_like_any_question(ann):
    trace = ann.answered(ann.asking.example("ann", ann.session, 0))
    assert trace.answer.text == "2"
    with pytest.raises(BadRequest):
        ann.asking.example("ann", ann.session, 1)


def test_votes_and_corrections_stand_at_the_answer_and_in_what_the_planner_is_told(ann, reds, agent):
    ann.ask(RED, reds)
    shown = ann.actions.vote("ann", ann.session, 1, vote=-1, correction="three")
    assert "You said it should be: <b>three</b>" in shown.dialogue
    ann.ask("How wide is it?")
    assert agent.planner.requests[-1].history[0].answer == "three"


def test_a_session_is_resumed_after_the_server_was_started_anew(ann, reds, tmp_path, agent, owners, talks):
    ann.ask("Draw the edges.", reds)
    talks.sessions.close()
    sessions = Sessions(tmp_path / "chat")
    later = Visitor(Actions(Talks(sessions, agent), owners), owners)
    assert later.shown.dialogue == ann.shown.dialogue
    assert later.shown.media == ann.shown.media
    assert later.ask("How wide is it?").answer.text == "400"
    assert later.ask("Draw the edges.").answer.status == "answered"


def test_two_visitors_see_nothing_of_each_other(ann, actions, owners, reds):
    ann.ask(RED, reds)
    bob = Visitor(actions, owners, "bob")
    assert bob.session != ann.session
    assert RED not in bob.shown.sessions + bob.shown.dialogue
    assert actions.show("bob", ann.session).session == ""
    for act in (
        lambda: actions.choose("bob", ann.session, ann.shown.media[0]),
        lambda: actions.point("bob", ann.session, ann.shown.media, None, {"place": [1, 1]}),
        lambda: actions.asking.again("bob", ann.session, 1),
        lambda: actions.asking.program("bob", ann.session, 1),
        lambda: actions.asking.stop("bob", ann.session),
        lambda: actions.vote("bob", ann.session, 1, vote=1),
        lambda: actions.delete("bob", ann.session),
        lambda: actions.rename("bob", ann.session, "mine"),
        lambda: list(actions.asking.answer("bob", Asked(session=ann.session, question="?", media=()))),
        lambda: bob.ask(RED, media=ann.shown.media),
    ):
        with pytest.raises(BadRequest):
            act()
    assert len(ann.turns) == 1


def test_two_visitors_ask_at_the_same_time(ann, actions, owners, reds):
    bob = Visitor(actions, owners, "bob")
    asked = [(who, who.take(RED, reds)) for who in (ann, bob)]
    threads = [threading.Thread(target=who.answered, args=(one,)) for who, one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for who in (ann, bob):
        (trace,) = parse_traces(who.turns[-1].trace)
        assert trace.answer.text == "2"
        assert len(who.turns) == 1


def test_a_question_that_waits_can_be_taken_back(ann, reds):
    asked = ann.take(RED, reds)
    assert ann.asking.waits("ann", asked)
    assert ann.asking.stop("ann", ann.session) is True
    assert not ann.asking.waits("ann", asked)
    assert list(ann.asking.answer("ann", asked)) == []
    assert ann.turns == []
    assert ann.asking.stop("ann", ann.session) is False
    assert ann.ask(RED, reds).answer.text == "2"


def test_pictures_join_the_question_and_leave_it(ann, reds):
    ann.ask("Draw the edges.", reds)
    original, edges = (each.id for each in ann.talk.artefacts.all())
    both = ann.actions.choose("ann", ann.session, original, beside=(edges,))
    assert both.media == (edges, original)
    assert ann.actions.choose("ann", ann.session, edges, beside=both.media).media == (original,)
    assert ann.actions.choose("ann", ann.session, edges, beside=(edges,)).media == (edges,)


def test_what_is_attached_and_what_is_chosen_beside_it_are_asked_about_together(ann, reds, tmp_path):
    other = tmp_path / "uploads" / "other.png"
    Image.fromarray(np.zeros((50, 70, 3), np.uint8)).save(other)
    ann.ask(RED, reds)
    new = media_of(ann, other)
    both = ann.actions.choose("ann", ann.session, first_of(ann), beside=(new,)).media
    trace = ann.ask(RED, other, media=both)
    assert [media.name for media in trace.header.media] == ["other.png", "reds.png"]
    assert [media.name for media in ann.ask(RED, reds, media=(new,)).header.media] == ["reds.png"]


def test_a_scribble_makes_the_question_about_what_it_covers(ann, reds):
    ring = [[90, 30], [180, 30], [180, 130], [90, 130], [92, 34]]
    marks = Marks(media=media_of(ann, reds)).with_gesture({"stroke": ring})
    trace = ann.ask(RED, marks=marks)
    assert trace.answer.text == "1"
    (media,) = trace.header.media
    assert media.region_mask
    assert media.region_outline
    assert "mask" in ann.shown.dialogue
    assert ann.answered(ann.asking.again("ann", ann.session, 1)).header.media[0].region == media.region


def test_what_was_found_before_can_be_referred_to_after_a_restart(ann, reds, tmp_path, agent, owners, talks):
    ann.ask("Draw the edges.", reds)
    ann.ask(RED, media=(first_of(ann),))
    talks.sessions.close()
    sessions = Sessions(tmp_path / "chat")
    later = Visitor(Actions(Talks(sessions, agent), owners), owners)
    trace = later.ask("How wide is it?")
    told = [(each.turn, each.what) for each in trace.header.earlier]
    assert (1, "edges, from reds.png") in told
    assert [what for turn, what in told if turn == 2] == ["red", "red"]
    sessions.close()


def first_of(visitor):
    return visitor.talk.artefacts.all()[0].id


# -- what is spoken --


@pytest.fixture
def hearing(talks, sandbox, owners):
    with Agent(ByQuestion(), pool=quick_pool(transcribe="test-hears"), sandbox=sandbox) as hears:
        yield Visitor(Actions(Talks(talks.sessions, hears), owners), owners)


def test_a_spoken_question_is_asked_about_what_comes_with_it(hearing, reds, sound):
    trace = hearing.ask("", reds, sound)
    assert (trace.header.question, trace.answer.text) == (RED, "2")
    assert [media.name for media in trace.header.media] == ["reds.png"]


def test_a_spoken_question_is_asked_about_the_picture_at_hand(hearing, reds, sound):
    hearing.ask("How wide is it?", reds)
    assert hearing.ask("", sound).answer.text == "2"


def test_a_sound_with_a_question_is_what_it_is_about(hearing, sound):
    trace = hearing.ask("What is said?", sound)
    assert trace.answer.text == RED
    (artefact,) = hearing.talk.artefacts.all()
    assert artefact.kind == "sound"
    assert "<audio" in hearing.shown.dialogue


def test_silence_is_no_question(hearing, reds, tmp_path):
    silent = write_sound(tmp_path / "uploads" / "silent.wav", np.zeros(8000))
    with pytest.raises(BadRequest, match="no words could be made out"):
        hearing.ask("", reds, silent)
    with pytest.raises(BadRequest, match="type it, or speak it"):
        hearing.ask("", reds)


# -- the way of answering --


def test_the_way_is_told_with_the_answer(ann, reds):
    ann.ask(RED, reds)
    assert "by a program: by-question writes programs" in ann.shown.dialogue
    assert any("by a program" in page for page in ann.pages)


@pytest.mark.parametrize("way", ["tools", "direct"])
def test_a_way_that_is_not_here_cannot_be_chosen(ann, reds, way):
    assert [name for _, name in ann.asking.routes] == ["auto", "program"]
    with pytest.raises(BadRequest, match="auto, program"):
        ann.take(RED, reds, route=way)


# -- what is refused, in words --


def test_a_wrong_file_gives_a_readable_message_and_no_turn(ann, tmp_path):
    lie = tmp_path / "uploads" / "photo.jpg"
    lie.write_text("this is no picture")
    with pytest.raises(MediaError, match=r"photo\.jpg: .*text"):
        ann.ask(RED, lie)
    assert ann.turns == []
    assert list((tmp_path / "chat" / "files" / ann.session).iterdir()) == []


def test_a_file_that_somebody_else_uploaded_did_not_arrive(ann, owners, reds, tmp_path):
    owners.uploaded("bob", [str(reds)])
    for path in (reds, tmp_path / "chat" / "chat.sqlite", "/etc/passwd", "../../etc/passwd"):
        with pytest.raises(BadRequest, match="did not arrive"):
            ann.asking.take("ann", ann.session, question=RED, files=[str(path)], media=(), marks=None)


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 5000])
def test_an_empty_or_endless_question_is_not_asked(ann, reds, question):
    with pytest.raises(BadRequest):
        ann.ask(question, reds)
    assert ann.turns == []


def test_too_many_files_are_refused(ann, reds):
    with pytest.raises(BadRequest, match="9 files are too many"):
        ann.ask(RED, *[reds] * 9)


def test_a_visitor_who_asks_too_often_waits_and_others_do_not(talks, owners):
    now = [0.0]
    limited = Talks(talks.sessions, talks.agent, limits=ChatLimits(questions_per_minute=2), clock=lambda: now[0])
    for _ in range(2):
        limited.admit("ann")
    with pytest.raises(BadRequest, match="ask again in 60 seconds"):
        limited.admit("ann")
    limited.admit("bob")
    now[0] = 60.1
    limited.admit("ann")


def test_an_unknown_way_of_answering_is_refused(ann):
    with pytest.raises(BadRequest, match="'magic'"):
        ann.asking.take("ann", ann.session, question="?", files=[], media=(), marks=None, route="magic")


def test_a_deleted_session_is_gone_and_the_one_before_it_is_shown(ann, reds, tmp_path):
    ann.ask(RED, reds)
    first = ann.session
    ann.shown = ann.actions.begin("ann")
    second = ann.session
    assert second != first
    shown = ann.actions.delete("ann", second)
    assert shown.session == first
    assert not (tmp_path / "chat" / "files" / second).exists()


# -- text is text --

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_script_in_an_answer_a_question_or_a_name_is_shown_as_text(ann, reds):
    named = reds.with_name("<img src=x onerror=alert(3)>.png")
    named.write_bytes(reds.read_bytes())
    ann.ask("What is the largest text?", named)
    ann.ask(SCRIPT)
    ann.actions.vote("ann", ann.session, 1, vote=-1, correction=SCRIPT)
    ann.actions.rename("ann", ann.session, SCRIPT)
    shown = ann.actions.show("ann", ann.session)
    page = shown.dialogue + shown.sessions + shown.board + shown.gallery + "".join(ann.pages)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;img src=x onerror=alert(3)&gt;" in page


def test_what_is_pointed_at_comes_from_numbers_only():
    marks = Marks(media="m")
    for gesture in ({}, {"place": ["<b>", 1]}, {"place": [1, 2, 3]}, {"place": [None] * 4}, {"place": [1.5] * 9}):
        assert marks.with_gesture(gesture) == marks
    assert marks.with_gesture({"place": [9, 8, 1, 2]}).box == (1, 2, 9, 8)


def test_points_and_boxes_are_turned_over_for_the_agent():
    marks = Marks(media="m").with_gesture({"place": [3, 0]}).with_gesture({"place": [5, 9], "excluded": True})
    pointing = marks.pointing(10, 10)
    assert (pointing.points, pointing.excluded, pointing.box) == (((3, 9),), ((5, 0),), None)
    assert marks.with_gesture({"place": [0, 0, 4, 2]}).pointing(10, 10).box == (0, 8, 4, 10)
    assert Marks(media="m").with_gesture({"place": [5, 9], "excluded": True}).pointing(10, 10) is None


def test_a_trace_replays_what_was_pointed_at(ann, reds, sandbox):
    from sightline.agent import replay

    marks = Marks(media=media_of(ann, reds)).with_gesture({"place": [90, 30, 200, 130]})
    trace = ann.ask(RED, marks=marks)
    assert ann.turns[-1].pointing.box == (90, 70, 200, 170)
    assert replay(trace, sandbox=sandbox).text == "1"
