"""The experts that need no download, on content drawn here and on the photographs that ship with the repository."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool, InProcessRuntime, Profile, registry
from sightline.tools.experts.color import COLOR_NAMES
from sightline.tools.media import MediaStore

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"


@pytest.fixture(scope="module")
def pool() -> ExpertPool:
    return ExpertPool("embedded")


class Asker:
    """One session: pictures in, plain results out."""

    def __init__(self, pool: ExpertPool) -> None:
        self.media = MediaStore()
        self.runtime = InProcessRuntime(pool, self.media)

    def __call__(self, capability: str, source: Any, **arguments: Any) -> Any:
        ref = source if isinstance(source, ImageRef) else self.media.add(source)
        return self.runtime.call(capability, ref, arguments)

    def crop(self, source: Any, xyxy: tuple[int, int, int, int]) -> ImageRef:
        """The region (x1, y1, x2, y2), y down."""
        ref = self.media.add(source)
        return ref.at(Box.from_xyxy(xyxy, ref.height))


@pytest.fixture
def ask(pool: ExpertPool) -> Asker:
    return Asker(pool)


def page(*lines: tuple[int, int, str], size: tuple[int, int] = (640, 320), points: int = 28) -> Image.Image:
    """Black text on white; each line is x, y of its top left and the text."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(points)
    for x, y, text in lines:
        draw.text((x, y), text, fill="black", font=font)
    return image


def code(text: str, kind: str = "QRCode") -> Image.Image:
    import zxingcpp

    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=4))).convert("RGB")


def texts(ask: Asker, source: Any) -> list[str]:
    return [line["text"] for line in ask("read_text", source)["lines"]]


# -- text --


def test_lines_are_read_with_boxes_and_confidence(ask: Asker) -> None:
    image = page((40, 30, "Platform 9"), (40, 200, "Trains to London"))
    lines = ask("read_text", image)["lines"]
    assert [line["text"] for line in lines] == ["Platform 9", "Trains to London"]
    first, second = (Box(*line["box"]) for line in lines)
    assert first.lower > second.upper  # y up: the first line is higher
    assert abs(first.left - 40) < 12
    assert abs(first.upper - (320 - 36)) < 16
    assert all(line["confidence"] > 0.9 for line in lines)


def test_rows_are_read_across_and_columns_of_prose_down(ask: Asker) -> None:
    menu = page((40, 40, "Coffee"), (480, 40, "3.20"), (40, 120, "Green tea"), (480, 120, "2.80"))
    assert texts(ask, menu) == ["Coffee", "3.20", "Green tea", "2.80"]
    left = ["the quick brown fox jumps", "over the lazy dog and then", "goes home to have dinner"]
    right = ["while the bird in the tree", "sings a song about spring", "and waits for the morning"]
    prose = [(30, 40 + 50 * i, text) for i, text in enumerate(left)]
    prose += [(420, 40 + 50 * i, text) for i, text in enumerate(right)]
    assert texts(ask, page(*prose, size=(820, 240))) == left + right


def test_small_and_tight_crops_are_read(ask: Asker) -> None:
    small = page((6, 2, "EXIT"), size=(60, 20), points=14)
    assert texts(ask, small) == ["EXIT"]
    image = page((40, 30, "Gate 42"), (40, 200, "Boarding"))
    box = ask("read_text", image)["lines"][0]["box"]
    assert texts(ask, ask.media.add(image).at(Box(*box))) == ["Gate 42"]


def test_a_line_that_was_read_alone_lies_where_it_lay_before(ask: Asker) -> None:
    image = page((200, 140, "Halfway"))
    (whole,) = ask("read_text", image)["lines"]
    (part,) = ask("read_text", ask.crop(image, (150, 100, 450, 220)))["lines"]
    assert Box(*whole["box"]).iou(Box(*part["box"])) > 0.7


@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.jpg", "rocket.jpg"])
def test_no_text_is_read_where_there_is_none(ask: Asker, name: str) -> None:
    assert texts(ask, PHOTOS / name) == []


def test_a_blank_and_a_tiny_picture_hold_nothing(ask: Asker) -> None:
    for source in (
        np.full((200, 300, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((2, 300, 3), np.uint8),
    ):
        assert ask("read_text", source) == {"lines": []}
        assert ask("faces", source) == []
        assert ask("codes", source) == {"codes": []}
        assert ask("lines", source) == {"lines": []}
        assert ask("foreground", source) == []
        assert ask("quality", source)["sharpness"] == 0.0
        assert ask("color", source)["fractions"] in ({"white": 1.0}, {"black": 1.0})


def test_real_photographs_are_read(ask: Asker) -> None:
    assert texts(ask, PHOTOS / "grace_hopper.jpg") == ["COMO HOPPER"]
    read = texts(ask, PHOTOS / "page.png")
    assert read[0] == "Region-based segmentation"
    assert "the markers are found at the two extreme parts of the" in read


def test_the_reader_neither_talks_nor_downloads() -> None:
    program = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("the network was used")
socket.socket.connect = socket.getaddrinfo = refuse
import numpy as np
from sightline.tools.experts import ExpertPool
from sightline.tools.media import MediaStore
media = MediaStore()
pool = ExpertPool("embedded")
assert not {"cv2", "torch", "rapidocr", "zxingcpp", "PIL"} & set(sys.modules), "something heavy was imported too early"
assert pool.serve("read_text", media.add(np.full((64, 200, 3), 255, np.uint8)), {}, media).data == {"lines": []}
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# -- faces --


@pytest.mark.parametrize("expert", ["mtcnn-faces", "cascade-faces"])
@pytest.mark.parametrize(
    ("name", "faces"),
    [
        ("astronaut.jpg", [(179, 63, 270, 167)]),
        ("grace_hopper.jpg", [(160, 106, 365, 330)]),
        ("chelsea.jpg", []),
        ("coffee.jpg", []),
        ("rocket.jpg", []),
        ("page.png", []),
    ],
)
def test_faces_in_the_photographs(expert: str, name: str, faces: list[tuple[int, int, int, int]]) -> None:
    ask = Asker(ExpertPool(Profile(name="faces", experts={"faces": (expert,)})))
    ref = ask.media.add(PHOTOS / name)
    found = ask("faces", ref)
    assert len(found) == len(faces)
    for face, expected in zip(found, faces, strict=True):
        assert Box(*face["box"]).iou(Box.from_xyxy(expected, ref.height)) > 0.7
        assert face["label"] == "face"
        assert 0.5 < face["confidence"] < 1


def test_a_face_from_the_side_and_a_tilted_one_are_found(ask: Asker) -> None:
    ref = ask.media.add(PHOTOS / "camera.jpg")
    (side,) = ask("faces", ref)
    assert Box(*side["box"]).iou(Box.from_xyxy((199, 117, 254, 196), ref.height)) > 0.5
    tilted = Image.open(PHOTOS / "astronaut.jpg").rotate(25, fillcolor=(120, 120, 120))
    assert len(ask("faces", tilted)) == 1


def test_without_one_face_finder_the_other_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.get("mtcnn-faces"), "packages", ("a-package-that-nobody-has",))
    media = MediaStore()
    served = ExpertPool("embedded").serve("faces", media.add(PHOTOS / "astronaut.jpg"), {}, media)
    assert (len(served.data), served.expert) == (1, "cascade-faces")


def test_several_faces_are_told_apart_and_small_ones_found(ask: Asker) -> None:
    person = Image.open(PHOTOS / "astronaut.jpg").crop((120, 10, 330, 220))
    group = Image.new("RGB", (700, 260), (90, 110, 130))
    for i, side in enumerate((210, 140, 100)):
        group.paste(person.resize((side, side)), (20 + 230 * i, 20))
    assert len(ask("faces", group)) == 3
    assert len(ask("faces", ask.crop(group, (0, 0, 240, 260)))) == 1


# -- codes --


@pytest.mark.parametrize(
    ("kind", "text"),
    [("QRCode", "https://example.com/x?y=1"), ("Code128", "SL-0042"), ("EAN13", "4006381333931"), ("DataMatrix", "ä€")],
)
@pytest.mark.parametrize("turn", [0, 90, 17])
def test_codes_are_read_at_any_angle(ask: Asker, kind: str, text: str, turn: int) -> None:
    image = Image.new("RGB", (900, 700), "white")
    image.paste(code(text, kind).rotate(turn, expand=True, fillcolor="white"), (300, 200))
    (found,) = ask("codes", image)["codes"]
    assert found["text"].replace(" ", "") == text
    assert found["box"][0] >= 295
    assert found["box"][3] <= 505


# -- colours --

PAINTS = {
    "red": (200, 25, 30), "orange": (245, 130, 20), "yellow": (250, 220, 40), "green": (30, 140, 60),
    "blue": (30, 80, 190), "purple": (110, 40, 150), "pink": (245, 150, 185), "brown": (110, 65, 30),
    "black": (12, 12, 14), "white": (248, 248, 245), "gray": (128, 128, 130),
}  # fmt: skip


# White in less light is gray, so it is tried in full light only.
@pytest.mark.parametrize(
    ("name", "light"), [(n, 1.0) for n in COLOR_NAMES] + [(n, 0.85) for n in COLOR_NAMES if n != "white"]
)
def test_every_colour_is_named_also_in_a_little_less_light_and_with_noise(ask: Asker, name: str, light: float) -> None:
    noise = np.random.default_rng(1).normal(0, 4, (40, 60, 3))
    paint = np.clip(np.array(PAINTS[name]) * light + noise, 0, 255).astype(np.uint8)
    found = ask("color", paint)
    assert found["name"] == name
    assert sum(found["fractions"].values()) == pytest.approx(1, abs=0.01)


def test_the_middle_counts_more_than_the_rim(ask: Asker) -> None:
    image = Image.new("RGB", (100, 100), PAINTS["white"])
    image.paste(PAINTS["blue"], (17, 17, 83, 83))  # 44 % of the pixels
    assert ask("color", image)["name"] == "blue"


def test_with_a_mask_only_the_object_counts(ask: Asker) -> None:
    image = Image.new("RGB", (120, 120), PAINTS["white"])
    ImageDraw.Draw(image).line((10, 10, 110, 110), fill=PAINTS["red"], width=12)
    ref = ask.media.add(image)
    mask = (np.asarray(image)[..., 1] < 100).astype(np.bool_)
    assert ask("color", ref)["name"] == "white"
    masked = ref.at(ref.bounds, mask=ask.media.add_mask(mask))
    assert ask("color", masked) == {"name": "red", "fractions": {"red": 1.0}}


@pytest.mark.parametrize(
    ("name", "xyxy", "color"),
    [
        ("astronaut.jpg", (40, 230, 140, 330), "orange"),
        ("astronaut.jpg", (350, 390, 450, 490), "black"),
        ("coffee.jpg", (130, 250, 180, 330), "red"),
        ("grace_hopper.jpg", (430, 50, 500, 150), "blue"),
        ("chelsea.jpg", (300, 20, 400, 100), "brown"),
        ("rocket.jpg", (200, 30, 300, 100), "blue"),
    ],
)
def test_colours_in_the_photographs(ask: Asker, name: str, xyxy: tuple[int, int, int, int], color: str) -> None:
    assert ask("color", ask.crop(PHOTOS / name, xyxy))["name"] == color


# -- quality, edges, lines, foreground --


def test_blur_lowers_sharpness_step_by_step(ask: Asker) -> None:
    image = Image.open(PHOTOS / "astronaut.jpg")
    sharpness = [ask("quality", image.filter(ImageFilter.GaussianBlur(r)))["sharpness"] for r in (0, 1, 2, 4, 8)]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 0.6 > 0.35 > sharpness[-1]


def test_brightness_and_contrast_follow_the_exposure(ask: Asker) -> None:
    pixels = np.asarray(Image.open(PHOTOS / "coffee.jpg"))
    dark, flat = ask("quality", pixels // 4), ask("quality", pixels // 4 + 96)
    usual = ask("quality", pixels)
    assert dark["brightness"] < usual["brightness"]
    assert flat["contrast"] < usual["contrast"]


def test_edges_are_a_new_image_of_the_crops_size(ask: Asker) -> None:
    image = Image.new("RGB", (100, 80), "white")
    image.paste((0, 0, 0), (30, 20, 70, 60))
    wire = ask("edges", ask.crop(image, (10, 10, 90, 70)))["image"]
    assert wire["size"] == [80, 60]
    drawn = ask.media.picture(wire["media"]).pixels[..., 0]
    assert set(np.unique(drawn)) == {0, 255}
    assert drawn[8:53, 15:26].any()
    assert not drawn[20:40, 30:50].any()


def test_long_lines_are_found_with_y_up(ask: Asker) -> None:
    image = Image.new("RGB", (200, 100), "white")
    ImageDraw.Draw(image).line((20, 80, 180, 20), fill="black", width=5)
    x1, y1, x2, y2 = ask("lines", image)["lines"][0]
    assert abs(x1 - 20) < 6
    assert abs(y1 - 20) < 6
    assert abs(x2 - 180) < 6
    assert abs(y2 - 80) < 6


def test_the_thing_before_a_calm_background_is_found_with_its_mask(ask: Asker) -> None:
    image = Image.new("RGB", (300, 200), (210, 205, 190))
    ImageDraw.Draw(image).ellipse((90, 50, 190, 150), fill=(160, 30, 40))
    (found,) = ask("foreground", image)
    assert Box(*found["box"]).iou(Box.from_xyxy((90, 50, 190, 150), 200)) > 0.85
    assert ask.media.mask(found["mask"]).mean() == pytest.approx(np.pi / 4, abs=0.08)
    rocket = ask("foreground", PHOTOS / "rocket.jpg")
    assert Box(*rocket[0]["box"]).iou(Box.from_xyxy((268, 178, 378, 427), 427)) > 0.6


def test_nothing_stands_out_of_noise(ask: Asker) -> None:
    assert ask("foreground", np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)) == []


# -- names and words --


def test_text_is_found_by_kind_and_by_content(ask: Asker) -> None:
    image = page((40, 30, "EXIT to Room 7"), (40, 120, "Ticket $12.50"), (40, 210, "2026-03-14"))
    counts = {
        "text": 3, "words": 3, 'the word "EXIT"': 1, "word 'exit'": 1, 'a sign that says "Exit"': 1, "number 7": 1,
        "sign saying ticket": 1, "the number 9": 0, "prices": 1, "a date": 1, "numbers": 3, 'the word "EXI"': 0,
        "qr code": 0, "face": 0,
    }  # fmt: skip
    for name, count in counts.items():
        assert (name, len(ask("detect", image, names=[name]))) == (name, count)


def test_several_names_are_found_at_once_under_their_own_labels(ask: Asker) -> None:
    image = page((40, 30, "Scan me"))
    image.paste(code("hello"), (300, 120))
    found = ask("detect", image, names=["text", "QR code", "faces"])
    assert sorted(each["label"] for each in found) == ["QR code", "text"]


@pytest.mark.parametrize("name", ["dog", "red face", "person", "textile", "word processor"])
def test_other_names_lie_outside_its_world_and_the_text_says_what_does_not(ask: Asker, name: str) -> None:
    with pytest.raises(OutsideWorld, match=r"face, text, word.*sightline\[experts\]"):
        ask("detect", PHOTOS / "coffee.jpg", names=["face", name])


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("saucer", "red", True),
        ("saucer", "mostly red", True),
        ("saucer", "Red colored", True),
        ("saucer", "blue", False),
        ("image", "blurry", False),
        ("image", "black and white", False),
        ("sign", 'says "HELLO"', False),
    ],
)
def test_properties_that_can_be_measured(ask: Asker, name: str, attribute: str, value: bool) -> None:
    saucer = ask.crop(PHOTOS / "coffee.jpg", (130, 250, 180, 330))
    found = ask("verify_property", saucer, name=name, attribute=attribute)
    assert found["value"] is value
    assert 0.5 <= found["confidence"] <= 1


def test_what_a_sign_says_can_be_verified(ask: Asker) -> None:
    image = page((40, 40, "Mind the gap"))
    assert ask("verify_property", image, name="sign", attribute='says "mind the gap"')["value"]
    assert ask("verify_property", image, name="sign", attribute="says mind")["value"]
    assert not ask("verify_property", image, name="sign", attribute="says exit")["value"]


@pytest.mark.parametrize("attribute", ["wooden", "smiling", "dark blue", "red and happy"])
def test_properties_that_cannot_be_measured_lie_outside(ask: Asker, attribute: str) -> None:
    with pytest.raises(OutsideWorld, match="known are the colours"):
        ask("verify_property", PHOTOS / "coffee.jpg", name="cup", attribute=attribute)


def test_colours_are_matched_also_behind_a_prefix(ask: Asker) -> None:
    saucer = ask.crop(PHOTOS / "coffee.jpg", (130, 250, 180, 330))
    for texts in (["blue", "red", "green"], ["the colour is blue", "the colour is red", "the colour is green"]):
        scores = ask("match", saucer, texts=texts)["scores"]
        assert scores.index(max(scores)) == 1
    with pytest.raises(OutsideWorld):
        ask("match", saucer, texts=["red", "a dog"])


def test_the_patch_that_fits_a_colour_best(ask: Asker) -> None:
    patches = [ask.crop(PHOTOS / "coffee.jpg", box) for box in ((0, 0, 90, 80), (130, 250, 180, 330))]
    scores = [each["scores"][0] for each in ask.runtime.call("match", patches, {"texts": ["red"]})]
    assert scores[1] > scores[0]


@pytest.mark.parametrize(
    ("question", "photo", "answer"),
    [
        ("What does the name tag say?", "grace_hopper.jpg", "COMO HOPPER"),
        ("what is written here", "grace_hopper.jpg", "COMO HOPPER"),
        ("How many faces are there?", "astronaut.jpg", "1"),
        ("Is there a face in this picture?", "chelsea.jpg", "no"),
        ("Is there any text?", "page.png", "yes"),
        ('Is there the word "Histogram"?', "page.png", "yes"),
        ("Is the image black and white?", "page.png", "yes"),
        ("What is the dominant color of this image?", "rocket.jpg", "blue"),
        ("What does it say?", "coffee.jpg", "no readable text"),
    ],
)
def test_questions_that_can_be_answered_honestly(ask: Asker, question: str, photo: str, answer: str) -> None:
    assert ask("answer", PHOTOS / photo, question=question)["text"] == answer


def test_numbers_are_read_and_several_make_it_less_sure(ask: Asker) -> None:
    one = ask("answer", page((40, 40, "Platform 9")), question="What number is this?")
    two = ask("answer", page((40, 40, "Platform 9"), (40, 150, "Track 12")), question="Which number is shown?")
    assert (one["text"], two["text"]) == ("9", "9, 12")
    assert one["confidence"] > two["confidence"]


@pytest.mark.parametrize(
    "question", ["What is this?", "What color is the car?", "Is the cat asleep?", "How many dogs are there?"]
)
def test_other_questions_lie_outside(ask: Asker, question: str) -> None:
    with pytest.raises(OutsideWorld, match="visual questions"):
        ask("answer", PHOTOS / "chelsea.jpg", question=question)


# -- choosing --


def choose(
    pool: ExpertPool, info: dict[str, Any], options: list[str] | None, question: str = "What did he do?"
) -> tuple[str, float]:
    arguments = {"info": info, "question": question, "options": options}
    served = pool.serve("select_answer", [], arguments, MediaStore())
    return served.data["text"], served.confidence or 0.0


def test_the_option_that_the_information_repeats_is_chosen(pool: ExpertPool) -> None:
    options = ["opened the door", "petted the dog", "closed the window"]
    text, sure = choose(pool, {"caption": "a man is petting a small dog", "then": "he walks to the door"}, options)
    assert text == "petted the dog"
    assert 0 < sure <= 0.5


def test_with_nothing_to_go_by_it_is_still_an_option_and_hardly_sure(pool: ExpertPool) -> None:
    text, sure = choose(pool, {}, ["a", "b", "c", "d"])
    assert text in "abcd"
    assert sure <= 0.25


def test_booleans_answer_yes_and_no_and_tell_their_name_when_true(pool: ExpertPool) -> None:
    assert choose(pool, {"is there a dog": True}, ["no", "yes"])[0] == "yes"
    assert choose(pool, {"is there a dog": False}, ["no", "yes"])[0] == "no"
    assert choose(pool, {"saw a dog": False, "saw a cat": True}, ["dog", "cat"])[0] == "cat"


def test_without_options_the_fitting_fact_is_the_answer(pool: ExpertPool) -> None:
    assert choose(pool, {"number of cups": 3, "colour": "red"}, None, "How many cups?")[0] == "3"


def test_many_threads_get_what_one_gets(pool: ExpertPool) -> None:
    photos = ["astronaut.jpg", "grace_hopper.jpg", "coffee.jpg", "camera.jpg"]
    capabilities = ["read_text", "faces", "color", "quality", "foreground", "lines", "codes"]
    asked = [(name, capability) for name in photos for capability in capabilities]
    fresh = ExpertPool("embedded", cache_bytes=0)

    def answer(experts: ExpertPool, name: str, capability: str) -> Any:
        media = MediaStore()
        return experts.serve(capability, media.add(PHOTOS / name), {}, media).data

    alone = [answer(pool, *each) for each in asked]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda each: answer(fresh, *each), asked)) == alone
