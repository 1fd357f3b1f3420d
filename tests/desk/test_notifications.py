"""Each person says at the desk what they are told of; an open page tells it, once."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from recado.conversations.model import Conversation
from recado.conversations.ownership import take_over
from recado.desk.alerts import Alerts
from recado.escalation.handover import Grounds, hand_over
from recado.notifications.choices import choice_of
from recado.notifications.keeping import list_notifications
from recado.notifications.model import Notification
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.base import first_id
from tests.desk.conftest import DeskUser


def told(frames: list[str]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for text in frames:
        lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
        found.append((lines["event"], json.loads(lines["data"])))
    return found


async def waits(visitor: DeskUser, name: str = "Lucía") -> str:
    """A conversation that was handed over just now."""
    id = await visitor.add_conversation(name=name)
    grounds = Grounds(
        score=60,
        reasons=[{"code": "asked_for_person", "weight": 60, "text": "Customer asked for a person"}],
        priority="normal",
        department="billing",
        summary="",
        language="es",
    )

    def work(tx: Tx) -> None:
        row = tx.first(select(Conversation.__table__).where(Conversation.id == id))
        assert row is not None
        hand_over(tx, row, grounds)

    await visitor.runtime.store.write(work)
    return id


async def test_an_open_page_hears_of_who_waits_once_and_counts_them(
    visitor: DeskUser, runtime: Runtime
) -> None:
    user_id = await visitor.sign_in()
    await runtime.notifications.refresh()
    alerts = Alerts(runtime, user_id, "es")
    begun = told(await alerts.begin())
    assert begun == [
        ("settings", {"sound": True, "title": True, "push": False}),
        ("count", {"count": 0}),
    ]
    conversation = await waits(visitor)
    count, alert = told(await alerts.next())
    assert count == ("count", {"count": 1})
    assert alert[0] == "alert"
    assert alert[1]["title"] == "Lucía espera a una persona"
    assert alert[1]["link"] == f"/conversations/{conversation}"
    assert "El cliente pidió" in alert[1]["text"] or "persona" in alert[1]["text"]
    assert await alerts.next() == []
    unseen = told(await Alerts(runtime, user_id, "es").begin())
    assert [name for name, _ in unseen] == ["settings", "count", "alert"]
    await alerts.mark_shown()
    later = Alerts(runtime, user_id, "es")
    assert [name for name, _ in told(await later.begin())] == ["settings", "count"]
    page = await runtime.store.read(lambda tx: list_notifications(tx, limit=10, cursor=None))
    assert [(it.channel, it.state) for it in page.items] == [("desk", "sent")]


async def test_what_is_committed_after_a_later_one_is_told_too(
    visitor: DeskUser, runtime: Runtime
) -> None:
    user_id = await visitor.sign_in()
    await runtime.notifications.refresh()
    alerts = Alerts(runtime, user_id, "es")
    await alerts.begin()
    await waits(visitor)
    assert [name for name, _ in told(await alerts.next())] == ["count", "alert"]

    def commit_late(tx: Tx) -> None:
        row = tx.first(select(Notification.__table__))
        assert row is not None
        for number in range(25):  # more than are read at a time
            id = first_id(now() - 5) + f"{number:020x}"
            late = {"id": id, "matter": f"late {number}"}
            tx.execute(insert(Notification), {**row._asdict(), **late})

    await runtime.store.write(commit_late)
    late = [name for _ in range(3) for name, _ in told(await alerts.next())]
    assert late == ["alert"] * 25


async def test_what_came_while_no_page_was_open_is_told_by_the_next_one(
    visitor: DeskUser, runtime: Runtime
) -> None:
    user_id = await visitor.sign_in()
    await runtime.notifications.refresh()
    await waits(visitor)
    names = [name for name, _ in told(await Alerts(runtime, user_id, "en").begin())]
    assert names == ["settings", "count", "alert"]


async def test_somebody_elses_page_is_not_told_of_what_is_not_theirs(
    visitor: DeskUser, runtime: Runtime
) -> None:
    await visitor.sign_in()
    await runtime.notifications.refresh()
    await waits(visitor)
    frames = told(await Alerts(runtime, "somebody-else", "en").begin())
    assert [name for name, _ in frames] == ["settings", "count"]


async def test_choices_are_kept_and_hold_from_the_next_moment(
    visitor: DeskUser, runtime: Runtime
) -> None:
    user_id = await visitor.sign_in("agent")
    await visitor.page("/profile/notifications")
    response = await visitor.post(
        "/profile/notifications",
        told=["waiting/email", "replied/desk"],
        phone="+57 300 123 4567",
        language="pt",
        time_zone="America/Bogota",
        quiet_from="22:00",
        quiet_to="07:00",
        digest_minutes="15",
        push="1",
    )
    assert response.status_code == 204, response.text
    chosen = await runtime.store.read(lambda tx: choice_of(tx, user_id))
    assert chosen.channels["waiting"] == ["email"]
    assert chosen.channels["replied"] == ["desk"]
    assert chosen.channels["assigned"] == []
    assert (chosen.quiet_from, chosen.digest_minutes, chosen.push) == ("22:00", 15, True)
    assert (chosen.sound, chosen.urgent_passes) == (False, False)
    person = runtime.notifications.person(user_id)
    assert (person.phone, person.language) == ("+573001234567", "pt")
    page = await visitor.page("/profile/notifications")
    assert 'value="22:00"' in page
    assert "+573001234567" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"quiet_from": "22:00"},
        {"digest_minutes": "9999"},
        {"phone": "300"},
        {"time_zone": "Nowhere/Land"},
    ],
)
async def test_a_wrong_choice_is_said_and_what_was_typed_stays(
    visitor: DeskUser, wrong: dict[str, str]
) -> None:
    await visitor.sign_in()
    response = await visitor.post("/profile/notifications", htmx=False, **wrong)
    assert response.status_code == 422
    for value in wrong.values():
        assert f'value="{value}"' in response.text


async def test_supervisors_keep_rules_and_agents_see_neither_rules_nor_log(
    visitor: DeskUser, runtime: Runtime
) -> None:
    await visitor.sign_in("agent")
    assert (await visitor.get("/notifications")).status_code == 403
    assert (await visitor.get("/notifications/rules")).status_code == 403
    visitor.client.cookies.clear()
    await visitor.sign_in("supervisor")
    slack = "https://hooks.slack.com/services/T0/B0/secretword"
    made: httpx.Response = await visitor.post(
        "/notifications/rules", channel="slack", target=slack, name="Turno", every="1"
    )
    assert made.status_code == 204, made.text
    page = await visitor.page("/notifications/rules")
    assert "Turno" in page
    assert "secretword" not in page
    (rule,) = runtime.notifications.team.rules
    assert (await visitor.post(f"/notifications/rules/{rule.id}/test")).status_code == 204
    log = await visitor.page("/notifications")
    assert "hooks.slack.com/…word" in log
    wrong = await visitor.post(
        "/notifications/rules", htmx=False, channel="slack", target="http://10.0.0.1/"
    )
    assert wrong.status_code == 422
    assert (await visitor.post(f"/notifications/rules/{rule.id}/remove")).status_code == 204
    assert runtime.notifications.team.rules == []


async def test_who_was_taken_before_a_page_opened_is_told_no_more(
    visitor: DeskUser, runtime: Runtime
) -> None:
    user_id = await visitor.sign_in()
    await runtime.notifications.refresh()
    conversation = await waits(visitor)

    def work(tx: Tx) -> None:
        take_over(tx, conversation, actor=f"user:{user_id}", user_id=user_id)
        tx.sql("UPDATE notification SET asked_at = asked_at - 60")

    await runtime.store.write(work)
    frames = told(await Alerts(runtime, user_id, "en").begin())
    assert [name for name, _ in frames] == ["settings", "count"]
