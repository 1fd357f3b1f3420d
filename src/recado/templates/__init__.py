"""Message templates: what the vendor has approved, which one goes when, and how it reads."""
