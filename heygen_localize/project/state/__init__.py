"""Where a project's state is kept: what its lockfile, its journal and its lock on others are."""
