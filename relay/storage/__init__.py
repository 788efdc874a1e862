"""The database: one writer that commits in groups, readers that never block it, and migrations."""
