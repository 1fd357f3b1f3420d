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


#: Numbers as long as a phone's, and e-mail addresses: whose they are is not for a log.
_PEOPLE = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}"
    r"|(?<![\w-])\+?[0-9][0-9 ().-]{6,22}[0-9](?![\w-])"
)
#: Keys that hold an id of ours or of a vendor's object, a time or a place in the code.
_IDS = frozenset(
    {"timestamp", "message", "conversation", "contact", "line", "job", "turn", "user", "media"}
    | {"trace_id", "client", "version", "error_code", "file", "task", "queue", "others"}
)


def scrub(text: str) -> str:
    """`text` without the secrets that can be recognised in it."""
    return _INSIDE.sub(lambda match: (match["keep"] or "") + HIDDEN, text)


def without_people(text: str) -> str:
    """`text` without what looks like somebody's number or address."""
    return _PEOPLE.sub(_hide_person, text)


def _hide_person(match: re.Match[str]) -> str:
    found = match[0]
    if "@" in found or 8 <= sum(map(str.isdigit, found)) <= 15:
        return HIDDEN
    return found


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
        scrubbed = scrub(value)
        return scrubbed if key in _IDS else without_people(scrubbed)
    if isinstance(value, Mapping):
        inner = value.items()
        return {name: _redacted(str(name), item, keep_words=keep_words) for name, item in inner}
    if isinstance(value, list | tuple):
        return [_redacted(key, item, keep_words=keep_words) for item in value]
    return value
