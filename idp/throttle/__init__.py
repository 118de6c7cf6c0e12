"""Who may try how often: counters that slow guessing down and never lock a member out (see docs/throttling.md)."""
