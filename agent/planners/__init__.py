"""The planners: one protocol, several ways to turn a question into a program.

`base` holds the protocol, `names` makes a planner from a name, `llm` asks a chat model, `native` uses the embedded
model. Only the protocol is imported here, so that importing the agent loads no model library.
"""

from .base import Plan, Planner

__all__ = ["Plan", "Planner"]
