"""How a project begins: what is asked, what is written, and that nothing is written over.

`answers` proposes and checks, `create` makes the manifest, `placing` puts the files.
"""

from heygen_localize.operations.init.create import Beginning, begin, refuse_existing
from heygen_localize.operations.init.placing import Done, Step

__all__ = ["Beginning", "Done", "Step", "begin", "refuse_existing"]
