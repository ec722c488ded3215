"""A headless Chromium, driven through its DevTools protocol on two pipes: file descriptors 3 and 4, messages of JSON
that each end with a zero byte. https://chromedevtools.github.io/devtools-protocol/ has the messages."""

import base64
import ctypes
import fcntl
import json
import os
import queue
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe")
STUCK_SECONDS = 120  # for one answer of the browser
LOOK_SECONDS = 0.01  # between two looks at what the page has no event for

# (code, virtual key) of keys that are no letters or digits.
NAMED_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Enter": 13, "Escape": 27, "Tab": 9,
              " ": 32}
SHIFT = 8


class Closed(Exception):
    pass


PR_SET_CHILD_SUBREAPER = 36

# A copy is read: Chromium complains of canvases that are read often, and draws them in another way from then on.
READ_CANVAS = """const readCanvas = (canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
};"""


def keep(command):
    """Runs a command, and ends when all that it has started has ended: the browser leaves helpers behind."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.posix_spawn(command[0], command, os.environ)
    os.closerange(3, 5)  # which are the browser's alone
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def high_descriptor(descriptor):
    """The same pipe under a number that does not get in the way of 3 and 4."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def pipe():
    return tuple(map(high_descriptor, os.pipe()))


class Browser:
    """Its processes have a parent, process self.pid, which ends with the last of them."""

    def __init__(self, *flags):
        self._folder = tempfile.mkdtemp(prefix="ferry-browser-")
        self._errors = os.path.join(self._folder, "stderr")
        commands, self._commands = pipe()
        self._answers, answers = pipe()
        arguments = [sys.executable, "-B", os.path.abspath(__file__), CHROMIUM, *FLAGS, *flags,
                     f"--user-data-dir={self._folder}/profile", "about:blank"]
        actions = [(os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4),
                   (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, self._errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2)]
        # Its own home, since it writes settings of the desktop too.
        variables = {**os.environ, "HOME": self._folder, "XDG_CONFIG_HOME": self._folder,
                     "XDG_CACHE_HOME": self._folder}
        self.pid = os.posix_spawn(sys.executable, arguments, variables, file_actions=actions, setpgroup=0)
        os.close(commands)
        os.close(answers)
        self._serial = 0
        self._lock = threading.Lock()
        self._waiting = {}  # by the number of the message: the queue for its answer
        self._sessions = {None: self._heard}  # by their ids: functions for events
        self._downloads = {}  # names of files by their ids
        self.downloaded = set()  # names of those that are whole
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        rest = b""
        while data := os.read(self._answers, 1 << 20):
            *messages, rest = (rest + data).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._waiting.pop(message["id"]).put(message)
                else:
                    self._sessions.get(message.get("sessionId"), lambda event: None)(message)
        for waiting in list(self._waiting.values()):
            waiting.put({"error": {"message": "the browser has ended"}})

    def _heard(self, event):
        """Of the browser itself, not of a page."""
        parameters = event["params"]
        if event["method"] == "Browser.downloadWillBegin":
            self._downloads[parameters["guid"]] = parameters["suggestedFilename"]
        elif event["method"] == "Browser.downloadProgress" and parameters["state"] == "completed":
            self.downloaded.add(self._downloads[parameters["guid"]])

    def call(self, method, session=None, **parameters):
        answer = queue.Queue()
        with self._lock:
            self._serial += 1
            self._waiting[self._serial] = answer
            message = {"id": self._serial, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self._commands, data):]
        try:
            got = answer.get(timeout=STUCK_SECONDS)
        except queue.Empty:
            raise AssertionError(f"stuck: {method} of the browser\n{self.errors()}") from None
        if "error" in got:
            raise AssertionError(f"{method}: {got['error']['message']}\n{self.errors()}")
        return got["result"]

    def listen(self, session, function):
        self._sessions[session] = function

    def errors(self):
        with open(self._errors, "rb") as file:
            return file.read()[-4000:].decode(errors="replace")

    def page(self, **options):
        """A page with cookies and storage of its own."""
        return Page(self, **options)

    def close(self):
        os.close(self._commands)  # which makes it end
        end = time.monotonic() + STUCK_SECONDS
        while not (ended := os.waitpid(self.pid, os.WNOHANG)[0]) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        if not ended:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self._reader.join(STUCK_SECONDS)
        os.close(self._answers)
        shutil.rmtree(self._folder)
        assert ended, "the browser did not end by itself"


class Page:
    def __init__(self, browser, width=1000, height=700, scale=1):
        self._browser = browser
        self._context = browser.call("Target.createBrowserContext")["browserContextId"]
        self._target = browser.call("Target.createTarget", url="about:blank",
                                    browserContextId=self._context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self.complaints = []  # errors of scripts, of the console, of the network and of the policy
        self.requests = []  # addresses that were asked for
        self._loaded = set()  # loaders of documents that are complete
        browser.listen(self._session, self._heard)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=False)
        # As if it were the one in front, whatever other pages there are.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def _heard(self, event):
        """In the thread that reads: no call here."""
        parameters = event["params"]
        if event["method"] == "Log.entryAdded":
            entry = parameters["entry"]
            if entry["level"] in ("warning", "error"):
                self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif event["method"] == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("warning", "error", "assert"):
            self.complaints.append("console: " + json.dumps(parameters["args"]))
        elif event["method"] == "Page.lifecycleEvent" and parameters["name"] == "load":
            self._loaded.add(parameters["loaderId"])
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def requests_for(self, name):
        """Addresses that were asked for, of paths that end so."""
        return [url for url in self.requests if url.partition("?")[0].endswith(name)]

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def hide(self):
        """As a tab that nobody sees."""
        self.call("Emulation.setFocusEmulationEnabled", enabled=False)
        self._set_window("minimized")
        self.wait("document.hidden")

    def unhide(self):
        self._set_window("normal")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.wait("!document.hidden")

    def _set_window(self, state):
        window = self._browser.call("Browser.getWindowForTarget", targetId=self._target)["windowId"]
        self._browser.call("Browser.setWindowBounds", windowId=window, bounds={"windowState": state})

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def go(self, address):
        """Until the new document is complete: what one runs right after Page.navigate may still see the old one."""
        result = self.call("Page.navigate", url=address)
        assert "errorText" not in result, f"{address}: {result['errorText']}"
        end = time.monotonic() + STUCK_SECONDS
        while result["loaderId"] not in self._loaded:
            assert time.monotonic() < end, f"stuck: {address} does not become complete"
            time.sleep(LOOK_SECONDS)

    def run(self, expression):
        """The value of an expression of JavaScript, or of its promise."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description", details["text"]) + f"\n{expression}")
        return result["result"].get("value")

    def wait(self, expression, what=None):
        """The first true value. The page looks itself, each time that it draws."""
        looks = f"""new Promise((resolve) => {{
            const end = performance.now() + {1000 * STUCK_SECONDS / 2};
            const look = () => {{
                const value = {expression};
                if (value || performance.now() > end) resolve(value instanceof Node || value);
                else setTimeout(look, {1000 * LOOK_SECONDS});
            }};
            look();
        }})"""
        value = self.run(looks)
        if not value:
            text = self.run("document.body.innerText")
            raise AssertionError(f"stuck: {what or expression}\nthe page has:\n{text}\n{self.complaints[-3:]}")
        return value

    # ---- hands ----

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def move(self, x, y):
        self.mouse("mouseMoved", x, y)

    def drag(self, start, end):
        self.mouse("mousePressed", *start, button="left", buttons=1, clickCount=1)
        self.mouse("mouseMoved", *end, button="left", buttons=1)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)

    def click(self, selector):
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def middle(self, selector):
        return self.run(f"""(() => {{
            const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")

    def press(self, key, shift=False):
        """A key as it is called in KeyboardEvent.key."""
        more = {"modifiers": SHIFT if shift else 0}
        if key in NAMED_KEYS:
            more["windowsVirtualKeyCode"] = NAMED_KEYS[key]
            more["code"] = "Space" if key == " " else key
        text = {" ": " ", "Enter": "\r"}.get(key, key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", key=key, text=text, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **more)

    def type(self, text):
        self.call("Input.insertText", text=text)

    # ---- files ----

    def save_files_in(self, folder):
        os.makedirs(folder)
        self._browser.call("Browser.setDownloadBehavior", behavior="allow", browserContextId=self._context,
                           downloadPath=folder, eventsEnabled=True)

    def wait_file(self, name):
        """Until the browser has saved all of it."""
        end = time.monotonic() + STUCK_SECONDS
        while name not in self._browser.downloaded:
            assert time.monotonic() < end, f"stuck: {name} is not saved, but {self._browser.downloaded}"
            time.sleep(LOOK_SECONDS)

    # ---- eyes ----

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def wait_text(self, selector, pattern):
        """The match of a regular expression of Python; the page looks with its own, which has to mean the same."""
        found = self.wait(f"(() => {{ const text = document.querySelector({json.dumps(selector)}).textContent;"
                          f" return new RegExp({json.dumps(pattern)}).test(text) && text; }})()",
                          f"{selector} with {pattern!r}")
        return re.search(pattern, found)

    def canvas(self, selector):
        """Width, height and bytes R G B A of all pixels."""
        width, height, data = self.run(f"""(async () => {{
            {READ_CANVAS}
            const canvas = document.querySelector({json.dumps(selector)});
            const url = await new Promise((resolve) => {{
                const reader = new FileReader();
                reader.onload = () => resolve(reader.result);
                reader.readAsDataURL(new Blob([readCanvas(canvas)]));
            }});
            return [canvas.width, canvas.height, url.slice(url.indexOf(",") + 1)];
        }})()""")
        return width, height, base64.b64decode(data)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


if __name__ == "__main__":
    keep(sys.argv[1:])
