"""What is known about a contact stands beside their conversation, and people have the last word."""

from __future__ import annotations

import re

import pytest

from recado.conversations.facts.reading import find_facts
from tests.desk.conftest import DeskUser


@pytest.fixture
async def conversation(admin: DeskUser) -> str:
    id = await admin.add_conversation()
    await admin.add_message(id, "me llamo Ana <b> y mi pedido es 1182")
    await find_facts(admin.runtime.store)
    return id


async def paths(admin: DeskUser, conversation: str) -> list[str]:
    page = await admin.page(f"/conversations/{conversation}")
    return re.findall(r'hx-post="(/contacts/[^"]+/facts/[^"/]+)"', page)


async def test_a_fact_is_shown_with_where_it_is_from(admin: DeskUser, conversation: str) -> None:
    page = await admin.page(f"/conversations/{conversation}")
    assert '<span class="fact-value" dir="auto">1182</span>' in page
    assert "Found in a message, 95 % sure." in page
    assert f'href="/conversations/{conversation}?at=1"' in page


async def test_a_fact_is_corrected_and_erased(admin: DeskUser, conversation: str) -> None:
    name, order = await paths(admin, conversation)
    answer = await admin.post(name, value="Ana Ruiz", conversation=conversation)
    assert '<span class="fact-value" dir="auto">Ana Ruiz</span>' in answer.text
    assert "A colleague wrote it." in answer.text
    answer = await admin.post(f"{order}/erase", conversation=conversation)
    assert answer.status_code == 200
    assert '<span class="fact-value" dir="auto">1182</span>' not in answer.text
    assert (await admin.post(name, value="X", conversation=conversation)).status_code == 404


async def test_a_fact_is_added_and_a_wrong_one_is_not(admin: DeskUser, conversation: str) -> None:
    contact = (await paths(admin, conversation))[0].rpartition("/")[0]
    answer = await admin.post(contact, conversation=conversation, kind="diet", value="<i>celíaca")
    assert "&lt;i&gt;celíaca</span>" in answer.text
    wrong = await admin.post(contact, conversation=conversation, kind="mood", value="bad")
    assert wrong.status_code == 400
