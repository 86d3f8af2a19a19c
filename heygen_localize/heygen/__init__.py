"""HeyGen: the client, its transport and its JSON. The only room that holds the key."""
