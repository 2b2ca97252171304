"""Chart and context to text: templates are untrusted code, and this room is where they are kept from doing harm.

The only room that knows Jinja2 (``jinja2`` is imported by no other). What a template may reach is plain values, the
documented names of our own objects, and the functions in ``functions/``; what it may use up is in ``RenderBounds``,
counted in our own generated code and in every function that takes a size, and enforced by a guard that also stops
work inside C. Nothing here reads a disk, a clock or a network: such things arrive in ``RenderContext``. (But compiled
templates are kept in a folder, if one is handed in: ``compiled``.)
"""
