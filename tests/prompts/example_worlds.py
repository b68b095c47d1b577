"""A small world for each example program, and the answer that the program must give there.

Each world holds something that a wrong program would fall for: a second thing of the same kind, another order, a lure.
"""

from __future__ import annotations

from typing import Any

from tests.support.stub_world import WorldRuntime

__all__ = ["WORLDS", "ExampleRuntime"]


class ExampleRuntime(WorldRuntime):
    """The stub world with the capabilities that only some examples use, answered from the world's own tables."""

    def _told(self, ref: Any, key: str) -> Any:
        return self._worlds[ref.media][key]

    def _serve_pose(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"people": self._told(ref, "people")}

    def _serve_track(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"tracks": [track for track in self._told(ref, "tracks") if track["label"] == arguments["name"]]}

    def _serve_transcribe(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"segments": self._told(ref, "segments")}

    def _serve_find_moments(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"moments": self._told(ref, "moments")}

    def _serve_shots(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"shots": self._told(ref, "shots")}

    def _serve_inpaint(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"image": {**ref.to_wire(), "media": f"without {arguments['name']}"}}

    def _serve_set_apart(self, ref: Any, arguments: Any) -> dict[str, Any]:
        return {"image": {**ref.to_wire(), "media": f"only {arguments['name']}"}}


def a(name: str, left: int, lower: int, **facts: Any) -> dict[str, Any]:
    """A thing of 60 x 60 pixels, unless told otherwise."""
    width, height = facts.pop("size_px", (60, 60))
    return {"name": name, "box": [left, lower, left + width, lower + height], **facts}


def box(left: int, lower: int, width: int = 60, height: int = 60) -> dict[str, list[int]]:
    """What `plain` makes of a patch there."""
    return {"box": [left, lower, left + width, lower + height]}


def scene(*objects: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"size": [640, 480], "objects": list(objects), **facts}


def text(words: str, left: int, lower: int, *, width: int = 120, height: int = 20) -> dict[str, Any]:
    return {"text": words, "box": [left, lower, left + width, lower + height]}


def film(*frames: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"size": [640, 480], "frames": [{"objects": [], **frame} for frame in frames], **facts}


def path(*lefts: int, label: str, number: int = 1) -> dict[str, Any]:
    frames = [
        {"frame": i, "time_s": float(i), "box": [left, 100, left + 60, 160], "confidence": 0.9}
        for i, left in enumerate(lefts)
    ]
    return {"id": number, "label": label, "frames": frames}


CAFE = [text("Espresso", 20, 300), text("2.50", 400, 302), text("Latte", 20, 200), text("3.80", 400, 203)]
PERSON = {"box": [0, 0, 100, 200], "confidence": 0.9}

WORLDS: dict[str, tuple[dict[str, Any], Any]] = {
    "all_text": (scene(texts=[text("OPEN", 10, 400), text("24 hours", 10, 300)]), "OPEN\n24 hours"),
    "behind": (scene(a("counter", 100, 100, depth=4), a("person", 300, 100, depth=6)), "yes"),
    "between": (
        scene(a("clock", 400, 100), a("candle", 40, 100), a("vase", 110, 40, size_px=(280, 400)), a("lamp", 560, 100)),
        "vase",
    ),
    "blurry": (scene(quality={"sharpness": 0.1, "brightness": 0.6}), "yes"),
    "blur_background": (scene(a("child", 100, 100), a("dog", 300, 100)), {"box": [0, 0, 640, 480]}),
    "cat_or_dog": (scene(a("dog", 200, 100, **{"is": ["animal"]})), "dog"),
    "cheapest_price": (scene(texts=[text("Soup 12,50", 10, 300), text("Salad 9,80", 10, 200)]), "9,80"),
    "choose_room": (scene(a("toilet", 100, 100)), "bathroom"),
    "choose_weather": (scene(a("umbrella", 100, 100, **{"is": ["rainy"]})), "rainy"),
    "closer_to_camera": (scene(a("bus", 100, 100, depth=9), a("truck", 300, 100, depth=5)), "truck"),
    "color_of_leftmost": (scene(a("car", 300, 100, color="red"), a("car", 20, 100, color="blue")), "blue"),
    "count_faces": (scene(a("man", 0, 0, face=[10, 40, 30, 60]), a("boy", 200, 0, face=[210, 40, 230, 60])), 2),
    "count_objects": (scene(a("bicycle", 0, 0), a("bicycle", 200, 0), a("car", 400, 0)), 2),
    "count_with_attribute": (
        scene(a("cup", 0, 0, color="blue"), a("cup", 200, 0, color="red"), a("plate", 400, 0, color="blue")),
        1,
    ),
    "describe": (scene(caption="a quiet street"), "a quiet street"),
    "exists_both": (scene(a("fork", 0, 0), a("spoon", 200, 0)), "no"),
    "exists_either": (scene(a("rabbit", 0, 0)), "yes"),
    "exists_none": (scene(a("person", 0, 0)), "no"),
    "exists_one": (scene(a("cat", 0, 0)), "no"),
    "fair_share": (scene(*[a("cookie", 80 * n, 0) for n in range(7)], *[a("child", 90 * n, 200) for n in range(3)]), 2),
    "found_above": (
        scene(a("vase", 200, 200), a("book", 210, 20), a("book", 220, 400), a("book", 500, 300)),
        box(220, 400),
    ),
    "held_by_person_beside": (
        scene(
            a("car", 0, 0, color="blue"),
            a("car", 400, 0, color="red"),
            a("woman", 80, 0, answers={"holding": "a bag"}),
            a("woman", 480, 0, answers={"holding": "a phone"}),
        ),
        "a phone",
    ),
    "knowledge": (
        scene(a("car", 100, 100, answers={"make": "Volvo"}), knowledge={"volvo founded": "Sweden"}),
        "Sweden",
    ),
    "largest": (scene(a("pumpkin", 0, 0), a("pumpkin", 200, 0, size_px=(90, 90))), box(200, 0, 90, 90)),
    "largest_text": (
        scene(texts=[text("by A. Writer", 10, 400), text("GREAT TITLE", 10, 300, height=60)]),
        "GREAT TITLE",
    ),
    "left_of": (scene(a("sofa", 20, 0), a("lamp", 300, 0)), "no"),
    "main_color": (scene(color="green"), "green"),
    "more_than": (scene(a("apple", 0, 0), a("orange", 100, 0), a("orange", 200, 0)), "no"),
    "nearest": (scene(a("window", 500, 200), a("chair", 0, 0), a("chair", 400, 200)), box(400, 200)),
    "open_question": (scene(a("man", 0, 0, answers={"doing": "reading"}), reply="nothing"), "reading"),
    "orientation": (scene(), "yes"),
    "others_of_same_color": (
        scene(
            a("cube", 0, 0, color="red", size_px=(40, 40)),
            a("cube", 100, 0, color="blue", size_px=(90, 90)),
            a("sphere", 300, 0, color="red"),
            a("cylinder", 400, 0, color="red"),
        ),
        2,
    ),
    "price_of_item": (scene(texts=CAFE), "3.80"),
    "property_of_all": (scene(a("chair", 0, 0, material="wooden"), a("chair", 200, 0, material="plastic")), "no"),
    "property_of_one": (scene(a("umbrella", 0, 0, **{"is": ["open"]})), "yes"),
    "qr_code": (
        scene(codes=[{"text": "https://example.org", "box": [0, 0, 80, 80], "format": "QR_CODE"}]),
        "https://example.org",
    ),
    "raised_hand": (
        scene(
            people=[
                {**PERSON, "keypoints": {"left_wrist": [10, 50, 0.9], "left_shoulder": [12, 150, 0.9]}},
                {**PERSON, "keypoints": {"right_wrist": [10, 190, 0.9], "right_shoulder": [12, 150, 0.9]}},
            ]
        ),
        "yes",
    ),
    "read_sign": (
        scene(a("sign", 200, 200, size_px=(200, 80)), texts=[text("STOP", 220, 220), text("Bar", 0, 0)]),
        "STOP",
    ),
    "receipt_total": (
        scene(texts=[text("Bread 2.10", 10, 300), text("TOTAL", 10, 100), text("14.20", 300, 102)]),
        "14.20",
    ),
    "referring_person": (
        scene(
            a("man", 0, 0, color="red", **{"is": ["red jacket"]}),
            a("man", 200, 0, color="green", **{"is": ["green jacket"]}),
        ),
        box(200, 0),
    ),
    "remove_object": (scene(a("trash can", 100, 100)), {"box": [0, 0, 640, 480]}),
    "rightmost_face": (
        scene(a("man", 0, 0, face=[10, 40, 30, 60]), a("boy", 200, 0, face=[210, 40, 230, 60])),
        {"box": [210, 40, 230, 60]},
    ),
    "same_color": (scene(a("mug", 0, 0, color="red"), a("mug", 200, 0, color="red")), "yes"),
    "text_at_top": (scene(texts=[text("below", 10, 100), text("above", 10, 400)]), "above"),
    "text_on_object_left_of": (
        scene(
            a("plant", 300, 100),
            a("box", 100, 100, size_px=(150, 80)),
            a("box", 400, 100, size_px=(150, 80)),
            texts=[text("TEA", 110, 120), text("RICE", 410, 120)],
        ),
        "TEA",
    ),
    "third_from_left": (
        scene(
            *[a("bottle", left, 100, size_px=(90, 90)) for left in (500, 20, 260, 140)],
            texts=[text("milk", 265, 120, width=80), text("oil", 145, 120, width=80), text("ink", 505, 120, width=80)],
        ),
        "milk",
    ),
    "video_after": (
        film(
            {"objects": [a("boy", 0, 0)], "reply": "no", "caption": "a boy sleeps"},
            {"objects": [a("boy", 0, 0)], "answers": {"picking": "yes"}, "caption": "a boy bends down"},
            {"objects": [a("boy", 0, 0)], "answers": {"doing": "throw it"}, "caption": "a boy and a ball in the air"},
            {"objects": [a("boy", 0, 0)], "answers": {"doing": "sleep"}, "caption": "a boy sleeps"},
        ),
        "throw it",
    ),
    "video_at_the_end": (
        film(
            {"objects": [a("man", 0, 0, answers={"holding": "a cup"})]},
            {"objects": [a("man", 0, 0, answers={"holding": "a hat"})]},
        ),
        "a hat",
    ),
    "video_between_seconds": (
        film(
            {"objects": [a("car", 0, 0, color="red")]},
            {},
            {},
            {"objects": [a("car", 0, 0, color="blue")]},
            {},
            {"objects": [a("car", 0, 0, color="green")]},
        ),
        "blue",
    ),
    "video_count_at_most": (
        film(
            {"objects": [a("dog", 0, 0)]},
            {"objects": [a("dog", 0, 0), a("dog", 100, 0)]},
            {"objects": [a("dog", 0, 0)]},
        ),
        2,
    ),
    "video_direction": (
        film({}, {}, {}, tracks=[path(10, 20, label="bus"), path(400, 300, 100, label="bus", number=2)]),
        "left",
    ),
    "video_ever": (
        film({"objects": [a("cat", 0, 0)]}, {"objects": [a("cat", 0, 0), a("sofa", 20, 20, size_px=(200, 100))]}),
        "yes",
    ),
    "video_first_appears": (film({}, {}, {"objects": [a("train", 0, 0)]}, {"objects": [a("train", 9, 0)]}), 2.0),
    "video_moment": (
        film(
            {}, {}, moments=[{"start_s": 3.0, "end_s": 4.5, "score": 0.9}, {"start_s": 0.0, "end_s": 1.0, "score": 0.2}]
        ),
        "3.0 to 4.5 seconds",
    ),
    "video_said": (
        film({}, {}, segments=[{"text": "Welcome home", "start_s": 0.0, "end_s": 1.0, "confidence": 0.9}]),
        "yes",
    ),
    "video_shots": (film({}, {}, {}, shots=[[0, 1], [1, 3]]), 2),
    "video_track": (
        film(
            {},
            {},
            tracks=[path(10, 20, label="car"), path(9, 8, label="car", number=2), path(1, label="dog", number=3)],
        ),
        2,
    ),
    "video_why": (
        film(
            {"caption": "a woman reads"},
            {"caption": "a woman and a dog"},
            {"caption": "a dog", "answers": {"laughing": "the dog jumps over her"}},
            {"caption": "a woman"},
        ),
        "the dog jumps",
    ),
    "wearing": (
        scene(
            a("woman", 100, 100, size_px=(80, 200)),
            a("hat", 110, 280, size_px=(50, 30)),
            a("hat", 500, 0, size_px=(50, 30)),
        ),
        "yes",
    ),
    "what_is_right_of": (
        scene(a("laptop", 200, 100), a("mouse", 300, 60, size_px=(320, 400)), a("cup", 20, 100)),
        "mouse",
    ),
    "word_appears": (scene(texts=[text("Exit here", 10, 100)]), "yes"),
}
