"""Receiving HeyGen's webhooks, and one pass over each project for what they tell."""
