"""The port: what a channel needs to do with a notification, and how it fails.

Adding a channel: a module here with a class that has these four, a line in opening.py, and the
cases of tests/contracts/test_notification_senders.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from recado.errors import RecadoError
from recado.notifications.occasions import Facts
from recado.notifications.texts import Rendered

#: How long a provider is waited for.
TIMEOUT_SECONDS = 15.0
MOST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address. `id` is the first notification's, the same at every try, and
    `facts` what that one tells, for systems that read no words; `created_at` is when."""

    id: str
    address: str
    rendered: Rendered
    facts: Facts
    created_at: float


class NotSent(RecadoError):
    """A notification did not go out. `final`: another try would end alike. `wait_seconds`: whoever
    refused it asks for so much rest."""

    status = 502
    title = "The notification was not sent"

    def __init__(self, detail: str, *, final: bool = False, wait_seconds: float = 0.0) -> None:
        super().__init__(" ".join(detail.split())[:MOST_ANSWER])
        self.final = final
        self.wait_seconds = wait_seconds


class Sender(Protocol):
    @property
    def combines(self) -> bool:
        """Whether several notifications may come as one message."""

    def check_address(self, address: str) -> None:
        """Raises Unprocessable: it is none of this channel's."""

    async def send(self, message: Outgoing) -> str:
        """Returns what was answered. Raises NotSent, and nothing else."""

    async def probe(self) -> str:
        """Ask whoever sends whether they would, without sending. Returns what was found. Raises
        NotSent."""

    async def close(self) -> None:
        """Release what is open."""
