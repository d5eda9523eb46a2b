"""The server under test: a process with simulated machines, told what to do by lines on its standard input."""

import os
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

BUILT = Path(__file__).resolve().parents[2] / "target/debug/examples/simulated-portal"


class Portal:
    """A running server. `settings` holds what it printed before it was ready.

    With a `burst` every caller may ask so many times at once, and once a second after that.
    """

    def __init__(self, burst=None):
        binary = os.environ.get("LECTERN_PORTAL") or str(BUILT)
        self._errors = tempfile.TemporaryFile(mode="w+")
        self._process = subprocess.Popen(
            [binary],
            env=os.environ | ({"LECTERN_BURST": str(burst)} if burst else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            bufsize=1,
        )
        # The SDK follows operations in threads of their own, and those give commands as well.
        self._turn = threading.Lock()
        self.settings = {}
        while (line := self._line()) != "ready":
            name, _, value = line.partition("=")
            self.settings[name] = value

    @property
    def url(self):
        """The origin of the API, which also signs programs in."""
        return self.settings["AZURE_AUTHORITY_HOST"].rstrip("/")

    @property
    def subscription(self):
        return self.settings["AZURE_SUBSCRIPTION_ID"]

    def provider(self, group=None, subscription=None):
        """The path under which a resource group's resources are; without a group, the subscription's."""
        path = f"/subscriptions/{subscription or self.subscription}"
        path += f"/resourceGroups/{group}" if group else ""
        return f"{path}/providers/Microsoft.LabServices"

    def tell(self, command):
        """Gives a command and waits until it is done."""
        with self._turn:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            answer = self._line()
        assert answer == "ok", f"the server was told “{command}” and answered “{answer}”"

    def advance(self, seconds):
        """Lets the server's clock jump ahead."""
        self.tell(f"advance {seconds}")

    @contextmanager
    def broken(self, name):
        """Meanwhile every act on the machine `name` fails."""
        self.tell(f"break {name}")
        try:
            yield
        finally:
            self.tell(f"mend {name}")

    @contextmanager
    def new_ones_broken(self):
        """Meanwhile whatever is made is broken."""
        self.tell("break-new")
        try:
            yield
        finally:
            self.tell("mend-new")

    @contextmanager
    def mail_refused(self):
        """Meanwhile the mail server refuses every mail for good."""
        self.tell("mail fail")
        try:
            yield
        finally:
            self.tell("mail ok")

    def close(self):
        """Ends the server, as its operator would: by ending its input."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def _line(self):
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise RuntimeError("the server ended:\n" + self._errors.read()[-4000:])
        return line.rstrip("\n")
