"""What a planner is told: the request, the templates, the slice of the program API and the example programs.

Nothing here talks to a model. `PromptManager.build(request)` gives the exact messages, their hash and where the tokens
went.
"""

from .manager import Message, Prompt, PromptManager, PromptSettings
from .request import Attempt, MediaFacts, PlanRequest, Turn

__all__ = ["Attempt", "MediaFacts", "Message", "PlanRequest", "Prompt", "PromptManager", "PromptSettings", "Turn"]
