"""Orders that others know: asked when they are scanned, kept here as any order is, and asked again when they age."""
