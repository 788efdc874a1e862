"""Draws the sample work orders: one module per order, on a few shared drawing tools."""
