"""Guided talks that are led by a bot of Amazon Lex V2."""
