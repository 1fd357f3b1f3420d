"""What pictures and videos show, described by a model that sees (RECADO_VISION_MODEL)."""
