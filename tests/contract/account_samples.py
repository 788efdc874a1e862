"""Samples of what an admin sees and changes of people, programs, groups of screens, and of the audit log."""

from msgspec import Struct

from relay.contract.accounts import (
    ApiTokenList,
    ApiTokenRow,
    FirstAdmin,
    GroupDraft,
    GroupList,
    NewUser,
    OwnPassword,
    PasswordRules,
    ScreenGroup,
    SigningKeys,
    UserChange,
    UserList,
    UserRow,
)
from relay.contract.audit import AuditEntry, AuditPage
from relay.contract.names import ScreenId
from relay.contract.own_account import (
    Notice,
    OwnAccount,
    OwnSession,
    OwnSessions,
    PastSignIn,
    Proof,
)
from relay.contract.personal import PersonalData, PersonDelivery, PrivacyNotice
from relay.contract.second_factor import FactorDraft, FactorProof, FactorWish, RecoveryCodes, SecondFactor

NOW = 1_760_000_000_000
_PERMITTED = ("screen:SCREEN-001:trigger", "group:조립-1라인:view")

ACCOUNT_SAMPLES: dict[str, Struct] = {
    "password-rules": PasswordRules(least=12, most=128),
    "own-account": OwnAccount(
        last_sign_in=PastSignIn(
            at=NOW, address="192.0.2.7", agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
        ),
        notices=(
            Notice(id=7, at=NOW, kind="role", by="user:김관리", address="192.0.2.7", detail="lead"),
            Notice(id=6, at=NOW, kind="password", by="api:command-line"),
        ),
    ),
    "own-sessions": OwnSessions(
        sessions=(
            OwnSession(
                id="3f7a1c0d9b8e4a5566778899",
                begun_at=NOW,
                used_at=NOW + 1_000,
                ends_at=NOW + 43_200_000,
                is_page=True,
                is_this=True,
                address="192.0.2.7",
                agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
            ),
            OwnSession(id="00112233445566778899aabb", begun_at=NOW, used_at=NOW, ends_at=NOW + 86_400_000),
        )
    ),
    "proof": Proof(password="correct horse battery staple", code="123456"),
    "audit-page": AuditPage(
        entries=(
            AuditEntry(
                id=42,
                at=NOW,
                actor="user:반장",
                address="192.168.0.31",
                action="screen.change",
                outcome="done",
                target_kind="screen",
                target="SCREEN-001",
                detail="2번 작업대",
            ),
            AuditEntry(
                id=41,
                at=NOW,
                actor="anybody",
                address="192.168.0.77",
                action="auth.sign_in",
                outcome="SIGN_IN_FAILED",
            ),
        ),
        next="41",
    ),
    "user-list": UserList(
        users=(
            UserRow(
                name="kim", role="admin", created_at=NOW, sessions=2, last_seen_at=NOW + 1, second_factor=True
            ),
            UserRow(name="반장", role="lead", created_at=NOW, restricted=True, permissions=_PERMITTED),
        )
    ),
    "new-restricted-user": NewUser(
        name="작업자", role="viewer", password="correct horse battery staple", permissions=_PERMITTED
    ),
    "user-change": UserChange(
        name="반장", role="operator", password="correct horse battery staple", permissions=_PERMITTED
    ),
    "own-password": OwnPassword(
        current_password="correct horse", password="correct horse battery staple", code="123456"
    ),
    "second-factor": SecondFactor(set_up_at=NOW, recovery_codes_left=9, demanded=True),
    "factor-wish": FactorWish(current_password="correct horse"),
    "factor-draft": FactorDraft(
        uri="otpauth://totp/Benchcast:kim?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Benchcast",
        key="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        qr_svg="<svg/>",
        expires_at=NOW + 600_000,
    ),
    "factor-proof": FactorProof(code="1VC0-312X-QJ31-G9PA"),
    "recovery-codes": RecoveryCodes(codes=("1VC0-312X-QJ31-G9PA", "1XZA-1C97-Z2HZ-1626")),
    "first-admin": FirstAdmin(
        secret="7ZQ4M2X9P3KTV8R5W6Y1", name="관리자", password="correct horse battery staple"
    ),
    "api-token-list": ApiTokenList(
        tokens=(
            ApiTokenRow(
                token_id="0198c0de7a117000",
                name="ERP",
                scopes=("orders", "trigger:*"),
                created_by="user:kim",
                created_at=NOW,
                expires_at=NOW + 1,
                last_used_at=NOW,
            ),
        )
    ),
    "group-draft": GroupDraft(screens=(ScreenId("SCREEN-001"),), name="조립-2라인"),
    "group-list": GroupList(groups=(ScreenGroup(name="조립-1라인", screens=("SCREEN-001",)),)),
    "personal-data": PersonalData(
        relay="공장 1",
        at=NOW,
        name="반장",
        role="lead",
        created_at=NOW,
        restricted=True,
        permissions=_PERMITTED,
        sessions=(OwnSession(id="0f" * 12, begun_at=NOW, used_at=NOW, ends_at=NOW + 1, address="10.0.0.7"),),
        notices=(Notice(id=3, at=NOW, kind="role", by="user:kim", detail="lead"),),
        deeds=(
            AuditEntry(
                id=42, at=NOW, actor="user:반장", address="10.0.0.7", action="auth.sign_in", outcome="done"
            ),
        ),
        deeds_in_all=12_000,
        deliveries=(
            PersonDelivery(
                id="0198c0de-7a11-7000-8000-000000000001",
                at=NOW,
                screen_id="SCREEN-001",
                command="navigate",
                state="shown",
                order_id="WO-1",
            ),
        ),
        deliveries_in_all=1,
        tokens_made=("ERP",),
        second_factor_since=NOW,
        recovery_codes_left=9,
        last_sign_in=PastSignIn(at=NOW, address="10.0.0.7", agent="Firefox"),
        sign_in_before=PastSignIn(at=NOW - 1),
    ),
    "privacy-notice": PrivacyNotice(title="개인정보 안내", paragraphs=("이름을 저장합니다.",)),
    "signing-keys": SigningKeys(current="0198c0de7a117000", retired=("00ff00ff00ff00ff",)),
}
