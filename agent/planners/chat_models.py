"""Chat models by name: `provider:model` through LangChain, or the address of an OpenAI-protocol server.

A missing package and a missing key are told before anything is sent. A key is only ever sent where it belongs: a server
given by its address gets SIGHTLINE_API_KEY or no key, never the one of a provider.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from ...tools.errors import BadRequest, MissingDependency, PlannerUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["ModelAddress", "connect", "secrets_of"]

_OWN_KEY = "SIGHTLINE_API_KEY"
_NO_KEY = "none"  # servers that ask for no key still want the header filled
# Variables of which one must be set; providers that are not listed may find their keys elsewhere.
_KEYS: dict[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "fireworks": ("FIREWORKS_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "mistralai": ("MISTRAL_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "perplexity": ("PPLX_API_KEY", "PERPLEXITY_API_KEY"),
    "together": ("TOGETHER_API_KEY",),
    "xai": ("XAI_API_KEY",),
}
_PACKAGES = {
    "azure_openai": "langchain-openai",
    "bedrock": "langchain-aws",
    "google_genai": "langchain-google-genai",
    "google_vertexai": "langchain-google-vertexai",
    "nvidia": "langchain-nvidia-ai-endpoints",
}
_OTHER_PROVIDERS = ("azure_openai", "bedrock", "google_vertexai", "huggingface", "nvidia", "ollama", "litellm")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAddress:
    """Where a model is.

    Attributes:
        provider: LangChain's name of the provider.
        model: the model's name there.
        base_url: the server, None for the provider's own.
        by_address: whether it was given as an address, so that no provider's key may be sent there.
    """

    provider: str
    model: str
    base_url: str | None = None
    by_address: bool = False

    @classmethod
    def parse(cls, name: str, *, base_url: str | None = None) -> ModelAddress:
        """Read `provider:model`, `http(s)://host/v1#model`, or a model's name beside a `base_url`.

        Raises:
            BadRequest: when it has none of these forms.
        """
        name = name.strip()
        if name.startswith(("http://", "https://")):
            parts = urlsplit(name)
            if not parts.hostname or not parts.fragment:
                raise BadRequest(f"{_bare(name)} names no model: add it as in http://localhost:8000/v1#qwen3")
            address = urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))
            return cls(provider="openai", model=parts.fragment, base_url=address, by_address=True)
        provider, colon, model = name.partition(":")
        known = {*_KEYS, *_OTHER_PROVIDERS}
        if base_url and (not colon or provider.strip().lower().replace("-", "_") not in known):
            return cls(provider="openai", model=name, base_url=base_url, by_address=True)
        if not colon or not model.strip() or not provider.strip():
            raise BadRequest(f"{name!r} is not a model: write provider:model, as in openai:gpt-5")
        return cls(provider=provider.strip().lower().replace("-", "_"), model=model.strip(), base_url=base_url)

    @property
    def name(self) -> str:
        """The name for traces and messages, without any secret that the address may hold."""
        return f"{_bare(self.base_url)}#{self.model}" if self.by_address else f"{self.provider}:{self.model}"


def connect(
    address: ModelAddress,
    *,
    api_key: str | None,
    temperature: float | None,
    timeout_s: float,
    max_tokens: int | None,
) -> BaseChatModel:
    """The chat model; nothing is sent yet.

    Raises:
        MissingDependency: when LangChain or the provider's package is not installed.
        PlannerUnavailable: when the key is clearly missing, or the provider's package refuses the settings.
        BadRequest: when there is no such provider.
    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise MissingDependency("a chat model as planner", "langchain", extra="llm") from error
    settings = _settings(address, api_key=api_key, timeout_s=timeout_s, max_tokens=max_tokens)
    if temperature is not None:
        settings["temperature"] = temperature
    try:
        model: BaseChatModel = init_chat_model(address.model, model_provider=address.provider, **settings)
    except ImportError as error:
        package = _PACKAGES.get(address.provider, f"langchain-{address.provider.replace('_', '-')}")
        raise MissingDependency(f"the planner {address.name}", package) from error
    except ValueError as error:
        if "nsupported" in str(error) and "provider" in str(error):
            near = difflib.get_close_matches(address.provider, [*_KEYS, *_OTHER_PROVIDERS], n=1)
            hint = f"did you mean {near[0]}?" if near else f"some that there are: {', '.join(sorted(_KEYS))}, ollama"
            raise BadRequest(f"no provider is called {address.provider!r}; {hint}") from None
        # The text may quote the settings, and with them a key.
        raise PlannerUnavailable(f"{address.name} cannot be set up: its settings were refused") from None
    except Exception as error:  # every provider's package has errors of its own
        raise PlannerUnavailable(f"{address.name} cannot be set up: {type(error).__name__}") from None
    return model


def secrets_of(address: ModelAddress, api_key: str | None) -> tuple[str, ...]:
    """Texts that must stand in no message."""
    names = (_OWN_KEY, *(name for names in _KEYS.values() for name in names))
    password = urlsplit(address.base_url).password if address.base_url else None
    found = (api_key, password, *(os.environ.get(name) for name in names))
    return tuple(secret for secret in found if secret and len(secret) > 3)


def _settings(
    address: ModelAddress, *, api_key: str | None, timeout_s: float, max_tokens: int | None
) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if address.base_url:
        settings["base_url"] = address.base_url
    if address.provider == "ollama":
        # Its default context would silently cut a prompt with a dialogue in it.
        settings |= {"client_kwargs": {"timeout": timeout_s}, "num_ctx": 8192}
        if max_tokens is not None:
            settings["num_predict"] = max_tokens
        return settings
    if max_tokens is not None:
        settings["max_tokens"] = max_tokens
    if address.provider not in _KEYS:
        return settings
    # Retries are ours: two layers of them would multiply.
    settings |= {"timeout": timeout_s, "max_retries": 0}
    if address.by_address:
        settings["api_key"] = api_key or os.environ.get(_OWN_KEY) or _NO_KEY
    elif api_key:
        settings["api_key"] = api_key
    elif not any(os.environ.get(name) for name in _KEYS[address.provider]):
        raise PlannerUnavailable(
            f"{address.name} needs a key: set the environment variable {_KEYS[address.provider][0]}; nothing was sent"
        )
    return settings


def _bare(url: str | None) -> str:
    """An address without user, password and query."""
    parts = urlsplit(url or "")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
