"""One detection per file: what is measured of a group, and how rarely benign groups measure so high."""
