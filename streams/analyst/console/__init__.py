"""The console of `stillwatch up`: campaigns, why, who, a label, and a question in SQL; pages without scripts."""
