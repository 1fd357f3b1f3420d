"""What Meta's answer to a send means: a receipt, or the error that says whether to try again.

The line between "surely not sent" and "no one can tell" is drawn here, because a message must
never go out twice. Meta's own JSON error says that it did not send. A gateway before it (502,
504, any page that is not Meta's JSON) says nothing of what happened behind it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from recado.channels.http import Answer
from recado.channels.messages import SendReceipt
from recado.channels.verdicts import Verdict, retry_after_seconds, without_words
from recado.channels.whatsapp.codes import explain
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown


class GraphError(msgspec.Struct):
    """The `error` object of a Graph API answer."""

    code: int | str | None = None
    message: str = ""
    type: str = ""
    is_transient: bool = False
    error_data: Any = None
    fbtrace_id: str | None = None

    def in_words(self) -> str:
        details = self.error_data.get("details") if isinstance(self.error_data, dict) else None
        return str(details or self.message or "no reason given")


class _Failure(msgspec.Struct):
    error: GraphError


class _Sent(msgspec.Struct):
    id: str


class _Success(msgspec.Struct):
    messages: list[_Sent]


def receipt_of(answer: Answer) -> SendReceipt:
    """The receipt of a message that Meta took.

    Raises SendRejected, SendThrottled, SendFailed or SendUnknown.
    """
    if not answer.ok:
        raise failure_of(answer)
    try:
        sent = msgspec.json.decode(answer.body, type=_Success).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sent = []
    if not sent or not sent[0].id:
        raise SendUnknown("Meta answered without a message id, so it may or may not have sent it")
    return SendReceipt(sent[0].id)


def graph_error(body: bytes) -> GraphError | None:
    """Meta's own error in an answer, if the answer is Meta's at all."""
    try:
        return msgspec.json.decode(body, type=_Failure).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def failure_of(answer: Answer) -> SendError:
    """The error that an answer other than 2xx stands for."""
    error = graph_error(answer.body)
    if error is None:
        return _without_words(answer)
    meaning = explain(error.code, answer.status, error.is_transient)
    code = error.code if error.code is not None else answer.status
    detail = f"{meaning.advice} (Meta's error {code}: {error.in_words()})"
    wait = retry_after_seconds(answer.headers)
    if meaning.verdict is Verdict.THROTTLED or (answer.status == 429 and not meaning.needs_person):
        return SendThrottled(
            detail,
            code=code,
            needs_person=meaning.needs_person,
            retry_after_seconds=wait or meaning.retry_after_seconds,
        )
    if meaning.verdict is Verdict.RETRY:
        return SendFailed(detail, code=code, outage=meaning.outage)
    return SendRejected(detail, code=code, needs_person=meaning.needs_person)


def _without_words(answer: Answer) -> SendError:
    status = answer.status
    if status >= 500 and status not in (502, 503, 504) and not answer.body.strip():
        return SendFailed(f"HTTP {status} without a reason", code=status)
    return without_words(
        answer,
        before="A gateway before Meta",
        not_theirs="not Meta's JSON: WHATSAPP_API_URL does not lead to the Graph API",
    )
