"""Faults that a sandbox can be told to have."""
