"""RECADO_QUEUE_URL → the broker it names."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit, urlunsplit

from recado.errors import SettingsError
from recado.queue.broker import Broker

#: How many partitions a queue has unless the URL says otherwise. Processes that share a queue
#: must agree; it may grow later, but not shrink while jobs wait.
PARTITIONS = 16
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,64}")


def open_broker(url: str) -> Broker:
    """The broker at `url`, connected when it is first used. Raises SettingsError."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    prefix = options.pop("prefix", ["recado"])[0]
    if _PREFIX.fullmatch(prefix) is None:
        raise SettingsError(
            "RECADO_QUEUE_URL: prefix takes up to 64 letters, digits, hyphens and underscores."
        )
    partitions = _number(options.pop("partitions", [str(PARTITIONS)])[0], "partitions")
    if parts.scheme in {"nats", "tls"}:
        from recado.queue.nats import NatsBroker

        replicas = _number(options.pop("replicas", ["1"])[0], "replicas")
        _refuse_unknown(options)
        servers = [f"{parts.scheme}://{server}" for server in parts.netloc.split(",")]
        return NatsBroker(servers, prefix=prefix, partitions=partitions, replicas=replicas)
    if parts.scheme in {"amqp", "amqps"}:
        from recado.queue.rabbitmq import RabbitBroker

        _refuse_unknown(options)
        bare = urlunsplit(parts._replace(query=""))
        return RabbitBroker(bare, prefix=prefix, partitions=partitions)
    raise SettingsError(
        f"RECADO_QUEUE_URL: {parts.scheme or url} is not supported; use nats://HOST:4222,"
        " amqp://USER:PASSWORD@HOST:5672/ or leave it empty for the queue in the database."
    )


def _number(value: str, name: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1024:
        raise SettingsError(f"RECADO_QUEUE_URL: {name} takes a number from 1 to 1024.")
    return int(value)


def _refuse_unknown(options: dict[str, list[str]]) -> None:
    if options:
        raise SettingsError(f"RECADO_QUEUE_URL: there is no option {', '.join(options)}.")
