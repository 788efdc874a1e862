"""Watching over the relay: health, logs, certificates."""
