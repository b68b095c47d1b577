"""Asks several questions side by side and tells how each was answered.

python examples/ask_many.py
"""

from pathlib import Path

from sightline.agent import Agent

PHOTOS = Path(__file__).with_name("photos")
ROWS = [
    {"question": "How many faces are there?", "media": PHOTOS / "astronaut.jpg"},
    {"question": "What is the main color of the picture?", "media": PHOTOS / "rocket.jpg"},
    {"question": "What does the text say?", "media": PHOTOS / "grace_hopper.jpg"},
    {"question": "Is there a face?", "media": PHOTOS / "no-such-photo.jpg"},
]


def main() -> None:
    with Agent() as agent:
        for row, answer in zip(ROWS, agent.batch(ROWS), strict=True):
            print(f"{row['question']:<42} {answer.text or answer.reason}")


if __name__ == "__main__":
    main()
