"""Brings a database of any released age to the current schema, by itself, before anything else opens it.

The core's revisions are in storage/versions; each flow brings its own folder and its own branch, so that removing a
flow removes its tables' history with it.

Nearly every start finds the newest schema: that is seen by comparing names, so that a relay which comes back after a
crash does not wait for alembic to be loaded (a quarter of a second).
"""

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from relay.errors import StorageUnavailableError
from relay.storage import dialect, soundness
from relay.storage.restore import refuse_unfinished

HERE = Path(__file__).parent
CORE_VERSIONS = HERE / "versions"
_REVISION = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


def migrate(path: Path, flow_versions: Sequence[Path] = ()) -> None:
    """Upgrade the database file at `path`, creating it if it is not there. Blocks; call it before the loop serves.

    Raises DatabaseDamagedError when the file is damaged (it is left as it is), StorageUnavailableError when it cannot
    be read or written, or a restore did not come to its end.
    """
    refuse_unfinished(path.parent)
    soundness.examine(path)
    folders = [CORE_VERSIONS, *flow_versions]
    if _has_newest(path, folders):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE / "alembic"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(str(folder).replace("%", "%%") for folder in folders)
    )
    engine = dialect.open_writer(path)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
    except DBAPIError as error:
        raise StorageUnavailableError(f"{path}: {error.orig}") from error
    finally:
        engine.dispose()


def _has_newest(path: Path, folders: Sequence[Path]) -> bool:
    """Tell whether the file is at the newest revision of each folder; False where that is not so simple, too."""
    named = [
        (word, name)
        for folder in folders
        for file in folder.glob("*.py")
        for word, name in _REVISION.findall(file.read_text("utf-8"))
    ]
    heads = {name for word, name in named if word == "revision"}
    heads -= {name for word, name in named if word == "down_revision"}
    try:
        with closing(dialect.connect_read_only(path)) as connection:
            found: set[str] = {
                row[0] for row in connection.execute("SELECT version_num FROM alembic_version")
            }
    except dialect.sqlite.Error:
        return False
    return found == heads
