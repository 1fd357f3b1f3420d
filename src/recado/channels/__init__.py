"""Channels: how messages come in and go out (WhatsApp Cloud API, Evolution, Twilio, web)."""
