"""Text to objects: identity, kinds, parsing, hooks, order, ownership, readiness. Pure: nothing here asks a cluster."""
