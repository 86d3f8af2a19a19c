"""The machine below: files, opened so that what lies in a checkout leads nowhere else."""

from heygen_localize.system.folder import Folder as Folder
from heygen_localize.system.folder import Place as Place
from heygen_localize.system.folder import entries as entries
from heygen_localize.system.folder import names as names
from heygen_localize.system.folder import opened as opened
from heygen_localize.system.folder import place_of as place_of
from heygen_localize.system.folder import read as read
from heygen_localize.system.folder import status as status
from heygen_localize.system.paths import STATE as STATE
from heygen_localize.system.paths import TooLargeError as TooLargeError
from heygen_localize.system.paths import UnsafePathError as UnsafePathError
from heygen_localize.system.paths import absolute as absolute
from heygen_localize.system.paths import real_path as real_path
from heygen_localize.system.paths import root_of as root_of
