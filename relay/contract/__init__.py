"""What crosses the wire: every message, every refusal, and how they are written. Imports msgspec and nothing of ours.

The relay and the desktop app both import this room; browsers and other clients get JSON Schema generated from it.
Field names are camelCase on the wire, times are UTC milliseconds since 1970.
"""
