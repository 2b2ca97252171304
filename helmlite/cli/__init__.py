"""Words in, words out: the command line. The only room that prints; one file per command, heavy imports inside.

A command turns flags into one call of an action and its result into text or data; it decides nothing of its own.
"""
