"""The inbox: every conversation the team has, those that wait for a person first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.responses import Response

from recado.conversations.queries import conversations_by_id, list_conversations
from recado.conversations.views import ConversationView
from recado.desk.clocks import ShownClock, read_clocks
from recado.desk.previews import Preview, read_previews
from recado.desk.visit import Visit
from recado.desk.waiting import Counts, count_pending, list_waiting
from recado.escalation.departments.registry import names_of_departments
from recado.escalation.routing.waits import offered_to
from recado.http.edge import read_natural
from recado.store import Tx, now
from recado.store.paging import MAX_LIMIT

PAGE = 30
#: How many of those who wait stand before all others.
URGENT = 50
#: What the list can be narrowed to, in the order of the tabs.
FILTERS = ("all", "waiting", "mine", "human", "bot", "resolved")


class Inbox(msgspec.Struct, frozen=True):
    chosen: str
    search: str
    items: Sequence[ConversationView]
    next: str | None
    counts: Counts
    now: float
    previews: dict[str, Preview]
    clocks: Mapping[str, ShownClock]
    #: The names of the departments, by their keys.
    departments: dict[str, str] = {}

    @property
    def query(self) -> dict[str, str]:
        """What keeps the list as it is, for addresses."""
        query = {} if self.chosen == "all" else {"filter": self.chosen}
        return query | ({"q": self.search} if self.search else {})


async def show(visit: Visit) -> Response:
    """`GET /`: the list, and beside it room for a conversation."""
    return visit.render("inbox.html", inbox=await read_inbox(visit), conversation=None)


async def show_list(visit: Visit) -> Response:
    """`GET /desk/list`: the list alone, fetched again when something happens."""
    template = (
        "parts/list.html" if "cursor" in visit.request.query_params else "parts/list_live.html"
    )
    return visit.render(template, inbox=await read_inbox(visit), open_id=_open_id(visit))


def _open_id(visit: Visit) -> str:
    """The conversation that is open beside the list: htmx tells the page's address."""
    path = urlsplit(visit.request.headers.get("hx-current-url", "")).path
    return path.removeprefix("/conversations/") if path.startswith("/conversations/") else ""


async def read_inbox(visit: Visit) -> Inbox:
    query = visit.request.query_params
    chosen = query.get("filter", "all")
    chosen = chosen if chosen in FILTERS else "all"
    search = query.get("q", "").strip()[:100]
    user_id = visit.user.user_id

    def work(tx: Tx) -> Inbox:
        items, following = _read_items(
            tx, chosen, search, user_id, query.get("cursor"), _shown(query.get("shown", ""))
        )
        counts = count_pending(tx, user_id)
        previews = read_previews(tx, items, user_id)
        clocks = read_clocks(tx, [item.id for item in items])
        named = names_of_departments(tx)
        return Inbox(chosen, search, items, following, counts, now(), previews, clocks, named)

    return await visit.runtime.store.read(work)


def _read_items(
    tx: Tx, chosen: str, search: str, user_id: str, cursor: str | None, shown: int
) -> tuple[list[ConversationView], str | None]:
    if chosen == "waiting" and not search:
        waiting = list_waiting(tx, limit=shown, cursor=cursor)
        return conversations_by_id(tx, waiting.items), waiting.next
    narrowed: dict[str, Any] = {"search": search or None}
    if chosen == "mine":
        narrowed["assignee_id"] = user_id
    elif chosen != "all":
        narrowed["state"] = chosen
    page = list_conversations(tx, **narrowed, limit=shown, cursor=cursor)
    if chosen == "mine" and not (search or cursor):  # what is offered to them comes first
        return conversations_by_id(tx, offered_to(tx, user_id, URGENT)) + list(
            page.items
        ), page.next
    if search or chosen != "all":
        return list(page.items), page.next
    urgent = list_waiting(tx, limit=URGENT).items
    rest = [item for item in page.items if item.id not in set(urgent)]
    first = [] if cursor else conversations_by_id(tx, urgent)
    return first + rest, page.next


def _shown(asked: str) -> int:
    """As many as the page shows already, so that a refreshed list is as long as it was."""
    return min(max(read_natural(asked) or PAGE, PAGE), MAX_LIMIT)
