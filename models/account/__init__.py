"""One account's online statistics, and the sightings and windows that come of them."""
