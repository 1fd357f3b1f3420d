"""Texts as vectors of what they mean: "my zip broke" finds "Warranty" without sharing a word.

An embedding model makes the vectors (`RECADO_EMBEDDINGS`); they are stored beside the passages and
compared in memory. Nothing here is imported where that setting is empty.
"""
