"""RECADO_QUEUE_URL: what it accepts, and what it says about the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recado.app.services import SERVICES
from recado.app.wiring import is_part, open_queue
from recado.errors import SettingsError
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.engines import FEW_PARTITIONS, PARTITIONS, open_broker
from recado.queue.brokers.nats import NatsBroker
from recado.queue.brokers.rabbitmq import RabbitBroker
from recado.queue.brokers.sqs import SqsBroker
from recado.queue.sql.queue import SqlQueue
from recado.settings import load_settings
from recado.store import Store


@pytest.mark.parametrize(
    ("url", "kind", "partitions"),
    [
        ("nats://one:4222,two:4222", NatsBroker, PARTITIONS),
        ("tls://one:4222?partitions=64&replicas=3&prefix=staging", NatsBroker, 64),
        ("amqp://guest:guest@localhost:5672/", RabbitBroker, PARTITIONS),
        ("amqps://localhost/shop?partitions=8", RabbitBroker, 8),
        ("sqs://eu-west-1", SqsBroker, FEW_PARTITIONS),
        ("sqs://KEY:SECRET@eu-west-1/staging?partitions=8&wait=20", SqsBroker, 8),
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
        ("sqs://eu-west-1/a.b", "write sqs://REGION/PREFIX"),
        ("sqs:///recado", "write sqs://REGION/PREFIX"),
        ("sqs://eu-west-1?wait=60", "wait takes a number from 1 to 20"),
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


@pytest.mark.parametrize(
    ("services", "listens"),
    [(["assistant", "sending"], True), (list(SERVICES), False), ([], False)],
)
def test_a_process_that_hosts_only_some_services_is_woken_by_the_others(
    services: list[str], listens: bool
) -> None:
    assert is_part(services) is listens


def test_a_clouds_client_is_loaded_by_those_only_who_configure_it() -> None:
    """They take their time, and a start has none to lose."""
    story = (
        "import sys; import recado.app.wiring;"
        "from recado.queue.brokers.engines import open_broker;"
        "open_broker('nats://localhost:4222');"
        "print([name for name in ('azure', 'aiobotocore') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True)
    assert loaded.stdout == "[]\n", loaded.stderr


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [("servicebus", "azure.servicebus", "servicebus"), ("sqs://eu-west-1", "aiobotocore", "sqs")],
)
def test_a_client_that_is_not_installed_is_named(url: str, package: str, extra: str) -> None:
    story = (
        f"import sys; sys.modules[{package!r}] = None;"
        "from recado.queue.brokers.engines import open_broker;"
        f"open_broker({url!r}, 'Endpoint=sb://localhost')"
    )
    found = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True)
    assert f"SettingsError: RECADO_QUEUE_URL={url.partition('eu')[0]}" in found.stderr
    assert f"make run EXTRAS={extra}" in found.stderr
