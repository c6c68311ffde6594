"""What people do with what was found: reports, indicators for others, erasure, the console."""
