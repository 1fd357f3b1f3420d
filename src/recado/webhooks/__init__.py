"""Ingest: verify, split, publish, 200. Needs the queue and nothing else."""
