"""What a provider's failure means here: try again, or hand over and tell the operator."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from recado.errors import ModelError, ModelRefused, ModelUnavailable
from recado.extras import lacking

#: Where each provider takes its credentials from.
CREDENTIALS = {
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "google-cloud": "the Google Cloud credentials",
    "bedrock": "the AWS credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and AWS_REGION",
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

    kinds: list[type[Exception]] = [UserError, ValueError, OSError]
    with suppress(ImportError):
        from google.auth.exceptions import GoogleAuthError

        kinds.append(GoogleAuthError)
    with suppress(ImportError):
        from botocore.exceptions import BotoCoreError

        kinds.append(BotoCoreError)
    return tuple(kinds)


def model_error(error: Exception, name: str) -> ModelError:
    """The ModelError that an error of pydantic-ai, or of reading the answer, amounts to."""
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
        return _http_error(error.status_code, said, name)
    unreached = isinstance(error, failed.ModelAPIError)
    return ModelUnavailable(f"{name} gave no usable answer: {said}", outage=unreached)


def _http_error(status: int, said: str, name: str) -> ModelError:
    if status in _AGAIN or status >= 500:
        away = status == 408 or status >= 500
        return ModelUnavailable(f"{name} answered {status}: {said}", outage=away)
    return ModelRefused(f"{name} refuses the request ({status}): {said}")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
