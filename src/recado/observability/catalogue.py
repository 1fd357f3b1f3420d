"""Every metric of Recado: its name, its labels, and what it tells.

`docs/reference/metrics.md` lists the same; a test keeps the two alike. Names follow
https://prometheus.io/docs/practices/naming/: base units (seconds), counters end in `_total`.
Labels are few and bounded: never a contact, a conversation or a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """`called` is the name that the project's requirements give it, where they do."""

    kind: Kind
    name: str
    help: str
    labels: tuple[str, ...] = ()
    called: str = ""
    buckets: tuple[float, ...] = ()


#: Seconds of work inside Recado: from half a millisecond to ten seconds.
FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: Seconds of waiting for others (models, providers): from ten milliseconds to two minutes.
SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
#: Seconds that people take: from half a minute to a week.
LONG = (
    *(30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0, 604800.0),
)
SCORE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

CATALOGUE: tuple[Family, ...] = (
    # Messages in and out
    Family(
        "histogram",
        "recado_webhook_seconds",
        "Time to answer a webhook. Its count is webhooks by outcome.",
        ("channel", "outcome"),
        buckets=FAST,
    ),
    Family(
        "counter",
        "recado_inbound_messages_total",
        "Messages taken in, each provider message id once.",
        ("channel", "type"),
    ),
    Family(
        "histogram",
        "recado_send_seconds",
        "Time that a provider takes to accept a message. Its count is sends by outcome.",
        ("channel", "outcome"),
        buckets=SLOW,
    ),
    Family(
        "counter",
        "recado_statuses_total",
        "Statuses of sent messages that were applied.",
        ("status",),
    ),
    Family(
        "gauge",
        "recado_webhooks_under_way",
        "Webhooks whose body is in memory and that are not answered yet.",
    ),
    # Files
    Family(
        "histogram",
        "recado_media_download_seconds",
        "Time to fetch and check a received file, by outcome"
        " (stored, refused, throttled, unavailable).",
        ("channel", "outcome"),
        called="MediaDownloadTime",
        buckets=SLOW,
    ),
    Family(
        "histogram",
        "recado_media_reading_seconds",
        "Time a reader takes for a file, by outcome (read, nothing, refused, failed, error).",
        ("reader", "outcome"),
        called="AnalysisSuccessRate",
        buckets=SLOW,
    ),
    Family(
        "counter",
        "recado_media_errors_total",
        "Tries at received files that did not store them, or read nothing, by kind"
        " (refused, throttled, unavailable; reading_refused, reading_failed, reading_error).",
        ("kind",),
        called="ProcessingErrors",
    ),
    Family(
        "counter",
        "recado_media_storage_errors_total",
        "Requests that the storage of files (folder, s3, azure) did not serve, by reason"
        " (away, slow, denied, full, other).",
        ("storage", "reason"),
    ),
    Family(
        "gauge",
        "recado_media_stored_bytes",
        "What the stored files take.",
        called="StorageUtilization",
    ),
    # Jobs
    Family(
        "histogram",
        "recado_job_seconds",
        "Time that a job's handling takes, by queue and outcome"
        " (done, retried, deferred, dead, lease_lost, failed).",
        ("queue", "outcome"),
        buckets=SLOW,
    ),
    Family(
        "gauge",
        "recado_queue_waiting_jobs",
        "Jobs that wait, those not yet due included.",
        ("queue",),
    ),
    Family("gauge", "recado_queue_leased_jobs", "Jobs being worked on.", ("queue",)),
    Family(
        "gauge",
        "recado_queue_oldest_job_seconds",
        "Age of the oldest job that is not done.",
        ("queue",),
    ),
    Family("gauge", "recado_dead_letters_open", "Dead letters that nobody has dealt with yet."),
    # The assistant
    Family(
        "histogram",
        "recado_turn_seconds",
        "Time from a turn's start to its committed outcome (replied, escalated, dropped).",
        ("outcome",),
        called="ProcessingLatency",
        buckets=SLOW,
    ),
    Family(
        "histogram",
        "recado_turn_model_seconds",
        "The model's share of a turn.",
        buckets=SLOW,
    ),
    Family(
        "counter",
        "recado_model_tokens_total",
        "Tokens read (in) and generated (out).",
        ("model", "direction"),
        called="TokensGenerated",
    ),
    Family(
        "counter",
        "recado_model_errors_total",
        "Calls of a model that gave no usable answer.",
        ("model", "kind"),
        called="ModelInvocationErrors",
    ),
    Family(
        "counter",
        "recado_model_cost_dollars_total",
        "What calls of providers' models cost, in US dollars, where the price is known.",
        ("model",),
    ),
    Family(
        "histogram",
        "recado_model_call_seconds",
        "Time of one request to a provider's model, by what came of it.",
        ("model", "outcome"),
        buckets=SLOW,
    ),
    Family(
        "histogram",
        "recado_reply_quality_score",
        "Confidence in a reply, from 0 to 1.",
        called="ResponseQualityScore",
        buckets=SCORE,
    ),
    Family(
        "counter",
        "recado_escalations_total",
        "Conversations handed over to people.",
        ("priority",),
    ),
    Family(
        "gauge",
        "recado_escalations_overdue",
        "Hand-overs that no person has taken by the time they should have.",
    ),
    Family(
        "counter",
        "recado_service_level_breaches_total",
        "Promises of service levels that were not kept, by target (first_reply, resolution).",
        ("target", "priority"),
    ),
    Family(
        "histogram",
        "recado_service_level_seconds",
        "Working time until a person first replied to a hand-over (first_reply), and until it was"
        " settled (resolution).",
        ("target", "priority"),
        buckets=LONG,
    ),
    # Context
    Family(
        "histogram",
        "recado_context_retrieval_seconds",
        "Time to load a conversation's context for a turn.",
        called="ContextRetrievalTime",
        buckets=FAST,
    ),
    Family(
        "counter",
        "recado_context_prunings_total",
        "Contexts that were shortened to fit their budget.",
        called="ContextPruningEvents",
    ),
    Family(
        "counter",
        "recado_cache_requests_total",
        "Look-ups in the session cache, by result (hit, miss).",
        ("result",),
        called="CacheHitRatio",
    ),
    Family(
        "gauge",
        "recado_active_sessions",
        "Conversations with activity in the last 30 minutes.",
        called="ActiveSessions",
    ),
    # What it stands on
    Family(
        "histogram",
        "recado_database_seconds",
        "Time of a transaction as its caller sees it, waiting included.",
        ("operation",),
        called="DatabaseLatency",
        buckets=FAST,
    ),
    Family(
        "gauge",
        "recado_dependency_up",
        "1 when the dependency answered at this scrape, else 0.",
        ("dependency",),
    ),
    Family("gauge", "recado_disk_free_bytes", "Room left on the disk that has RECADO_DATA."),
    Family(
        "gauge",
        "recado_circuit_breaker_state",
        "State of a provider's circuit breaker: 0 closed, 1 half-open, 2 open.",
        ("breaker",),
    ),
    Family(
        "counter",
        "recado_security_events_total",
        "Refused signatures, failed sign-ins and the like.",
        ("kind",),
    ),
    Family(
        "counter",
        "recado_log_lines_lost_total",
        "Log lines that could not be written: a full disk, a closed pipe.",
    ),
    Family(
        "counter",
        "recado_task_failures_total",
        "Lasting tasks (consumers, relays, schedulers) that failed and were started again.",
        ("task",),
    ),
    Family("gauge", "recado_build_info", "Always 1; the version is its label.", ("version",)),
)

FAMILIES: dict[str, Family] = {family.name: family for family in CATALOGUE}
