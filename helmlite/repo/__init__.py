"""Where charts come from: indexes, the folders that are indexed, repositories, downloads and what is kept of them.

Nothing that a repository says is believed: indexes, shards and archives are bounded in size and depth, names are
checked before they become a part of a path, and an archive is compared with its digest before it is used or kept.
``http`` alone talks to servers. Clock, environment and the user's folders are handed in.
"""
