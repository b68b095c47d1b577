# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""How places, orders and extremes are said: tables of words, no code."""

from __future__ import annotations

RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left": (
        "left of",
        "to the left of",
        "on the left of",
        "on the left side of",
        "to the left side of",
        "on the left-hand side of",
        "at the left of",
        "on the left hand side of",
    ),
    "right": (
        "right of",
        "to the right of",
        "on the right of",
        "on the right side of",
        "to the right side of",
        "on the right-hand side of",
        "at the right of",
        "on the right hand side of",
    ),
    "above": ("above", "over", "higher than", "up above"),
    "below": ("below", "under", "underneath", "beneath", "lower than"),
    "front": ("in front of", "in front of", "in front of", "in the front of", "before"),
    "behind": ("behind", "behind", "behind", "in back of", "at the back of", "to the rear of"),
    "inside": ("inside", "in", "in", "inside of", "within"),
    "on": ("on", "on", "on", "on top of", "on top of", "upon", "atop"),
    "near": (
        "next to",
        "next to",
        "beside",
        "near",
        "close to",
        "by",
        "alongside",
        "adjacent to",
        "near to",
        "right next to",
        "right by",
        "nearby",
    ),
}
FLAT = ("left", "right", "front", "behind")  # relations that table-top questions use

# How an extreme is said: before the name, or after it.
EXTREME_BEFORE: dict[str, tuple[str, ...]] = {
    "leftmost": ("leftmost", "left-most", "furthest left", "far left", "left", "left most"),
    "rightmost": ("rightmost", "right-most", "furthest right", "far right", "right", "right most"),
    "topmost": ("topmost", "top", "highest", "uppermost", "upper", "top-most"),
    "bottommost": ("bottommost", "bottom", "lowest", "lowermost", "lower", "bottom-most"),
    "nearest": ("nearest", "closest", "front", "frontmost", "foremost"),
    "farthest": ("farthest", "furthest", "most distant", "rearmost", "back", "furthest away"),
    "largest": ("largest", "biggest", "greatest"),
    "smallest": ("smallest", "tiniest", "littlest"),
    "tallest": ("tallest",),
    "shortest": ("shortest",),
    "widest": ("widest", "broadest"),
    "narrowest": ("narrowest", "thinnest"),
    "middle": ("middle", "center", "centre", "central"),
}
EXTREME_AFTER: dict[str, tuple[str, ...]] = {
    "leftmost": (
        "on the left",
        "on the far left",
        "to the left",
        "furthest to the left",
        "at the left",
        "that is furthest left",
        "on the left side",
        "on the left side of the picture",
        "on left",
        "farthest to the left",
        "at the far left",
        "on the extreme left",
        "to the far left",
    ),
    "rightmost": (
        "on the right",
        "on the far right",
        "to the right",
        "furthest to the right",
        "at the right",
        "that is furthest right",
        "on the right side",
        "on the right side of the image",
        "on right",
        "farthest to the right",
        "at the far right",
        "on the extreme right",
        "to the far right",
    ),
    "topmost": ("at the top", "at the very top", "on top", "that is highest", "at the top of the image", "up top"),
    "bottommost": (
        "at the bottom",
        "at the very bottom",
        "on the bottom",
        "that is lowest",
        "at the bottom of the picture",
    ),
    "nearest": (
        "in front",
        "closest to the camera",
        "nearest to the camera",
        "closest to us",
        "in the foreground",
        "nearest to the viewer",
        "closest to the viewer",
        "at the front",
        "that is closest",
        "nearest to us",
    ),
    "farthest": (
        "in the back",
        "farthest from the camera",
        "furthest from the camera",
        "at the back",
        "in the background",
        "furthest away",
        "farthest away",
        "that is farthest",
        "in the distance",
    ),
    "largest": ("that is the largest", "that is biggest", "with the largest size"),
    "smallest": ("that is the smallest", "that is smallest"),
    "tallest": ("that is the tallest", "that is tallest"),
    "shortest": ("that is the shortest",),
    "middle": ("in the middle", "in the center", "in the centre", "at the center", "in the middle of the picture"),
}
CLOSEST = "(closest {x} to|nearest {x} to|{x} closest to|{x} nearest to|{x} that is closest to|{x} nearest) the {a}"
FARTHEST = (
    "({x} (farthest|furthest) from|{x} (farthest|furthest) away from|(farthest|furthest) {x} from"
    "|{x} most distant from) the {a}"
)
ORDER_WORDS: dict[str, tuple[str, ...]] = {
    "left": (
        "{n} {x} from the left",
        "{n} {x} from left",
        "{n} {x} counting from the left",
        "{n} leftmost {x}",
        "{n} {x} from the left side",
        "{n} {x} from left to right",
        "{n} {x} starting from the left",
    ),
    "right": (
        "{n} {x} from the right",
        "{n} {x} from right",
        "{n} {x} counting from the right",
        "{n} rightmost {x}",
        "{n} {x} from the right side",
        "{n} {x} starting from the right",
    ),
    "top": ("{n} {x} from the top", "{n} {x} from top", "{n} highest {x}", "{n} {x} from top to bottom"),
    "bottom": ("{n} {x} from the bottom", "{n} {x} from bottom", "{n} lowest {x}"),
    "near": ("{n} closest {x}", "{n} nearest {x}", "{n} {x} from the front", "{n} closest {x} to the camera"),
    "far": ("{n} farthest {x}", "{n} furthest {x}", "{n} {x} from the back"),
    "large": ("{n} largest {x}", "{n} biggest {x}"),
    "small": ("{n} smallest {x}",),
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "1st", "2nd", "3rd", "4th", "5th", "6th")
REGION_WORDS = {
    "left": (
        "(on|at|in) the left [(side|half|part|hand side)] of the (image|picture|photo)",
        "in the left (half|part)",
        "on the left",
        "on the left side",
    ),
    "right": (
        "(on|at|in) the right [(side|half|part|hand side)] of the (image|picture|photo)",
        "in the right (half|part)",
        "on the right",
        "on the right side",
    ),
    "top": (
        "(at|in|on) the top [(half|part)] of the (image|picture|photo)",
        "in the (upper|top) (half|part)",
        "in the upper part of the (image|picture|photo)",
        "at the top",
    ),
    "bottom": (
        "(at|in|on) the bottom [(half|part)] of the (image|picture|photo)",
        "in the (lower|bottom) (half|part)",
        "in the lower part of the (image|picture|photo)",
        "at the bottom",
    ),
    "center": ("in the (middle|center|centre) of the (image|picture|photo)", "in the (middle|center|centre)"),
    "top_left": (
        "(in|at) the (top|upper) left [(corner|part)] [of the (image|picture|photo)]",
        "in the top-left [corner]",
    ),
    "top_right": (
        "(in|at) the (top|upper) right [(corner|part)] [of the (image|picture|photo)]",
        "in the top-right [corner]",
    ),
    "bottom_left": (
        "(in|at) the (bottom|lower) left [(corner|part)] [of the (image|picture|photo)]",
        "in the bottom-left [corner]",
    ),
    "bottom_right": (
        "(in|at) the (bottom|lower) right [(corner|part)] [of the (image|picture|photo)]",
        "in the bottom-right [corner]",
    ),
}
# What things are in, besides containers and vehicles.
ROOMS = """room house kitchen bathroom bedroom office garden park street water pool lake
field box basket drawer cage classroom shop store restaurant garage hall yard forest sky crowd picture frame
""".split()
