"""Settings: environment or `.env`, checked at the start.

Every setting is one field here, named as in docs/reference/settings.md. An unknown `RECADO_…`
name or a wrong value stops the start with the setting's name and what it accepts.
"""

from __future__ import annotations

import os
import secrets
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recado.errors import SettingsError

_http_url = TypeAdapter(AnyHttpUrl)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", case_sensitive=True
    )

    # Where things live
    data: Path = Field(Path("./data"), alias="RECADO_DATA")
    database_url: str = Field("", alias="DATABASE_URL")
    database_pool: int = Field(20, alias="RECADO_DATABASE_POOL", ge=1, le=1000)
    queue_url: str = Field("", alias="RECADO_QUEUE_URL")
    servicebus: SecretStr = Field(SecretStr(""), alias="SERVICEBUS_CONNECTION_STRING")
    cache_url: str = Field("", alias="RECADO_CACHE_URL")
    blob_url: str = Field("", alias="RECADO_BLOB_URL")
    blob_kms_key: str = Field("", alias="RECADO_BLOB_KMS_KEY")
    azure_storage: SecretStr = Field(SecretStr(""), alias="AZURE_STORAGE_CONNECTION_STRING")
    retention_days: int = Field(0, alias="RECADO_RETENTION_DAYS", ge=0)
    sqlite_sync: Literal["full", "normal", "off"] = Field("full", alias="RECADO_SQLITE_SYNC")

    # How it answers
    model: str = Field("embedded", alias="RECADO_MODEL")
    model_timeout_seconds: float = Field(60.0, alias="RECADO_MODEL_TIMEOUT_SECONDS", gt=0)
    model_prices: str = Field("", alias="RECADO_MODEL_PRICES")
    embeddings: str = Field("", alias="RECADO_EMBEDDINGS")
    openai_base_url: str = Field("", alias="OPENAI_BASE_URL")
    sentiment: Literal["embedded", "comprehend"] = Field("embedded", alias="RECADO_SENTIMENT")
    quiet_seconds: float = Field(1.0, alias="RECADO_QUIET_SECONDS", ge=0, le=60)
    quiet_max_seconds: float = Field(5.0, alias="RECADO_QUIET_MAX_SECONDS", ge=0, le=300)
    answer_within_minutes: float = Field(1440.0, alias="RECADO_ANSWER_WITHIN_MINUTES", gt=0)
    unknown_grace_seconds: float = Field(120.0, alias="RECADO_UNKNOWN_GRACE_SECONDS", gt=0)
    escalation_threshold: int = Field(50, alias="RECADO_ESCALATION_THRESHOLD", ge=1)
    escalation_weights: str = Field("", alias="RECADO_ESCALATION_WEIGHTS")
    ratings: Literal["people", "all", "off"] = Field("people", alias="RECADO_RATINGS")
    rating_delay_seconds: float = Field(60.0, alias="RECADO_RATING_DELAY_SECONDS", ge=0, le=3600)
    escalation_silence_hours: float = Field(
        24.0, alias="RECADO_ESCALATION_SILENCE_HOURS", ge=0.5, le=8760
    )
    default_language: Literal["es", "pt", "en"] = Field("es", alias="RECADO_LANGUAGE")

    # What is read in files
    image_reader: Literal["", "ocr", "rekognition", "none"] = Field("", alias="RECADO_IMAGE_READER")
    document_reader: Literal["", "ocr", "textract", "none"] = Field(
        "", alias="RECADO_DOCUMENT_READER"
    )
    vision_model: str = Field("", alias="RECADO_VISION_MODEL")
    transcription: str = Field("", alias="RECADO_TRANSCRIPTION")
    file_wait_seconds: float = Field(30.0, alias="RECADO_FILE_WAIT_SECONDS", ge=0, le=300)

    agents_teach: bool = Field(False, alias="RECADO_AGENTS_TEACH")

    # What its tools may reach
    tools_private_hosts: str = Field("", alias="RECADO_TOOLS_PRIVATE_HOSTS")
    webhooks_private_hosts: str = Field("", alias="RECADO_WEBHOOKS_PRIVATE_HOSTS")
    crm_private_hosts: str = Field("", alias="RECADO_CRM_PRIVATE_HOSTS")
    mcp_stdio: bool = Field(False, alias="RECADO_MCP_STDIO")

    # Who gets in
    api_key: SecretStr = Field(SecretStr(""), alias="RECADO_API_KEY")
    secret_key: SecretStr = Field(SecretStr(""), alias="RECADO_SECRET_KEY")
    public_url: str = Field("", alias="RECADO_PUBLIC_URL")
    trusted_proxies: str = Field("", alias="RECADO_TRUSTED_PROXIES")
    connections_per_address: int = Field(2000, alias="RECADO_CONNECTIONS_PER_ADDRESS", ge=1)

    # The WhatsApp Cloud API line
    whatsapp_verify_token: SecretStr = Field(SecretStr(""), alias="WHATSAPP_VERIFY_TOKEN")
    whatsapp_app_secret: SecretStr = Field(SecretStr(""), alias="WHATSAPP_APP_SECRET")
    whatsapp_access_token: SecretStr = Field(SecretStr(""), alias="WHATSAPP_ACCESS_TOKEN")
    whatsapp_phone_number_id: str = Field("", alias="WHATSAPP_PHONE_NUMBER_ID")
    whatsapp_business_account_id: str = Field("", alias="WHATSAPP_BUSINESS_ACCOUNT_ID")
    whatsapp_api_url: str = Field("https://graph.facebook.com", alias="WHATSAPP_API_URL")
    whatsapp_api_version: str = Field("v23.0", alias="WHATSAPP_API_VERSION", pattern=r"^v\d+\.\d+$")

    # The Evolution API line
    evolution_api_url: str = Field("", alias="EVOLUTION_API_URL")
    evolution_api_key: SecretStr = Field(SecretStr(""), alias="EVOLUTION_API_KEY")
    evolution_instance: str = Field("", alias="INSTANCE_NAME")
    evolution_webhook_token: SecretStr = Field(SecretStr(""), alias="EVOLUTION_WEBHOOK_TOKEN")

    # The Twilio line; RECADO_PUBLIC_URL is part of its signature
    twilio_account_sid: str = Field("", alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(SecretStr(""), alias="TWILIO_AUTH_TOKEN")
    twilio_api_url: str = Field("https://api.twilio.com", alias="TWILIO_API_URL")
    twilio_content_url: str = Field("https://content.twilio.com", alias="TWILIO_CONTENT_URL")

    # How the team is told (docs/guide/notifications.md)
    smtp_url: str = Field("", alias="SMTP_URL")
    mail_from: str = Field("", alias="RECADO_MAIL_FROM")
    sms_url: str = Field("", alias="RECADO_SMS_URL")

    # Rates; unset means the provider's documented ones where the provider itself is called
    line_rate_per_second: float | None = Field(None, alias="RECADO_LINE_RATE_PER_SECOND", gt=0)
    pair_interval_seconds: float | None = Field(None, alias="RECADO_PAIR_INTERVAL_SECONDS", ge=0)
    webhook_rate_per_second: float = Field(0.0, alias="RECADO_WEBHOOK_RATE_PER_SECOND", ge=0)

    # When others fail, and when too much comes at once
    breaker_failures: int = Field(5, alias="RECADO_BREAKER_FAILURES", ge=1)
    breaker_seconds: float = Field(60.0, alias="RECADO_BREAKER_SECONDS", gt=0)
    webhook_most_at_once: int = Field(2000, alias="RECADO_WEBHOOK_MOST_AT_ONCE", ge=1)
    webhook_most_megabytes: int = Field(64, alias="RECADO_WEBHOOK_MOST_MEGABYTES", ge=1)

    # Operations
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")
    log_format: Literal["auto", "json", "console"] = Field("auto", alias="RECADO_LOG_FORMAT")
    environment: str = Field("development", alias="ENVIRONMENT")
    service_name: str = Field("recado", alias="SERVICE_NAME")
    otel_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otel_exporter: Literal["", "otlp", "none"] = Field("", alias="OTEL_TRACES_EXPORTER")
    aws_region: str = Field("", alias="AWS_REGION")

    @field_validator(
        "whatsapp_api_url",
        "evolution_api_url",
        "twilio_api_url",
        "twilio_content_url",
        "public_url",
        "openai_base_url",
        "otel_endpoint",
    )
    @classmethod
    def _is_url(cls, value: str) -> str:
        if value:
            _http_url.validate_python(value)
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in value.split(","):
            if part.strip():
                ip_network(part.strip(), strict=False)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data.resolve() / 'recado.db'}"

    def masked(self) -> dict[str, str]:
        """The effective settings by their outside names, with secrets masked."""
        shown = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = mask(value.get_secret_value())
            shown[str(field.alias)] = mask_url(str(value))
        return shown


def load_settings(env_file: str | Path | None = ".env", **overrides: Any) -> Settings:
    """Read and check the settings. `overrides` go by outside names (`RECADO_DATA=…`).

    Raises SettingsError naming the setting and what it accepts.
    """
    in_file = _read(Path(env_file)) if env_file else {}
    _refuse_unknown({**os.environ, **in_file})
    _hand_on(in_file)
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def _read(env_file: Path) -> dict[str, str | None]:
    """What a file of settings says; {} where there is none. Raises SettingsError: a line in it
    says nothing, which python-dotenv would pass over."""
    if not env_file.is_file():
        return {}
    try:
        with env_file.open(encoding="utf-8-sig") as lines:
            odd = [str(it.original.line) for it in parse_stream(lines) if it.error]
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} is not in UTF-8: save it as that.") from error
    if odd:
        where = f"line{'s' if len(odd) > 1 else ''} {', '.join(odd[:10])}"
        raise SettingsError(
            f"{env_file}, {where}: not NAME=value, or a quote that does not end. Lines that say"
            " nothing begin with #."
        )
    return dotenv_values(env_file, encoding="utf-8-sig")


def _hand_on(in_file: dict[str, str | None]) -> None:
    """Keys in `.env` that are not ours (OPENAI_API_KEY, AWS_PROFILE …) are for the libraries that
    read them from the environment. What the environment has already wins."""
    ours = {str(field.alias) for field in Settings.model_fields.values()}
    for name, value in in_file.items():
        if name not in ours and value:
            os.environ.setdefault(name, value)


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        lines.append(f"{name}: {problem['msg']} (it is {problem['input']!r})")
    return "; ".join(lines)


#: Settings of parts that read their own: commands, tests, benches.
FOREIGN_PREFIXES = ("RECADO_TEST_", "RECADO_BENCH_")


def _refuse_unknown(environment: dict[str, Any]) -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    for name in environment:
        if not name.startswith("RECADO_") or name in known or name.startswith(FOREIGN_PREFIXES):
            continue
        close = get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise SettingsError(f"{name} is not a setting of Recado.{hint}")


def mask(secret: str) -> str:
    """A secret as it may be shown: its last four characters, when it is long enough."""
    if not secret:
        return ""
    return f"••••{secret[-4:]}" if len(secret) >= 12 else "••••"


def mask_url(url: str) -> str:
    """A URL with the password in it masked."""
    head, at, tail = url.rpartition("@")
    if not at or "://" not in head:
        return url
    scheme, _, credentials = head.partition("://")
    user, colon, _ = credentials.partition(":")
    return f"{scheme}://{user}{':••••' if colon else ''}@{tail}"


def ensure_secret(path: Path) -> str:
    """The secret kept in `path`, made (readable by its owner alone) when it is not there yet."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
    return secret
