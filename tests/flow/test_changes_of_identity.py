"""A person is one contact however often they change, and in whatever order that is told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.flow.test_who_it_is import contacts, identities, wrote
from tests.support.flow import running_flow
from tests.support.payloads import Json, contact_of, message_of, text_message, webhook


def notice(kind: str, *, ago: float = 0.0, sender: str | None = None, **told: Any) -> Json:
    """The vendor's news of a change that was `ago` seconds ago."""
    system = {"type": kind, "body": "User changed", **told}
    return message_of("system", system, sender=sender, at=time.time() - ago)


def new_id(before: str, after: str, *, ago: float) -> Json:
    return notice("user_changed_user_id", ago=ago, previous_user_id=before, user_id=after)


async def test_two_changes_that_are_told_backwards_are_one_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender=None, user_id="US.A", at=time.time() - 100)
        await flow.receive(new_id("US.B", "US.C", ago=50))
        await flow.receive(new_id("US.A", "US.B", ago=70))
        assert await wrote(flow, "soy yo", sender=None, user_id="US.C") == person
        assert await identities(flow, person) == {("bsuid", "US.C")}
        assert len(await contacts(flow)) == 1


async def test_two_numbers_that_are_told_backwards_are_one_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender="16505551111", at=time.time() - 100)
        changes = [("16505552222", "16505553333", 50), ("16505551111", "16505552222", 70)]
        for before, after, ago in changes:
            told = notice("user_changed_number", ago=ago, sender=before, wa_id=after)
            await flow.receive(told)
        assert await wrote(flow, "soy yo", sender="16505553333") == person
        assert len(await contacts(flow)) == 1


async def test_a_batch_with_two_changes_and_the_last_ones_message_is_one_person(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender=None, user_id="US.A", at=time.time() - 100)
        said = text_message("ya cambié", sender=None, user_id="US.C")
        changes = [new_id("US.B", "US.C", ago=50), new_id("US.A", "US.B", ago=70)]
        assert (await flow.post(webhook([said, *changes], [], [contact_of(said)]))).is_success
        await flow.quiet()
        (row,) = await flow.messages(provider_message_id=said["id"])
        assert str(row.contact_id) == person
        assert len(await contacts(flow)) == 1


async def test_a_number_that_is_told_in_another_form_is_kept(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender="5215639691841")
        other = notice("user_changed_number", sender="5215639691841", wa_id="525639691841")
        await flow.receive(other)
        await flow.quiet()
        assert await wrote(flow, "soy yo", sender="525639691841") == person
        assert len(await contacts(flow)) == 1


async def test_two_who_pass_a_number_on_stay_two(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        began = time.time() - 100
        ana = await wrote(flow, "soy Ana", sender="16505551111", user_id="US.A", at=began)
        bea = await wrote(flow, "soy Bea", sender="16505552222", user_id="US.B", at=began + 1)
        for before, after, ago in [
            ("16505551111", "16505553333", 50),
            ("16505552222", "16505551111", 40),
        ]:
            told = notice("user_changed_number", ago=ago, sender=before, wa_id=after)
            await flow.receive(told)
        assert await wrote(flow, "Ana otra vez", sender="16505553333") == ana
        assert await wrote(flow, "Bea otra vez", sender="16505551111") == bea
        assert len(await contacts(flow)) == 2
