"""The cache that several machines share."""
