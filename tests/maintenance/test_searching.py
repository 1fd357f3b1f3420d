"""The scheduled work makes findable what is not yet, and forgets what is gone."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, text

from recado.conversations.messages import append_message
from recado.conversations.model import Message
from recado.conversations.queries import list_conversations
from recado.conversations.search.index import MOST_READ
from recado.maintenance.searching import make_searchable, tend_search
from recado.store import Tx
from tests.support.conversations import add_conversation
from tests.support.runtime import make_runtime


async def test_an_old_message_is_found_once_the_scheduled_work_has_come_to_it(
    tmp_path: Path,
) -> None:
    async with make_runtime(tmp_path) as runtime:
        line = await runtime.lines.at("web", "simulator")
        assert line is not None
        line_id = line.id

        def fill(tx: Tx) -> None:
            id = add_conversation(tx, line_id)
            for number in range(MOST_READ + 5):
                words = "un violín" if number == 0 else f"n{number}"
                append_message(
                    tx, id, direction="inbound", author="contact", type="text", text=words
                )

        async def finds() -> int:
            page = await runtime.store.read(lambda tx: list_conversations(tx, search="violin"))
            return len(page.items)

        await runtime.store.write(fill)
        assert await finds() == 0, "this does not try what is beyond what is read through"
        assert sum((await make_searchable(runtime)).values()) > MOST_READ
        assert await finds() == 1
        assert sum((await make_searchable(runtime)).values()) == 0

        await runtime.store.write(lambda tx: tx.execute(delete(Message)))
        await tend_search(runtime)
        assert await finds() == 0
        kept = text("SELECT count(*) FROM message_search_data WHERE instr(block, 'viol')")
        assert await runtime.store.read(lambda tx: tx.scalar(kept)) == 0
