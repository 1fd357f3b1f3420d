"""Bodies on their way in, from whom nobody knows yet.

They have bounds of their own, so that strangers who send slowly take no place from what is
verified. When there are too many, whoever has been sending for longest is let go: a vendor's
webhook is here within a round of the network, and comes again should it be hit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Receive

from recado.errors import BadRequest, ServiceUnavailable, TooLarge
from recado.http.edge import read_natural

#: A body that came in part has this long to come whole.
BODY_SECONDS = 20.0


class Arrivals:
    """Of so many bodies at most, and so many bytes: what has come of them is in memory."""

    def __init__(self, most_bodies: int, most_bytes: int, *, seconds: float = BODY_SECONDS) -> None:
        self._most_bodies = most_bodies
        self._most_bytes = most_bytes
        self._seconds = seconds
        #: The oldest first.
        self._coming: dict[_Arrival, None] = {}
        self.bytes = 0

    @property
    def bodies(self) -> int:
        """How many are on their way."""
        return len(self._coming)

    async def read(self, headers: Mapping[str, str], receive: Receive, most: int) -> bytes:
        """The whole body of a request, whose `headers` have lower-case names.

        Raises TooLarge past `most` bytes, BadRequest when it ends early or comes too slowly,
        ServiceUnavailable when it had to make room. In each case what came is not kept.
        """
        _check_size(read_natural(headers.get("content-length", "")) or 0, most)
        if len(self._coming) >= self._most_bodies:
            self._let_go_of_oldest()
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self._seconds) as patience:
                arrival = _Arrival(patience)
                self._coming[arrival] = None
                try:
                    more = True
                    while more:
                        part, more = await _next_part(receive)
                        parts.append(part)
                        self._take(arrival, len(part))
                        _check_size(arrival.bytes, most)
                finally:
                    self._end(arrival)
        except TimeoutError as error:
            if arrival.made_room:
                raise ServiceUnavailable("Too many are sending at once; send it again.") from error
            raise BadRequest("The body came too slowly.") from error
        return b"".join(parts)

    def _take(self, arrival: _Arrival, count: int) -> None:
        """A body that is alone always fits, whatever its size: else it would never be taken."""
        arrival.bytes += count
        if arrival.made_room:
            return
        self.bytes += count
        while self.bytes > self._most_bytes and len(self._coming) > 1:
            self._let_go_of_oldest(but=arrival)

    def _let_go_of_oldest(self, but: _Arrival | None = None) -> None:
        oldest = next(it for it in self._coming if it is not but)
        self._end(oldest)
        oldest.made_room = True
        oldest.patience.reschedule(asyncio.get_running_loop().time())

    def _end(self, arrival: _Arrival) -> None:
        if arrival in self._coming:  # else it has made room already
            del self._coming[arrival]
            self.bytes -= arrival.bytes


class _Arrival:
    __slots__ = ("bytes", "made_room", "patience")

    def __init__(self, patience: asyncio.Timeout) -> None:
        self.patience = patience
        self.bytes = 0
        self.made_room = False


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"A webhook has at most {most} bytes.")


async def _next_part(receive: Receive) -> tuple[bytes, bool]:
    """What has come of the body, and whether there is more. Raises BadRequest: it ended early."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise BadRequest("The request ended early.")
    part: bytes = message.get("body", b"")
    return part, message.get("more_body", False)
