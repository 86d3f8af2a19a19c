"""What the account holds: jobs, sessions, assets, glossaries, money."""
