"""Remembering: an append-only, checksummed log of events over a key-value store."""
