"""What operators see: metrics, logs, health and readiness."""
