"""Simple and published detectors, to compare with: each gives every account a score, larger is more suspicious."""
