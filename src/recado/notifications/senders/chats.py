"""Channels of chats: an address that takes messages, as Slack and Microsoft Teams give them out.

Slack, and Mattermost alike: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
Teams: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from recado.errors import FileRefused, Unprocessable
from recado.http.outward import AddressRefused, Outward, read_beginning
from recado.notifications.senders.port import MOST_ANSWER, TIMEOUT_SECONDS, NotSent, Outgoing
from recado.notifications.texts import Rendered

#: A channel that asks for a longer rest is asked again after this.
MOST_WAIT_SECONDS = 600.0
#: Statuses after which another try may end otherwise.
_LATER = frozenset({408, 425, 429})
Body = Callable[[Rendered], dict[str, Any]]


class ChatSender:
    """`body` makes what is posted; `outward` guards where it goes, and stays its owner's."""

    combines = True

    def __init__(
        self, outward: Outward, body: Body, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._outward = outward
        self._body = body
        self._timeout_seconds = timeout_seconds

    def check_address(self, address: str) -> None:
        """See the port."""
        try:
            self._outward.check(address)
        except AddressRefused as error:
            raise Unprocessable(error.detail) from error

    async def send(self, message: Outgoing) -> str:
        """See the port."""
        body = msgspec.json.encode(self._body(message.rendered))
        try:
            async with asyncio.timeout(self._timeout_seconds):
                status, said, wait = await self._post(message.address, body)
        except TimeoutError as error:
            raise NotSent(f"no answer within {self._timeout_seconds:g} seconds") from error
        except AddressRefused as error:
            raise NotSent(error.detail, final=True) from error
        except FileRefused as error:
            raise NotSent(error.detail) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its words may hold the address, which is a secret.
            raise NotSent(type(error).__name__) from error
        return _judged(status, said, wait)

    async def probe(self) -> str:
        """See the port: only a message tells."""
        return "chats are reached when there is something to say"

    async def close(self) -> None:
        """See the port."""

    async def _post(self, url: str, body: bytes) -> tuple[int, str, float]:
        async with self._outward.session.post(
            self._outward.check(url),
            data=body,
            headers={"content-type": "application/json"},
            allow_redirects=False,
        ) as response:
            read = await read_beginning(response, 4000)
            said = " ".join(read.decode("utf-8", "replace").split())[:MOST_ANSWER]
            after = response.headers.get("Retry-After", "")
            wait = float(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 0.0
            return response.status, said, min(wait, MOST_WAIT_SECONDS)


def slack_body(rendered: Rendered) -> dict[str, Any]:
    """Plain text in Slack's marks, in which only three characters mean something, and `@` might
    call everybody in a chat that is like it."""
    blocks = []
    for told in rendered.parts:
        link = f"<{told.link}|{_for_slack(told.opens)}>" if told.link else ""
        lines = (f"*{_for_slack(told.title)}*", *map(_for_slack, told.lines), link)
        blocks.append("\n".join(filter(None, lines)))
    return {"text": "\n\n".join(blocks)}


def teams_body(rendered: Rendered) -> dict[str, Any]:
    """An adaptive card. Its rich text knows no marks, so that a name is only a name."""
    body: list[dict[str, Any]] = []
    for told in rendered.parts:
        body.append(_rich(told.title, weight="Bolder"))
        body += [_rich(line) for line in told.lines]
    linked = [it for it in rendered.parts if it.link]
    opening = [
        {
            "type": "Action.OpenUrl",
            "title": it.opens if len(linked) == 1 else it.title,
            "url": it.link,
        }
        for it in linked[:5]
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": opening,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def _judged(status: int, said: str, wait: float) -> str:
    """Returns the answer of a channel that has taken it. Raises NotSent."""
    if not 200 <= status < 300:
        final = 300 <= status < 500 and status not in _LATER
        raise NotSent(f"HTTP {status} {said}", final=final, wait_seconds=wait)
    if said.startswith("<"):
        raise NotSent("A page answered, and no channel of a chat: look at the address")
    if "delivery failed" in said.lower():  # Teams' older addresses say so with 200
        raise NotSent(said)
    return f"HTTP {status} {said}".strip()


def _rich(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _for_slack(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("*", "\u2217")
