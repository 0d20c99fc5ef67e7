"""Chromium through its pipe for debuggers (Chrome DevTools Protocol): no server, no port, no package."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


class Tab:
    """A page in the browser; `events` has what it reported."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._waiting = b""
        self._calls = 0
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    _session = ""

    def call(self, method: str, **parameters: Any) -> Any:
        """The result of a command; what the page reports meanwhile is kept."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._message()
            if got.get("id") == self._calls:
                assert "error" not in got, got
                return got["result"]
            self.events.append(got)

    def open(self, url: str) -> None:
        """Load a page, and wait until it is there."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())

    def value(self, expression: str) -> Any:
        """What a script in the page gives; promises are awaited."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def size(self, width: int, height: int) -> None:
        """Set the size of the window."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def complaints(self) -> list[dict[str, Any]]:
        """Errors, warnings and messages of the console, and requests for anything but the page."""
        told = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        asked = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        others = [event for event in asked if event["params"]["type"] != "Document"]
        return [event for event in self.events if event["method"] in told] + others

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            data = os.read(self._read, 1 << 16)
            assert data, "the browser has ended"
            self._waiting += data
        message, self._waiting = self._waiting.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """A tab of a browser with an empty profile, which is ended after."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    command = 'r=$1 w=$2; shift 2; eval "exec \\"\\$@\\" 3<&$r 4>&$w"'
    process = subprocess.Popen(
        ["bash", "-c", command, "-", str(to_read), str(from_write), str(CHROMIUM), *OPTIONS,
         f"--user-data-dir={profile}"],
        pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(to_read)
    os.close(from_write)
    try:
        yield Tab(from_read, to_write)
    finally:
        process.terminate()
        process.wait(20)
        os.close(from_read)
        os.close(to_write)
