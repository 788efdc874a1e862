"""Everything with pixels: document windows and their viewers, monitors, and the operator's own windows."""
