"""What Evolution's answer to a send means: a receipt, or the error that says whether to try again.

Evolution answers {status, error, response: {message}} when something failed. Before it has handed
a message to WhatsApp that is a plain refusal; but a fault after it (its database, its storage)
comes back in the same form, with the text of a JavaScript exception or as a bare 500. So an
exception and a 5xx whose meaning is not known here leave the message's fate open, and so does all
that is not in this form.

An instance on Meta's Cloud API answers 201 with Meta's own error object when Meta refused.

Source: github.com/EvolutionAPI/evolution-api, src/main.ts; sendMessageWithTyping in
src/api/integrations/channel/whatsapp/whatsapp.baileys.service.ts and …/meta/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recado.channels.evolution.lenient import Json, obj, text
from recado.channels.http import Answer
from recado.channels.messages import SendReceipt
from recado.channels.verdicts import in_their_words, retry_after_seconds, without_words
from recado.channels.whatsapp.codes import explain
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown

_EXCEPTION = re.compile(r"^\s*\w*(Error|Exception)\b")
#: Thrown before anything is written to WhatsApp: the phone's link is down. (A broker that has gone
#: says "Connection closed: 320 …".)
_CLOSED = re.compile(
    r"(?i)connection closed(?!\s*:)|connection was lost|not connected|stream errored"
)
_NOT_AVAILABLE = re.compile(r"(?i)method not available|not (?:yet )?(?:supported|implemented)")
_THROTTLED = re.compile(r"(?i)rate-overlimit|too many requests")
_FILE = re.compile(r"(?i)status code 4\d\d|ENOTFOUND|unsupported image|invalid media|convert")


def receipt_of(answer: Answer) -> SendReceipt:
    """The receipt of a message that WhatsApp took.

    Raises SendRejected, SendThrottled, SendFailed or SendUnknown.
    """
    if not answer.ok:
        raise failure_of(answer)
    found = obj(answer.json())
    id = text(obj(found.get("key")).get("id"), 256).strip()
    if id:
        return SendReceipt(id)
    if found.get("error_data") or (found.get("code") is not None and found.get("message")):
        raise _of_meta(found, answer)
    raise SendUnknown(
        "Evolution API answered without a message id, so it may or may not have sent it"
    )


def failure_of(answer: Answer) -> SendError:
    """The error that an answer other than 2xx stands for."""
    found = answer.json()
    said = [*_messages(obj(found))]
    if not _is_evolutions(found, answer.status) or not (said or found.get("error")):
        return _without_words(answer)
    unknown_number = next((it for it in said if obj(it).get("exists") is False), None)
    if unknown_number is not None:
        person = text(unknown_number.get("number")) or text(unknown_number.get("jid"))
        return SendRejected(f"{person} is not on WhatsApp", code="not_on_whatsapp")
    words = "; ".join(text(it) for it in said if text(it)) or text(found.get("error"))
    return _of_words(answer, words[:500])


def _of_words(answer: Answer, words: str) -> SendError:
    status, detail = answer.status, f"Evolution API: {words}"
    if status == 429 or _THROTTLED.search(words):
        wait = retry_after_seconds(answer.headers) or 10.0
        return SendThrottled(detail, code=status, retry_after_seconds=wait)
    if status >= 400 and _CLOSED.search(words):
        advice = "The instance is not linked with its phone: `recado line connect`"
        return SendFailed(f"{advice} ({words})", code=status, outage=True)
    if _NOT_AVAILABLE.search(words) or (status >= 500 and _FILE.search(words)):
        return _refused(status, words)
    if status >= 500 or (status not in (401, 403, 404) and _EXCEPTION.search(words)):
        return SendUnknown(f"Evolution API failed on the way ({words})", code=status)
    return _refused(status, words)


def _is_evolutions(found: Any, status: int) -> bool:
    """Gateways answer {"message": …} and {"error": …}, too; Evolution repeats the status."""
    return isinstance(found, dict) and found.get("status") == status


def _refused(status: int, words: str) -> SendRejected:
    if status in (401, 403):
        advice = "It does not take the line's api_key (EVOLUTION_API_KEY) for this instance"
        return SendRejected(f"{advice} ({words})", code=status, needs_person=True)
    missing = status == 404 and "instance" in words.lower()
    return SendRejected(f"Evolution API: {words}", code=status, needs_person=missing)


def _without_words(answer: Answer) -> SendError:
    return without_words(
        answer,
        before="Something before Evolution API",
        not_theirs="not Evolution's JSON: the line's api_url (EVOLUTION_API_URL) does not"
        " lead to an Evolution API",
    )


def _of_meta(error: Json, answer: Answer) -> SendError:
    """Meta's error, passed on by an instance on its Cloud API."""
    given = error.get("code")
    code = given if isinstance(given, int | str) else answer.status
    meaning = explain(code)
    detail = f"{meaning.advice} (Meta's error {code}: {text(error.get('message'), 300)})"
    return in_their_words(meaning, detail, code=code, answer=answer)


def _messages(found: Json) -> Iterator[Any]:
    """What `response.message` holds: a text, an object, or lists of them."""
    waiting = [obj(found.get("response")).get("message"), found.get("message")]
    for _ in range(100):
        if not waiting:
            return
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting = one[:50] + waiting
        elif one:
            yield one
