"""Webhooks: one edge for whatever a vendor calls and signs (docs/guide/add-a-webhook.md)."""
