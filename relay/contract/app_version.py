"""Which version of the desktop app the relay's admin recommends; nothing is fetched, and nobody is forced."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.names import Label

AppVersion = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+){0,3}[A-Za-z0-9.+-]{0,20}$(?!\n)", max_length=64)]


class AppAdvice(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/app/version`: the recommended version, if there is one, and in the admin's words where to get it."""

    version: AppVersion | None = None
    note: Label = ""
