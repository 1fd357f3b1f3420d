"""What belongs to a conversation goes with it, whichever feature keeps it."""

from __future__ import annotations

from recado.maintenance.features import OF_CONVERSATION
from recado.store.metadata import metadata

#: Found by what they hold, for not each of them has a conversation (queue/mentions.py).
MENTIONED = {"dead_letter"}


def test_every_table_of_conversations_is_exported_and_removed_with_them() -> None:
    of_conversation = {
        name for name, table in metadata.tables.items() if "conversation_id" in table.columns
    }
    entered = {it.table.__tablename__ for it in OF_CONVERSATION}
    assert entered == of_conversation - MENTIONED, "it enters in its feature's keeping.py"


def test_no_two_features_keep_something_under_one_name() -> None:
    names = [it.name for it in OF_CONVERSATION]
    assert len(set(names)) == len(names)
