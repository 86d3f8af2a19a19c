"""Fetching finished files: side by side, resumed, checked, and only where they belong."""
