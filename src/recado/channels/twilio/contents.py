"""The contents of a Twilio account: its templates, and those that we make for single messages.

Source: www.twilio.com/docs/content/content-api-resources
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

import msgspec

from recado.channels.port import Line
from recado.channels.twilio.client import TwilioApi
from recado.channels.twilio.parts import TwilioContent
from recado.channels.twilio.templates import find
from recado.errors import SendRejected

#: So often a template that is not among those we know may be looked for.
LOOK_AGAIN_SECONDS = 30.0
#: So long an edited template may go with the variables it had.
FRESH_SECONDS = 600.0
#: Most pages of 500: WhatsApp allows 6,000 templates.
_MOST_PAGES = 40
_MOST_REMEMBERED = 2000


class _Meta(msgspec.Struct):
    next_page_url: str | None = None


class _Page(msgspec.Struct):
    contents: list[dict[str, Any]]
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Created(msgspec.Struct):
    sid: str


class Contents:
    def __init__(self, api: TwilioApi) -> None:
        self._api = api
        self._known: dict[str, tuple[float, list[TwilioContent]]] = {}
        self._ours: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def list_all(self, line: Line) -> list[TwilioContent]:
        """Every content of the line's account. Raises SendRejected, SendThrottled, SendFailed."""
        url: str | None = f"{self._api.content}/v1/ContentAndApprovals?PageSize=500"
        found: list[TwilioContent] = []
        for _ in range(_MOST_PAGES):
            # The next page's address comes from outside, and our credentials go there.
            if not url or not url.startswith(f"{self._api.content}/"):
                break
            page = await self._api.ask(line, url, _Page)
            found += [content for item in page.contents if (content := _read(item))]
            url = page.meta.next_page_url
        self._known[_account(line)] = (time.monotonic(), found)
        return found

    async def find(self, line: Line, name: str, language: str) -> TwilioContent:
        """The template of that name and language. Raises as `list_all`, SendRejected for none."""
        age, known = self._remembered(line)
        content = find(known, name, language)
        if age > FRESH_SECONDS or (content is None and age > LOOK_AGAIN_SECONDS):
            content = find(await self.list_all(line), name, language)
        if content is None:
            raise SendRejected(
                f"Twilio's Content Template Builder has no template {name} in {language}: compare "
                "the name and the language there"
            )
        return content

    async def by_sid(self, line: Line, sid: str) -> TwilioContent | None:
        """What we know of that content. Raises as `list_all`."""
        age, known = self._remembered(line)
        content = next((content for content in known if content.sid == sid), None)
        if age > FRESH_SECONDS or (content is None and age > LOOK_AGAIN_SECONDS):
            known = await self.list_all(line)
            content = next((content for content in known if content.sid == sid), None)
        return content

    async def make(self, line: Line, body: dict[str, Any]) -> str:
        """The sid of a content with this body, made when it is not there yet. Raises as above."""
        key = (_account(line), str(body["friendly_name"]))
        if key in self._ours:
            self._ours.move_to_end(key)
            return self._ours[key]
        created = await self._api.ask(line, f"{self._api.content}/v1/Content", _Created, body)
        self._ours[key] = created.sid
        if len(self._ours) > _MOST_REMEMBERED:
            self._ours.popitem(last=False)
        return created.sid

    def _remembered(self, line: Line) -> tuple[float, list[TwilioContent]]:
        """Its age in seconds, and what is known."""
        at, known = self._known.get(_account(line), (float("-inf"), []))
        return time.monotonic() - at, known


def _account(line: Line) -> str:
    return line.credentials.get("account_sid", "")


def _read(item: dict[str, Any]) -> TwilioContent | None:
    """One odd content must not hide the others."""
    try:
        return msgspec.convert(item, TwilioContent)
    except msgspec.ValidationError:
        return None
