"""Logs of others to API events: one file for each kind of log, and what they share."""
