"""How a project begins: what is asked, what is written, and that nothing is written over.

`answers` proposes and checks, `create` makes the manifest and puts the files.
"""
