"""Who changes number and user id again and again stays one contact, in whatever order it comes."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.support.deliveries import Deliveries, changed, contact_of_message, counted
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, Json, message_of, webhook
from tests.support.runtime import make_runtime_on

SETTINGS = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
PEOPLE = 4


def way_of(person: int, dice: random.Random) -> tuple[list[Json], list[str]]:
    """What the vendor tells of a person with three or four lives, and the messages' ids. A phone
    number may be left out of any message, a user id never is."""
    began = time.time() - 3600 + person
    lives = [
        {"number": f"1650555{person:02}{life}0", "user_id": f"US.{person}{life}"}
        for life in range(dice.choice([3, 4]))
    ]
    items, ids = [], []
    for place, life in enumerate(lives):
        since = began + 300 * place
        for said in range(dice.choice([1, 2])):
            ids.append(f"wamid.{person}.{place}.{said}")
            about: Json = {"user_id": life["user_id"], "at": since + 60 + 30 * said, "id": ids[-1]}
            shown = life["number"] if dice.random() < 0.5 else None
            items.append(message_of("text", {"body": ids[-1]}, sender=shown, **about))
        if place:
            items.append(changed(lives[place - 1], life, since))
    return items, ids


@pytest.mark.parametrize("seed", range(8))
async def test_each_is_one_contact_in_every_order(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    ways = [way_of(person, dice) for person in range(PEOPLE)]
    items = [item for told, _ in ways for item in told]
    dice.shuffle(items)
    async with make_runtime_on("sqlite", tmp_path, **SETTINGS) as runtime:
        deliveries = Deliveries(runtime)
        while items:
            batch = [items.pop() for _ in range(min(len(items), dice.choice([1, 1, 2, 4])))]
            await deliveries.take_in(webhook(batch, contacts=[]))
        assert await counted(runtime) == (PEOPLE, PEOPLE)
        for _, ids in ways:
            assert len({await contact_of_message(runtime, id) for id in ids}) == 1
