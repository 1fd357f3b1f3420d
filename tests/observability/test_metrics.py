"""What operators scrape, and the table in the docs that explains it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recado.observability.catalogue import CATALOGUE
from recado.observability.failures import failures
from recado.observability.metrics import CONTENT_TYPE, MOST_CHILDREN, Metrics
from recado.queue.port import QueueDepth

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def scraped(metrics: Metrics) -> dict[str, float]:
    """Every sample by `name{label="value",…}`."""
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())):
            sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }  # fmt: skip


def observed() -> Metrics:
    metrics = Metrics()
    metrics.webhook("whatsapp", "200", 0.004)
    metrics.inbound("whatsapp", "text")
    metrics.sent("whatsapp", "sent", 0.2)
    metrics.status("delivered")
    metrics.media("whatsapp", "stored", 0.4)
    metrics.media("whatsapp", "refused", 0.1)
    metrics.reading("ocr", "read", 1.2)
    metrics.storage_failed("s3", "away")
    metrics.job("turn", "done", 0.3)
    metrics.turn("replied", 1.5, 1.2)
    metrics.tokens("openai:gpt", "in", 100)
    metrics.tokens("openai:gpt", "out", 20)
    metrics.model_error("openai:gpt", "model-unavailable")
    metrics.model_cost("openai:gpt", 0.002)
    metrics.model_call("gpt-5", "answered", 1.2)
    metrics.quality(0.85)
    metrics.escalated("high")
    metrics.clock_met("first_reply", "high", 42.0)
    metrics.clock_breached("resolution", "high")
    metrics.context_retrieval(0.002)
    metrics.context_pruned()
    metrics.cache(True)
    metrics.cache(False)
    metrics.database_read(0.001)
    metrics.database_write(0.003)
    metrics.security_event("invalid_signature")
    metrics.set_queues({"turn": QueueDepth(waiting=3, leased=1, oldest_seconds=12.5)})
    metrics.set_dead_letters(2)
    metrics.set_stored_bytes(4096)
    metrics.set_active_sessions(7)
    metrics.set_dependency("store", up=True)
    metrics.set_breakers({"whatsapp:graph.facebook.com": "open"})
    metrics.set_overdue(1)
    metrics.set_disk_free(3_000_000_000)
    metrics.watch_webhooks(lambda: 4)
    failures["relay"] += 1
    return metrics


def test_what_was_observed_is_what_a_scrape_reads() -> None:
    samples = scraped(observed())
    assert samples["recado_webhook_seconds_count,channel=whatsapp,outcome=200"] == 1
    assert samples["recado_webhook_seconds_sum,channel=whatsapp,outcome=200"] == 0.004
    assert samples["recado_inbound_messages_total,channel=whatsapp,type=text"] == 1
    assert samples["recado_job_seconds_count,outcome=done,queue=turn"] == 1
    assert samples["recado_turn_seconds_sum,outcome=replied"] == 1.5
    assert samples["recado_turn_model_seconds_sum"] == 1.2
    assert samples["recado_model_tokens_total,direction=out,model=openai:gpt"] == 20
    assert samples["recado_cache_requests_total,result=hit"] == 1
    assert samples["recado_cache_requests_total,result=miss"] == 1
    assert samples["recado_reply_quality_score_sum"] == 0.85
    assert samples["recado_database_seconds_count,operation=write"] == 1
    assert samples["recado_queue_waiting_jobs,queue=turn"] == 3
    assert samples["recado_queue_oldest_job_seconds,queue=turn"] == 12.5
    assert samples["recado_dead_letters_open"] == 2
    assert samples["recado_active_sessions"] == 7
    assert samples["recado_dependency_up,dependency=store"] == 1
    assert samples["recado_circuit_breaker_state,breaker=whatsapp:graph.facebook.com"] == 2
    assert samples["recado_escalations_overdue"] == 1
    assert samples["recado_disk_free_bytes"] == 3e9
    assert samples["recado_webhooks_under_way"] == 4
    assert samples["recado_model_cost_dollars_total,model=openai:gpt"] == 0.002


def test_a_time_counts_in_every_bucket_that_it_is_within() -> None:
    metrics = Metrics()
    for seconds in (0.0, 0.01, 0.011, 120.0, 500.0):
        metrics.job("turn", "done", seconds)
    samples = scraped(metrics)
    within = [
        samples[f"recado_job_seconds_bucket,le={bound},outcome=done,queue=turn"]
        for bound in ("0.01", "0.05", "60.0", "120.0", "+Inf")
    ]
    assert within == [2, 3, 3, 4, 5]
    assert samples["recado_job_seconds_count,outcome=done,queue=turn"] == 5


def test_a_provider_that_is_gone_is_shown_no_more() -> None:
    metrics = observed()
    metrics.set_breakers({"evolution:127.0.0.1:8081": "half-open"})
    samples = scraped(metrics)
    assert samples["recado_circuit_breaker_state,breaker=evolution:127.0.0.1:8081"] == 1
    assert "recado_circuit_breaker_state,breaker=whatsapp:graph.facebook.com" not in samples


def test_values_from_outside_cannot_fill_the_memory() -> None:
    metrics = Metrics()
    for number in range(3 * MOST_CHILDREN):
        metrics.inbound("whatsapp", f"type-{number}")
    samples = scraped(metrics)
    counted = [it for it in samples if it.startswith("recado_inbound_messages_total,")]
    assert len(counted) <= MOST_CHILDREN + 1
    assert sum(samples[it] for it in counted) == 3 * MOST_CHILDREN
    assert samples["recado_inbound_messages_total,channel=other,type=other"] > MOST_CHILDREN


def test_a_queue_that_was_emptied_shows_zero_and_not_its_last_figure() -> None:
    metrics = observed()
    metrics.set_queues({})
    assert scraped(metrics)["recado_queue_waiting_jobs,queue=turn"] == 0
    assert scraped(metrics)["recado_queue_oldest_job_seconds,queue=turn"] == 0


def test_two_runtimes_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.status("read")
    assert scraped(one)["recado_statuses_total,status=read"] == 1
    assert "recado_statuses_total,status=read" not in scraped(other)


def test_every_metric_of_the_catalogue_is_exposed_with_samples() -> None:
    families = {
        family.name: family for family in text_string_to_metric_families(observed().text().decode())
    }
    for family in CATALOGUE:
        exposed = families[family.name.removesuffix("_total")]
        assert exposed.type == family.kind
        assert exposed.documentation == family.help
        assert exposed.samples, family.name


@pytest.mark.parametrize("family", CATALOGUE, ids=lambda family: family.name)
def test_names_follow_the_conventions(family: object) -> None:
    name, kind = family.name, family.kind  # type: ignore[attr-defined]
    assert re.fullmatch(r"recado_[a-z_]+", name)
    assert name.endswith("_total") is (kind == "counter")
    if kind == "histogram":
        assert name.endswith(("_seconds", "_score"))


def test_the_documents_names_are_all_covered() -> None:
    called = {family.called for family in CATALOGUE if family.called}
    assert called == {
        "ProcessingLatency",
        "TokensGenerated",
        "ModelInvocationErrors",
        "ContextRetrievalTime",
        "ResponseQualityScore",
        "ActiveSessions",
        "CacheHitRatio",
        "ContextPruningEvents",
        "DatabaseLatency",
        "MediaDownloadTime",
        "AnalysisSuccessRate",
        "ProcessingErrors",
        "StorageUtilization",
    }


def test_the_docs_list_exactly_the_metrics_that_there_are() -> None:
    rows = re.findall(r"^\| `(recado_\w+)` \| (\w+) \|([^|]*)\|", DOCS.read_text(), re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert documented == {family.name: (family.kind, set(family.labels)) for family in CATALOGUE}


def test_every_method_is_exercised_above() -> None:
    methods = {
        name
        for name, _ in inspect.getmembers(Metrics, inspect.isfunction)
        if not name.startswith("_") and name != "text"
    }
    assert methods <= set(re.findall(r"metrics\.(\w+)\(", inspect.getsource(observed)))


def test_the_content_type_is_prometheus_text() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
