"""Beside a conversation: when it was talked, and how it went."""

from __future__ import annotations

from tests.desk.conftest import DeskUser


async def test_the_sessions_tell_who_answered(admin: DeskUser) -> None:
    conversation = await admin.add_conversation()
    await admin.add_message(conversation, "¿Tienen torta?")
    await admin.add_message(conversation, "Sí.", inbound=False)
    page = await admin.page(f"/conversations/{conversation}")
    assert f'hx-get="/conversations/{conversation}/sessions"' in page
    shown = await admin.page(f"/conversations/{conversation}/sessions")
    assert "Messages: 2" in shown
    assert "going on" in shown
    assert "first answer after" in shown
