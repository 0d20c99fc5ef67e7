"""Build hook: an editable install sees the four top-level folders as the one package `sensa`."""

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS = ("kernels", "stories", "reports")


class EditableLayout(BuildHookInterface):  # type: ignore[type-arg]
    """Lay out `.dev/sensa` as links into the tree, for editable installs only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the links anew, so that what was renamed or removed is gone."""
        if version != "editable":
            return
        root = Path(self.root)
        package = root / ".dev" / "sensa"
        if package.is_dir():  # beside the links, Python leaves its bytecode there
            shutil.rmtree(package)
        package.mkdir(parents=True)
        for source in sorted((root / "sensitivity").iterdir()):
            if source.name != "__pycache__":
                (package / source.name).symlink_to(Path("../../sensitivity") / source.name)
        for room in ROOMS:
            (package / room).symlink_to(Path("../..") / room)
