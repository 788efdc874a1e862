"""One trace for one trigger (W3C Trace Context): its id is the trigger's own, for both have 128 bits.

Scanner, relay and workstation all know the trigger's id, so nothing is added to the wire but the header `traceparent`
on the request that triggers. The span that all others hang below has the UUID's second half as its id: RFC 9562 sets a
bit in there, so it is never the zero that means "none".
"""

import uuid


def trace_id_of(trigger_id: str) -> str:
    """Return the trace's id, 32 hexadecimal digits. Raises ValueError for what is no UUID."""
    return uuid.UUID(trigger_id).hex


def span_id_of(trigger_id: str) -> str:
    """Return the id of the scan's own span, 16 hexadecimal digits. Raises ValueError for what is no UUID."""
    return uuid.UUID(trigger_id).hex[16:]


def traceparent_of(trigger_id: str) -> str:
    """Return what a scanner says in the header `traceparent`. Raises ValueError for what is no UUID."""
    return f"00-{trace_id_of(trigger_id)}-{span_id_of(trigger_id)}-01"
