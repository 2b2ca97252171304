"""Where charts come from: repositories, their indexes, and archives that are checked before anybody uses them.

Servers, indexes and archives are not trusted: what they send is bounded in size, depth and time. Credentials go to
the origin that they belong to and are shown nowhere. ``http`` is the only door to the network.
"""
