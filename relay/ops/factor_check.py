"""Examines who may do everything with a password alone."""

from pathlib import Path

from relay.ops.findings import Found
from relay.storage import dialect

# A doctor's line is read at a terminal.
NAMES_SHOWN = 5
ADMINS = """
SELECT users.name, second_factors.user_key IS NOT NULL FROM users
LEFT JOIN second_factors ON second_factors.user_key = users.user_key
WHERE users.role = 'admin' ORDER BY users.user_key
"""


def examine_factors(database: Path) -> Found:
    """Have all admins a second factor? Blocks."""
    if not database.exists():
        return Found("factor", "good", "nobody")
    try:
        connection = dialect.connect_read_only(database)
        try:
            admins: list[tuple[str, int]] = connection.execute(ADMINS).fetchall()
        finally:
            connection.close()
    except dialect.sqlite.Error:
        # Damaged, which the doctor tells by itself, or of a relay from before second factors.
        return Found("factor", "good", "unknown")
    without = [name for name, has_one in admins if not has_one]
    if not admins:
        return Found("factor", "good", "nobody")
    if without:
        more = ["…"] if len(without) > NAMES_SHOWN else []
        return Found("factor", "warn", "none", {"names": ", ".join([*without[:NAMES_SHOWN], *more])})
    return Found("factor", "good", "good", {"count": len(admins)})
