"""What a request is called in the audit log: by its method and its route."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """`kind` is what it is done to; which one, its address or its handler says. Not `is_kept`: too common to record."""

    action: str
    kind: str = ""
    is_kept: bool = True


_UNKEPT = Deed("", is_kept=False)
_DEEDS: dict[str, Deed] = {
    "POST /api/auth/login": Deed("auth.sign_in", "user"),
    "POST /api/auth/logout": Deed("auth.sign_out", "user"),
    "POST /api/auth/browser": Deed("auth.sign_in", "user"),
    "DELETE /api/auth/browser": Deed("auth.sign_out", "user"),
    "POST /api/auth/password": Deed("user.password", "user"),
    "POST /api/auth/browser/proof": Deed("auth.proof", "user"),
    "DELETE /api/auth/sessions": Deed("user.sessions_end", "user"),
    "DELETE /api/auth/sessions/{sessionId}": Deed("user.session_end", "user"),
    "DELETE /api/auth/notices/{noticeId}": Deed("user.notice_seen", "user"),
    "POST /api/auth/welcome": Deed("user.first_admin", "user"),
    "POST /api/users": Deed("user.add", "user"),
    "PATCH /api/users/{name}": Deed("user.change", "user"),
    "DELETE /api/users/{name}": Deed("user.delete", "user"),
    "POST /api/auth/second-factor": Deed("factor.begin", "user"),
    "POST /api/auth/second-factor/confirm": Deed("factor.set_up", "user"),
    "POST /api/auth/second-factor/recovery-codes": Deed("factor.new_codes", "user"),
    "POST /api/auth/second-factor/remove": Deed("factor.remove", "user"),
    "DELETE /api/users/{name}/second-factor": Deed("factor.take_off", "user"),
    "GET /api/users/{name}/data": Deed("user.data", "user"),
    "POST /api/users/{name}/sign-out": Deed("user.sign_out_everywhere", "user"),
    "POST /api/tokens": Deed("token.create", "token"),
    "DELETE /api/tokens/{tokenId}": Deed("token.revoke", "token"),
    "PUT /api/groups/{name}": Deed("group.put", "group"),
    "DELETE /api/groups/{name}": Deed("group.delete", "group"),
    "POST /api/blocks": Deed("block.add", "block"),
    "DELETE /api/blocks/{blockId}": Deed("block.remove", "block"),
    "POST /api/keys/rotate": Deed("keys.rotate", "keys"),
    "GET /api/audit": Deed("audit.read", "audit"),
    "GET /api/audit/export": Deed("audit.export", "audit"),
    "POST /api/backups": Deed("backup.make", "backup"),
    "GET /api/backups/{name}": Deed("backup.take", "backup"),
    "DELETE /api/backups/{name}": Deed("backup.delete", "backup"),
    "PATCH /api/settings": Deed("settings.change", "settings"),
    "POST /api/settings/alert-trial": Deed("settings.alert_trial", "settings"),
    "POST /api/screens": Deed("screen.add", "screen"),
    "PATCH /api/screens/{screenId}": Deed("screen.change", "screen"),
    "DELETE /api/screens/{screenId}": Deed("screen.delete", "screen"),
    "POST /api/screens/{screenId}/pairing": Deed("screen.offer", "screen"),
    "PUT /api/screens/{screenId}/upcoming": Deed("screen.change", "screen"),
    "POST /api/screens/{screenId}/island": _UNKEPT,  # a screen's own report; its rows are the record
    "POST /api/screens/{screenId}/join": _UNKEPT,  # a screen asks all day; what people ask notes itself
    "POST /api/join": Deed("screen.join", "screen"),
    "DELETE /api/screens/{screenId}/guests": Deed("guest.end_all", "screen"),
    "DELETE /api/screens/{screenId}/guests/{guestId}": Deed("guest.end", "screen"),
    "POST /api/pair": Deed("screen.pair", "screen"),
    "GET /api/pair": Deed("screen.pair", "screen"),
    "POST /api/pair/requests": Deed("screen.ask", "screen"),
    "POST /api/pair/requests/token": _UNKEPT,  # asked every few seconds; the approval is the deed
    "POST /api/pair/requests/cancel": _UNKEPT,
    "POST /api/pair/requests/{userCode}/approve": Deed("screen.approve", "screen"),
    "POST /api/pair/requests/{userCode}/deny": Deed("screen.deny", "screen"),
    "POST /pair": _UNKEPT,  # its approval and its sign-in note themselves
    "POST /api/orders/import": Deed("order.import", "order"),
    "PUT /api/orders/{orderId}": Deed("order.put", "order"),
    "DELETE /api/orders/{orderId}": Deed("order.delete", "order"),
    "POST /api/orders/{orderId}/documents": Deed("order.document", "order"),
    "DELETE /api/orders/{orderId}/documents/{documentId}": Deed("order.delete_document", "order"),
    "POST /api/sources": Deed("order_source.add", "source"),
    "PUT /api/sources": Deed("order_source.arrange", "source"),
    "PUT /api/sources/{sourceId}": Deed("order_source.change", "source"),
    "DELETE /api/sources/{sourceId}": Deed("order_source.delete", "source"),
    "POST /api/sources/{sourceId}/try": Deed("order_source.try", "source"),
    "POST /api/watched-folder/retry": Deed("order.watched_again", "order"),
    "POST /api/trigger": Deed("screen.trigger", "screen"),
    "DELETE /api/trigger/{id}": Deed("delivery.cancel", "delivery"),
    "PUT /api/trigger/{id}/screenshot": _UNKEPT,  # a screen answers a question that is on record
    "POST /api/outcome": _UNKEPT,  # a screen's own words; what they change is in the delivery's history
    "POST /api/events/say": _UNKEPT,  # as on the socket: what it changes for good is a delivery's history
    "POST /api/presence": _UNKEPT,
    "POST /api/steering": _UNKEPT,
    "POST /api/dead-letters/{id}/retry": Deed("delivery.retry", "delivery"),
    "DELETE /api/dead-letters/{id}": Deed("delivery.discard", "delivery"),
    "POST /api/auth/refresh": _UNKEPT,
    "POST /api/auth/browser/refresh": _UNKEPT,
    "POST /api/auth/browser/socket": _UNKEPT,
}
# Those of these that ask for a secret in their address; it is not written down.
SECRET_PARTS = frozenset({"userCode"})


def deed_of(method: str, path: str) -> Deed:
    """Name a request; one that is not in the table is called by its method and route, so that nothing is missed."""
    return _DEEDS.get(f"{method} {path}") or Deed(f"{method} {path}")
