"""Dubbed video as code: a manifest in git, a plan, each translation paid for once."""

__version__ = "0.1.0"
