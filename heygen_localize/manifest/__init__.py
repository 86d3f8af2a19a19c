"""Reads `localize.yaml`: YAML with the place of everything, to targets with every option.

The way leads through `yaml_reader` and `yaml_builder` (bytes to data, bounded), `schema`,
`includes`, `languages` (and their groups), `options` (layers and templates), `outputs`,
`proofread` (subtitles that people correct), `terms`, `pins` (jobs that stand for targets),
and `targets`; `load` joins them. Mistakes are gathered on the way and told together.
"""

from heygen_localize.manifest.identity import refuse_twins as refuse_twins
from heygen_localize.manifest.load import load_manifest as load_manifest
from heygen_localize.manifest.pins import file_document as file_document
from heygen_localize.manifest.pins import lines_of as lines_of
from heygen_localize.manifest.pins import with_pin as with_pin
