"""Labelled traffic from scenario files: who sends what, when and from where, with the truth beside it."""
