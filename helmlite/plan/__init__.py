"""Desired versus live, as steps: pure functions of values. Nothing here reads a clock, a file or a cluster."""
