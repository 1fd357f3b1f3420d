"""What a provider's refusals mean for a message, in the words that all channels share.

A channel lists its provider's error codes as explanations (whatsapp/codes.py); what they and what
an answer without any words mean is the same for every provider behind HTTP:

    a receipt with an id                                   accepted
    an error in the provider's own form                    refused for sure …
      … whose code may come after it has taken the message unknown
      … a 5xx with a code that nobody has documented       unknown
    anything else: a gateway's page, an empty body, 2xx
    without an id, JSON of another form, a redirect        unknown, whatever the status

Nobody vouches for what stands before a provider: a gateway's 503 or 408 may follow a request that
it has passed on, a filter's 403 may hide the provider's "accepted". So only the provider's own
words prove that a message did not go out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from time import time
from typing import Literal

from recado.channels import port
from recado.channels.http import Answer
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown

#: A message that the provider reported as failed is not sent again sooner than this.
SOONEST_RESEND_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 3600.0


class Verdict(Enum):
    THROTTLED = "throttled"  # the same message goes later, after a given delay
    RETRY = "retry"  # a fault at the provider's side: try again with back-off
    FINAL = "final"  # this message will never go as it is


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """`needs_person`: the line as a whole is stuck until someone acts on the advice.
    `outage`: the provider itself is away; no message goes until it is back.
    `maybe_taken`: as an answer to a request it is no proof: the message may have been taken."""

    verdict: Verdict
    advice: str
    retry_after_seconds: float = 5.0
    needs_person: bool = False
    outage: bool = False
    maybe_taken: bool = False

    def of_failed_status(self, *, window_closed: bool) -> port.Explanation:
        """The same for a status `failed`, where the provider took the message and did not deliver
        it: a passing fault may be sent again, the rest stays as it is."""
        if self.needs_person:
            kind: Literal["retry", "never", "person"] = "person"
        else:
            kind = "never" if self.verdict is Verdict.FINAL else "retry"
        return port.Explanation(
            kind,
            self.advice,
            retry_after_seconds=max(self.retry_after_seconds, SOONEST_RESEND_SECONDS),
            window_closed=window_closed,
        )


def throttled(seconds: float, advice: str, *, needs_person: bool = False) -> CodeMeaning:
    return CodeMeaning(Verdict.THROTTLED, advice, seconds, needs_person)


def retry(advice: str, *, maybe_taken: bool = False) -> CodeMeaning:
    return CodeMeaning(Verdict.RETRY, advice, maybe_taken=maybe_taken)


def outage(advice: str) -> CodeMeaning:
    return CodeMeaning(Verdict.RETRY, advice, outage=True)


def final(advice: str) -> CodeMeaning:
    return CodeMeaning(Verdict.FINAL, advice)


def stuck(advice: str) -> CodeMeaning:
    return CodeMeaning(Verdict.FINAL, advice, needs_person=True)


def number_of(code: int | str | None) -> int:
    """A provider's code as a number; -1: it is none."""
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def in_their_words(
    meaning: CodeMeaning, detail: str, *, code: int | str, answer: Answer
) -> SendError:
    """The error of an answer in the provider's own words, whose code means that."""
    if meaning.maybe_taken:
        return SendUnknown(detail, code=code)
    if meaning.verdict is Verdict.THROTTLED or (answer.status == 429 and not meaning.needs_person):
        return SendThrottled(
            detail,
            code=code,
            needs_person=meaning.needs_person,
            retry_after_seconds=retry_after_seconds(answer.headers) or meaning.retry_after_seconds,
        )
    if meaning.verdict is Verdict.RETRY:
        return SendFailed(detail, code=code, outage=meaning.outage)
    return SendRejected(detail, code=code, needs_person=meaning.needs_person)


def without_words(answer: Answer, *, before: str, not_theirs: str) -> SendUnknown:
    """The error of an answer that is not the provider's own: `before` says what may have given it
    ("A gateway before Meta"), `not_theirs` what is wrong when it is no server's fault. It proves
    nothing of the message; that the address seems wrong still needs a person."""
    status = answer.status
    if status == 429:
        wait = retry_after_seconds(answer.headers) or 5.0
        told = f"{before} answered HTTP 429 (slow down)"
        return SendUnknown(told, code=status, retry_after_seconds=wait)
    if status == 408 or status >= 500:
        return SendUnknown(f"{before} answered HTTP {status}", code=status)
    return SendUnknown(f"HTTP {status} and {not_theirs}", code=status, needs_person=True)


def only_asked(failure: SendError) -> SendError:
    """What a failure means for a request that sends nothing to anybody: no fate is unknown."""
    if not isinstance(failure, SendUnknown):
        return failure
    detail, code = failure.detail, failure.code
    if failure.needs_person:
        return SendRejected(detail, code=code, needs_person=True)
    if failure.retry_after_seconds:
        return SendThrottled(detail, code=code, retry_after_seconds=failure.retry_after_seconds)
    return SendFailed(detail, code=code, outage=code == 503)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The header Retry-After in seconds from now (RFC 9110, 10.2.3): a number or a date."""
    given = headers.get("Retry-After", "").strip()
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time()
        except ValueError:
            return None
    return min(max(seconds, 1.0), _LONGEST_WAIT_SECONDS) if math.isfinite(seconds) else None
