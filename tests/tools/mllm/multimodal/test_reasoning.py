"""Thoughts are programs: carried out word by word by a machine of this test's own, they give the stated answers."""

import random
import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.asking import questions
from sightline.tools.mllm.multimodal.reasoning import Unanswerable, pointer, reason
from sightline.tools.mllm.multimodal.scene import Scene, Seen
from sightline.tools.mllm.planner.questions.wording import Leaf
from sightline.tools.mllm.scenes.world import WORDS

from . import tiny

SIDES = {"left": (0, -1), "right": (0, 1), "front": (1, -1), "behind": (1, 1)}
FURTHEST = {"leftmost": (0, -1), "rightmost": (0, 1), "nearest": (1, -1), "farthest": (1, 1)}
ORDERS = {"left": (0, 1), "right": (0, -1), "near": (1, 1), "far": (1, -1)}
COMPARED = {
    "more": lambda a, b: a > b,
    "fewer": lambda a, b: a < b,
    "equal": lambda a, b: a == b,
    "at least": lambda a, b: a >= b,
    "at most": lambda a, b: a <= b,
}
DIFFERENT_SIZE = {"is_bigger": "large", "is_taller": "large", "is_wider": "large"} | dict.fromkeys(
    ("is_smaller", "is_shorter", "is_narrower"), "small"
)


def checks(plan):
    """What is joined by and, or and not."""
    if plan[0] not in ("and", "or", "not"):
        return [plan[0]]
    return [check for part in plan[1:] for check in checks(part)]


class Machine:
    """Reads a thought from left to right with a stack of what is not used up yet: groups, words, numbers, truths."""

    def __init__(self, scene, plan):
        self.things = scene.things
        self.verifying = plan[0] != "verify" and set(checks(plan)) == {"verify"}
        self.stack = []
        self.named = []
        self.used = {}  # what each kind of step last took: a group that was found before is not found again

    def take(self, kind, step):
        taken = self.stack.pop() if self.stack and isinstance(self.stack[-1], kind) else self.used[step]
        self.used[step] = taken
        return taken

    def fits(self, k, name):
        """Whether a thing bears a name such as "small red or blue cube"."""
        wanted = {}
        for word in name.split():
            for attribute, values in WORDS.items():
                if word in values:
                    wanted.setdefault(attribute, set()).add(word)
        return all(self.things[k].attributes[attribute] in values for attribute, values in wanted.items())

    def beyond(self, side, k, anchor):
        axis, sign = SIDES[side]
        return sign * (self.things[k].ground[axis] - self.things[anchor].ground[axis]) > 0.2

    def run(self, thoughts):
        """Every step's result must be what is stated."""
        assert thoughts.endswith(" ;")
        for step in thoughts.removesuffix(" ;").split(" ; "):
            words, stated = step.split(" : ")
            result = self.step(words, stated)
            assert stated == " ".join(map(str, result) if isinstance(result, list) else [str(result)]), step

    def group(self, found):
        self.stack.append(tuple(sorted(found)))
        return [f"<o{k}>" for k in sorted(found)] or "none"

    def step(self, words, stated):
        first, _, rest = words.partition(" ")
        everything = range(len(self.things))
        if first == "find":
            self.named.append(rest.removesuffix(" thing"))
            return self.group([k for k in everything if self.fits(k, rest)])
        if first == "which" and rest.endswith(">"):  # a thing that was named is asked for the value just told
            value, thing = re.fullmatch(r"(\w+) <o(\d+)>", rest).groups()
            assert self.stack.pop() == value
            assert (int(thing),) in self.stack
            fits = value in self.things[int(thing)].attributes.values()
            self.stack.append([fits])
            return [f"<o{thing}>"] if fits else "none"
        if first == "which":
            base, negated = self.take(tuple, "which"), rest.startswith("not ")
            kept = self.group([k for k in base if self.fits(k, rest.removeprefix("not ")) != negated])
            if self.verifying:  # the next step speaks of the thing again, not of what this one left
                self.stack.append([bool(self.stack.pop())])
            return kept
        if words == "all":
            second, one = self.take(tuple, "all"), self.take(tuple, "all")
            return self.group({*one, *second})
        if first == "other":
            anchor, value, name = re.fullmatch(r"<o(\d+)> (\w+) (.+)", rest).groups()
            assert self.stack.pop() == value
            assert self.take(tuple, "other") == (int(anchor),)
            alike = (k for k in everything if k != int(anchor) and value in self.things[k].attributes.values())
            return self.group([k for k in alike if self.fits(k, name)])
        if first in SIDES and rest.startswith("<"):
            anchor, of, name = re.fullmatch(r"<o(\d+)> (of )?(.+)", rest).groups()
            assert self.take(tuple, "anchor") == (int(anchor),)
            base = list(everything)
            if of:
                base = [int(k) for k in re.findall(r"<o(\d+)>", name)]
                assert {*base, int(anchor)} == {*self.take(tuple, "base"), int(anchor)}
            among = (k for k in base if k != int(anchor) and self.beyond(first, k, int(anchor)))
            return self.group([k for k in among if of or self.fits(k, name)])
        if first in FURTHEST:
            axis, sign = FURTHEST[first]
            return self.group([max(self.take(tuple, first), key=lambda k: sign * self.things[k].ground[axis])])
        if first in ("largest", "smallest"):
            size = {"largest": "large", "smallest": "small"}[first]
            found = [k for k in self.take(tuple, first) if self.fits(k, size)]
            assert len(found) == 1
            return self.group(found)
        if first in ORDERS:
            axis, sign = ORDERS[first]
            order = sorted(self.take(tuple, first), key=lambda k: sign * self.things[k].ground[axis])
            return self.group([order[int(rest) - 1]])
        if first in WORDS:
            thing = int(rest[2:-1])
            assert any(thing in one for one in self.stack if isinstance(one, tuple)), "a thing that nobody named"
            self.stack.append(self.things[thing].attributes[first])
            return self.stack[-1]
        if words == "count":
            self.stack.append(len(self.take(tuple, "count")))
            return self.stack[-1]
        if words == "kinds":
            self.stack.append(sorted(set(self.values())))
            return self.stack[-1] or "none"
        if first in ("and", "or"):
            self.stack.append([one == "yes" for one in stated.split()])
            return stated
        if first == "choose":
            (thing,) = self.take(tuple, "choose")
            assert rest == f"<o{thing}>"
            assert self.fits(thing, stated)
            self.stack.append(stated)
            return stated
        compared, a, b = re.fullmatch(r"(\D+) (-?\d+) (-?\d+)", words).groups()
        numbers = [int(a), int(b)]
        counted = [one for one in self.stack if isinstance(one, int)]
        assert counted in (numbers, numbers[:1], numbers[1:])
        self.stack = [one for one in self.stack if not isinstance(one, int)]
        self.stack.append([COMPARED[compared](*numbers)])
        return {True: "yes", False: "no"}[self.stack[-1][0]]

    def values(self):
        """The words on top of the stack, which must be said of each thing of the group below them."""
        words = []
        while isinstance(self.stack[-1], str):
            words.append(self.stack.pop())
        assert len(words) == len(self.stack.pop())
        return words[::-1]

    def truth(self, plan):
        """Whether what a plan asks for is so, from what its steps left behind."""
        op = plan[0]
        if op == "not":
            return not self.truth(plan[1])
        if op in ("and", "or"):
            said = self.stack.pop()
            for part, one in list(zip(plan[1:], said, strict=True))[::-1]:
                assert self.truth(part) == one
            return all(said) if op == "and" else any(said)
        if op == "verify":
            return self.stack.pop() not in ((), [False])
        if op == "exists" or (op.startswith("is_") and op[3:] in SIDES):
            return bool(self.take(tuple, op))
        if op == "several":
            return len(self.take(tuple, op)) > 1
        if op == "all":
            return not self.take(tuple, op)
        if op.startswith("all_"):
            return self.take(tuple, op) == tuple(k for k in self.used["base"] if (k,) != self.used["anchor"])
        if op.startswith("alike_"):
            (alike,) = self.stack.pop()
            return alike
        if op.startswith("uniform_"):
            return len(set(self.values())) == 1
        if op in DIFFERENT_SIZE:
            second, first = self.stack.pop(), self.stack.pop()
            assert first != second
            return first == DIFFERENT_SIZE[op]
        (truth,) = self.stack.pop()
        return truth

    def answer(self, plan):
        op = plan[0]
        if op in WORDS:
            return self.stack.pop()
        if op == "count":
            return str(self.stack.pop())
        if op == "subtract":
            second, first = self.stack.pop(), self.stack.pop()
            return str(first - second)
        if op.startswith("kinds_"):
            return str(len(self.stack.pop()))
        if op == "colors":
            return " , ".join(sorted(set(self.values())))
        if op.startswith("side_"):
            assert len(self.stack.pop()) == 1
            return None  # the side is the step itself
        if op == "choose":
            return self.stack.pop().removesuffix(" thing")
        if op in ("which_more", "which_fewer"):
            second, first = self.stack.pop(), self.stack.pop()
            assert first != second
            return self.named[(first < second) == (op == "which_more")]
        if op in ("which_left", "which_right"):
            second, first = self.stack.pop()[0], self.stack.pop()[0]
            return self.named[(first < second) == (op == "which_right")]
        if op == "identify":
            return self.things[self.stack.pop()[0]].name
        if isinstance(self.stack[-1], tuple) and op in (
            *("find", "objects", "with", "without", "union", "the", "largest", "smallest"),
            *FURTHEST,
            *(f"nth_{order}" for order in ORDERS),
            *(f"{side}_of" for side in SIDES),
            *(f"same_{attribute}" for attribute in WORDS),
        ):
            return " , ".join(f"{self.things[k].name} <o{k}>" for k in self.stack.pop()) or "none"
        return "yes" if self.truth(plan) else "no"


def carried_out(thoughts, plan, scene):
    machine = Machine(scene, plan)
    machine.run(thoughts)
    answer = machine.answer(plan)
    if answer is None:
        side = thoughts.split(" ; ")[-1].split()[0]
        answer = "in front" if side == "front" else side
    return answer


@pytest.mark.parametrize("start", range(0, 60, 10))
def test_thoughts_carried_out_give_the_answer(start):
    asked = 0
    for number in range(start, start + 10):
        scene = tiny.scene(number)
        for question in islice(questions(random.Random(f"thoughts:{number}"), scene), 20):
            reasoned = question.reasoned
            assert carried_out(reasoned.thoughts, question.plan, scene) == reasoned.answer, question
            asked += 1
    assert asked == 200


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9999))
def test_what_an_answer_speaks_of_is_what_it_names(number):
    scene = tiny.scene(number)
    (question,) = islice(questions(random.Random(number), scene), 1)
    named = [int(k) for k in re.findall(r"<o(\d+)>", question.reasoned.answer)]
    assert not named or named == list(question.reasoned.things)
    assert all(0 <= k < len(scene.things) for k in question.reasoned.things)


def seen(words, right, forward):
    attributes = dict(zip(("size", "color", "material", "shape"), words.split(), strict=True))
    return Seen(attributes=attributes, box=(0.4, 0.4, 0.6, 0.6), ground=(right, forward), depth=forward)


SCENE = Scene(
    (
        seen("small gray rubber sphere", -2.0, 9.0),  # <o0>
        seen("large blue metal cylinder", -1.0, 12.0),
        seen("large red metal cube", 0.0, 8.0),
        seen("small red rubber sphere", 1.0, 11.0),
        seen("large green rubber cube", 1.1, 10.0),  # <o4>
    )
)
CUBES, REDS, SPHERES, THINGS = ("find", "cubes"), ("find", "red things"), ("find", "balls"), ("objects",)
RED_CUBE, BLUE = ("the", ("find", "red cube")), ("the", ("find", "the blue one"))


@pytest.mark.parametrize(
    ("plan", "thoughts", "answer"),
    [
        (
            ("count", ("behind_of", ("find", "small things"), RED_CUBE)),
            "find red cube : <o2> ; behind <o2> small thing : <o0> <o3> ; count : 2 ;",
            "2",
        ),
        (
            ("exists", ("right_of", ("left_of", CUBES, ("rightmost", THINGS)), RED_CUBE)),
            "find thing : <o0> <o1> <o2> <o3> <o4> ; rightmost : <o4> ; left <o4> cube : <o2> ; find red cube : <o2> ; "
            "right <o2> of <o2> : none ;",
            "no",
        ),
        (
            ("the", ("same_color", SPHERES, RED_CUBE)),
            "find red cube : <o2> ; color <o2> : red ; other <o2> red sphere : <o3> ;",
            "small red rubber sphere <o3>",
        ),
        (("nth_left", "second", SPHERES), "find sphere : <o0> <o3> ; left 2 : <o3> ;", "small red rubber sphere <o3>"),
        (("nth_far", "1", CUBES), "find cube : <o2> <o4> ; far 1 : <o4> ;", "large green rubber cube <o4>"),
        (
            ("union", CUBES, REDS),
            "find cube : <o2> <o4> ; find red thing : <o2> <o3> ; all : <o2> <o3> <o4> ;",
            "large red metal cube <o2> , small red rubber sphere <o3> , large green rubber cube <o4>",
        ),
        (("find", "purple thing"), "find purple thing : none ;", "none"),
        (("colors", CUBES), "find cube : <o2> <o4> ; color <o2> : red ; color <o4> : green ;", "green , red"),
        (
            ("and", ("exists", CUBES), ("not", ("exists", REDS))),
            "find cube : <o2> <o4> ; find red thing : <o2> <o3> ; and : yes no ;",
            "no",
        ),
        (
            ("at_least", ("count", CUBES), ("number", Leaf("three", "number"))),
            "find cube : <o2> <o4> ; count : 2 ; at least 2 3 : no ;",
            "no",
        ),
        (
            ("side_depth", RED_CUBE, BLUE),
            "find red cube : <o2> ; find blue thing : <o1> ; front <o1> of <o2> : <o2> ;",
            "in front",
        ),
        (
            ("is_left", ("the", ("find", "green cube")), ("the", ("find", "red ball"))),  # only a tenth apart
            "find green cube : <o4> ; find red sphere : <o3> ; left <o3> of <o4> : none ;",
            "no",
        ),
        (
            ("choose", RED_CUBE, ("two", "metal", "rubber")),
            "find red cube : <o2> ; choose <o2> : metal thing ;",
            "metal",
        ),
        (("identify", ("nearest", THINGS)), None, "large red metal cube"),
        (("which_left", ("two", "red cube", "red ball")), None, "red cube"),
        (("without", REDS, "metal"), None, "small red rubber sphere <o3>"),
        (("with", REDS, "metal"), None, "large red metal cube <o2>"),
        (("several", CUBES), None, "yes"),
        (("several", ("find", "blue things")), None, "no"),
        (("count", ("find", ("join", "cubes", "red or green"))), None, "2"),
        (("subtract", ("count", THINGS), ("count", CUBES)), None, "3"),
    ],
)
def test_plans_are_thought_through_and_answered(plan, thoughts, answer):
    reasoned = reason(plan, SCENE)
    assert thoughts in (None, reasoned.thoughts)
    assert reasoned.answer == carried_out(reasoned.thoughts, plan, SCENE) == answer


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (("color", ("the", CUBES)), "exactly one"),
        (("color", ("the", ("find", "purple cube"))), "exactly one"),
        (("leftmost", ("find", "purple cube")), "nothing fits"),
        (("largest", CUBES), "sizes do not tell"),
        (("nth_left", "third", CUBES), "not so many"),
        (("nth_left", "cube", CUBES), "no number"),
        (("alike_color", RED_CUBE, RED_CUBE), "not two"),
        (("is_left", RED_CUBE, RED_CUBE), "not two"),
        (("side_sideways", ("the", ("find", "green cube")), ("the", ("find", "red ball"))), "neither side"),
        (("is_bigger", RED_CUBE, BLUE), "sizes are alike"),
        (("uniform_color", ("find", "blue things")), "too few"),
        (("all", ("find", "purple cubes"), "large"), "nothing fits"),
        (("all_left", ("find", "red cubes"), RED_CUBE), "nothing fits"),
        (("colors", ("find", "purple cubes")), "nothing fits"),
        (("subtract", ("count", CUBES), ("count", THINGS)), "fewer than none"),
        (("choose", RED_CUBE, ("two", "red", "metal")), "exactly one option"),
        (("which_more", ("two", "cubes", "balls")), "no single best"),
        (("count", ("find", "dogs")), "dog"),
        (("count", ("find", "red blue cubes")), "asks twice"),
        (("count", ("on_of", CUBES, RED_CUBE)), "not of this world"),
        (("caption", ("image",)), "not of this world"),
        (("count", "cubes"), "no plan"),
    ],
)
def test_what_has_no_certain_answer_here_is_unanswerable(plan, why):
    with pytest.raises(Unanswerable, match=why):
        reason(plan, SCENE)


def test_a_group_that_is_spoken_of_twice_is_found_once():
    thing = ("the", ("find", "red cube"))
    reasoned = reason(("or", ("verify", thing, "rubber"), ("verify", thing, "large")), SCENE)
    assert (
        reasoned.thoughts
        == "find red cube : <o2> ; which rubber thing : none ; which large thing : <o2> ; or : no yes ;"
    )
    assert reasoned.answer == "yes"


def test_things_are_pointed_at_by_their_rank():
    assert [pointer(k) for k in (0, 11)] == ["<o0>", "<o11>"]
    assert reason(("find", "thing"), SCENE).things == (0, 1, 2, 3, 4)
