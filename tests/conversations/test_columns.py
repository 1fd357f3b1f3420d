"""A column of the conversation has its place wherever a conversation is begun, kept, shown, joined
and handed out. Add one, run this file, and do what it says, one failure after the other."""

from __future__ import annotations

import inspect as source_of
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from recado.admin_api.openapi import VIEWS
from recado.conversations import weaving
from recado.conversations.model import Conversation
from recado.conversations.ownership import new_conversation
from recado.conversations.views import ConversationView
from recado.desk import render
from recado.maintenance.personal_data import export_contact, find_contact
from recado.store import Store, Tx, open_store
from recado.store.migrate import migrate
from recado.store.schema import HEAD
from tests.support.conversations import add_conversation, add_line

COLUMNS = {column.name for column in Conversation.__table__.columns}

#: Columns that neither the API nor the desk shows, with what they are for.
INSIDE = {
    "deleted_at": "what is deleted is not shown",
    "flow": "the state machine's own",
    "flow_state": "the state machine's own",
    "owner_user": "the user of an app that opened it; the app knows",
    "ownership": "counts the changes of owner, for a turn to compare",
    "settings": "the app's that opened it",
    "summarised_to": "the context's own",
    "summary": "the context's own",
}
#: Columns that the API shows and the desk does not.
NOT_ON_THE_DESK = {
    "answered_to": "seen by the replies",
    "archived_at": "the archive is a list of its own",
    "character_id": "an id",
    "last_inbound_at": "shown as the end of its window",
    "tags": "set by programs",
    "thread": "told apart by programs",
    "title": "found by the search, told apart by programs",
}
#: Columns of which the older conversation keeps its own when two are joined.
KEPT_WHEN_JOINED = {
    *("id", "line_id", "contact_id", "thread", "owner_user", "character_id", "settings"),
    *("flow", "flow_state", "tags", "title", "archived_at", "created_at"),
    *("summary", "summarised_to"),  # nobody reads them any more: a summary has a row of its own
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
    await migrate(store)
    yield store
    await store.close()


async def test_a_migrated_database_has_it(store: Store) -> None:
    found = await store.run_ddl(lambda it: inspect(it).get_columns("conversation"))
    missing = sorted(COLUMNS - {column["name"] for column in found})
    assert not missing, (
        f"{missing} stands in conversations/model.py and in no migration: add one after {HEAD} to"
        " src/recado/store/migrations/versions, as docs/architecture/store.md says"
    )
    row = await store.write(_exported)
    assert row >= COLUMNS, f"`recado export` leaves out {sorted(COLUMNS - row)}"


def _exported(tx: Tx) -> set[str]:
    add_conversation(tx, add_line(tx), identities=(("phone", "5491155550001"),))
    document = export_contact(tx, find_contact(tx, "5491155550001"))
    return set(document["conversations"][0])


def test_a_new_conversation_begins_with_it() -> None:
    begun = set(new_conversation("line", "contact", language="es"))
    assert begun == COLUMNS, (
        f"give {sorted(COLUMNS - begun)} its first value in new_conversation(),"
        " src/recado/conversations/ownership.py"
    )


def test_the_api_shows_it_or_says_why_not() -> None:
    shown = set(ConversationView.__struct_fields__)
    missing = sorted(COLUMNS - shown - set(INSIDE))
    assert not missing, (
        f"add {missing} to ConversationView in src/recado/conversations/views.py, or to INSIDE in"
        f" {__file__} with the reason; queries.py fills it where the row's value is not it yet"
    )
    assert not set(INSIDE) & shown, "shown, and in INSIDE"
    assert ConversationView in VIEWS, "the API's description follows from the view"


def test_the_desk_shows_it_or_says_why_not() -> None:
    desk = Path(render.__file__).parent
    files = [*desk.glob("templates/**/*.html"), *desk.glob("*.py")]
    said = "\n".join(path.read_text(encoding="utf-8") for path in files)
    shown = set(re.findall(r"\b(?:conversation|item|it|view)\b(?:\"\])?\.(\w+)", said))
    missing = sorted((COLUMNS - set(INSIDE) - set(NOT_ON_THE_DESK)) - shown)
    assert not missing, (
        f"show {missing}: parts/details.html (beside a conversation) or parts/list.html (in the"
        " inbox) below src/recado/desk/templates, with a label (`make words`); or add it to"
        f" NOT_ON_THE_DESK in {__file__} with the reason"
    )


def test_joining_two_conversations_decides_about_it() -> None:
    together = source_of.getsource(weaving)
    decided = {name for name in COLUMNS if f'"{name}"' in together}
    missing = sorted(COLUMNS - decided - KEPT_WHEN_JOINED)
    assert not missing, (
        f"two conversations of one person become one: say in _together(),"
        f" src/recado/conversations/weaving.py, which {missing} it has then; or add it to"
        f" KEPT_WHEN_JOINED in {__file__} when the older one keeps its own"
    )


@pytest.mark.parametrize("names", [INSIDE, NOT_ON_THE_DESK, KEPT_WHEN_JOINED])
def test_what_is_left_out_by_name_is_a_column(names: dict[str, str] | set[str]) -> None:
    assert set(names) <= COLUMNS
