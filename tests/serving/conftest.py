"""The real command, serving the small collection of tests/searcher in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from tests.conftest import REPOSITORY
from tests.searcher.conftest import asked  # noqa: F401


class Service:
    """A process that runs `pyserini-optical serve`."""

    def __init__(self, *options):
        command = [sys.executable, "-m", "pyserini_optical", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, env=dict(os.environ), stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.match(r"answering at (\S+)/ ", line):
                self.address = found[1]
                break
        else:
            pytest.fail("".join(self.said[-20:]))
        threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True).start()

    def ask(self, path, body=None, **headers):
        """Send one request; give back its status and what it answers, JSON read."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            headers.setdefault("content-type", "application/json")
        request = urllib.request.Request(self.address + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                status, content, kind = reply.status, reply.read(), reply.headers["content-type"]
        except urllib.error.HTTPError as error:
            status, content, kind = error.code, error.read(), error.headers["content-type"]
        return status, json.loads(content) if kind == "application/json" else content.decode()

    def stop(self):
        """Ask it to stop, and give back its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def service(asked):  # noqa: F811
    served = Service("--lucene-index", asked.lucene, "--dense-index", asked.dense, "--mcp")
    yield served
    assert served.stop() == 0, "".join(served.said[-20:])
