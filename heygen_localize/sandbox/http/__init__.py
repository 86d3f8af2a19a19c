"""Requests and answers: serving, routing, signing, keys, pages."""
