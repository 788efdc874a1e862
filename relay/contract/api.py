"""Every HTTP call: who may, what it takes, what it answers. The OpenAPI document is generated from this table."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from relay.contract.account_calls import ACCOUNT_CALLS
from relay.contract.accounts import ScreenList
from relay.contract.app_version import AppAdvice
from relay.contract.call import Call
from relay.contract.commands import Trigger
from relay.contract.framing import Framing
from relay.contract.identity import NewScreen, ScreenChange, ScreenInfo
from relay.contract.island import IslandPage, IslandReceipts, IslandReport, Upcoming, UpcomingWish
from relay.contract.join_calls import JOIN_CALLS
from relay.contract.operation_calls import OPERATION_CALLS
from relay.contract.order_calls import ORDER_CALLS
from relay.contract.orders import DocumentInfo, ImportReport, NewWebDocument, OrderDraft, OrderInfo, OrderPage
from relay.contract.pairing import Claim, EntranceList, Grant, Offer
from relay.contract.pairing_requests import (
    PairingApproval,
    PairingAsk,
    PairingPoll,
    PairingRequest,
    PendingPairing,
    PendingPairings,
)
from relay.contract.pictures import MEDIA_TYPES
from relay.contract.problems import Problem
from relay.contract.reports import DeliveryPage, DeliveryReport, ScreenPicture
from relay.contract.security_calls import SECURITY_CALLS
from relay.contract.source_calls import SOURCE_CALLS
from relay.contract.stream_calls import STREAM_CALLS

CALLS: tuple[Call, ...] = (
    *ACCOUNT_CALLS,
    *SECURITY_CALLS,
    *STREAM_CALLS,
    *ORDER_CALLS,
    *SOURCE_CALLS,
    *OPERATION_CALLS,
    *JOIN_CALLS,
    Call("GET", "/health", "Is the process alive?", "anybody", {200: None}),
    Call("GET", "/ready", "Would a trigger be accepted? 503 if not.", "anybody", {200: None}),
    Call("GET", "/api/health", "Status, time, uptime in seconds, version.", "anybody", {200: None}),
    Call(
        "GET",
        "/api/control-sheet.pdf",
        "The control barcodes to print, in Korean or English (`lang`).",
        "anybody",
        {200: None},
        query=("lang",),
    ),
    Call("GET", "/api/events.json", "The schema of every socket event.", "anybody", {200: None}),
    Call("GET", "/api/openapi.json", "This document.", "anybody", {200: None}),
    Call("GET", "/api/app/version", "The recommended desktop app, if any.", "anybody", {200: AppAdvice}),
    Call("GET", "/", "To the console.", "anybody", {302: None}),
    Call("GET", "/console/", "The console.", "anybody", {200: None, 304: None}),
    Call("GET", "/scan/", "The phone's app.", "anybody", {200: None, 304: None}),
    Call("GET", "/screen/", "The page of a browser that is a screen.", "anybody", {200: None, 304: None}),
    Call("GET", "/scan", "To the phone's app.", "anybody", {302: None}),
    Call("GET", "/scan/sw.js", "The phone app's service worker.", "anybody", {200: None, 304: None}),
    Call(
        "GET",
        "/scan/manifest.webmanifest",
        "What the phone's app is called on a home screen.",
        "anybody",
        {200: None, 304: None},
    ),
    Call("GET", "/screen", "To that page.", "anybody", {302: None}, query=("name",)),
    Call("GET", "/screen/sw.js", "That page's service worker.", "anybody", {200: None, 304: None}),
    Call("GET", "/web/{path}", "A file of the pages.", "anybody", {200: None, 304: None}),
    Call("GET", "/api/screens", "List the screens.", "viewer", {200: ScreenList}),
    Call("POST", "/api/screens", "Add a screen.", "admin", {201: ScreenInfo}, NewScreen),
    Call(
        "GET",
        "/api/screens/{screenId}",
        "One screen: is it there, what does it show?",
        "viewer",
        {200: ScreenInfo},
    ),
    Call("PATCH", "/api/screens/{screenId}", "Rename a screen.", "admin", {200: ScreenInfo}, ScreenChange),
    Call("DELETE", "/api/screens/{screenId}", "Remove a screen and revoke its device.", "admin", {204: None}),
    Call(
        "POST", "/api/screens/{screenId}/pairing", "Offer a pairing: link, code, QR.", "admin", {201: Offer}
    ),
    Call(
        "GET",
        "/api/screens/{screenId}/upcoming",
        "What may be scanned next at a screen: its own recent documents, then the orders that are due. With ETag.",
        "who may trigger",
        {200: Upcoming, 304: None},
    ),
    Call(
        "PUT",
        "/api/screens/{screenId}/upcoming",
        "Say by a search which of the orders that are due belong to a screen.",
        "admin",
        {200: Upcoming},
        UpcomingWish,
    ),
    Call(
        "GET",
        "/api/screens/{screenId}/island",
        "What a screen showed without the relay, exactly.",
        "who may trigger",
        {200: IslandPage},
        query=("limit", "cursor"),
    ),
    Call(
        "POST",
        "/api/screens/{screenId}/island",
        "Put on record what a screen showed without the relay; by its own credential, each id once.",
        "who may trigger",
        {200: IslandReceipts},
        IslandReport,
    ),
    Call(
        "GET",
        "/api/entrances",
        "Where a browser becomes a screen and where a phone scans, each with its QR code.",
        "lead",
        {200: EntranceList},
    ),
    Call("POST", "/api/pair", "Claim a pairing.", "anybody", {200: Grant}, Claim),
    Call(
        "GET",
        "/api/pair",
        "Claim a pairing as a program; a browser gets a page that consumes nothing.",
        "anybody",
        {200: Grant},
        query=("screenId", "token"),
        is_page_too=True,
    ),
    Call(
        "POST",
        "/api/pair/requests",
        "Ask for a pairing as a workstation (RFC 8628).",
        "anybody",
        {201: PairingRequest},
        PairingAsk,
    ),
    Call(
        "POST",
        "/api/pair/requests/token",
        "Ask how one's own request stands: AUTHORIZATION_PENDING, SLOW_DOWN, PAIRING_DENIED, or the grant.",
        "anybody",
        {200: Grant},
        PairingPoll,
    ),
    Call(
        "POST",
        "/api/pair/requests/cancel",
        "Take one's own request back.",
        "anybody",
        {204: None},
        PairingPoll,
    ),
    Call("GET", "/api/pair/requests", "List who asks to be paired.", "admin", {200: PendingPairings}),
    Call(
        "GET",
        "/api/pair/requests/{userCode}",
        "Who shows this code?",
        "admin",
        {200: PendingPairing},
    ),
    Call(
        "POST",
        "/api/pair/requests/{userCode}/approve",
        "Approve the workstation that shows this code.",
        "admin",
        {200: PendingPairing},
        PairingApproval,
    ),
    Call(
        "POST",
        "/api/pair/requests/{userCode}/deny",
        "Deny a request, by its code or its `requestId`.",
        "admin",
        {204: None},
    ),
    Call(
        "GET",
        "/pair",
        "The page on which an admin signs in and approves a workstation.",
        "anybody",
        {200: None},
        query=("code", "check"),
    ),
    Call("POST", "/pair", "What that page's form sends.", "anybody", {200: None}),
    Call("GET", "/api/orders", "Search orders.", "viewer", {200: OrderPage}, query=("q", "limit", "cursor")),
    Call(
        "POST",
        "/api/orders/import",
        "Import a CSV table with the files it names; with `dryRun=true` only say what would be.",
        "lead",
        {200: ImportReport},
        form=("file",),
        query=("dryRun",),
    ),
    Call("GET", "/api/orders/{orderId}", "One order with its documents.", "viewer", {200: OrderInfo}),
    Call(
        "PUT",
        "/api/orders/{orderId}",
        "Put an order.",
        "lead",
        {200: OrderInfo, 201: OrderInfo},
        OrderDraft,
    ),
    Call("DELETE", "/api/orders/{orderId}", "Remove an order.", "lead", {204: None}),
    Call(
        "POST",
        "/api/orders/{orderId}/documents",
        "Add a document, or a newer revision of one: a file as a form, or a web address as JSON.",
        "lead",
        {200: DocumentInfo, 201: DocumentInfo},
        NewWebDocument,
        form=("file", "title", "revision"),
    ),
    Call(
        "GET",
        "/api/documents/{sha256}",
        "A document; immutable, with Range.",
        "viewer",
        {200: None, 206: None},
    ),
    Call(
        "GET",
        "/api/framing",
        "Does a web page that may be shown let itself be framed? For screens in a browser.",
        "viewer",
        {200: Framing},
        query=("url",),
    ),
    Call(
        "POST",
        "/api/trigger",
        "Put something on a screen: 202 once it is on disk, 200 with the end state for `wait=shown`.",
        "who may trigger",
        {200: DeliveryReport, 202: DeliveryReport},
        Trigger,
        query=("wait", "timeoutMs"),
    ),
    Call(
        "GET", "/api/trigger/{id}", "One delivery with its history.", "who may trigger", {200: DeliveryReport}
    ),
    Call(
        "PUT",
        "/api/trigger/{id}/screenshot",
        "Bring the picture that a delivery asked for; only its own screen may.",
        "who may trigger",
        {201: ScreenPicture},
        raw=MEDIA_TYPES,
    ),
    Call(
        "GET",
        "/api/trigger/{id}/screenshot",
        "The picture that a delivery asked for; kept for a day.",
        "who may trigger",
        {200: None},
    ),
    Call(
        "GET",
        "/api/deliveries",
        "Deliveries, newest first.",
        "viewer",
        {200: DeliveryPage},
        query=("screenId", "orderId", "state", "since", "until", "limit", "cursor"),
    ),
    Call(
        "DELETE",
        "/api/trigger/{id}",
        "Take back a delivery that no screen has acknowledged.",
        "who may trigger",
        {200: DeliveryReport},
    ),
    Call(
        "GET",
        "/api/dead-letters",
        "Deliveries that failed, expired or were never acknowledged, and that nobody has dealt with, newest first.",
        "viewer",
        {200: DeliveryPage},
        query=("screenId", "orderId", "state", "since", "until", "limit", "cursor"),
    ),
    Call(
        "POST",
        "/api/dead-letters/{id}/retry",
        "Send a dead letter again, as a new delivery with today's revision; done once however often it is asked.",
        "who may trigger",
        {202: DeliveryReport},
    ),
    Call(
        "DELETE",
        "/api/dead-letters/{id}",
        "Lay a dead letter aside; the delivery stays on record.",
        "who may trigger",
        {204: None},
    ),
)


_COUNT = {"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991}
_POSITIVE = {"type": "integer", "minimum": 1, "maximum": 100_000}
QUERY_SCHEMAS: dict[str, dict[str, Any]] = {
    "limit": _POSITIVE,
    "page": _POSITIVE,
    "width": _POSITIVE,
    "since": _COUNT,
    "until": _COUNT,
    "timeoutMs": {"type": "integer", "minimum": 0, "maximum": 60_000},
    "lang": {"enum": ["ko", "en"]},
    "wait": {"enum": ["shown"]},
    "dryRun": {"enum": ["true", "false"]},
    "gen": _COUNT,
}


def openapi(version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the relay's HTTP interface (`GET /api/openapi.json`)."""
    types: list[type[Struct]] = [Problem]
    for call in CALLS:
        types += [each for each in (call.body, *call.answers.values()) if each is not None]
    types = list(dict.fromkeys(types))
    references, definitions = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(types, references, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, schema_of)
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Benchcast relay", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": {"bearer": bearer}},
    }


def _operation(call: Call, schema_of: dict[type[Struct], dict[str, Any]]) -> dict[str, object]:
    text = {"type": "string"}
    in_path: list[str] = re.findall(r"\{(\w+)\}", call.path)
    parameters: list[dict[str, Any]] = []
    parameters += [{"name": name, "in": "path", "required": True, "schema": text} for name in in_path]
    parameters += [
        {"name": name, "in": "query", "schema": QUERY_SCHEMAS.get(name, text)} for name in call.query
    ]
    responses: dict[str, object] = {}
    for status, type_ in call.answers.items():
        granted: dict[str, Any] = {"application/json": {"schema": schema_of[type_]}} if type_ else {}
        if call.is_page_too:
            granted["text/html"] = {"schema": text}
        if call.streams:
            granted[call.streams] = {"schema": text}
        responses[str(status)] = {"description": "Granted.", "content": granted}
    responses["default"] = {
        "description": "Refused: a problem (RFC 9457).",
        "content": {"application/problem+json": {"schema": schema_of[Problem]}},
    }
    operation: dict[str, object] = {
        "summary": call.summary,
        "description": f"For: {call.access}.",
        "parameters": parameters,
        "responses": responses,
        "security": [] if call.access == "anybody" else [{"bearer": []}],
    }
    content: dict[str, object] = {}
    if call.body is not None:
        content["application/json"] = {"schema": schema_of[call.body]}
    if call.form:
        fields = {
            name: {"type": "string", **({"format": "binary"} if name == "file" else {})} for name in call.form
        }
        content["multipart/form-data"] = {
            "schema": {"type": "object", "properties": fields, "required": ["file"]}
        }
    for media_type in call.raw:
        content[media_type] = {"schema": {"type": "string", "format": "binary"}}
    if content:
        operation["requestBody"] = {"required": True, "content": content}
    return operation
