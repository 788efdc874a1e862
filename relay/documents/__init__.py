"""Documents: files known by their content, kept once, and given only to those who may see them."""
