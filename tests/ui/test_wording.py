"""What the faces say in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import made_traces as made

from sightline.tools.capabilities import CAPABILITIES
from sightline.ui.wording import asked, describe_result, duration, paired_results, printable, returned, wall_facts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0004, "0.4 ms"), (0.0123, "12 ms"), (1.26, "1.3 s"), (59.0, "59.0 s"), (125.0, "2 min 5 s")],
)
def test_a_duration_has_the_unit_people_expect(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_control_and_direction_characters_do_not_reach_a_terminal() -> None:
    assert printable("a\x1b[31mb\u202ec\x07\r\nd\te") == "a\ufffd[31mbc\ufffd\nd\te"


def test_letters_of_every_script_and_emoji_stay() -> None:
    text = "naïve 日本語 עברית 👩\u200d🚀 नमस्ते"
    assert printable(text) == text


@given(st.text())
def test_printable_text_holds_no_escape_character(text: str) -> None:
    assert not set(printable(text)) & {"\x1b", "\x9b", "\x00", "\u202e", "\u2066"}


@pytest.mark.parametrize(
    ("capability", "arguments", "words"),
    [
        ("detect", {"names": ["dog", "cat"]}, "find “dog”, “cat”"),
        ("verify_property", {"name": "car", "attribute": "red"}, "is the “car” “red”?"),
        ("answer", {"question": None}, "ask “What is this?”"),
        ("read_text", {}, "read the text"),
        ("inpaint", {"name": "cat", "prompt": None}, "remove “cat”"),
        ("inpaint", {"name": "cat", "prompt": "a fox"}, "replace “cat” by “a fox”"),
        ("map", {"kind": "soft_edges"}, "draw the soft edges map"),
        ("redraw", {"kind": "depth", "prompt": "a hut", "drawn": False}, "draw “a hut” along the depth map"),
        ("set_apart", {"name": None, "how": "blur"}, "blur the background"),
        ("outpaint", {"width": 80, "height": 60, "prompt": None}, "continue the picture to 80 x 60 pixels"),
        ("select_answer", {"info": {}, "options": ["a", "b"]}, "choose the answer among “a”, “b”"),
        ("segment", {"name": "cup"}, "outline “cup”"),
        ("segment", {"name": None, "points": [[3.0, 4.5]]}, "outline what is at (3, 4.5)"),
        ("segment", {"name": None, "everything": True}, "outline everything"),
        ("segment", {"name": None}, "outline what is shown"),
        ("watch", {"question": "what happens?"}, "ask “what happens?”"),
        ("some_new_thing", {"depth": 3}, 'some new thing {"depth": 3}'),
    ],
)
def test_a_call_is_told_in_plain_words(capability: str, arguments: dict[str, object], words: str) -> None:
    assert asked(capability, arguments) == words


@pytest.mark.parametrize("capability", sorted(CAPABILITIES))
def test_every_capability_has_words_of_its_own(capability: str) -> None:
    assert asked(capability, {"name": "x", "names": ["x"], "texts": ["x"], "question": "x", "text": "x"}).find("{") < 0


@pytest.mark.parametrize(
    ("capability", "result", "words"),
    [
        ("detect", [], "nothing found"),
        ("detect", [made.found((0, 0, 9, 9), "dog", 0.931)], "1 found: dog 0.93"),
        ("faces", [made.found((0, 0, 9, 9), "face", 0.8)], "1 face 0.80"),
        ("verify_property", {"value": False, "confidence": 0.7}, "no (0.70)"),
        ("read_text", {"lines": []}, "no text"),
        ("read_text", {"lines": [{"text": "EXIT"}, {"text": "24"}]}, "2 lines: “EXIT”, “24”"),
        ("color", {"name": "red", "fractions": {"white": 0.2, "red": 0.8}}, "red (red 80%, white 20%)"),
        ("depth", {"median": 3.25}, "median depth 3.25, relative"),
        ("pose", {"people": [{}]}, "1 person"),
        ("answer", {"text": "a dog", "confidence": None}, "“a dog”"),
        ("answer", {"words": "of another version"}, '{"words": "of another version"}'),
        ("find_moments", {"moments": [{"start_s": 1.0, "end_s": 2.5, "score": 0.5}]}, "1.0 to 2.5 s"),
    ],
)
def test_a_result_is_told_in_plain_words(capability: str, result: object, words: str) -> None:
    assert describe_result(capability, {}, result) == words


def test_match_names_the_best_text_first() -> None:
    result = {"scores": [0.1, 0.9]}
    assert describe_result("match", {"texts": ["red", "blue"]}, result) == "“blue” 0.90, “red” 0.10"


def test_a_step_that_failed_is_told_by_its_error() -> None:
    step = made.crowded().steps[7]
    assert returned(step) == "nobody here measures depth"


def test_a_list_of_detections_for_one_target_is_one_result() -> None:
    first = made.ordinary().steps[0]
    assert paired_results(first) == [(first.targets[0], first.result)]


def test_a_result_for_each_of_several_targets_stays_with_its_target() -> None:
    step = made.crowded().steps[2]
    pairs = paired_results(step)
    assert [target for target, _ in pairs] == list(step.targets)
    assert all(result == {"scores": [0.1, 0.9]} for _, result in pairs)


def test_walls_are_told_as_standing_or_missing() -> None:
    facts = wall_facts({"seccomp": True, "landlock_abi": 0, "namespaces": ("net", "ipc"), "note": "", "user": "nobody"})
    assert facts == [
        ("system calls (seccomp)", "stands", True),
        ("files and network (Landlock)", "missing", False),
        ("namespaces of its own", "net, ipc", None),
        ("user", "nobody", None),
    ]
