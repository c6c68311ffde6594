"""Accounts that act as one: groups joined by links, judged on pooled evidence."""
