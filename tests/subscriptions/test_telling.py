"""Whoever subscribes hears every event, signed, in order, and sees what became of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from recado.errors import Conflict, Unprocessable
from recado.events import OwnershipChanged
from recado.store import Tx
from recado.subscriptions import keeping, making
from recado.subscriptions.keeping import DeliveryView, SubscriptionView
from recado.subscriptions.model import EventDelivery, Subscription
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message
from tests.support.subscriber import Subscriber, running_subscriber
from tests.support.waiting import until

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]
DAY = 86_400.0


@asynccontextmanager
async def subscribed(
    data: Path, engine: str = "sqlite", **given: Any
) -> AsyncIterator[tuple[Flow, Subscriber, SubscriptionView]]:
    settings: dict[str, Any] = {"RECADO_WEBHOOKS_PRIVATE_HOSTS": "127.0.0.1"}
    if engine == "postgresql":
        async with (
            postgresql_url() as url,
            _subscribed(data, settings | {"DATABASE_URL": url}, given) as found,
        ):
            yield found
        return
    async with _subscribed(data, settings, given) as found:
        yield found


@asynccontextmanager
async def _subscribed(
    data: Path, settings: dict[str, Any], given: dict[str, Any]
) -> AsyncIterator[tuple[Flow, Subscriber, SubscriptionView]]:
    async with running_subscriber() as subscriber, running_flow(data, **settings) as flow:
        made = await making.add(flow.runtime, "test", {"url": subscriber.url, **given})
        subscriber.secrets = [made.secret]
        yield flow, subscriber, made.subscription


async def deliveries(flow: Flow, subscription: SubscriptionView) -> list[DeliveryView]:
    """The oldest first."""
    page = await flow.runtime.store.read(
        lambda tx: keeping.list_deliveries(tx, subscription.id, limit=100, cursor=None)
    )
    return list(reversed(page.items))


async def shown(flow: Flow, subscription: SubscriptionView) -> SubscriptionView:
    return await flow.runtime.store.read(lambda tx: keeping.get_subscription(tx, subscription.id))


async def failing(flow: Flow, subscription: SubscriptionView) -> None:
    """Wait until it is known that it did not take what it was told."""

    async def known() -> bool:
        return (await shown(flow, subscription)).failing_since is not None

    await until(known)


async def ago(flow: Flow, seconds: float) -> None:
    """What was asked for and what failed so far, did so that much earlier."""

    def work(tx: Tx) -> None:
        tx.execute(update(EventDelivery).values(asked_at=EventDelivery.asked_at - seconds))
        since = Subscription.failing_since
        tx.execute(update(Subscription).values(failing_since=since - seconds))

    await flow.write(work)


async def settled(flow: Flow, subscription: SubscriptionView) -> list[DeliveryView]:
    """All deliveries, once none is waiting any more."""

    async def none_waits() -> Any:
        await flow.hurry()
        found = await deliveries(flow, subscription)
        return found if all(it.state != "waiting" for it in found) else None

    found: list[DeliveryView] = await until(none_waits)
    return found


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_conversation_is_told_event_by_event_in_order_and_signed(
    tmp_path: Path, engine: str
) -> None:
    async with subscribed(tmp_path, engine) as (flow, subscriber, subscription):
        for words in ("¿tienen wifi?", "gracias"):
            await flow.receive(text_message(words))
            await flow.quiet(hurried=True)
        await settled(flow, subscription)
        said = [it for it in subscriber.heard if it[1]["event_type"] == "text_message_received"]
        assert [it["data"]["message_content"] for _, it in said] == ["¿tienen wifi?", "gracias"]
        assert {"text_message_received", "response_ready", "status_received"} <= set(
            subscriber.kinds
        )
        assert subscriber.refused == 0
        assert [id for id, _ in subscriber.heard] == sorted({id for id, _ in subscriber.heard})
        first = subscriber.heard[0][1]
        assert first["type"] == first["event_type"] == "text_message_received"
        assert first["source_service"] == flow.runtime.settings.service_name
        assert first["data"]["conversation_id"]


async def test_only_the_events_that_are_asked_for_are_told(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["response_ready"]) as (flow, subscriber, one):
        await flow.receive(text_message("¿tienen wifi?"))
        await flow.quiet()
        await settled(flow, one)
        assert subscriber.kinds == ["response_ready"]


async def test_only_the_lines_that_are_asked_for_are_told_of(tmp_path: Path) -> None:
    async with subscribed(tmp_path, lines=[]) as (flow, subscriber, subscription):
        await flow.receive(text_message("hola"))
        await flow.quiet()
        assert await deliveries(flow, subscription) == []
        (line,) = [it for it in await flow.runtime.lines.all() if it.channel == "whatsapp"]
        await making.change(flow.runtime, "test", subscription.id, {"lines": [line.id]})
        await flow.receive(text_message("¿tienen wifi?"))
        await flow.quiet()
        await settled(flow, subscription)
        assert "text_message_received" in subscriber.kinds


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_failed_is_tried_again_and_what_follows_in_the_conversation_waits(
    tmp_path: Path, engine: str
) -> None:
    async with subscribed(tmp_path, engine) as (flow, subscriber, subscription):
        subscriber.answers = [500, 503, 404]
        await flow.receive(text_message("¿tienen wifi?"))
        found = await settled(flow, subscription)
        assert [it.state for it in found] == ["delivered"] * len(found)
        first = found[0]
        assert first.tries == 4
        assert [it["status"] for it in first.attempts] == [500, 503, 404, 200]
        assert first.attempts[0]["answer"] == "said 500"
        assert [id for id, _ in subscriber.heard] == [it.id for it in found]
        assert subscriber.asked[:4] == [first.id] * 4
        assert (await shown(flow, subscription)).failing_since is None


async def test_a_subscriber_that_is_not_there_holds_up_no_message(tmp_path: Path) -> None:
    async with subscribed(tmp_path) as (flow, subscriber, subscription):
        subscriber.answers = [500] * 1000
        for number in range(5):
            await flow.receive(
                text_message(f"¿tienen wifi {number}?", sender=f"1650555000{number}")
            )
        await flow.until_sent(5)
        assert (await deliveries(flow, subscription))[0].state == "waiting"


async def test_after_a_day_it_is_over_until_somebody_replays_it(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        subscriber.answers = [500, 500]
        await flow.receive(text_message("hola"))
        await failing(flow, one)
        await ago(flow, 1.1 * DAY)
        (failed,) = await settled(flow, one)
        assert (failed.state, failed.status, failed.tries) == ("failed", 500, 2)
        with pytest.raises(Conflict, match="go on first"):
            await making.replay_all(flow.runtime, one.id, "failed")
        await making.change(flow.runtime, "test", one.id, {"state": "active"})
        assert await making.replay_all(flow.runtime, one.id, "failed") == 1
        (told,) = await settled(flow, one)
        assert told.state == "delivered"
        assert told.id == failed.id == subscriber.heard[0][0]


async def test_whoever_takes_nothing_for_a_day_is_paused_and_hears_all_in_order_after_it(
    tmp_path: Path,
) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        subscriber.answers = [500, 500]
        await flow.receive(text_message("uno"))
        await failing(flow, one)
        await ago(flow, 1.1 * DAY)
        await settled(flow, one)
        view = await shown(flow, one)
        assert (view.state, view.paused_because) == ("paused", "failing")
        for words in ("dos", "tres"):
            await flow.receive(text_message(words))
            await flow.quiet(hurried=True)
        found = await settled(flow, one)
        assert [it.state for it in found] == ["failed", "held", "held"]
        await making.change(flow.runtime, "test", one.id, {"state": "active"})
        await making.replay_all(flow.runtime, one.id, "failed")
        await settled(flow, one)
        said = [it["data"]["message_content"] for _, it in subscriber.heard]
        assert sorted(said) == ["dos", "tres", "uno"]
        assert said.index("dos") < said.index("tres")
        assert (await shown(flow, one)).state == "active"


async def test_one_that_says_that_it_is_gone_is_paused_at_once(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        subscriber.answers = [410]
        await flow.receive(text_message("hola"))

        async def paused() -> bool:
            return (await shown(flow, one)).paused_because == "gone"

        await until(paused)


async def test_with_a_new_secret_the_former_one_still_verifies_for_a_day(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        made = await making.rotate(flow.runtime, "test", one.id)
        assert made.secret not in subscriber.secrets
        subscriber.secrets.append(made.secret)
        await flow.receive(text_message("hola"))
        await settled(flow, one)
        assert (len(subscriber.heard), subscriber.refused) == (1, 0)


async def test_secrets_are_stored_encrypted(tmp_path: Path) -> None:
    async with subscribed(tmp_path) as (flow, subscriber, _):
        stored = await flow.runtime.store.read(lambda tx: tx.scalar(select(Subscription.secrets)))
        assert subscriber.secrets[0] not in stored


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/x",
        "ftp://x",
        "",
        "x",
    ],
)
async def test_an_address_that_is_not_to_be_asked_is_refused(tmp_path: Path, url: str) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        with pytest.raises(Unprocessable):
            await making.add(flow.runtime, "test", {"url": url})


async def test_a_name_that_leads_into_the_own_network_is_never_asked(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        made = await making.add(flow.runtime, "test", {"url": "https://localhost:1/x"})
        await making.send_test(flow.runtime, made.subscription.id)

        async def tried() -> Any:
            (found,) = await deliveries(flow, made.subscription)
            return found if found.attempts else None

        found = await until(tried)
        assert "not on the public Internet" in found.attempts[0]["answer"]


async def test_an_event_is_told_only_if_what_it_tells_of_is_durable(tmp_path: Path) -> None:
    async with subscribed(tmp_path) as (flow, _, subscription):

        def work(tx: Tx) -> None:
            tx.announce(OwnershipChanged(conversation_id="c", state="human", actor="x"))
            raise ValueError("not durable")

        with pytest.raises(ValueError, match="not durable"):
            await flow.runtime.store.write(work)
        assert await deliveries(flow, subscription) == []


async def test_without_subscribers_an_event_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        count = select(text("count(*)")).select_from(EventDelivery)
        assert await flow.runtime.store.read(lambda tx: tx.scalar(count)) == 0


async def test_a_test_event_is_delivered_and_seen(tmp_path: Path) -> None:
    async with subscribed(tmp_path) as (flow, subscriber, subscription):
        await making.send_test(flow.runtime, subscription.id)
        (found,) = await settled(flow, subscription)
        assert (found.state, found.status) == ("delivered", 200)
        assert subscriber.kinds == ["webhook.test"]


async def test_what_was_held_is_told_before_what_comes_after_it_even_if_letting_go_was_cut_short(
    tmp_path: Path,
) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        await making.change(flow.runtime, "test", one.id, {"state": "paused"})
        for words in ("uno", "dos"):
            await flow.receive(text_message(words))
            await flow.quiet(hurried=True)
        assert [it.state for it in await deliveries(flow, one)] == ["held", "held"]
        # A process that dies has let it go on, and has put nothing on its way.
        await flow.write(lambda tx: keeping.change_subscription(tx, one.id, {"state": "active"}))
        await flow.receive(text_message("tres"))
        found = await settled(flow, one)
        assert [it.state for it in found] == ["delivered"] * 3
        said = [it["data"]["message_content"] for _, it in subscriber.heard]
        assert said == ["uno", "dos", "tres"]


async def test_what_lost_its_job_is_told_with_the_next_and_nothing_stays_behind(
    tmp_path: Path,
) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        await making.change(flow.runtime, "test", one.id, {"state": "paused"})
        await flow.receive(text_message("uno"))
        await flow.quiet(hurried=True)

        def lost(tx: Tx) -> None:
            keeping.change_subscription(tx, one.id, {"state": "active"})
            tx.execute(update(EventDelivery).values(state="waiting"))

        await flow.write(lost)
        await flow.receive(text_message("dos"))
        await settled(flow, one)
        assert [it["data"]["message_content"] for _, it in subscriber.heard] == ["uno", "dos"]


async def test_what_nobody_can_sign_any_more_stands_among_what_failed(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        await flow.write(lambda tx: tx.execute(update(Subscription).values(secrets="garbage")))
        await flow.receive(text_message("hola"))
        (found,) = await settled(flow, one)
        assert found.state == "failed"
        assert subscriber.asked == []


async def test_an_answer_that_breaks_off_after_its_status_is_an_answer(tmp_path: Path) -> None:
    async with subscribed(tmp_path, events=["text_message_received"]) as (flow, subscriber, one):
        subscriber.breaks_off = True
        await flow.receive(text_message("hola"))
        (found,) = await settled(flow, one)
        assert (found.state, found.status, found.tries) == ("delivered", 200, 1)
        assert len(subscriber.asked) == 1
