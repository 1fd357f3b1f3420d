"""Which of the sampling settings a model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULT_SETTINGS: dict[str, Any] = {"max_tokens": 1000, "temperature": 0.7, "top_p": 0.9}


def settings_for(name: str, profile: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with a character's `own` over them, as far as the model takes them.

    `profile` is pydantic-ai's. A setting that a model does not take is not sent, not even the
    character's: its provider would refuse it, or pydantic-ai warn of it at each question.
    """
    settings = DEFAULT_SETTINGS | dict(own)
    if not _takes_sampling(profile):
        del settings["temperature"], settings["top_p"]
    # Claude takes one of the two: https://docs.claude.com/en/api/messages#body-top-p
    elif any(maker in name for maker in ("anthropic", "claude")):
        chosen_top_p = "top_p" in own and "temperature" not in own
        del settings["temperature" if chosen_top_p else "top_p"]
    return settings


def _takes_sampling(profile: Mapping[str, Any]) -> bool:
    """Models that reason take neither: https://platform.openai.com/docs/guides/reasoning"""
    if any(profile.get(f"{it}_disallows_sampling_settings") for it in ("anthropic", "bedrock")):
        return False
    always = not profile.get("openai_supports_reasoning_effort_none")
    reasons = always or profile.get("thinking_enabled_by_default")
    return not (profile.get("openai_supports_reasoning") and reasons)
