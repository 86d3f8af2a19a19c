"""`localize.lock`: read, checked, merged and written."""
