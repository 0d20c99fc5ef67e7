"""The guide to testing: every block runs, every test in it passes, and what is shown to fail does."""

import re
import unittest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sensa.testing import PropertyFailed

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "testing.md").read_text("utf-8")
PAGE = TEXT.partition("## With pytest")[0]  # what follows has a test of its own
BLOCKS = re.findall(r"(<!-- fails -->\n)?```(python|text)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.slow  # some twenty seconds
def test_the_blocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, as one file would, with few examples."""
    monkeypatch.chdir(ROOT)
    before = settings.default
    settings.register_profile(
        "guide", max_examples=15, stateful_step_count=6, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("guide")
    names: dict[str, object] = {"__name__": "guide"}
    done: set[str] = set()
    failure = ""
    try:
        for fails, language, block in BLOCKS:
            if language == "text":
                assert block in failure
                continue
            exec(compile(block, "testing.md", "exec"), names)
            for name in [one for one in names if one.lower().startswith("test") and one not in done]:
                done.add(name)
                if fails:
                    with pytest.raises(PropertyFailed) as caught:
                        names[name]()  # type: ignore[operator]
                    failure = str(caught.value)
                elif isinstance(names[name], type):
                    result = unittest.TestResult()
                    unittest.defaultTestLoader.loadTestsFromTestCase(names[name]).run(result)  # type: ignore[arg-type]
                    assert result.testsRun == 1
                    assert result.wasSuccessful(), result
                else:
                    names[name]()  # type: ignore[operator]
    finally:
        settings.load_profile("same")
    assert settings.default.max_examples == before.max_examples
    assert len(done) == 11
    assert failure
