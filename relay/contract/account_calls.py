"""The HTTP calls about who may use this relay: signing in, people, API tokens."""

from relay.contract.accounts import (
    ApiToken,
    ApiTokenList,
    FirstAdmin,
    GroupDraft,
    GroupList,
    NewApiToken,
    NewUser,
    OwnPassword,
    PasswordRules,
    ScreenGroup,
    SigningKeys,
    UserChange,
    UserList,
    UserRow,
)
from relay.contract.audit import AuditPage
from relay.contract.call import Call
from relay.contract.factor_calls import FACTOR_CALLS
from relay.contract.identity import BrowserSession, Refresh, SignIn, SocketTicket, Tokens, UserInfo
from relay.contract.own_account_calls import OWN_ACCOUNT_CALLS
from relay.contract.personal_calls import PERSONAL_CALLS

ACCOUNT_CALLS: tuple[Call, ...] = (
    *FACTOR_CALLS,
    *OWN_ACCOUNT_CALLS,
    *PERSONAL_CALLS,
    Call("POST", "/api/auth/login", "Sign in with name and password.", "anybody", {200: Tokens}, SignIn),
    Call(
        "POST",
        "/api/auth/refresh",
        "Trade a refresh token for the next one.",
        "anybody",
        {200: Tokens},
        Refresh,
    ),
    Call(
        "POST", "/api/auth/logout", "Revoke the family of a refresh token.", "anybody", {204: None}, Refresh
    ),
    Call(
        "POST",
        "/api/auth/browser",
        "Sign in from a page: the tokens come as cookies. With the header X-Benchcast.",
        "anybody",
        {200: BrowserSession},
        SignIn,
    ),
    Call("GET", "/api/auth/browser", "Whose page is this?", "signed in", {200: BrowserSession}),
    Call(
        "POST",
        "/api/auth/browser/refresh",
        "Go on with a page's session. With the header X-Benchcast.",
        "anybody",
        {200: BrowserSession},
    ),
    Call(
        "DELETE", "/api/auth/browser", "Sign a page out. With the header X-Benchcast.", "anybody", {204: None}
    ),
    Call(
        "POST",
        "/api/auth/browser/socket",
        "A token for a page's live line, good there alone.",
        "signed in",
        {200: SocketTicket},
    ),
    Call("GET", "/api/auth/password", "What a new password has to be.", "anybody", {200: PasswordRules}),
    Call(
        "POST",
        "/api/auth/password",
        "Set one's own password, from a page; one's other sessions end.",
        "signed in",
        {204: None},
        OwnPassword,
    ),
    Call(
        "POST",
        "/api/auth/welcome",
        "Become the first admin by the link that `serve` printed; from a page, with the header X-Benchcast.",
        "anybody",
        {200: BrowserSession},
        FirstAdmin,
    ),
    Call(
        "POST",
        "/api/keys/rotate",
        "Sign with a new key from now on; nobody is signed out.",
        "admin",
        {200: SigningKeys},
    ),
    Call("GET", "/api/users", "List the people.", "admin", {200: UserList}),
    Call("POST", "/api/users", "Add a person.", "admin", {201: UserInfo}, NewUser),
    Call(
        "PATCH",
        "/api/users/{name}",
        "Change a person's name, role, password or permissions; it holds at once.",
        "admin",
        {200: UserRow},
        UserChange,
    ),
    Call("DELETE", "/api/users/{name}", "Delete a person; never the last admin.", "admin", {204: None}),
    Call("POST", "/api/users/{name}/sign-out", "End all sessions of a person.", "admin", {204: None}),
    Call("GET", "/api/tokens", "List the API tokens, without themselves.", "admin", {200: ApiTokenList}),
    Call("POST", "/api/tokens", "Make an API token.", "admin", {201: ApiToken}, NewApiToken),
    Call("DELETE", "/api/tokens/{tokenId}", "Revoke an API token at once.", "admin", {204: None}),
    Call("GET", "/api/groups", "List the groups of screens.", "viewer", {200: GroupList}),
    Call(
        "PUT",
        "/api/groups/{name}",
        "Say which screens are in a group, making it if it is not there; `name` renames it.",
        "admin",
        {200: ScreenGroup},
        GroupDraft,
    ),
    Call("DELETE", "/api/groups/{name}", "Delete a group; its screens stay.", "admin", {204: None}),
    Call(
        "GET",
        "/api/audit",
        "Who did what to what, newest first.",
        "admin",
        {200: AuditPage},
        query=("q", "action", "target", "outcome", "since", "until", "limit", "cursor"),
    ),
    Call(
        "GET",
        "/api/audit/export",
        "The same as a table: CSV, or JSON with one entry a line (`format=json`).",
        "admin",
        {200: None},
        query=("format", "q", "action", "target", "outcome", "since", "until"),
    ),
)
