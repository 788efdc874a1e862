"""What is known about the files that are kept: the row of a blob is the proof that its file was received whole."""

from sqlalchemy import Column, Integer, Table, Text

from relay.storage.database import metadata

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("pages", Integer),
    Column("size", Integer, nullable=False),
    # What a browser calls the file when somebody saves it; the first title under which it came.
    Column("name", Text, nullable=False),
    Column("added_at", Integer, nullable=False),
    sqlite_strict=True,
)
