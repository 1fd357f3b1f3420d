"""RECADO_QUEUE_URL → the broker it names."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from recado.errors import SettingsError
from recado.extras import needing
from recado.queue.brokers.broker import Broker

#: How many partitions a queue has unless the URL says otherwise. Processes that share a queue
#: must agree; it may grow later, but not shrink while jobs wait.
PARTITIONS = 16
#: Where each partition costs a connection, or calls that are paid for.
FEW_PARTITIONS = 4
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,64}")


def open_broker(url: str, servicebus: str = "") -> Broker:
    """The broker at `url`, connected when it is first used; `servicebus` is the connection string
    that Service Bus has instead of one. Raises SettingsError."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    prefix = options.pop("prefix", ["recado"])[0]
    if _PREFIX.fullmatch(prefix) is None:
        raise SettingsError(
            "RECADO_QUEUE_URL: prefix takes up to 64 letters, digits, hyphens and underscores."
        )
    few = parts.scheme in {"", "sqs"}
    default = str(FEW_PARTITIONS if few else PARTITIONS)
    partitions = _number(options.pop("partitions", [default])[0], "partitions")
    if parts.scheme in {"nats", "tls"}:
        with needing("nats", "RECADO_QUEUE_URL=nats://…"):
            from recado.queue.brokers.nats import NatsBroker

        replicas = _number(options.pop("replicas", ["1"])[0], "replicas")
        _refuse_unknown(options)
        servers = [f"{parts.scheme}://{server}" for server in parts.netloc.split(",")]
        return NatsBroker(servers, prefix=prefix, partitions=partitions, replicas=replicas)
    if parts.scheme in {"amqp", "amqps"}:
        with needing("rabbitmq", "RECADO_QUEUE_URL=amqp://…"):
            from recado.queue.brokers.rabbitmq import RabbitBroker

        _refuse_unknown(options)
        bare = urlunsplit(parts._replace(query=""))
        return RabbitBroker(bare, prefix=prefix, partitions=partitions)
    if parts.scheme == "sqs":
        return _open_sqs(parts, options, partitions)
    if (parts.scheme, parts.path) == ("", "servicebus"):
        _refuse_unknown(options)
        return _open_servicebus(servicebus, prefix, partitions)
    raise SettingsError(
        f"RECADO_QUEUE_URL: {parts.scheme or url} is not supported; use nats://HOST:4222,"
        " amqp://USER:PASSWORD@HOST:5672/, sqs://REGION, servicebus, or leave it empty for the"
        " queue in the database."
    )


def _open_sqs(parts: SplitResult, options: dict[str, list[str]], partitions: int) -> Broker:
    wait_seconds = _number(options.pop("wait", ["10"])[0], "wait", most=20)
    endpoint = options.pop("endpoint", [None])[0]
    _refuse_unknown(options)
    prefix = parts.path.strip("/") or "recado"
    if _PREFIX.fullmatch(prefix) is None or len(prefix) > 50 or not parts.hostname:
        raise SettingsError(
            "RECADO_QUEUE_URL: write sqs://REGION/PREFIX, for example sqs://eu-west-1/recado; the"
            " prefix takes up to 50 letters, digits, hyphens and underscores."
        )
    with needing("sqs", "RECADO_QUEUE_URL=sqs://…"):
        from recado.queue.brokers.sqs import SqsBroker
    return SqsBroker(
        parts.hostname,
        prefix=prefix,
        partitions=partitions,
        wait_seconds=wait_seconds,
        endpoint=endpoint,
        credentials=(
            (unquote(parts.username), unquote(parts.password))
            if parts.username and parts.password
            else None
        ),
    )


def _open_servicebus(connection_string: str, prefix: str, partitions: int) -> Broker:
    if not connection_string:
        raise SettingsError(
            "RECADO_QUEUE_URL=servicebus needs SERVICEBUS_CONNECTION_STRING: in the Azure portal,"
            " the namespace's shared access policies."
        )
    with needing("servicebus", "RECADO_QUEUE_URL=servicebus"):
        from recado.queue.brokers.servicebus import ServiceBusBroker
    return ServiceBusBroker(connection_string, prefix=prefix, partitions=partitions)


def _number(value: str, name: str, most: int = 1024) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise SettingsError(f"RECADO_QUEUE_URL: {name} takes a number from 1 to {most}.")
    return int(value)


def _refuse_unknown(options: dict[str, list[str]]) -> None:
    if options:
        raise SettingsError(f"RECADO_QUEUE_URL: there is no option {', '.join(options)}.")
