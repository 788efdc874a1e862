"""The flows: each a folder, switched on by name, removable without a trace in the others."""
