"""Which service hosts which routes and jobs: the one list.

`recado up` hosts all of them in one process, `recado serve NAME…` those that are named.
Functions here only collect; what they collect lives in the feature folders.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.routing import BaseRoute

from recado.admin_api.app import api_routes
from recado.app.evaluating_drafts import keep_evaluating
from recado.assistant.writing.summaries import summary_consumer
from recado.channels.evolution.api import evolution_routes
from recado.crm.telling import crm_consumer
from recado.desk.routes import desk_routes
from recado.escalation.routing.jobs import routing_consumer
from recado.inbound.intake import intake_consumer
from recado.lines.webhooks import channel_webhooks
from recado.maintenance.tasks import keep_schedule
from recado.media.jobs import media_consumer
from recado.media.public import public_file_routes
from recado.media.reading.jobs import (
    picture_reading_consumer,
    reading_consumer,
    sound_reading_consumer,
)
from recado.notifications.deliver import notifications_consumer
from recado.queue.replays import keep_replaying
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.satisfaction.asking import ratings_consumer
from recado.sending.deliver import send_consumer
from recado.sending.statuses import statuses_consumer
from recado.subscriptions.deliver import events_consumer
from recado.turns.files import wake_consumer
from recado.turns.policy_trial import keep_trying
from recado.turns.turn import turn_consumer, warm_up
from recado.webhooks.edge import webhook_routes
from recado.webhooks.port import SignedWebhook

Webhooks = Callable[[Runtime], Sequence[SignedWebhook[Any]]]
Routes = Callable[[Runtime], Sequence[BaseRoute]]
Consumers = Callable[[Runtime], Consumer]
Preparation = Callable[[Runtime], Awaitable[None]]
Background = Callable[[Runtime], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Service:
    """`prepare` is awaited before the first job: what would otherwise make it slow. `background`
    runs beside the jobs until the service stops."""

    name: str
    port: int
    routes: tuple[Routes, ...] = ()
    consumers: tuple[Consumers, ...] = ()
    prepare: tuple[Preparation, ...] = ()
    background: tuple[Background, ...] = ()


#: Whom vendors call: the channels, and one entry for whoever else has signed webhooks.
WEBHOOKS: tuple[Webhooks, ...] = (channel_webhooks,)


def ingest_routes(runtime: Runtime, webhooks: Sequence[Webhooks] = WEBHOOKS) -> Sequence[BaseRoute]:
    return webhook_routes(runtime, [it for collect in webhooks for it in collect(runtime)])


SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        Service("ingest", 7071, routes=(ingest_routes,)),
        Service(
            "assistant",
            8005,
            consumers=(
                intake_consumer,
                turn_consumer,
                wake_consumer,
                summary_consumer,
                routing_consumer,
            ),
            prepare=(warm_up,),
        ),
        Service(
            "media",
            8006,
            routes=(public_file_routes,),
            consumers=(
                media_consumer,
                reading_consumer,
                picture_reading_consumer,
                sound_reading_consumer,
            ),
        ),
        Service(
            "sending",
            8004,
            routes=(public_file_routes, evolution_routes),
            consumers=(
                send_consumer,
                statuses_consumer,
                events_consumer,
                ratings_consumer,
                notifications_consumer,
                crm_consumer,
            ),
        ),
        Service("conversations", 8003, routes=(api_routes,)),
        Service("desk", 8080, routes=(desk_routes,), background=(keep_evaluating, keep_trying)),
        Service("maintenance", 7074, background=(keep_schedule, keep_replaying)),
    )
}
