"""Groups of screens, by names that ignore letter case, and whether what a permission names is there."""

from collections import defaultdict

from sqlalchemy import Connection, delete, insert, select, update

from relay.clock import Clock
from relay.contract.accounts import GroupList, ScreenGroup
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.rights import EVERY, LEVELS, Permission, read_permission
from relay.identity.spelling import name_key
from relay.identity.tables import api_tokens, group_screens, screen_groups, screens, user_grants
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database


class Groups:
    """The groups of this relay's screens; a screen may be in several."""

    def __init__(self, database: Database, clock: Clock, access: AccessTokens) -> None:
        """Keep them in `database`; `access` judges those anew who have permissions for groups."""
        self._database = database
        self._clock = clock
        self._access = access

    async def list(self, caller: Caller) -> GroupList:
        """List the groups with those of their screens that the caller may see; a group of which none is left out."""

        def read(connection: Connection) -> tuple[ScreenGroup, ...]:
            members: defaultdict[str, list[str]] = defaultdict(list)
            joined = select(group_screens.c.group_key, screens.c.screen_id).join(
                screens, screens.c.screen_key == group_screens.c.screen_key
            )
            for row in connection.execute(joined.order_by(screens.c.screen_key)):
                members[row.group_key].append(row.screen_id)
            return tuple(
                ScreenGroup(name=row.name, screens=tuple(filter(caller.may_view, members[row.group_key])))
                for row in connection.execute(select(screen_groups).order_by(screen_groups.c.group_key))
            )

        found = await self._database.read(read)
        return GroupList(groups=tuple(group for group in found if group.screens or caller.has_role("admin")))

    async def put(self, name: str, screen_ids: tuple[str, ...], new_name: str | None = None) -> ScreenGroup:
        """Say which screens are in a group, making the group if it is not there, and rename it if so wished.

        Raises SCREEN_NOT_FOUND, and ALREADY_EXISTS for the name of another group.
        """
        detail = " ".join((f"-> {new_name}", *screen_ids) if new_name is not None else screen_ids)
        note = noting("group.put", "group", name, self._clock, detail)

        def change(connection: Connection) -> ScreenGroup:
            key = name_key(name)
            there = connection.execute(
                select(screen_groups.c.name).where(screen_groups.c.group_key == key)
            ).scalar()
            connection.execute(delete(group_screens).where(group_screens.c.group_key == key))
            if there is None:
                there = new_name or name
                key = name_key(there)
                connection.execute(insert(screen_groups).values(group_key=key, name=there))
            elif new_name is not None and new_name != there:
                _rename(connection, there, new_name)
                there, key = new_name, name_key(new_name)
            spelt: dict[str, str] = {}
            for screen_id in screen_ids:
                screen_key = name_key(screen_id)
                spelt[screen_key] = _screen(connection, screen_id)
            for screen_key in spelt:
                connection.execute(insert(group_screens).values(group_key=key, screen_key=screen_key))
            note(connection)
            return ScreenGroup(name=there, screens=tuple(spelt[each] for each in sorted(spelt)))

        group = await self._database.write(change)
        self._access.judge_again(_has_groups)
        return group

    async def delete(self, name: str) -> None:
        """Delete a group, and every person's permission for it; its screens stay. Raises NOT_FOUND."""
        key = name_key(name)
        note = noting("group.delete", "group", name, self._clock)

        def remove(connection: Connection) -> bool:
            gone = (
                delete(screen_groups).where(screen_groups.c.group_key == key).returning(screen_groups.c.name)
            )
            row = connection.execute(gone).first()
            if row is None:
                return False
            forget_permissions(connection, "group", row.name)
            note(connection)
            return True

        if not await self._database.write(remove):
            raise Refusal(Code.NOT_FOUND)
        self._access.judge_again(_has_groups)


def _has_groups(caller: Caller) -> bool:
    return caller.rights is not None and caller.rights.by_group


def _rename(connection: Connection, name: str, new_name: str) -> None:
    """Give a group without screens another name, here and in everybody's permissions. Raises ALREADY_EXISTS."""
    key, new_key = name_key(name), name_key(new_name)
    of_name = select(screen_groups.c.name).where(screen_groups.c.group_key == new_key)
    if key != new_key and connection.execute(of_name).first() is not None:
        raise Refusal(Code.ALREADY_EXISTS, what=new_name)
    connection.execute(
        update(screen_groups).where(screen_groups.c.group_key == key).values(group_key=new_key, name=new_name)
    )
    for level in LEVELS:
        its, new = f"group:{name}:{level}", f"group:{new_name}:{level}"
        connection.execute(update(user_grants).where(user_grants.c.permission == its).values(permission=new))
    for row in connection.execute(select(api_tokens.c.token_id, api_tokens.c.scopes)).all():
        scopes = [_renamed(scope, key, new_name) for scope in row.scopes.split()]
        if scopes != row.scopes.split():
            its_row = update(api_tokens).where(api_tokens.c.token_id == row.token_id)
            connection.execute(its_row.values(scopes=" ".join(scopes)))


def _renamed(scope: str, key: str, new_name: str) -> str:
    permission = read_permission(scope)
    is_its = permission is not None and permission.kind == "group" and name_key(permission.name) == key
    return permission.write(new_name) if permission is not None and is_its else scope


def forget_permissions(connection: Connection, kind: str, name: str) -> None:
    """Take away what people were permitted at something that is gone: a new one of that name is not meant."""
    gone = [f"{kind}:{name}:{level}" for level in LEVELS]
    connection.execute(delete(user_grants).where(user_grants.c.permission.in_(gone)))


def require_known(connection: Connection, permission: Permission, field: str) -> str:
    """Return a permission with its name as it is kept. Raises SCREEN_NOT_FOUND, or VALIDATION_ERROR for a group."""
    if permission.kind == "screen":
        name = EVERY if permission.name == EVERY else _screen(connection, permission.name)
        return permission.write(name)
    query = select(screen_groups.c.name).where(screen_groups.c.group_key == name_key(permission.name))
    found = connection.execute(query).scalar()
    if found is None:
        raise Refusal(Code.VALIDATION_ERROR, field=field, reason="reason.no_group", what=permission.name)
    return permission.write(found)


def _screen(connection: Connection, screen_id: str) -> str:
    query = select(screens.c.screen_id).where(screens.c.screen_key == name_key(screen_id))
    found = connection.execute(query).scalar()
    if found is None:
        raise Refusal(Code.SCREEN_NOT_FOUND, screenId=screen_id)
    return found
