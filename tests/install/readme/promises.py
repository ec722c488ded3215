"""What README.md and docs/ say that their blocks do. Each function has the reader and the commands, and raises Broken.
A function whose block is followed by what it writes returns the terminal."""

import glob
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import pictures
from shell import STUCK_SECONDS, Broken, ignores_interrupts, processes, wait_until

INSTALLED = "/usr/local"
FILM_FRAMES = 40
FILM_RATE = 25
SHARED_MEMORY = "/dev/shm"
# Objects of old programs. On Linux the side that has made them removes them, if it goes last.
OF_OLD_PROGRAMS = re.compile(r"(sem\.)?((share|Share)Memory.*|(read|write)?Semaphore(Back)?|Cam1(Lock)?)")


def check(condition, what, terminal=None):
    if not condition:
        raise Broken(what + (f"\n{terminal.story()}" if terminal else ""))


def files(folder):
    return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]


def sizes(frames):
    return {(frame["width"], frame["height"], frame["format"]) for frame in frames}


def build(reader, script):
    reader.run(script)
    for program in ("ferry-producer", "ferry-consumer"):
        check(os.access(reader.path("build/release/bin", program), os.X_OK), f"{program} has not been built")


def install(reader, script):
    check(not files(INSTALLED), f"{INSTALLED} is not empty")
    reader.run(script)
    found = reader.run("command -v ferry-producer ferry-consumer && ferry-producer --version").out()
    expected = [f"{INSTALLED}/bin/ferry-producer", f"{INSTALLED}/bin/ferry-consumer"]
    check(found.splitlines()[:2] == expected, f"not installed: {found}")
    known = reader.run("ldconfig -p").out()
    check(f"=> {INSTALLED}/lib/libframeferry.so" in known, "the system does not find the library")
    pages = re.findall(r"`man (\S+)`", reader.text)
    check(pages, "README.md names no manual page")
    for page in pages:
        shown = reader.run(f"man {page} | cat")
        check(re.search("^EXIT STATUS", shown.out(), re.MULTILINE), f"man {page} shows no page", shown)


def uninstall(reader, script):
    check(files(INSTALLED), f"nothing is in {INSTALLED}")
    reader.run(script)
    check(not files(INSTALLED), f"left: {files(INSTALLED)}")


def first_frame(reader, script):
    """Installed, and from the build folder."""
    expected = sorted(os.listdir(reader.path("samples/images")))
    check(len(expected) == 24, f"README.md says 24 sample pictures, there are {len(expected)}")
    check("24" in reader.text and "`build/release/bin/`" in reader.text, "README.md does not say so any more")
    terminals = []
    for folder, commands in (("out", script),
                             ("built", script.replace("ferry-", "build/release/bin/ferry-").replace(" out", " built"))):
        terminals.append(reader.run(commands))
        found = sorted(glob.glob(reader.path(folder, "*.png")))
        check(len(found) == len(expected), f"{len(found)} pictures are in {folder}")
        for path in found:
            pictures.read_png(path)
    return terminals[0]


def camera(reader, script):
    """Moves until Ctrl-C."""
    reader.camera_script = script
    with reader.camera():
        reader.run("ferry-consumer --name camera --every --count 3 --save moving")
    found = {pictures.read_png(path).pixels for path in glob.glob(reader.path("moving/*.png"))}
    check(len(found) == 3, "the picture does not move")


def three_frames(reader, script):
    """Either side may be started first."""
    with reader.camera():
        second = reader.run(script).frames()
    first = reader.start(script)
    wait_until(lambda: "waiting for a producer" in first.err(), "it does not wait", first)
    with reader.camera():
        first.end()
    for frames in (first.frames(), second):
        check(len(frames) == 3, f"{len(frames)} frames instead of 3")
        check({size[:2] for size in sizes(frames)} == {(640, 480)}, f"frames are {sizes(frames)}")


def recorder(reader, script):
    """Goes on with the next one when the camera's program has ended."""
    terminal = reader.start(script)

    def recorded():
        return glob.glob(reader.path("recorded/camera/*.jpg"))

    for _ in range(2):
        before = len(recorded())
        with reader.camera():
            wait_until(lambda: len(recorded()) >= before + 3, "nothing is recorded", terminal)
    terminal.interrupt()
    for path in recorded():
        check(pictures.jpeg_size(path)[:2] == (640, 480), f"not what the camera sent: {path}")
    check(len(terminal.out().splitlines()) == len(recorded()), "not a line for each frame", terminal)


def make_film(reader):
    if not os.path.exists(reader.path("film.mp4")):
        reader.run("ffmpeg -v error -f lavfi "
                   f"-i testsrc=size=1280x720:rate={FILM_RATE} -frames:v {FILM_FRAMES} -pix_fmt yuv420p film.mp4")


def quick_film(reader, script):
    make_film(reader)
    consumer = reader.listen("film", "--every")
    reader.run(script)
    frames = consumer.end().frames()
    check(len(frames) == FILM_FRAMES, f"{len(frames)} of {FILM_FRAMES} frames have come", consumer)
    check({size[:2] for size in sizes(frames)} == {(1280, 720)}, f"frames are {sizes(frames)}")
    return frames


def film(reader, script):
    """At its own pace: half of it could be the first frame's delay on a busy machine."""
    frames = quick_film(reader, script)
    took = (frames[-1]["publish_ns"] - frames[0]["publish_ns"]) / 1e9
    check(took > (FILM_FRAMES - 1) / FILM_RATE / 2, f"the film has passed in {took} s")


def gstreamer(reader, script):
    """The test picture has bars from top to bottom: rows at a wrong distance would slant them."""
    consumer = reader.start("ferry-consumer --name film --save bars --json")
    reader.run(script)
    frames = consumer.end().frames()
    check(frames and {size[:2] for size in sizes(frames)} == {(639, 480)}, "no frames of that size", consumer)
    picture = pictures.read_png(frames[-1]["file"] if os.path.isabs(frames[-1]["file"])
                                else reader.path(frames[-1]["file"]))
    row = picture.width * picture.channels
    upper, lower = (picture.pixels[y * row:(y + 1) * row] for y in (0, 200))
    check(upper == lower and len(set(upper)) > 1, "the rows of the picture are shifted")


def compiled(reader, script):
    reader.run(script)
    reader.try_programs(reader.here)


def played(reader, script):
    """Gets the pixels while the channel is there, and ends with it."""
    with reader.camera() as camera:
        terminal = reader.start(script)
        await_attached(terminal)
        reader.run("ferry-consumer --name camera --every --count 30 --quiet")
        camera.interrupt()
        terminal.end()
    check(re.search(r"\b[1-9]\d* frames received", terminal.err()), "no frame has been received", terminal)
    usual = ("frames are written as yuv444p", "reader of the stream is slower")  # the second on a busy machine
    said = [line for line in terminal.err().splitlines() if not any(text in line for text in usual)]
    check(len(said) == 1, "something has been complained of", terminal)


def into_gstreamer(reader, script):
    played(reader, script)
    size = os.path.getsize(reader.path("played.yuv"))
    check(size > 0 and size % (640 * 480 * 3) == 0, f"{size} bytes are no whole frames")


def film_of_a_channel(name, frames):
    def try_it(reader, script):
        with reader.camera():
            reader.run(script)
        probed = reader.run("ffprobe -v error -count_frames -select_streams v -show_entries "
                            f"stream=width,height,nb_read_frames -of csv=p=0 {name}").out()
        check(probed.strip() == f"640,480,{frames}", f"the film is {probed}")
    return try_it


# A machine of its own, as far as channels are concerned: what ssh reaches there sees other memory.
FAR_MACHINE = """unshare --mount bash -c '
    mount -t tmpfs none /dev/shm && mount -t tmpfs none /run && mkdir /run/sshd
    ferry-producer --name cam pattern:640x480 &
    /usr/sbin/sshd -D -e -f {folder}/sshd_config &
    wait'"""
SSHD_CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
"""
SSH_CONFIG = """Host camera
HostName 127.0.0.1
Port {port}
User root
IdentityFile {folder}/user_key
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking accept-new
UserKnownHostsFile {folder}/known_hosts
LogLevel ERROR
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_real_root():
    """sshd cannot become its user in a namespace of users that another one has made."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return file.read().split() == ["0", "0", "4294967295"]


def make_keys(reader):
    """Host keys, a user's key, and an ssh that knows them. The folder, and the port."""
    folder, port = os.path.join(reader.logs, "far"), free_port()
    os.makedirs(folder, exist_ok=True)
    for name in ("host_key", "user_key"):
        if not os.path.exists(os.path.join(folder, name)):
            reader.run(f"ssh-keygen -q -t ed25519 -N '' -f {folder}/{name}")
    for name, text in (("sshd_config", SSHD_CONFIG), ("ssh_config", SSH_CONFIG)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text.format(port=port, folder=folder))
    stand_in = os.path.join(reader.environment["PATH"].split(":")[0], "ssh")
    with open(stand_in, "w", encoding="ascii") as file:
        file.write(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
    os.chmod(stand_in, 0o755)
    return folder, port


def answers(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def passed_on(reader, script):
    """Through a real sshd, from a machine that is this one with shared memory of its own."""
    if not is_real_root():
        print("   not tried: sshd needs root", flush=True)
        return
    folder, port = make_keys(reader)
    far = reader.start(FAR_MACHINE.format(folder=folder))
    wait_until(lambda: answers(port), "sshd does not answer", far)
    terminal = reader.start(script)
    frames = reader.listen("cam", "--count 5").end().frames()
    check(sizes(frames) == {(640, 480, "yuv444p")}, f"frames are {sizes(frames)}", terminal)
    terminal.interrupt()
    wait_until(lambda: not far.find("ferry-consumer"), "the far side of ssh does not end", far)
    for pid in far.find("ferry-producer") + far.find("sshd"):
        os.kill(pid, signal.SIGTERM)
    far.end()
    wait_until(lambda: not [one for one in processes() if one.name in ("sshd", "ferry-consumer")],
               "something of ssh is left")


def webcam(reader, script):
    terminal = reader.start(script)
    frames = reader.listen("camera", "--count 3").end().frames()
    check({size[:2] for size in sizes(frames)} == {(1280, 720)}, f"frames are {sizes(frames)}", terminal)
    terminal.interrupt()


def viewer(reader, script):
    """The recorder and the viewer get pictures, also where they are started first."""
    for is_first in (False, True):
        for path in (reader.path("now.png"), *glob.glob(reader.path("recorded/*.jpg"))):
            if os.path.exists(path):
                os.remove(path)
        terminal = reader.start(script) if is_first else None
        if is_first:
            wait_until(lambda: terminal.err().count("waiting for a producer") > 1
                       and terminal.waits_for("ferry-consumer"), "nothing waits for the camera", terminal)
        with reader.camera():
            terminal = terminal or reader.start(script)
            wait_until(lambda: "pictures shown" in terminal.out() and glob.glob(reader.path("recorded/*.jpg"))
                       and not terminal.find("python3"), "nothing is shown or nothing recorded", terminal)
            pictures.read_png(reader.path("now.png"))
            terminal.interrupt()
        for path in glob.glob(reader.path("recorded/*.jpg")):
            pictures.jpeg_size(path)


def launched_again(reader, script):
    terminal = reader.start(script)

    def saved():
        return len(glob.glob(reader.path("out/camera-*.png")))

    def launched(but=()):
        return [pid for pid in terminal.find("ferry-consumer") if pid not in but]

    wait_until(saved, "nothing is saved", terminal)
    first = launched()
    check(len(first) == 1, "one consumer should run", terminal)
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: launched(first), "no other consumer is started", terminal)
    before = saved()
    wait_until(lambda: saved() > before, "the other one saves nothing", terminal)
    terminal.interrupt()


def gray_mean(path):
    shown = subprocess.run(["convert", path, "-background", "black", "-alpha", "remove", "-grayscale", "Rec601Luma",
                            "-format", "%[mean]", "info:"], capture_output=True, text=True, check=True)
    return float(shown.stdout)


def exec_script(reader, commands):
    terminal = reader.run(commands)
    lines = [line for line in terminal.out().splitlines() if line.startswith("frame ")]
    names = sorted(os.listdir(reader.path("samples/images")), key=lambda name: int(re.search(r"\d+", name)[0]))
    check(lines, "the script has said nothing", terminal)
    for line in lines:
        found = re.fullmatch(r"frame (\d+), lens 50, mean: ([\d.]+)", line)
        check(found, f"{line!r} is not what the script says", terminal)
        expected = gray_mean(reader.path("samples/images", names[int(found[1]) - 1]))
        check(abs(float(found[2]) - expected) < 0.02 * 65535, f"{line!r}: the mean is {expected}")


def has_mapped(pid, name):
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            return name in file.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_attached(terminal):
    """The process of the consumer there. Between mapping the table of consumers and being in it nothing sleeps."""
    consumer, = wait_until(lambda: [one.pid for one in terminal.children() if one.name == "ferry-consumer"
                                    and one.state == "S" and has_mapped(one.pid, "/camera~consumers")],
                           "no consumer attaches", terminal)
    return consumer


def skipped(reader, script):
    """What a consumer misses that stands still for a while."""
    with reader.camera() as camera:
        terminal = reader.start(script)
        consumer = await_attached(terminal)
        os.kill(consumer, signal.SIGSTOP)
        reader.run("ferry-consumer --name camera --every --count 20 --quiet")
        os.kill(consumer, signal.SIGCONT)
        reader.run("ferry-consumer --name camera --every --count 2 --quiet")
        camera.interrupt()
    said = "".join(terminal.end().out().split())
    check(re.search(r'\{"frame":\d+,"skipped":[1-9]\d*\}', said), "no skipped frames are told", terminal)


def looked_at(reader, script):
    """The channel of the page about ferry."""
    reader.camera_script = script
    with reader.camera():
        reader.run("ferry-consumer --name camera --count 1 --quiet")


def looked(shows):
    """A look shows this."""
    def try_it(reader, script):
        with reader.camera():
            reader.run("ferry-consumer --name camera --count 1 --quiet")
            terminal = reader.run(script)
        check(re.search(shows, terminal.out(), re.MULTILINE), f"{shows} is not shown", terminal)
        return terminal
    return try_it


def grabbed(reader, script):
    if os.path.exists(reader.path("now.png")):  # of another page
        os.remove(reader.path("now.png"))
    with reader.camera():
        reader.run("ferry-consumer --name camera --count 1 --quiet")
        reader.run(script)
    check(pictures.read_png(reader.path("still.png"))[:2] == (640, 480), "the picture is not the channel's")
    with open(reader.path("still.jpg"), "rb") as file:
        check(file.read(2) == b"\xff\xd8", "still.jpg is no JPEG")


def watch_a_camera(reader, script, told):
    """Until told says that enough was seen."""
    terminal = reader.start(script)
    with reader.camera():
        # The producer may be the first of the two that is ready.
        wait_until(lambda: told(terminal, "live") or told(terminal, "found"), "nothing is told", terminal)
    wait_until(lambda: told(terminal, "gone"), "the end is not told", terminal)
    ask_to_end(terminal)
    return terminal.end()


def watched(reader, script):
    return watch_a_camera(reader, script, lambda terminal, word: re.search(
        rf"^[\d:.]+Z  camera  {word}\b", terminal.out(), re.MULTILINE))


def logged(reader, script):
    def told(_, word):
        path = reader.path("channels.log")
        if not os.path.exists(path):
            return False
        with open(path, encoding="utf-8") as file:
            return any(json.loads(line)["event"] == word for line in file.read().split("\n")[:-1])
    return watch_a_camera(reader, script, told)


def baseimage(reader, script):
    terminal = reader.start(script)
    wait_until(lambda: os.path.exists("/dev/shm/sem.BaseImageMutex"), "there is no event", terminal)
    check(os.path.getsize("/dev/shm/BaseImage") >= 33554432, "the object is too small", terminal)
    # More than there are pictures: it begins again.
    reader.run("ferry-consumer --count 30 --json")
    terminal.interrupt()


def ask(address, token=None, **more):
    """Status and bytes of an answer."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=STUCK_SECONDS, **more) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def start_web(reader, script):
    terminal = reader.start(script)
    wait_until(lambda: re.search(r"^ferry-web: https?://", terminal.err(), re.MULTILINE), "no server listens", terminal)
    return terminal


def check_page(address, **more):
    status, page = ask(address, **more)
    check(status == 200 and b"<canvas" in page, f"{address} is no page: {status} {page[:200]}")


def check_picture(address, **more):
    status, picture = ask(address, **more)
    check(status == 200 and picture.startswith(b"\xff\xd8"), f"{address} is no JPEG: {status} {picture[:200]}")


def web_page(reader, script):
    """The list, and the page of the channel that the block starts."""
    terminal = start_web(reader, script)
    check("http://localhost:8090/camera/" in reader.text, "docs/web.md does not say so any more")
    for address in ("http://localhost:8090/", "http://localhost:8090/camera/"):
        check_page(address)
    check_picture("http://localhost:8090/camera/frame.jpg")
    terminal.interrupt()


def web_page_beside(reader, script):
    with reader.camera():
        terminal = start_web(reader, script)
        check_picture("http://localhost:8090/camera/frame.jpg")
        terminal.interrupt()


def read_token(reader):
    with open(reader.path("token"), encoding="ascii") as file:
        return file.read().strip()


def web_token(reader, script):
    """The printed address has the token."""
    terminal = start_web(reader, script)
    status, _ = ask("http://localhost:8090/")
    check(status == 401, f"without the token there is {status}", terminal)
    check_page("http://localhost:8090/", token=read_token(reader))
    check(f"?token={read_token(reader)}" in terminal.err(), "the address that is printed has no token", terminal)
    check_page(f"http://localhost:8090/?token={read_token(reader)}")
    terminal.interrupt()


def web_tls(reader, script):
    terminal = start_web(reader, script)
    with open("/etc/hosts", "a", encoding="utf-8") as file:  # which is the fresh machine's
        file.write("127.0.0.1 robot\n")
    trust = ssl.create_default_context(cafile=reader.path("cert.pem"))
    check_page("https://robot:8443/", token=read_token(reader), context=trust)
    terminal.interrupt()


def web_stream(reader, script):
    with reader.camera():
        server = start_web(reader, "ferry-web")
        said = reader.run(script).out()
        check(said.strip() == "mjpeg,640,480", f"the stream is {said}")
        server.interrupt()


def ask_to_end(terminal):
    """Its programs, and not the shell, which may be at the end of its commands already."""
    for one in terminal.children():
        if not one.name.startswith("ferry"):
            continue
        try:
            os.kill(one.pid, signal.SIGTERM if ignores_interrupts(one.pid) else signal.SIGINT)
        except ProcessLookupError:
            pass


def beside(*others, shows=None, saves=None):
    """Other programs are in the place of old ones, and of those that receive from the channel. One of all terminals
    shows a text, or a file appears."""
    def is_done(reader, terminals):
        if saves is not None:
            return glob.glob(reader.path(saves))
        return any(re.search(shows, terminal.out(), re.MULTILINE) for terminal in terminals)

    def try_it(reader, script):
        terminals = [reader.start(commands) for commands in (script, *others)]
        wait_until(lambda: is_done(reader, terminals) or all(terminal.has_ended() for terminal in terminals),
                   "no message arrives", terminals[0] if saves is None else None)
        check(is_done(reader, terminals), "no message has arrived", terminals[0])
        for terminal in terminals:
            ask_to_end(terminal)
        for terminal in terminals:
            terminal.end()
        for name in os.listdir(SHARED_MEMORY):
            if OF_OLD_PROGRAMS.fullmatch(name):
                os.remove(os.path.join(SHARED_MEMORY, name))
        return terminals[0]
    return try_it
