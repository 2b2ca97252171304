"""What makes objects progress by themselves: one file for each family of kinds, each a set of small controllers.

A controller is told of objects that changed, looks at what is there, and does one step towards what is wanted. It
reads and writes only through its ``Client``, keeps no state of its own, and may be called at any time, also twice.
"""
