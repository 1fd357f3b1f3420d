"""One error tree: what happened, whether trying again helps, and what a person may be told.

RecadoError
├── SettingsError            a setting is missing or wrong; the start stops
├── RequestError             the caller can mend it (an HTTP 4xx)
│   ├── BadRequest · Unauthorized · Forbidden · NotFound · Conflict
│   ├── HeldByColleague      another person has the conversation: ask first
│   ├── TooLarge · Unprocessable · TooManyRequests
│   └── InvalidSignature     a webhook that its channel did not sign
├── FileRefused              a file that is not taken as it is; the reason is for a person
├── FileUnavailable          a file cannot be fetched now; retry
├── ReadingFailed            what stands in a file cannot be read now; retry
├── UnparsablePayload        signed, but not what the vendor documents: a dead letter
├── LeaseLost                the job is no longer ours; its effects must not be written
├── SendError                a message did not go out
│   ├── SendRejected         final: the provider will never take it as it is
│   ├── SendThrottled        retry after a delay
│   ├── SendFailed           retry with back-off; it surely did not go out
│   └── SendUnknown          no one can tell whether it went out
├── ModelError               the model gave no usable answer
│   ├── ModelUnavailable     retry, then hand over
│   └── ModelRefused         final (key, quota, bad request): hand over
├── ToolError                a tool of the assistant's did not do what it is for
│   ├── ToolRefused          final: the other side says no, or knows nothing of it
│   ├── ToolUnavailable      it surely did not happen; another try may
│   └── ToolUnknown          no one can tell whether it happened
└── ServiceUnavailable       a dependency is down; retry
    └── StorageFailed        that of files, with the reason
"""

from __future__ import annotations

from typing import Literal


class RecadoError(Exception):
    """Base of every error that Recado raises on purpose.

    `status` is the HTTP status at the edge, `retryable` tells a worker whether the same job may
    succeed later, and `again_after_seconds` no sooner than when; `title` is fixed for the class and
    `detail` says what to do about this case.
    """

    status = 500
    retryable = False
    again_after_seconds = 0.0
    title = "Something went wrong"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title

    @property
    def slug(self) -> str:
        """The last part of the problem's `type` URI (RFC 9457), such as `not-found`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class SettingsError(RecadoError):
    title = "A setting is missing or wrong"


class RequestError(RecadoError):
    status = 400
    title = "The request cannot be served as it is"


class BadRequest(RequestError):
    title = "Bad request"


class Unauthorized(RequestError):
    status = 401
    title = "Sign in first"


class Forbidden(RequestError):
    status = 403
    title = "Not allowed"


class InvalidSignature(Forbidden):
    title = "The webhook's signature is missing or wrong"


class NotFound(RequestError):
    status = 404
    title = "Not found"


class Conflict(RequestError):
    status = 409
    title = "In conflict with the present state"


class HeldByColleague(Conflict):
    """`holder` is who has the word: a user's id, or "somebody" without an account; `name` theirs,
    "" when it is not known."""

    title = "A colleague has this conversation"

    def __init__(self, *, holder: str, name: str = "") -> None:
        super().__init__(
            f"{name or 'Another person'} has this conversation. Take it over first, or send with"
            " `takeover`: true; a `system` message leaves it with them."
        )
        self.holder = holder
        self.name = name


class TooLarge(RequestError):
    status = 413
    title = "Too large"


class Unprocessable(RequestError):
    status = 422
    title = "The content cannot be processed"


class TooManyRequests(RequestError):
    status = 429
    retryable = True
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class FileRefused(RecadoError):
    status = 422
    title = "The file is not taken"


class FileUnavailable(RecadoError):
    status = 502
    retryable = True
    title = "The file cannot be fetched now"

    def __init__(self, detail: str = "", *, outage: bool = False) -> None:
        """`outage`: its provider as a whole is away, and the fault is not this file's."""
        super().__init__(detail)
        self.outage = outage


class ReadingFailed(RecadoError):
    """The reader gave nothing this time: its service is away, busy or too slow. Tried again."""

    status = 502
    retryable = True
    title = "The file cannot be read now"

    def __init__(self, detail: str = "", *, again_after_seconds: float = 0.0) -> None:
        super().__init__(detail)
        self.again_after_seconds = again_after_seconds


class UnparsablePayload(RecadoError):
    title = "The payload is not what the vendor documents"


class LeaseLost(RecadoError):
    retryable = True
    title = "The job's lease has passed to another worker"


class SendError(RecadoError):
    """A message did not go out. `code` is the provider's own error code, where it gave one.

    `needs_person`: nothing of this line goes out until someone mends it (token, permission,
    payment, a block), so it is worth an alert and not only a mark on the message.
    """

    status = 502
    title = "The message was not sent"

    def __init__(
        self, detail: str = "", *, code: int | str | None = None, needs_person: bool = False
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.needs_person = needs_person


class SendRejected(SendError):
    title = "The provider refused the message"


class SendThrottled(SendError):
    retryable = True
    title = "The provider asks to slow down"

    def __init__(
        self,
        detail: str = "",
        *,
        code: int | str | None = None,
        needs_person: bool = False,
        retry_after_seconds: float = 5.0,
    ) -> None:
        super().__init__(detail, code=code, needs_person=needs_person)
        self.retry_after_seconds = retry_after_seconds


class SendFailed(SendError):
    """`outage`: the provider as a whole is away, and the fault is not this message's."""

    retryable = True
    title = "The provider could not take the message now"

    def __init__(
        self, detail: str = "", *, code: int | str | None = None, outage: bool = False
    ) -> None:
        super().__init__(detail, code=code)
        self.outage = outage


class SendUnknown(SendError):
    """`retry_after_seconds`: what answered asks to slow down; the line's other messages rest."""

    title = "No one can tell whether the message went out"

    def __init__(
        self,
        detail: str = "",
        *,
        code: int | str | None = None,
        needs_person: bool = False,
        retry_after_seconds: float = 0.0,
    ) -> None:
        super().__init__(detail, code=code, needs_person=needs_person)
        self.retry_after_seconds = retry_after_seconds


class ModelError(RecadoError):
    status = 502
    title = "The model gave no usable answer"


class ModelUnavailable(ModelError):
    """`outage`: the provider as a whole is away, and the fault is not this question's.
    `rest_seconds`: how long the provider asks to be left alone."""

    retryable = True
    title = "The model cannot be reached now"

    def __init__(
        self, detail: str = "", *, outage: bool = False, rest_seconds: float = 0.0
    ) -> None:
        super().__init__(detail)
        self.outage = outage
        self.rest_seconds = rest_seconds


class ModelBusy(ModelUnavailable):
    title = "The model has as many questions before it as it may"


class ModelRefused(ModelError):
    title = "The model refuses the request"


class ModelUnusable(ModelError):
    """It answers, and not for the contact: its inside, or half an answer."""


class ToolError(RecadoError):
    """`outage`: the other side as a whole is away. `code` is its HTTP status, where it gave one."""

    status = 502
    title = "The tool did not work"

    def __init__(self, detail: str = "", *, code: int | None = None, outage: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.outage = outage


class ToolRefused(ToolError):
    """`reason`: `not_found` (there is no such thing), `refused` (not with these arguments),
    `setup` (somebody has to mend the tool)."""

    title = "The tool refused"

    def __init__(
        self, detail: str = "", *, code: int | None = None, reason: str = "refused"
    ) -> None:
        super().__init__(detail, code=code)
        self.reason = reason


class ToolUnavailable(ToolError):
    retryable = True
    title = "The tool cannot be reached now"


class ToolUnknown(ToolError):
    title = "No one can tell whether the tool did it"


class ServiceUnavailable(RecadoError):
    status = 503
    retryable = True
    title = "A dependency is not available"


class StorageFailed(ServiceUnavailable):
    """`reason`: it cannot be reached (away), does not answer in time (slow), does not let this
    account (denied), has no room (full), or anything else (other)."""

    title = "The storage of files is not available"

    def __init__(
        self,
        detail: str = "",
        *,
        reason: Literal["away", "slow", "denied", "full", "other"] = "other",
    ) -> None:
        super().__init__(detail)
        self.reason = reason

    @property
    def outage(self) -> bool:
        """For circuit breakers."""
        return self.reason in ("away", "slow")
