"""A project on the disk: account, lockfile, journal, process lock, subtitle files."""
