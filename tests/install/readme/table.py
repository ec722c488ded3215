"""What the test knows of the blocks of README.md and docs/: what each promises, and which of them do something else
here. A row is about the one block that has its mark."""

from typing import Callable, NamedTuple, Optional

import promises
from promises import beside

NO_OLD_PROGRAM = "there is no old program here: another one of ours is in its place"
NO_DISPLAY_TO_PLAY_ON = "there is no display, and the player would not end with the film"
PLAYER = {"| ffplay ": "| SDL_VIDEODRIVER=dummy ffplay -v error -autoexit "}
PICTURES = "--fps 5 --loop --count 1000 samples/images"


class Row(NamedTuple):
    mark: str
    try_it: Optional[Callable] = None  # a function of the reader and the commands; None: they succeed
    reason: str = ""  # why it is not run as it stands
    instead: dict = {}  # what is run for what stands there
    is_last: bool = False


ROWS = [
    Row("scripts/install-packages.sh build\ncmake", promises.build,
        "nothing here uses samples and bench, which the test's own build has",
        {"-DFERRY_BUILD_TESTS=OFF": "-DFERRY_BUILD_TESTS=OFF -DFERRY_BUILD_SAMPLES=OFF -DFERRY_BUILD_BENCH=OFF"}),
    Row("cmake --install build/release", promises.install),
    Row("--target uninstall", promises.uninstall, "the blocks behind it need what it takes away: it comes last",
        is_last=True),
    Row("scripts/mingw-packages.sh", None,
        "takes minutes; scripts/test.sh cross-builds the same way and looks into the zip. Here: what it names is there",
        {"scripts/mingw-packages.sh build/sysroot-mingw": "test -x scripts/mingw-packages.sh",
         "cmake --preset windows": "cmake --list-presets | grep -q '\"windows\"'",
         "cmake --build build/windows --target package-zip":
             "grep -q 'add_custom_target(package-zip' cmake/FerryZip.cmake"}),
    Row('ferry-producer --launch "ferry-consumer --save out" samples/images', promises.first_frame),
    Row("ferry-producer --name camera pattern:640x480\n", promises.camera),
    Row("ferry-consumer --name camera --count 3 --json", promises.three_frames),
    Row("--print --save \"recorded/", promises.recorder),
    Row("-f yuv4mpegpipe - | ferry-producer --name film -\n", promises.film),
    Row("ferry-producer --name film film.y4m", promises.film),
    Row("-pix_fmt bgr24 - |\n    ferry-producer --name film", promises.film),
    Row("gst-launch-1.0 -q videotestsrc", promises.gstreamer),
    Row("cc camera_producer.c", promises.compiled),
    Row("--write - | ffplay -\n", promises.played, NO_DISPLAY_TO_PLAY_ON, PLAYER),
    Row("--write - | ffplay -fflags", promises.played, NO_DISPLAY_TO_PLAY_ON, PLAYER),
    Row("ten-seconds.mp4", promises.film_of_a_channel("ten-seconds.mp4", 300)),
    Row("film-of-camera.mp4", promises.film_of_a_channel("film-of-camera.mp4", 250)),
    Row("exact.mkv", promises.film_of_a_channel("exact.mkv", 30)),
    Row("--name cam --write - | ferry-producer", promises.passed_on),
    Row("--name cam --reconnect --write - | ferry-producer", promises.passed_on),
    Row("autovideosink", promises.into_gstreamer, "there is no display",
        {"autovideosink": "filesink location=played.yuv"}),
    Row("--listen 0.0.0.0:8090 --host camera", beside(
        "ferry-producer --name cam pattern:640x480",
        "until curl -sf -H \"Authorization: Bearer $(cat token)\" http://127.0.0.1:8090/cam/frame.jpg -o far.jpg; "
        "do sleep 0.1; done; ls far.jpg", saves="far.jpg"),
        "it would be open to the network", {"ferry-web --listen 0.0.0.0": "openssl rand -hex 20 > token && "
                                            "chmod 600 token && ferry-web --listen 127.0.0.1"}),
    Row("ferry-producer http://camera:8090/cam", beside(
        "ferry-producer --name cam pattern:640x480", "ferry-web", "ferry-consumer --name mirror --print",
        shows=r"^frame \d+: 640x480 rgb24"),
        "the other machine is this one", {"http://camera:8090/cam": "--name mirror http://127.0.0.1:8090/cam"}),
    Row("--token-file token http://camera:8090/cam", beside(
        "ferry-producer --name cam pattern:640x480", "ferry-web --listen 127.0.0.1:8090 --token-file token cam",
        "ferry-consumer --name here --print", shows=r"^frame \d+: 640x480 rgb24"),
        "the other machine is this one", {"http://camera:8090/cam": "--name here http://127.0.0.1:8090/cam"}),
    Row("rtsp://server", beside("ferry-producer --name cam pattern:640x480", saves="handed-on.ts"),
        "there is no server of RTSP", {"-f rtsp rtsp://server:8554/cam": "-f mpegts -y handed-on.ts"}),
    Row("rtsp://mediamtx", beside("ferry-producer --name cam pattern:640x480", saves="served.ts"),
        "there is no server of RTSP", {"-f rtsp rtsp://mediamtx:8554/cam": "-f mpegts -y served.ts"}),
    Row("/dev/video0", promises.webcam, "there is no camera",
        {"-f v4l2 -video_size 1280x720 -i /dev/video0": "-re -f lavfi -i testsrc=size=1280x720:rate=25"}),
    Row("ferry-producer --name film --fps 0 -", promises.quick_film),
    Row("feh", promises.viewer, "there is no display: feh is readme/viewer.py, which reads what it would show"),
    Row("--launch 'ferry-consumer --save out --quiet'", promises.launched_again),
    Row("--exec-timeout", promises.exec_script),
    Row("jq", promises.skipped),
    Row("--meta lens=50 pattern:640x480:yuv420p\n", promises.looked_at),
    Row("ferry list\n", promises.looked(r"^camera +live +\d+ ferry-producer +640x480 +yuv420p ")),
    Row("ferry show camera\n", promises.looked("^note +lens=50$")),
    Row("ferry top --once\n", promises.looked(r"^camera +live +\d+ ferry-producer ")),
    Row("ferry hz camera", promises.looked(r"^camera: \d+ frames in ")),
    Row("ferry grab camera still.png\n", promises.grabbed),
    Row("ferry watch\n", promises.watched),
    Row("ferry watch --json >>channels.log\n", promises.logged),
    Row("--dialect baseimage", promises.baseimage),
    Row("ferry-consumer --dialect lockstep --payload text\n",
        beside("echo 'a text' | ferry-producer --dialect lockstep --payload text -", shows="^a text$"), NO_OLD_PROGRAM),
    Row("ls | ferry-producer --dialect lockstep --payload text -\n",
        beside("ferry-consumer --dialect lockstep --payload text", shows=r"^README\.md$"), NO_OLD_PROGRAM),
    Row("ferry-producer --name cam from:mutex\n",
        beside(f"ferry-producer --dialect mutex {PICTURES}", "ferry-consumer --name cam --print",
               shows=r"^frame \d+: 160x120 bgr24"), NO_OLD_PROGRAM),
    Row("--every --to mutex\n",
        beside(f"ferry-producer --name cam {PICTURES}", "ferry-consumer --dialect mutex --print",
               shows=r"^frame \d+: 160x120 bgr24"), NO_OLD_PROGRAM),
    Row("--payload raw:640x480:bgr24 --count 1 --save shot\n",
        beside("ferry-producer --dialect mutex --payload raw:640x480:bgr24 --fps 5 pattern:640x480:bgr24",
               saves="shot/*.png"), NO_OLD_PROGRAM),
    Row("--break-lock 2 -\n",
        beside("ferry-consumer --dialect mutex --payload text", shows="^[a-z]+$"), NO_OLD_PROGRAM),
    Row("--object semaphore=Cam1Lock --save pictures\n",
        beside(f"ferry-producer --dialect mutex --name Cam1 --object semaphore=Cam1Lock {PICTURES}",
               saves="pictures/Cam1-*2.png"), NO_OLD_PROGRAM),
    Row("--wait-consumer 60 -\n",
        beside("ferry-consumer --dialect lockstep --payload text --count 3", shows="(.*\n){3}"), NO_OLD_PROGRAM),
    Row("--dialect duplex --reading single --payload text -\n",
        beside("ferry-consumer --dialect duplex --reading single --payload text --count 2", shows="^one\ntwo$"),
        NO_OLD_PROGRAM),
    Row("--order hws --count 1 --print\n",
        beside("ferry-producer --dialect rwevents --name ShareMemoryMap-left --object read=ShareMemoryReadEvent-left "
               f"--object write=ShareMemoryWriteEvent-left --order hws {PICTURES}", shows=r"^frame \d+: 160x120 bgr24"),
        NO_OLD_PROGRAM),
    Row("--dialect qt --name camera-key --count 1 --print\n",
        beside(f"ferry-producer --dialect qt --name camera-key {PICTURES}", shows=r"^frame \d+: 160x120 bgr24"),
        NO_OLD_PROGRAM),
    Row("--object read=news --object write=taken --payload text -\n",
        beside("ferry-consumer --dialect qt --object read=news --object write=taken --payload text --count 2",
               shows="^one\ntwo$"), NO_OLD_PROGRAM),
    Row("pattern:640x480 &\nferry-web\n", promises.web_page),
    Row("ferry-web camera\n", promises.web_page_beside),
    Row("ssh -L", promises.web_page_beside, "there is no other machine", {"ssh -L 8090:localhost:8090 robot ": ""}),
    Row("ferry-web --listen 0.0.0.0:8090 --token-file token\n", promises.web_token),
    Row("ferry-web --listen 0.0.0.0:8443", promises.web_tls),
    Row("ffplay http:", promises.web_stream, "there is no display, and the player would not end",
        {"ffplay ": "ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "}),
    Row("scripts/demo.sh", None, "the test scripts.demo runs it", {"scripts/demo.sh": "test -x scripts/demo.sh"}),
    Row("scripts/test.sh --quick", None, "it would run this test",
        {"scripts/test.sh --quick": "test -x scripts/test.sh && grep -q -e '^--quick)' scripts/test.sh"}),
    Row("bench/run.py", None, "takes minutes, and packages of other programs; the test bench.smoke runs the bench",
        {"scripts/install-packages.sh bench": "grep -q '^bench ' scripts/packages",
         "bench/run.py --quick": "bench/run.py --help | grep -e --quick",
         "bench/run.py --all": "bench/run.py --help | grep -e --all",
         "bench/run.py --goals": "bench/run.py --help | grep -e --goals",
         "bench/run.py --against BIN": "bench/run.py --help | grep -e --against",
         "bench/run.py   ": "test -x bench/run.py"}),
]
