"""Webhooks: endpoints that are registered, events that are told, and what sends them."""
