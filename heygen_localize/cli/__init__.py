"""The command line: options, wiring and exit codes, and nothing that a Python caller would miss."""
