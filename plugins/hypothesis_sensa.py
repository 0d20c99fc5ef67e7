"""The Hypothesis plugin of sensa: `st.from_type(sensa.Story)` generates stories.

Hypothesis calls `register` as it is imported, whatever the tests are about. So this lies outside of the
package `sensa` and imports nothing of it: types of sensa that are there already are registered now, and later
ones register themselves (`sensa.generated`).
"""

import sys


def register() -> None:
    """Tell Hypothesis of the types that were loaded before it."""
    generated = sys.modules.get("sensa.generated")
    if generated is not None:
        generated.tell()
