"""Use cases: one file per verb, over one loop (``deploy``) that observes, builds a plan and executes it.

Actions never print and never exit: they return values, raise HelmliteError's family, and emit events. Only the
executor and the lock write to a cluster. What is not pure (clock, randomness, process identity, environment) is made
in ``configuration`` and handed on.
"""
