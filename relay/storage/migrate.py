"""Brings a database of any released age to the current schema, by itself, before anything else opens it.

The core's revisions are in storage/versions; each flow brings its own folder and its own branch, so that removing a
flow removes its tables' history with it.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from relay.errors import StorageUnavailableError
from relay.storage import dialect, soundness
from relay.storage.restore import refuse_unfinished

HERE = Path(__file__).parent
CORE_VERSIONS = HERE / "versions"


def migrate(path: Path, flow_versions: Sequence[Path] = ()) -> None:
    """Upgrade the database file at `path`, creating it if it is not there. Blocks; call it before the loop serves.

    Raises DatabaseDamagedError when the file is damaged (it is left as it is), StorageUnavailableError when it cannot
    be read or written, or a restore did not come to its end.
    """
    refuse_unfinished(path.parent)
    soundness.examine(path)
    config = Config()
    config.set_main_option("script_location", str(HERE / "alembic"))
    config.set_main_option("path_separator", "newline")
    folders = [CORE_VERSIONS, *flow_versions]
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
