"""Lets a chat model write the programs, and shows what it was sent and what it wrote.

python examples/chat_model.py openai:gpt-5 photo.jpg "Which word is the largest?"
"""

import sys

from sightline.agent import Agent


def main(model: str, photo: str, question: str) -> None:
    with Agent(model) as agent:
        for event in agent.stream(question, photo):
            if event.kind in ("plan", "problem"):
                print(getattr(event.record, "program", None) or event.record)
            if event.answer is not None:
                print(event.answer.status, event.answer.text or event.answer.reason)


if __name__ == "__main__":
    main(*sys.argv[1:4])
