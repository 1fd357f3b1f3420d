"""Recado: AI agents and human teams on WhatsApp."""

__version__ = "0.1.0"
