"""`answer` and `caption` with any multimodal chat model that LangChain reaches: GPT, Claude, Gemini, vLLM, Ollama.

It stands in no profile that ships, because it sends pictures away: a profile that lists it says to whom. Keys come from
the environment, never from a profile, and no error text repeats what a provider said, which may quote them.

    [settings.chat-model]
    model = "openai:gpt-5-mini"            # as LangChain names them: provider:name
    base_url = "http://127.0.0.1:8000/v1"  # for a server of one's own
"""

from __future__ import annotations

import base64
import os
from typing import Any

from ..capabilities import Question
from ..errors import ExpertFailed, MissingDependency
from ..results import Answer
from .base import Expert, ExpertRequest, Settings
from .registry import register

__all__ = ["ChatModel"]

_BRIEF = "Answer with a single word or a short phrase."
_DESCRIBE = "Describe this picture in one sentence."
_TIMEOUT_S = 60.0
_LONGEST_SIDE = 1536  # pixels; more costs and tells these models little


@register
class ChatModel(Expert):
    """Questions and descriptions, by a multimodal chat model at some address; pictures are sent there.

    Settings: `model` ("provider:name"), `base_url`, `key_from` (the environment variable with its key), `timeout_s`.
    """

    name = "chat-model"
    capabilities = ("answer", "caption")
    multimodal = "any"
    version = "1"
    licence = "that of the model"
    packages = ("langchain",)
    extra = "llm"
    thread_safe = True
    limits = "Sends pictures to the address that its settings name; gives no confidence, and may be billed."

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        if settings.get("model"):
            return None
        return "the expert chat-model needs a model: model = 'openai:NAME' under [settings.chat-model] of the profile"

    @classmethod
    def identity(cls, settings: Settings) -> str:
        return repr([settings.get("model"), settings.get("base_url")])

    def load(self) -> None:
        from langchain.chat_models import init_chat_model

        told: dict[str, Any] = {"timeout": float(self.settings.get("timeout_s", _TIMEOUT_S)), "max_retries": 2}
        if self.settings.get("base_url"):
            told["base_url"] = self.settings["base_url"]
        if self.settings.get("key_from"):
            told["api_key"] = os.environ.get(str(self.settings["key_from"]), "")
        try:
            self.model: Any = init_chat_model(str(self.settings["model"]), **told)
        except ImportError as error:
            raise MissingDependency("the expert chat-model", getattr(error, "name", None) or "a provider") from None
        except Exception as error:  # every provider's package has errors of its own
            raise ExpertFailed(
                f"the expert chat-model cannot be set up ({type(error).__name__}): check the model's name and its key"
            ) from None

    def serve(self, request: ExpertRequest) -> Answer:
        from langchain_core.messages import HumanMessage

        asked = request.arguments
        text = f"{asked.question} {_BRIEF}" if isinstance(asked, Question) else _DESCRIBE
        shown: Any = {"type": "image", "base64": _png(request), "mime_type": "image/png"}
        try:
            reply = self.model.invoke([HumanMessage(content_blocks=[{"type": "text", "text": text}, shown])])
        except Exception as error:
            raise ExpertFailed(
                f"the chat model {self.settings['model']} gave no answer ({type(error).__name__})", expert=self.name
            ) from None
        words = str(reply.text).strip()
        if not words:
            raise ExpertFailed(f"the chat model {self.settings['model']} said nothing", expert=self.name)
        return Answer(text=words.removesuffix(".") if isinstance(asked, Question) else words)


def _png(request: ExpertRequest) -> str:
    import io

    from PIL import Image

    picture = Image.fromarray(request.pixels)
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
