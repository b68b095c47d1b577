"""The chat's memory: kept over a restart, nobody's but the visitor's, bounded, and gone when deleted."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.made_traces import ordinary

from sightline.tools.errors import BadRequest
from sightline.ui.chat.artefact_store import Artefact
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.preferences import preference, preference_lines
from sightline.ui.chat.sessions import Sessions

SAID = ordinary().answer.text
TRACE = ordinary().to_jsonl()


@pytest.fixture
def sessions(tmp_path):
    opened = Sessions(tmp_path)
    yield opened
    opened.close()


def kept(sessions, visitor, session, *, name="a.png", size=100, id="f" * 32):
    path = sessions.artefacts(visitor, session).folder() / f"{id}.png"
    path.write_bytes(b"x" * size)
    artefact = Artefact(
        id=id, kind="image", name=name, file=path.name, bytes=size, width=2, height=1, origin="uploaded"
    )
    sessions.artefacts(visitor, session).keep(artefact)
    return path


def test_sessions_turns_files_and_votes_outlive_the_server(tmp_path):
    first = Sessions(tmp_path)
    session = first.begin("ann")
    first.turns("ann", session.id).add(question="How many?", media=["f" * 32], trace=TRACE)
    path = kept(first, "ann", session.id)
    first.turns("ann", session.id).vote(1, vote=-1, correction="three")
    first.rename("ann", session.id, "Counting")
    first.close()

    again = Sessions(tmp_path)
    (listed,) = again.of("ann")
    assert (listed.id, listed.title) == (session.id, "Counting")
    (turn,) = again.turns("ann", session.id).read()
    assert (turn.question, turn.media, turn.vote, turn.correction) == ("How many?", ("f" * 32,), -1, "three")
    assert turn.trace == TRACE
    assert again.artefacts("ann", session.id).file("f" * 32).read_bytes() == path.read_bytes()
    again.close()


def test_the_session_used_last_comes_first(sessions):
    first, second = sessions.begin("ann"), sessions.begin("ann")
    assert [each.id for each in sessions.of("ann")] == [second.id, first.id]
    sessions.turns("ann", first.id).add(question="?", media=[], trace="")
    assert [each.id for each in sessions.of("ann")] == [first.id, second.id]


FOREIGN = {
    "get": lambda s, id: s.get("bob", id),
    "turns": lambda s, id: s.turns("bob", id).read(),
    "turn": lambda s, id: s.turns("bob", id).get(1),
    "add_turn": lambda s, id: s.turns("bob", id).add(question="?", media=[], trace=""),
    "vote": lambda s, id: s.turns("bob", id).vote(1, vote=1),
    "rename": lambda s, id: s.rename("bob", id, "mine now"),
    "delete": lambda s, id: s.delete("bob", id),
    "folder": lambda s, id: s.artefacts("bob", id).folder(),
    "artefacts": lambda s, id: s.artefacts("bob", id).all(),
    "file": lambda s, id: s.artefacts("bob", id).file("f" * 32),
    "keep": lambda s, id: kept(s, "bob", id),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_session_of_somebody_else_is_as_unknown_as_one_that_never_was(sessions, what):
    session = sessions.begin("ann")
    sessions.turns("ann", session.id).add(question="?", media=[], trace="")
    kept(sessions, "ann", session.id)
    with pytest.raises(BadRequest) as foreign:
        FOREIGN[what](sessions, session.id)
    with pytest.raises(BadRequest) as unknown:
        FOREIGN[what](sessions, "0" * 32)
    assert str(foreign.value) == str(unknown.value)
    assert [each.title for each in sessions.of("ann")] == [session.title]
    assert len(sessions.artefacts("ann", session.id).all()) == 1


@pytest.mark.parametrize("id", ["../../etc", "..", "", "/etc/passwd", "%", "' or 1=1 --"])
def test_an_id_that_is_a_path_or_a_query_is_no_session(sessions, id):
    sessions.begin("ann")
    with pytest.raises(BadRequest):
        sessions.artefacts("ann", id).folder()


def test_what_is_deleted_is_gone_with_its_files_and_votes(sessions, tmp_path):
    session = sessions.begin("ann")
    sessions.turns("ann", session.id).add(question="?", media=[], trace=TRACE)
    sessions.turns("ann", session.id).vote(1, vote=1)
    path = kept(sessions, "ann", session.id)
    sessions.delete("ann", session.id)
    assert not path.exists()
    assert sessions.of("ann") == []
    assert not any((tmp_path / "files").iterdir())


def test_a_visitor_has_no_more_sessions_than_are_allowed(tmp_path):
    sessions = Sessions(tmp_path, limits=ChatLimits(sessions=2))
    for _ in range(2):
        sessions.begin("ann")
    with pytest.raises(BadRequest, match="2 sessions"):
        sessions.begin("ann")
    assert sessions.begin("bob")
    sessions.close()


def test_an_empty_session_is_not_begun_twice(sessions):
    first = sessions.empty("ann")
    assert sessions.empty("ann") == first
    kept(sessions, "ann", first.id)
    assert sessions.empty("ann").id != first.id


def test_a_file_over_the_visitors_quota_is_refused_and_not_left_behind(tmp_path):
    sessions = Sessions(tmp_path, limits=ChatLimits(visitor_bytes=250))
    one, other = sessions.begin("ann"), sessions.begin("ann")
    kept(sessions, "ann", one.id, size=200)
    with pytest.raises(BadRequest, match="200 bytes"):
        kept(sessions, "ann", other.id, size=100, id="e" * 32)
    assert not (sessions.artefacts("ann", other.id).folder() / f"{'e' * 32}.png").exists()
    kept(sessions, "bob", sessions.begin("bob").id, size=200)
    sessions.close()


def test_sessions_that_were_not_used_for_long_are_cleaned_away_but_not_open_ones(tmp_path):
    sessions = Sessions(tmp_path, limits=ChatLimits(keep_days=10))
    old, open_one = sessions.begin("ann"), sessions.begin("ann")
    path = kept(sessions, "ann", old.id)
    assert sessions.clean(now=datetime.now(UTC) + timedelta(days=9)) == []
    assert sessions.clean(spare=frozenset({open_one.id}), now=datetime.now(UTC) + timedelta(days=11)) == [old.id]
    assert not path.exists()
    sessions.close()


def test_over_the_quota_of_all_the_ones_used_longest_ago_go_first(tmp_path):
    sessions = Sessions(tmp_path, limits=ChatLimits(total_bytes=250))
    first, second, third = (sessions.begin(visitor) for visitor in ("ann", "bob", "ann"))
    for visitor, session in (("ann", first), ("bob", second), ("ann", third)):
        kept(sessions, visitor, session.id, size=100)
    assert sessions.clean() == [first.id]
    assert [each.id for each in sessions.of("ann")] == [third.id]
    sessions.close()


def test_files_that_a_killed_server_left_are_cleaned_away(sessions, tmp_path):
    stray = tmp_path / "files" / ("0" * 32)
    stray.mkdir()
    (stray / "x.png").write_bytes(b"x")
    sessions.clean()
    assert not stray.exists()


# -- votes --


def judged(sessions, *, vote, correction=""):
    session = sessions.begin("ann")
    sessions.turns("ann", session.id).add(question="How many?", media=[], trace=TRACE)
    return sessions.turns("ann", session.id).vote(1, vote=vote, correction=correction)


@pytest.mark.parametrize(
    ("vote", "correction", "chosen", "rejected"),
    [(1, "", SAID, None), (-1, "", None, SAID), (-1, "three", "three", SAID), (1, "two", "two", SAID)],
)
def test_a_vote_becomes_a_record_of_what_is_preferred(sessions, vote, correction, chosen, rejected):
    record = preference(judged(sessions, vote=vote, correction=correction))
    assert (record["vote"], record["chosen"], record["rejected"]) == (vote, chosen, rejected)
    assert record["trace"] == TRACE
    assert record["question"] == "How many?"


def test_a_vote_taken_back_leaves_no_record(sessions):
    turn = judged(sessions, vote=0)
    assert preference(turn) is None
    assert list(preference_lines([turn])) == []


def test_the_records_are_one_json_object_a_line(sessions):
    lines = list(preference_lines([judged(sessions, vote=1), judged(sessions, vote=-1, correction="a\nb")]))
    assert [json.loads(line)["record"] for line in lines] == ["preference", "preference"]
    assert all(line.count("\n") == 1 for line in lines)


@pytest.mark.parametrize("vote", [2, -7])
def test_a_vote_is_one_of_three(sessions, vote):
    with pytest.raises(BadRequest, match="a vote is"):
        judged(sessions, vote=vote)


@pytest.mark.parametrize("name", ["upload_bytes", "sessions", "keep_days"])
def test_a_limit_of_nothing_is_refused(name):
    with pytest.raises(BadRequest):
        ChatLimits(**{name: 0})
