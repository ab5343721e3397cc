"""Files of stock, SKUs and locations: taken in, read, judged by a person where they look wrong, applied piece by piece."""

from inventory.services.imports.collect import collect_files
from inventory.services.imports.content import preview
from inventory.services.imports.decide import apply_import, discard_import, save_threshold, start_import
from inventory.services.imports.receive import receive_file
from inventory.services.imports.run import work_on
from inventory.services.imports.tidy import tidy_imports

__all__ = [
    "apply_import",
    "collect_files",
    "discard_import",
    "preview",
    "receive_file",
    "save_threshold",
    "start_import",
    "tidy_imports",
    "work_on",
]
