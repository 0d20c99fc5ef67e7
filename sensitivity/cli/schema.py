"""`sensa schema`: the JSON Schema of the story format."""

import json

from sensa.cli.failing import guarded
from sensa.cli.terminal import out

EPILOG = "Example: `sensa schema > story.schema.json`"


def schema() -> None:
    """Print the JSON Schema of stories, for editors that complete and check as you type."""
    with guarded():
        from sensa.stories.schema.json_schema import json_schema

        out(json.dumps(json_schema(), indent=1) + "\n")
