"""RECADO_QUEUE_URL: what it accepts, and what it says about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.errors import SettingsError
from recado.queue.brokered import BrokeredQueue
from recado.queue.engines import PARTITIONS, open_broker
from recado.queue.nats import NatsBroker
from recado.queue.rabbitmq import RabbitBroker
from recado.queue.sql import SqlQueue
from recado.settings import load_settings
from recado.store import Store
from recado.wiring import open_queue


@pytest.mark.parametrize(
    ("url", "kind", "partitions"),
    [
        ("nats://one:4222,two:4222", NatsBroker, PARTITIONS),
        ("tls://one:4222?partitions=64&replicas=3&prefix=staging", NatsBroker, 64),
        ("amqp://guest:guest@localhost:5672/", RabbitBroker, PARTITIONS),
        ("amqps://localhost/shop?partitions=8", RabbitBroker, 8),
    ],
)
def test_a_url_names_its_engine(url: str, kind: type, partitions: int) -> None:
    broker = open_broker(url)
    assert isinstance(broker, kind)
    assert broker.partitions == partitions


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("kafka://localhost", "kafka is not supported; use nats://"),
        ("localhost:4222", "is not supported; use nats://"),
        ("nats://localhost?partitions=many", "partitions takes a number"),
        ("amqp://localhost?partitions=0", "partitions takes a number"),
        ("nats://localhost?prefix=a.b", "prefix takes"),
        ("amqp://localhost?replicas=3", "no option replicas"),
    ],
)
def test_a_wrong_url_is_told_what_is_wrong(url: str, hint: str) -> None:
    with pytest.raises(SettingsError, match="RECADO_QUEUE_URL") as caught:
        open_broker(url)
    assert hint in str(caught.value)


def test_without_a_url_the_queue_is_in_the_database(store: Store, tmp_path: Path) -> None:
    settings = load_settings(None, RECADO_DATA=str(tmp_path))
    assert isinstance(open_queue(settings, store), SqlQueue)
    settings = load_settings(None, RECADO_DATA=str(tmp_path), RECADO_QUEUE_URL="nats://localhost")
    assert isinstance(open_queue(settings, store), BrokeredQueue)
