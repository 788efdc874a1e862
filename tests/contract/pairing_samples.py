"""Samples of what a workstation says that asks to be paired, and of what its admin says."""

from msgspec import Struct

from relay.contract.framing import Framing
from relay.contract.identity import BrowserSession
from relay.contract.joining import GuestInfo, GuestList, Join, JoinTicket
from relay.contract.names import ScreenId
from relay.contract.pairing import Device
from relay.contract.pairing_requests import (
    PairingApproval,
    PairingAsk,
    PairingPoll,
    PairingRequest,
    PendingPairing,
    PendingPairings,
)

NOW = 1_760_000_000_000

_asking = Device(
    name="bench-pc-1",
    platform="Linux",
    app_version="0.1.0",
    displays=2,
    monitors=("DELL U2419H 1920 × 1080", "LG 27UL850 3840 × 2160"),
)
PAIRING_SAMPLES: dict[str, Struct] = {
    "pairing-ask": PairingAsk(device=_asking),
    "pairing-request": PairingRequest(
        device_code="7ZQ4M2X9P3KTV8R5W6Y17ZQ4M2",
        user_code="4F7K-2M9P",
        verification_uri="https://192.168.0.10:8440/pair",
        verification_uri_complete="https://192.168.0.10:8440/pair?code=4F7K-2M9P",
        interval=3,
        expires_in=600,
    ),
    "join-ticket": JoinTicket(
        link="https://192.168.0.10:8440/scan/#join=7ZQ4M2X9P3KTV8R5W6Y17ZQ4M2&screen=SCREEN-001",
        ticket="7ZQ4M2X9P3KTV8R5W6Y17ZQ4M2",
        code="4F7K-2M9P",
        expires_at=NOW + 600_000,
        qr_svg="<svg/>",
    ),
    "join": Join(ticket="4F7K-2M9P", name="김철수"),
    "guest-session": BrowserSession(
        csrf_token="0f" * 18,
        expires_in=43_200,
        guest=True,
        name="김철수#17",
        screens=(ScreenId("SCREEN-001"),),
    ),
    "guest-list": GuestList(
        guests=(
            GuestInfo(
                guest_id=17,
                name="김철수#17",
                screen_id=ScreenId("SCREEN-001"),
                address="192.168.0.57",
                created_at=NOW,
                expires_at=NOW + 43_200_000,
                online=True,
            ),
        )
    ),
    "pairing-ask.browser": PairingAsk(
        device=Device(
            name="TV-LINE-3",
            platform="Chrome 156 · Tizen TV",
            monitors=("1920 × 1080",),
            screen_id=ScreenId("TV-LINE-3"),
            is_browser=True,
        )
    ),
    "pairing-request.browser": PairingRequest(
        device_code="7ZQ4M2X9P3KTV8R5W6Y17ZQ4M2",
        user_code="4F7K-2M9P",
        verification_uri="https://192.168.0.10:8440/pair",
        verification_uri_complete="https://192.168.0.10:8440/pair?code=4F7K-2M9P",
        interval=3,
        expires_in=600,
        qr_svg="<svg/>",
    ),
    "framing": Framing(framing="refused"),
    "pairing-poll": PairingPoll(device_code="7ZQ4M2X9P3KTV8R5W6Y17ZQ4M2"),
    "pairing-approval": PairingApproval(
        screen_id=ScreenId("SCREEN-001"), name="1번 작업대", check="0123 4567 8901 2345", replace=True
    ),
    "pending-pairings": PendingPairings(
        requests=(
            PendingPairing(
                request_id="0198c0de7a110001",
                device=_asking,
                address="192.168.0.31",
                created_at=NOW,
                expires_at=NOW + 600_000,
                screen_id="SCREEN-001",
            ),
        ),
        check="0123 4567 8901 2345",
    ),
}
