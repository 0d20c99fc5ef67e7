"""Small results to store."""

from pathlib import Path

import xarray as xr


def small(title: str = "a title") -> xr.DataTree:
    """As little as shows which one it is."""
    return xr.DataTree.from_dict({"/": xr.Dataset({"x": ("name", [1.0])}, attrs={"story": title})})


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
