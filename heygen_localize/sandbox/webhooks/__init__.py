"""Webhooks: endpoints that are registered, events that are told, and who carries them."""
