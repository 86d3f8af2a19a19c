"""`python -m heygen_localize`, the same as `localize`."""

from heygen_localize.cli.main import main

main()
