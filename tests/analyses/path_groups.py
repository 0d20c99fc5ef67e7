"""The group `paths` of a story, for its tests."""

from typing import Any

import xarray as xr

from tests.short_stories import result


def group(text: str, **options: Any) -> xr.Dataset:
    return result(text, "paths", **options)["paths"].to_dataset()


def phase(steps: int) -> str:
    return f'[[phases]]\nname = "training"\nrepeat = {steps}\n'


def at(data: xr.Dataset, name: str, **labels: str) -> Any:
    return data[name].sel(labels).values
