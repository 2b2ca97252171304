"""Settings: what the user gives, merged with what charts bring, checked against their schemas.

A value is never quoted in an error: it may be a password. What is named is its path and where it was set.
"""
