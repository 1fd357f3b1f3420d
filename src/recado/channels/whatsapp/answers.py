"""What Meta's answer to a send means: a receipt, or the error that says whether to try again.

The line between "surely not sent" and "no one can tell" is drawn here, because a message must
never go out twice. Meta's own JSON error says that it did not send, but for the few codes that may
come after it has taken the message (codes.py). Whatever is not Meta's JSON error, a gateway's page
or an empty body with any status, says nothing of what happened behind it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from recado.channels.http import Answer
from recado.channels.messages import Identity, SendReceipt
from recado.channels.verdicts import in_their_words, number_of, without_words
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.codes import CODES, explain
from recado.errors import SendError, SendUnknown


class GraphError(msgspec.Struct):
    """The `error` object of a Graph API answer."""

    code: int | str | None = None
    message: str = ""
    type: str = ""
    is_transient: bool = False
    error_data: Any = None
    error_subcode: Any = None
    fbtrace_id: str | None = None

    @property
    def is_metas(self) -> bool:
        """Others answer {"error": {"code": 503, "message": …}}, too: Meta's has a code that is
        known as one of Meta's, or what only Meta writes."""
        code = number_of(self.code)
        marks = self.type or self.fbtrace_id or self.error_data or self.error_subcode
        return code in CODES or bool(code >= 0 and marks)

    def in_words(self) -> str:
        details = self.error_data.get("details") if isinstance(self.error_data, dict) else None
        return str(details or self.message or "no reason given")


class _Failure(msgspec.Struct):
    error: GraphError


class _Sent(msgspec.Struct):
    id: str


class _Success(msgspec.Struct):
    messages: list[_Sent]
    contacts: Any = None


def receipt_of(answer: Answer) -> SendReceipt:
    """The receipt of a message that Meta took.

    Raises SendRejected, SendThrottled, SendFailed or SendUnknown.
    """
    if not answer.ok:
        raise failure_of(answer)
    try:
        success = msgspec.json.decode(answer.body, type=_Success)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        success = _Success([])
    if not success.messages or not success.messages[0].id:
        raise SendUnknown("Meta answered without a message id, so it may or may not have sent it")
    return SendReceipt(success.messages[0].id, _person_of(success.contacts))


def _person_of(contacts: Any) -> tuple[Identity, ...]:
    """All the names of the one person that it went to: () unless it has several."""
    if not isinstance(contacts, list) or len(contacts) != 1 or not isinstance(contacts[0], dict):
        return ()
    given = {key: it for key, it in contacts[0].items() if isinstance(it, str)}
    found = (
        identities.user_id(given.get("user_id")),
        identities.address(given.get("wa_id")),
        identities.address(given.get("input")),
        identities.user_id(given.get("parent_user_id")),
    )
    named = tuple(dict.fromkeys(it for it in found if it and it.kind != "provider"))
    return named if len({it.kind for it in named}) > 1 else ()


def graph_error(body: bytes) -> GraphError | None:
    """Meta's own error in an answer, if the answer is Meta's at all."""
    try:
        error = msgspec.json.decode(body, type=_Failure).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return error if error.is_metas else None


def failure_of(answer: Answer) -> SendError:
    """The error that an answer other than 2xx stands for."""
    error = graph_error(answer.body)
    if error is None or error.code is None:
        return _without_words(answer)
    meaning = explain(error.code, answer.status, error.is_transient)
    detail = f"{meaning.advice} (Meta's error {error.code}: {error.in_words()})"
    return in_their_words(meaning, detail, code=error.code, answer=answer)


def _without_words(answer: Answer) -> SendError:
    return without_words(
        answer,
        before="A gateway before Meta",
        not_theirs="not Meta's JSON: WHATSAPP_API_URL does not lead to the Graph API",
    )
