"""Signed webhooks: one edge for whoever is called by a vendor (docs/guide/add-a-webhook.md)."""
