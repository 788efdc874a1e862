"""What somebody may do with which screen: permissions as they are written, and what follows from them.

A permission is `screen:{id}:view|trigger|admin`, `group:{name}:...`, or one of the older words of API tokens
(`trigger:{id}`, `trigger:*`). The higher level holds the lower ones. This file alone reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, select

from relay.identity.spelling import name_key
from relay.identity.tables import group_screens, screen_groups

Level = Literal["view", "trigger", "admin"]
LEVELS: tuple[Level, ...] = ("view", "trigger", "admin")
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Rights:
    """The level for every screen (0 none, 1 view, 2 trigger, 3 admin), and higher ones for single screens by key.

    `by_group` says that a change of a group may change them.
    """

    everywhere: int = 0
    screens: Mapping[str, int] = field(default_factory=dict[str, int])
    by_group: bool = False

    def allow(self, screen_id: str, least: Level) -> bool:
        """Tell whether these reach that level at a screen."""
        rank = LEVELS.index(least) + 1
        return self.everywhere >= rank or self.screens.get(name_key(screen_id), 0) >= rank


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission, read."""

    kind: Literal["screen", "group"]
    name: str
    level: Level

    def write(self, name: str) -> str:
        """Spell it with the name as it is kept."""
        return f"{self.kind}:{name}:{self.level}"


def read_permission(text: str) -> Permission | None:
    """Read a permission; None for what is none, such as `orders`."""
    match text.split(":"):
        case ["trigger", name]:
            return Permission("screen", name, "trigger")
        case ["screen" | "group" as kind, name, "view" | "trigger" | "admin" as level] if name:
            return Permission(kind, name, level)
        case _:
            return None


def rights_of(connection: Connection, permissions: Iterable[str]) -> Rights:
    """Work out what permissions mean now; a group means the screens that are in it at this moment."""
    everywhere, by_screen, by_group = 0, dict[str, int](), False
    for permission in filter(None, map(read_permission, permissions)):
        rank = LEVELS.index(permission.level) + 1
        if permission.kind == "group":
            by_group, keys = True, _members(connection, permission.name)
        elif permission.name == EVERY:
            everywhere = max(everywhere, rank)
            continue
        else:
            keys = [name_key(permission.name)]
        for key in keys:
            by_screen[key] = max(by_screen.get(key, 0), rank)
    return Rights(everywhere, by_screen, by_group)


def guest_rights(screen_key: str) -> Rights:
    """Let the guest of one screen see it and trigger there, and nothing else."""
    return Rights(screens={screen_key: LEVELS.index("trigger") + 1})


def _members(connection: Connection, group: str) -> list[str]:
    query = (
        select(group_screens.c.screen_key)
        .join(screen_groups, screen_groups.c.group_key == group_screens.c.group_key)
        .where(screen_groups.c.group_key == name_key(group))
    )
    return [row.screen_key for row in connection.execute(query)]
