"""How long HeyGen's answers may be behind, and ours may be trusted; in seconds."""

EVENTUAL_CONSISTENCY_SECONDS = 300.0
"""In which a job or a session just ordered may not be found yet (docs/vendor/behaviour.md)."""

LISTING_MAX_AGE_SECONDS = 300.0
"""After which nothing is ordered, and nothing deleted, on a listing (docs/design.md)."""

LIST_LAG_SECONDS = 30.0
"""For so long a job just made may be missing from the list; nothing is published about it."""

LINKS_TOLD_SECONDS = 86_400.0
"""So long before links end, a plan tells of them."""

KEY_LIFETIME_SECONDS = 86_400.0
"""For so long a key is answered with what it ordered first (docs/vendor/behaviour.md)."""
