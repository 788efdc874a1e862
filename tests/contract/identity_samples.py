"""Samples of signing in, of people, tokens and screens, and of pairing by a link or a code."""

from msgspec import Struct

from relay.contract.accounts import ApiToken, NewApiToken, NewUser
from relay.contract.identity import (
    BrowserSession,
    NewScreen,
    Refresh,
    ScreenChange,
    SignIn,
    SocketTicket,
    Tokens,
    UserInfo,
)
from relay.contract.names import ScreenId
from relay.contract.pairing import Claim, Device, Grant, Offer, RelayAddress

SCREEN = ScreenId("SCREEN-001")
NOW = 1_760_000_000_000
LATER = NOW + 900_000

_relay = RelayAddress(
    addresses=("https://192.168.0.10:8440", "https://relay.example:8440"), fingerprint="ab" * 32, name="3라인"
)

IDENTITY_SAMPLES: dict[str, Struct] = {
    "sign-in": SignIn(username="반장", password="correct horse battery staple"),
    "sign-in-with-code": SignIn(username="반장", password="correct horse battery staple", code="123456"),
    "refresh": Refresh(refresh_token="family.secret", attempt="0198c0de7a117000"),
    "tokens": Tokens(
        access_token="header.payload.signature",
        refresh_token="family.secret",
        expires_in=900,
        user=UserInfo(name="반장", role="lead"),
    ),
    "new-screen": NewScreen(screen_id=SCREEN, name="1번 작업대"),
    "screen-change": ScreenChange(name="2번 작업대"),
    "browser-session": BrowserSession(
        user=UserInfo(name="반장", role="lead"),
        csrf_token="0198c0de7a117000",
        expires_in=900,
        ends_at=1_760_043_200_000,
        idle_seconds=1800,
    ),
    "session-without-factor": BrowserSession(
        user=UserInfo(name="관리자", role="admin"),
        csrf_token="0198c0de7a117000",
        expires_in=900,
        factor_due=True,
    ),
    "socket-ticket": SocketTicket(token="header.payload.signature", expires_in=900),
    "new-user": NewUser(name="반장", role="lead", password="correct horse battery staple"),
    "new-api-token": NewApiToken(scopes=("trigger:SCREEN-001",), name="ERP", days=30),
    "api-token": ApiToken(
        token_id="0198c0de-a91c",
        token="header.payload.signature",
        name="ERP",
        scopes=("trigger:*",),
        expires_at=LATER,
    ),
    "claim-by-link": Claim(
        token="7ZQ4M2X9P3KTV8R5W6Y1",
        screen_id=SCREEN,
        device=Device(name="bench-pc-1", platform="Linux", app_version="0.1.0", displays=2),
    ),
    "claim-by-code": Claim(token="4F7K2M9P"),
    "grant": Grant(
        screen_id=SCREEN,
        token="header.payload.signature",
        refresh_token="family.secret",
        expires_in=900,
        relay=_relay,
    ),
    "offer": Offer(
        link=f"https://192.168.0.10:8440/api/pair?screenId={SCREEN}#token=7ZQ4M2X9P3KTV8R5W6Y1",
        code="4F7K2M9P",
        token="7ZQ4M2X9P3KTV8R5W6Y1",
        expires_at=NOW + 600_000,
        qr_svg="<svg/>",
        check="0123 4567 8901 2345",
    ),
}
