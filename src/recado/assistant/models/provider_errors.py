"""What a provider's failure means here: try again, or hand over and tell the operator."""

from __future__ import annotations

import sys
from importlib import import_module

from recado.errors import ModelError, ModelRefused, ModelUnavailable, SettingsError
from recado.extras import lacking

#: Where each provider takes its credentials from.
CREDENTIALS = {
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "google-cloud": "the Google Cloud credentials",
    "bedrock": (
        "the AWS credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE,"
        " AWS_BEARER_TOKEN_BEDROCK, or a role)"
    ),
}
#: The extra that brings a provider's library; the other providers speak OpenAI's protocol.
_EXTRAS = {"anthropic": "anthropic", "bedrock": "bedrock", "google": "google"}
#: What is there when an extra is, where it is not called like it.
_MARKS = {"bedrock": "boto3", "google": "google.genai"}
_EXAMPLES = ("anthropic:…", "bedrock:…", "google:…")
_AGAIN = {408, 409, 425, 429}


def credentials_of(name: str) -> str:
    """The setting that holds the credentials of a model, as a person would look for it."""
    return CREDENTIALS.get(name.partition(":")[0], "the provider's API key")


def lacks_library(name: str, error: ImportError) -> ModelRefused:
    """The provider's library is not installed: which command brings it."""
    extra = _EXTRAS.get(name.partition(":")[0].partition("-")[0], "openai")
    try:
        for needed in ("pydantic_ai", _MARKS.get(extra, extra)):
            import_module(needed)
    except ImportError:
        return ModelRefused(lacking(name, extra))
    return ModelRefused(f"{name} needs a library of its provider's that no extra brings: {error}")


def cannot_begin(name: str, error: Exception) -> ModelRefused:
    """No such model, or no credentials for it: what to set."""
    kind = name.partition(":")[0]
    if kind == "bedrock":
        missing = "AWS_REGION" if "region" in str(error).lower() else CREDENTIALS[kind]
        return ModelRefused(f"{name} cannot be reached: set {missing} ({_said(error)}).")
    if kind in CREDENTIALS:
        return ModelRefused(
            f"RECADO_MODEL or the character's model is {name!r}, which is called with credentials:"
            f" set {CREDENTIALS[kind]}."
        )
    said = _said(error).rstrip(".")
    return ModelRefused(
        f"RECADO_MODEL or the character's model is {name!r}: {said}. Write one such as"
        f" openai:gpt-4o, {', '.join(_EXAMPLES)}, or embedded."
    )


def names_no_provider(name: str) -> ModelRefused:
    """`openai/gpt-x`, as other programs write it, is `openai:gpt-x` here."""
    provider, slash, model = name.partition("/")
    known = slash and provider.lower() in CREDENTIALS
    meant = f"{provider.lower()}:{model}" if known else f"openai:{name}"
    return ModelRefused(
        f"RECADO_MODEL or the character's model is {name!r}, which names no provider: write"
        f" {meant}, {', '.join(it for it in _EXAMPLES if not known or it[:4] != meant[:4])},"
        " or embedded."
    )


def beginning_errors() -> tuple[type[Exception], ...]:
    """What the providers' libraries raise when a model cannot even be made."""
    from pydantic_ai.exceptions import UserError

    return (UserError, ValueError, OSError, SettingsError, *library_errors())


def library_errors() -> tuple[type[Exception], ...]:
    """What the libraries below pydantic-ai raise of their own: credentials that cannot be had."""
    kinds: list[type[Exception]] = []
    if "google.auth" in sys.modules:
        from google.auth.exceptions import GoogleAuthError

        kinds.append(GoogleAuthError)
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError

        kinds.append(BotoCoreError)
    return tuple(kinds)


def model_error(error: Exception, name: str) -> ModelError:
    """The ModelError that an error of pydantic-ai, of the libraries below it, or of reading the
    answer amounts to."""
    from pydantic_ai import exceptions as failed

    said = _said(error)
    final: dict[type[Exception], str] = {
        failed.UserError: f"RECADO_MODEL or the character's model is {name!r}: {said}",
        failed.ModelQuotaExceededError: f"{name}: the account's quota is used up ({said}).",
        failed.ModelAuthenticationError: (
            f"{name} refuses the key: check {credentials_of(name)} ({said})."
        ),
        failed.ModelNotFoundError: (
            f"The provider knows no model {name!r}: check RECADO_MODEL or the character's model,"
            f" and OPENAI_BASE_URL where it is set ({said})."
        ),
        failed.ModelRequestRejectedError: f"{name} refuses the request: {said}",
        failed.ContentFilterError: f"{name} refuses what was said: {said}",
    }
    for kind, text in final.items():  # in this order: the last but one holds some before it
        if isinstance(error, kind):
            return ModelRefused(text)
    if isinstance(error, failed.ModelHTTPError):
        return _http_error(error.status_code, said, name, error.retry_after or 0.0)
    if isinstance(error, library_errors()):
        lacks = any(it in said.lower() for it in ("credential", "token", "sso"))
        if lacks:
            return ModelRefused(f"{name} has no credentials: set {credentials_of(name)} ({said}).")
        return ModelRefused(f"{name} refuses the request: {said}")
    if too_much := _too_much(error):  # its own doing, and no outage
        return ModelUnavailable(f"{name} gave no usable answer: {too_much}")
    unreached = isinstance(error, failed.ModelAPIError)
    return ModelUnavailable(f"{name} gave no usable answer: {said}", outage=unreached)


def _too_much(error: BaseException) -> str:
    """Why an answer was not read to its end (bounded.py); "" where it was."""
    if "recado.assistant.models.bounded" not in sys.modules:
        return ""
    from recado.assistant.models.bounded import TooMuch

    seen: BaseException | None = error
    for _ in range(10):
        if seen is None or isinstance(seen, TooMuch):
            break
        seen = seen.__cause__ or seen.__context__
    return _said(seen) if isinstance(seen, TooMuch) else ""


def _http_error(status: int, said: str, name: str, rest: float) -> ModelError:
    if status in _AGAIN or status >= 500:
        away = status == 408 or status >= 500
        detail = f"{name} answered {status}: {said}"
        return ModelUnavailable(detail, outage=away and not rest, rest_seconds=rest)
    return ModelRefused(f"{name} refuses the request ({status}): {said}")


def _said(error: Exception) -> str:
    return " ".join((_in_body(error) or str(error)).split())[:300] or type(error).__name__


def _in_body(error: Exception) -> str:
    """The provider's own words, where its body says them as providers do; "" where not."""
    body = getattr(error, "body", None)
    for name in ("error", "Error"):  # OpenAI's, Anthropic's and Google's; the AWS SDK's
        if isinstance(body, dict) and isinstance(body.get(name), dict):
            body = body[name]
    found = (body.get("message") or body.get("Message")) if isinstance(body, dict) else ""
    return found if isinstance(found, str) else ""
