"""Object storage, by obstore: the one room that talks to buckets. It never sees HeyGen's key."""
