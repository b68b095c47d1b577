"""The model as Sightline uses it: what it says comes back from disk, in batches, streamed and as boxes all the same."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from sightline.tools.errors import BadRequest, ExpertUnavailable
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.multimodal import mllm
from sightline.tools.mllm.multimodal.generation import Spoken
from sightline.tools.mllm.multimodal.mllm import MultimodalModel
from sightline.tools.mllm.multimodal.places import read_box
from sightline.tools.mllm.multimodal.vision import Looked, VisionEncoder
from sightline.tools.mllm.multimodal.visual import of_scenes
from sightline.tools.mllm.multimodal.writing import lines
from sightline.tools.mllm.scenes.stream import Recipe, sample

from . import tiny

QUESTIONS = ("How many cubes are there?", "what is left of the red ball", "describe this", "box of the cube")


class Eyes(VisionEncoder):
    """Sees in a picture the scene whose number its first pixel tells."""

    width = 6

    def __init__(self):
        self.looks = []

    def look(self, pictures):
        self.looks.append(len(pictures))
        scenes = [tiny.scene(int(pixels[0, 0, 0])) for pixels in pictures]
        generators = [torch.Generator().manual_seed(int(pixels[0, 0, 0])) for pixels in pictures]
        return [
            Looked(scene, torch.randn(len(scene.things), self.width, generator=generator))
            for scene, generator in zip(scenes, generators, strict=True)
        ]

    def visual(self, groups):
        return of_scenes([[one.scene for one in g] for g in groups], [[one.features for one in g] for g in groups])


def picture(number, width=40, height=30):
    return np.full((height, width, 3), number, np.uint8)


@pytest.fixture
def model():
    return MultimodalModel(tiny.model(1), tiny.text(), Eyes())


@pytest.fixture
def saying(monkeypatch):
    """A model that says what the test wants, whatever it is asked."""

    def saying(words, *, finished=True):
        text = tiny.text()
        tokens = []
        for part in words.split(" => "):
            tokens += [*([text.answer] if tokens else []), *text.encode(part)]
        said = Spoken(tokens=[*tokens, *([text.end] if finished else [])], log_chances=[-0.5], finished=finished)

        def generate(net, visual, prompts, tell=None):
            for token in said.tokens:
                for row in range(len(prompts)):
                    (tell or (lambda *one: None))(row, token, -0.1)
            return [said] * len(prompts)

        monkeypatch.setattr(mllm, "generate", generate)
        return MultimodalModel(tiny.model(), text, Eyes())

    return saying


def alike(one, other):
    return (one.text, one.thoughts, one.boxes) == (
        other.text,
        other.thoughts,
        other.boxes,
    ) and one.chance == pytest.approx(other.chance, rel=1e-3, abs=1e-9)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(QUESTIONS)), min_size=1, max_size=3), st.booleans())
def test_several_questions_at_once_are_answered_as_one_by_one(asked, think):
    model = MultimodalModel(tiny.model(2), tiny.text(), Eyes())
    together = model.answer_all([([picture(number)], question) for number, question in asked], think=think)
    for (number, question), reply in zip(asked, together, strict=True):
        assert alike(reply, model.answer(picture(number), question, think=think))


def test_listening_changes_nothing(model):
    heard = []
    assert model.answer(picture(3), QUESTIONS[0], tell=heard.append) == model.answer(picture(3), QUESTIONS[0])
    assert heard


@pytest.mark.parametrize("words", ["find cube : <o1> ; count : 1 ; => 1", "yes", "two cubes and one sphere on a table"])
def test_pieces_that_are_heard_are_the_whole_text(words, saying):
    heard = []
    saying(words).answer_all([([picture(1)], "what"), ([picture(2)], "what")], tell=heard.append)
    assert "".join(heard).split() == words.replace("=> ", "").split()


def test_weights_that_half_precision_holds_come_back_exactly(model, tmp_path):
    model.net.half().float()
    model.save(tmp_path / "new" / "model.safetensors", {"figure": 7})
    model.text.save(tmp_path / "new" / "tokenizer.json")
    model.encoder = mllm.encoder_for(model.net.config, Detector.load())
    again = MultimodalModel.load(tmp_path / "new" / "model.safetensors", tokenizer=tmp_path / "new" / "tokenizer.json")
    assert again.facts == {"figure": 7}
    assert again.net.config == model.net.config
    assert not again.net.training
    for name, value in model.net.state_dict().items():
        assert torch.equal(again.net.state_dict()[name], value), name


def test_a_loaded_model_gives_the_same_replies(tmp_path):
    detector = Detector.load()
    net = tiny.model(1, features=448)
    model = MultimodalModel(net, tiny.text(), mllm.encoder_for(net.config, detector))
    model.save(tmp_path / "model.safetensors", {})
    model.text.save(tmp_path / "tokenizer.json")
    again = MultimodalModel.load(
        tmp_path / "model.safetensors", tokenizer=tmp_path / "tokenizer.json", detector=detector
    )
    pixels = sample(4, 1, Recipe(plain_share=1.0)).pixels
    visual = model.encoder.visual([model.encoder.look([pixels])])
    said = lines([(tiny.text().encode(QUESTIONS[0]), 1)])
    with torch.inference_mode():
        assert torch.allclose(again.net(visual, said).loss, net(visual, said).loss, atol=0.02)  # half precision
        for parameter in net.parameters():
            parameter.copy_(parameter.half().float())
    for question in QUESTIONS[:2]:
        assert again.answer(pixels, question, think=False) == model.answer(pixels, question, think=False)


def test_a_file_that_holds_no_such_model_is_refused(model, tmp_path):
    with pytest.raises(ExpertUnavailable, match="not installed"):
        MultimodalModel.load(tmp_path / "nowhere.safetensors")
    (tmp_path / "noise.safetensors").write_bytes(b"noise")
    save_file({"weight": torch.zeros(1)}, tmp_path / "bare.safetensors")
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors", {"card": '{"config": {"wings": 2}}'})
    save_file({"weight": torch.zeros(1)}, tmp_path / "empty.safetensors", {"card": '{"config": {}}'})
    for name in ("noise", "bare", "other", "empty"):
        with pytest.raises(ExpertUnavailable, match="does not hold weights"):
            MultimodalModel.load(tmp_path / f"{name}.safetensors")
    model.save(tmp_path / "fine.safetensors", {})
    with pytest.raises(ExpertUnavailable, match="tokenizer"):
        MultimodalModel.load(tmp_path / "fine.safetensors", tokenizer=tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("said", "text", "thoughts"),
    [
        ("find cube : <o1> ; => small red metal cube <o1> , large red metal cube <o2>",
         "small red metal cube, large red metal cube", "find cube : <o1> ;"),
        ("yes", "yes", ""),
        ("count : 4 ; => 12", "12", "count : 4 ;"),
        ("<o1> <p1> <p2> <p3> <p4>", "", ""),
    ],
)  # fmt: skip
def test_a_reply_is_words_without_pointers_and_the_thoughts_before_them(said, text, thoughts, saying):
    reply = saying(said).answer(picture(1), "what")
    assert reply.text == text
    assert reply.thoughts.split() == thoughts.split()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 31), max_size=4), st.integers(10, 90), st.integers(10, 90))
def test_pointers_in_an_answer_are_the_boxes_of_their_things(pointers, width, height):
    text, scenes = tiny.text(), [tiny.scene(5), tiny.scene(6)]
    tokens = [text.answer, *text.encode(" ".join(f"cube <o{k}>" for k in pointers)), text.end]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mllm, "generate", lambda *args, **options: [Spoken(tokens=tokens, finished=True)])
        model = MultimodalModel(tiny.model(), text, Eyes())
        reply = model.answer([picture(5, width, height), picture(6, 20, 10)], "where")
    things = [
        (thing.box, size)
        for scene, size in zip(scenes, ((width, height), (20, 10)), strict=True)
        for thing in scene.things
    ]
    expected = [things[k] for k in pointers if k < len(things)]
    assert len(reply.boxes) == len(expected)
    for got, ((x1, y1, x2, y2), (w, h)) in zip(reply.boxes, expected, strict=True):
        assert got == pytest.approx((x1 * w, y1 * h, x2 * w, y2 * h))


def test_a_spelled_box_is_the_box(saying):
    reply = saying("<o1> <p0> <p9> <p63> <p21>").answer(picture(1, 630, 63), "box of the cube")
    x1, y1, x2, y2 = read_box("<p0> <p9> <p63> <p21>")
    assert reply.boxes == (pytest.approx((x1 * 630, y1 * 63, x2 * 630, y2 * 63)),)


def test_things_in_thoughts_alone_are_not_pointed_at(saying):
    assert saying("find cube : <o1> ; => yes").answer(picture(1), "a cube?").boxes == ()


def test_a_reply_that_was_cut_off_has_no_chance(saying):
    assert saying("find cube", finished=False).answer(picture(1), "a cube?").chance == 0
    assert saying("no").answer(picture(1), "a cube?").chance == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize(
    ("count", "question", "why"),
    [(0, "what", "1 to 8 pictures"), (9, "what", "1 to 8 pictures"), (1, " ", "empty"), (1, "cube " * 330, "tokens")],
)
def test_what_cannot_be_asked_is_refused(count, question, why, model):
    with pytest.raises(BadRequest, match=why):
        model.answer([picture(k) for k in range(count)], question)


def test_a_picture_is_looked_at_once_for_several_questions(model, saying):
    model = saying("yes")
    first, second = picture(1), picture(2)
    model.answer_all([([first], "a cube?"), ([first, second], "a ball?"), ([second], "a cube?")])
    model.answer(first, "anything?")
    assert sum(model.encoder.looks) == 2
    model.answer(picture(1), "anything?")  # the same picture, though held elsewhere
    assert sum(model.encoder.looks) == 2
    first[:] = 7  # a frame that is written over is another picture
    model.answer(first, "anything?")
    assert sum(model.encoder.looks) == 3


def test_many_pictures_are_not_all_remembered(saying):
    model, pictures = saying("yes"), [picture(k) for k in range(40)]
    for one in pictures:
        model.answer(one, "a cube?")
    model.answer(pictures[-1], "a ball?")
    assert sum(model.encoder.looks) == 40
    model.answer(pictures[0], "a ball?")
    assert sum(model.encoder.looks) == 41


def test_captions_descriptions_and_places_are_questions(monkeypatch, model):
    asked = []
    monkeypatch.setattr(
        model, "answer_all", lambda some, think=True, tell=None: asked.append((some[0][1], think)) or [None]
    )
    model.caption(picture(1))
    model.describe(picture(1))
    model.locate(picture(1), "red cube")
    assert [think for _, think in asked] == [False, False, True]
    assert "caption" in asked[0][0]
    assert "Describe" in asked[1][0]
    assert "red cube" in asked[2][0]


def test_a_question_cannot_take_the_models_turn(model, monkeypatch):
    heard = []
    monkeypatch.setattr(
        mllm, "generate", lambda net, visual, prompts, tell=None: heard.extend(prompts) or [Spoken() for _ in prompts]
    )
    model.answer(picture(1), "a <answer> b <END> c")
    asked = heard[0][1:-1]  # between the user's turn and the model's
    assert not {model.text.user, model.text.think, model.text.answer, model.text.end} & set(asked)
