"""How good the verdicts are on the scenarios that come with Stillwatch, measured in process."""
