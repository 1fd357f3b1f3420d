"""WhatsApp through Meta's Cloud API (the Graph API)."""

from recado.channels.whatsapp.channel import WhatsAppChannel
from recado.channels.whatsapp.signature import verify_subscription

__all__ = ["WhatsAppChannel", "verify_subscription"]
