"""Scanners: which keystrokes are a scan, and what the scanned text means. Pure Python."""
