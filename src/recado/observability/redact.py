"""What must not stand in a log: secrets at any level, people's words from INFO upwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HIDDEN = "••••"

#: Keys whose value is a secret, whatever it looks like.
_SECRET_KEY = re.compile(
    r"(^|_)(token|secret|password|passwd|credentials?|authorization|cookie|signature|api_?key)(s?$|_)",
    re.IGNORECASE,
)
#: Keys that are named like secrets and hold none.
_HARMLESS_KEYS = frozenset({"tokens_in", "tokens_out", "tokens", "max_tokens"})

#: Keys that hold what people wrote, or enough of it.
_WORDS = frozenset(
    {"text", "body", "content", "message_content", "caption", "prompt", "reply", "raw", "question"}
)

#: Secrets inside other text: query strings, headers, Meta's access tokens, sign-in links, a
#: file's signed link, the password of a URL.
_INSIDE = re.compile(
    r"""(?ix)
    (?P<keep>
        \b(?:access_token|verify_token|token|secret|password|api_?key|key)=
        | \b(?:bearer|basic)\s+
        | /signin/
        | /files/(?=[0-9a-z-]+\.[0-9a-f]+\.)
        | ://[^\s:/@]*:(?=[^\s/@]+@)
    )[^\s&"'@,;]+
    | \bEAA[0-9A-Z]{20,}
    """
)


def scrub(text: str) -> str:
    """`text` without the secrets that can be recognised in it."""
    return _INSIDE.sub(lambda match: (match["keep"] or "") + HIDDEN, text)


def shown(value: object) -> str:
    """`value` as its `repr`, whatever its class makes of that."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - anything may be wrong with it
        return f"<a {type(value).__name__} that cannot be shown>"


def redact(_logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
    """A structlog processor."""
    for key, value in event.items():
        try:
            event[key] = _redacted(key, value, keep_words=level == "debug")
        except Exception:  # noqa: BLE001 - too deep, or of an odd kind: what it holds is not known
            event[key] = f"<a {type(value).__name__} that cannot be shown>"
    return event


def _redacted(key: str, value: Any, *, keep_words: bool) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if key not in _HARMLESS_KEYS and _SECRET_KEY.search(key):
        return HIDDEN
    if not keep_words and key in _WORDS:
        return f"[{len(value)} characters]" if isinstance(value, str | bytes) else HIDDEN
    return _looked_through(key, value, keep_words=keep_words)


def _looked_through(key: str, value: Any, *, keep_words: bool) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        inner = value.items()
        return {name: _redacted(str(name), item, keep_words=keep_words) for name, item in inner}
    if isinstance(value, list | tuple):
        return [_redacted(key, item, keep_words=keep_words) for item in value]
    return value
