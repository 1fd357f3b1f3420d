"""Pages of the web as knowledge: named by their address, fetched by the guarded fetcher, looked at
again where that is wanted.

What a page said stays known while it cannot be read; what is wrong with it stands at the source.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from html import unescape

import msgspec
from yarl import URL

from recado.assistant.knowledge.base import KnowledgeBase
from recado.assistant.knowledge.origin import Origin, Refresh, WebPage
from recado.assistant.knowledge.robots import MOST_BYTES, Robots, read_robots
from recado.assistant.knowledge.sources import (
    KnowledgeSourceView,
    find_page,
    list_sources,
    name_is_taken,
    put_page,
)
from recado.documents.extract import MAX_BYTES, kind_of
from recado.errors import BadRequest, FileRefused, FileUnavailable, RecadoError, Unprocessable
from recado.media.fetch import Fetched, Fetcher
from recado.store import Store, now

LONGEST_ADDRESS = 2000
#: A page that is looked at daily is due when so much of a day has passed.
DUE_SECONDS = 23 * 3600.0
#: How often it is looked whether one is due, and how many are read then.
LOOK_SECONDS = 3600.0
MOST_AT_ONCE = 200
_LONGEST_NAME = 200
_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/csv": "csv",
    "application/json": "json",
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_NO_ADDRESS = "That is not a page's address, such as https://example.com."
#: As browsers do: who says Latin-1 means Windows'.
_LATIN = frozenset({"iso8859-1", "ascii"})
_ENCODINGS = frozenset({"utf-8", "cp1252", "iso8859-15", "utf-16", "utf-16-le", "utf-16-be"})
_TEXTS = frozenset({"html", "text", "markdown", "csv", "json"})


class PageContent(msgspec.Struct, frozen=True):
    """What stands at an address: `title` is the page's own, "" where it has none."""

    kind: str
    data: bytes
    title: str = ""


class WebPages:
    """Teaches pages to `knowledge`; `fetcher` is its own, and trusts no host of the own network."""

    def __init__(self, store: Store, knowledge: KnowledgeBase, fetcher: Fetcher) -> None:
        self._store = store
        self._knowledge = knowledge
        self._fetcher = fetcher

    async def add(self, address: str, *, refresh: Refresh = "never") -> KnowledgeSourceView:
        """Learn the page, in place of what it said before. `refresh`: look at it again by itself.

        Raises BadRequest (no address), Unprocessable (it cannot be read, and why).
        """
        url = self._checked(address)
        known = await self._store.read(lambda tx: find_page(tx, url))
        content = await self._read(url, {})
        return await self._learn(url, content, refresh, known)

    async def look_again(self, source_id: str) -> KnowledgeSourceView:
        """Read it now. What is wrong is kept at the source and told by it (`page.problem`).

        Raises NotFound, BadRequest: it is no page.
        """
        view = await self._knowledge.get(source_id)
        if view.page is None:
            raise BadRequest(f"{view.name} is no page of the web.")
        return await self._refresh(view, view.page, {})

    async def look_at_due(self) -> int:
        """Read the pages whose time has come, one after the other. Returns how many."""
        before = now() - DUE_SECONDS
        views = await self._store.read(list_sources)
        due = [
            (view, view.page)
            for view in views
            if view.page and view.page.refresh == "daily" and view.page.checked_at < before
        ]
        due.sort(key=lambda it: it[1].checked_at)
        sites: dict[str, Robots] = {}
        for view, page in due[:MOST_AT_ONCE]:
            await self._refresh(view, page, sites)
        return len(due[:MOST_AT_ONCE])

    async def close(self) -> None:
        await self._fetcher.close()

    async def _refresh(
        self, view: KnowledgeSourceView, page: WebPage, sites: MutableMapping[str, Robots]
    ) -> KnowledgeSourceView:
        try:
            content = await self._read(page.url, sites)
            return await self._learn(page.url, content, page.refresh, view)
        except RecadoError as error:
            if error.status >= 500:  # ours, and not the page's
                raise
            failed = WebPage(page.url, page.refresh, now(), error.detail, page.failed_at or now())
            return await self._store.write(lambda tx: put_page(tx, view.id, failed))

    async def _learn(
        self, url: str, content: PageContent, refresh: Refresh, known: KnowledgeSourceView | None
    ) -> KnowledgeSourceView:
        page = WebPage(url, refresh, now())
        if known and known.sha256 == hashlib.sha256(content.data).hexdigest():
            same = known
            view = await self._store.write(lambda tx: put_page(tx, same.id, page))
            note = "Nothing has changed in it since it was added."
            return msgspec.structs.replace(view, outcome="unchanged", note=note)
        name = known.name if known else await self._name(url, content)
        return await self._knowledge.add(
            name,
            content.data,
            kind=content.kind,
            force=True,
            origin=Origin(page=page),
            source_id=known.id if known else "",
        )

    async def _name(self, url: str, content: PageContent) -> str:
        place = URL(url)
        short = f"{place.host}{place.path.rstrip('/')}"[:_LONGEST_NAME]
        if not content.title:
            return short
        title = content.title[:_LONGEST_NAME]
        if not await self._store.read(lambda tx: name_is_taken(tx, title)):
            return title
        return f"{title[: _LONGEST_NAME - len(short) - 3]} ({short})"[:_LONGEST_NAME]

    def _checked(self, address: str) -> str:
        """The address as it is kept: over TLS, without what names a place in the page."""
        address = address.strip()
        if "://" not in address:
            address = f"https://{address}"
        try:
            url = URL(address).with_fragment(None)
            if not self._fetcher.trusts(str(url)) and url.scheme == "http":
                url = url.with_scheme("https")
        except (ValueError, TypeError) as error:
            raise BadRequest(_NO_ADDRESS) from error
        if not url.host or url.scheme not in {"https", "http"} or len(str(url)) > LONGEST_ADDRESS:
            raise BadRequest(_NO_ADDRESS)
        return str(url)

    async def _read(self, url: str, sites: MutableMapping[str, Robots]) -> PageContent:
        """Raises Unprocessable."""
        try:
            await self._ask_robots(url, sites)
            found = await self._fetcher.fetch_page(url, _hosts(url), MAX_BYTES)
        except (FileRefused, FileUnavailable) as error:
            raise Unprocessable(f"The page cannot be read. {error.detail}") from error
        if found.status != 200:
            raise Unprocessable(f"The page answers {found.status}.")
        return _content(found)

    async def _ask_robots(self, url: str, sites: MutableMapping[str, Robots]) -> None:
        place = URL(url)
        site = str(place.origin())
        if site not in sites:
            sites[site] = await self._robots(url, f"{site}/robots.txt")
        if not sites[site].allows(place.raw_path_qs):
            raise Unprocessable("The site's robots.txt asks programs not to read this page.")

    async def _robots(self, url: str, address: str) -> Robots:
        try:
            found = await self._fetcher.fetch_page(address, _hosts(url), MOST_BYTES)
        except FileRefused:  # too large, or it leads to somebody else's
            return Robots()
        if found.status >= 500:  # RFC 9309, 2.3.1.4: then nothing may be read
            raise Unprocessable(f"The site's robots.txt answers {found.status}; try again later.")
        return read_robots(found.data.decode("utf-8", "replace"))


def _hosts(url: str) -> tuple[str, ...]:
    """Where a page may lead on to: the same site, with "www." and without."""
    host = URL(url).raw_host or ""
    return (host, host.removeprefix("www."), f"www.{host}")


def _content(found: Fetched) -> PageContent:
    type, charset = _parsed(found.content_type)
    kind = _KINDS.get(type) or _kind_by_name(found.url)
    if not kind:
        raise Unprocessable(f"The address holds {type or 'something'}, and no text to read.")
    data = found.data
    if kind in _TEXTS and (encoding := _encoding(charset)):
        data = data.decode(encoding, "replace").encode()
    if not data.strip():
        raise Unprocessable("The page is empty.")
    return PageContent(kind, data, _title(data) if kind == "html" else "")


def _parsed(content_type: str) -> tuple[str, str]:
    """The type and the encoding of `text/html; charset=utf-8`."""
    type, *parameters = (part.strip() for part in content_type.split(";"))
    named = (it.partition("=") for it in parameters)
    found: Mapping[str, str] = {key.strip().lower(): value for key, _, value in named}
    return type.lower(), found.get("charset", "").strip("\"' ").lower()


def _encoding(charset: str) -> str:
    """The encoding that a page names, "" for one that is guessed, as in a file."""
    with suppress(LookupError):
        name = codecs.lookup(charset).name
        return "cp1252" if name in _LATIN else name if name in _ENCODINGS else ""
    return ""


def _kind_by_name(url: str) -> str:
    try:
        return kind_of(URL(url).name)
    except BadRequest:
        return ""


def _title(data: bytes) -> str:
    """What stands in the page's first <title>."""
    head = data[:100_000].decode("utf-8", "replace")
    begin = head.lower().find("<title")
    start = head.find(">", begin) + 1 if begin >= 0 else 0
    end = head.lower().find("</title", start) if start else -1
    return " ".join(unescape(head[start:end]).split()) if end > 0 else ""
