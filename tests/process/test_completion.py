"""Completion in bash, zsh and fish, of all programs: what each shell offers at the end of a line. Options and verbs
have to be those of --help, and each kind of value has to be one that the shells know."""

import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

from support import (BIN, FINE, PRODUCER, SOURCE, STUCK_SECONDS, Case, children, environment, is_readable,
                     process_state, wait_until)

COMPLETION = os.path.join(SOURCE, "completion")
PROGRAMS = [name for name in ("ferry", "ferry-producer", "ferry-consumer", "ferry-web")
            if os.path.exists(os.path.join(BIN, name))]
BREAKS = " \t\n\"'><=;|&(:"  # bash's own
# The words for values in --help, and what completes them.
NOTHING = {"N", "RATE", "SECONDS", "SIZE", "KEY=VALUE", "ORDER", "ADDRESS:PORT"}
WORDS = {"FORMAT", "MATRIX", "RANGE", "DIALECT", "DIALECT[:NAME]", "PAYLOAD", "ACCESS", "READING", "KIND", "ROLE=NAME"}
OTHERS = {"NAME", "FILE", "DIR", "PATTERN", "PLACE", "COMMAND", "WxH:FORMAT[,stride=N]"}

BASH = r"""
source "$1/ferry.bash"
compopt() { printf 'compopt %s\n' "$*"; }
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
while IFS= read -r COMP_LINE; do
  COMP_POINT=${#COMP_LINE}
  "$(complete -p "${COMP_LINE%% *}" | sed 's/.*-F \([^ ]*\) .*/\1/')" "${COMP_LINE%% *}"
  for one in "${COMPREPLY[@]}"; do printf '%s\n' "$one"; done
  echo .
done
"""

# compadd tells what it would add, and does not.
ZSH = r"""
PROMPT= RPROMPT=
unsetopt beep zle_bracketed_paste prompt_sp 2>/dev/null
unset zle_bracketed_paste
stty -echo
fpath=("$COMPLETION" $fpath)
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return $?
  fi
  typeset -a __hits
  typeset -A apre hpre
  builtin compadd -A __hits "$@"
  zparseopts -E P:=apre p:=hpre
  for one in $__hits; do print -r -- "<$IPREFIX$apre$hpre$one>"; done
  return 0
}
before() { print -r -- "[begin]"; compprefuncs=(before); }
after() {
  compstate[list]= compstate[insert]=
  print -r -- "[end]"
  comppostfuncs=(after)
}
compprefuncs=(before)
comppostfuncs=(after)
bindkey '^I' complete-word
bindkey '^U' kill-whole-line
print -r -- '[ready]'
"""


def run(*arguments):
    return subprocess.run(arguments, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=STUCK_SECONDS, check=False)


def usage(command):
    """The options of --help and --help-ports: {option: the word for its value}."""
    program, *verb = command.split()
    text = run(os.path.join(BIN, program), *verb, "--help").stdout
    if program in ("ferry-producer", "ferry-consumer"):
        text += run(os.path.join(BIN, program), "--help-ports").stdout
    found = {}
    for line in text.splitlines():
        if line.startswith("Other:"):
            found.update((option, None) for option in re.findall(r"--[a-z0-9-]+", line))
        match = re.match(r"  (?:-\w, )*(--[a-z0-9-]+)(?:\[=([^]]+)\]| (\S+))?(?:  |$)", line)
        if match:
            found[match[1]] = match[2] or match[3]
    return found


def verbs():
    text = run(os.path.join(BIN, "ferry"), "--help").stdout
    return re.findall(r"^  ([a-z]+) +\S", text.split("Verbs:")[1].split("Other:")[0], re.MULTILINE)


def formats():
    said = run(PRODUCER, "--format=", "--help").stderr
    return re.search(r"there are (.*)", said)[1].split()


class Shell(Case):
    """The tests that all shells share. Each line is completed at its end."""

    def setUp(self):
        super().setUp()
        for name in ("some-file.png", "other.png"):
            self.write(name, b"")
        os.mkdir(self.path("some-folder"))
        self.environment = environment(PATH=BIN + ":" + os.environ["PATH"], HOME=self.folder, ZDOTDIR=self.folder,
                                       XDG_CONFIG_HOME=self.folder, XDG_DATA_HOME=self.folder, TERM="dumb",
                                       COMPLETION=COMPLETION, LC_ALL="C.UTF-8")

    def complete(self, *lines):
        """The words that are offered for each line: a list of sets of whole words."""
        raise NotImplementedError

    def assert_offered(self, expected):
        for (line, wanted), found in zip(expected.items(), self.complete(*expected)):
            self.assertEqual(sorted(found), sorted(wanted), line)

    def assert_among(self, expected):
        for (line, wanted), found in zip(expected.items(), self.complete(*expected)):
            self.assertTrue(set(wanted) <= found, f"{line}: {sorted(found)}")

    def names_of_files(self, found):
        return {os.path.basename(name.rstrip("/ ")) for name in found}


class Common:
    """The cases, for each shell."""

    def test_options_are_those_of_help(self):
        commands = [program for program in PROGRAMS if program != "ferry"] + [f"ferry {verb}" for verb in verbs()]
        self.assertGreater(len(commands), 5)
        found = self.complete(*[f"{command} --" for command in commands])
        for command, offered in zip(commands, found):
            self.assertEqual({word for word in offered if word.startswith("--")}, set(usage(command)), command)

    def test_verbs(self):
        self.assert_offered({"ferry ": [*verbs(), "help"], "ferry help ": [*verbs(), "help"], "ferry doc": ["doctor"]})

    def test_words(self):
        colors = ["bt601", "bt709", "bt2020", "auto"]
        bt = [word for word in colors if word.startswith("bt")]
        self.assert_offered({
            "ferry-producer --matrix ": colors,
            "ferry-consumer --matrix=bt": [f"--matrix={word}" for word in bt],
            "ferry-consumer --range ": ["full", "limited", "auto"],
            "ferry-producer --when-full ": ["wait", "drop"],
            "ferry-producer --access r": ["read"],
            "ferry-consumer --reading ": ["pairs", "single", "mutex"],
            "ferry-consumer --every=": ["--every=all"],
            "ferry-consumer --scale ": ["first"],
            "ferry grab --as ": ["png", "jpg", "bmp", "tga", "raw"],
            "ferry-producer --dialect m": ["mutex"],
            "ferry-consumer --dialect=lock": ["--dialect=lockstep"],
            "ferry-consumer --to rw": ["rwevents"],
            "ferry-producer from:lo": ["from:lockstep"],
            "ferry-producer --payload ": ["image", "text", "raw:"],
            "ferry-producer --object back-s": ["back-semaphore="],
            "ferry-producer --count ": [],
            "ferry-producer -n x --loop --matrix au": ["auto"],
        })

    def test_what_is_no_option(self):
        """It does not get into the commands that look for options."""
        self.assert_offered({"ferry list --a/b=": [], "ferry list --.*=": [], "ferry show -/ --js": ["--json"],
                             "ferry-consumer --$(x)=": []})

    def test_formats(self):
        self.assert_offered({
            "ferry-producer --format ": formats(),
            "ferry-consumer --bare-format bayer_rggb": [name for name in formats() if name.startswith("bayer_rggb")],
            "ferry-producer pattern:64x48:yuv": [f"pattern:64x48:{name}" for name in formats()
                                                 if name.startswith("yuv")],
            "ferry-producer --raw 64x48:nv": [f"64x48:{name}" for name in formats() if name.startswith("nv")],
        })

    def test_channels(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "pattern:8x8")
        wait_until(lambda: os.path.exists(f"/dev/shm/{channel}~consumers"), "there is no channel")
        self.assert_offered({f"ferry show {channel[:-1]}": [channel], f"ferry doctor --json {channel[:-1]}": [channel],
                             f"ferry show -n {channel[:-1]}": [channel],
                             f"ferry-consumer --name={channel[:-1]}": [f"--name={channel}"],
                             f"ferry-producer --name {channel[:-1]}": [channel],
                             f"ferry clean x {channel[:-1]}": [channel],
                             f"ferry show x {channel[:-1]}": []})
        self.interrupt(producer)

    def test_groups_and_commands(self):
        self.assert_among({"ferry-producer --group=roo": ["--group=root"], "ferry-consumer --exec env": ["env"],
                           "ferry-producer --launch env": ["env"]})

    def test_files(self):
        for line in ("ferry-consumer --save some", "ferry-consumer --save=some", "ferry-producer some",
                     "ferry grab camera some", "ferry-producer --loop other.png some"):
            found = self.complete(line)[0]
            self.assertEqual(self.files_in(line, found), {"some-file.png", "some-folder"}, line)
        self.assert_among({"ferry-producer ": ["pattern:", "from:"]})

    def files_in(self, line, found):
        return {os.path.basename(name.removeprefix("--save=").rstrip("/")) for name in found}


@unittest.skipUnless(shutil.which("bash"), "there is no bash")
class Bash(Common, Shell):
    def complete(self, *lines):
        script = self.write("harness.bash", BASH.encode())
        result = subprocess.run(["bash", "--norc", script, COMPLETION], input="".join(line + "\n" for line in lines),
                                env=self.environment, cwd=self.folder, capture_output=True, text=True,
                                timeout=STUCK_SECONDS, check=False)
        self.assertEqual((result.returncode, result.stderr), (FINE, ""))
        answers = re.split(r"(?m)^\.\n", result.stdout)[:-1]
        self.assertEqual(len(answers), len(lines))
        found = []
        for line, answer in zip(lines, answers):
            word = line.rsplit(" ", 1)[1]
            ahead = word[:max(word.rfind(c) for c in "=:") + 1]
            found.append({ahead + reply if not reply.startswith("compopt ") else reply
                          for reply in answer.splitlines() if not reply.startswith("compopt -o nospace")
                          and not reply.startswith("compopt -o filenames")})
        return found

    def files_in(self, line, found):
        """bash itself completes them, when it is asked to."""
        self.assertEqual(found, {"compopt -o default"}, line)
        return {"some-file.png", "some-folder"}

    def test_a_key(self):
        """In a shell that reads from a terminal."""
        for typed, wanted in (("ferry doc\t", "ferry doctor "), ("ferry-producer --matrix=bt6\t", "--matrix=bt601 "),
                              ("ferry-producer some-fi\t", "some-file.png "),
                              ("ferry-consumer --save some-fo\t", "some-folder/"),
                              ("ferry-producer pat\t64\t", "pattern:64"),
                              ("ferry-producer from:lo\t", "from:lockstep ")):
            terminal = Terminal(["bash", "--norc", "-i"], self.environment, self.folder)
            self.addCleanup(terminal.close)
            terminal.type(f"bind 'set enable-bracketed-paste off'; PS1=; source {COMPLETION}/ferry.bash\n"
                          "echo rea''dy\n")
            terminal.wait_for("ready\r?\n")
            terminal.type(typed)
            terminal.wait_for(re.escape(wanted))


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, arguments, variables, folder):
        self.known = children()
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, variables)
        self.text = ""

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def wait_for(self, pattern):
        """The text up to the end of the pattern, and behind what was waited for before."""
        while not (match := re.search(pattern, self.text)):
            if not is_readable(self.descriptor, STUCK_SECONDS):
                raise AssertionError(f"stuck: {pattern!r} is not in {self.text!r}")
            self.text += os.read(self.descriptor, 65536).decode(errors="replace")
        found, self.text = self.text[:match.end()], self.text[match.end():]
        return found

    def close(self):
        """Ends the shell. Processes that it has started and not yet waited for become ours."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        wait_until(lambda: all(process_state(pid) in (None, "Z") for pid in self.strays()), "its children do not end")
        for pid in self.strays():
            os.waitpid(pid, 0)

    def strays(self):
        return [pid for pid in children() if pid not in self.known]


@unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
class Zsh(Common, Shell):
    def complete(self, *lines):
        script = self.write("harness.zsh", ZSH.encode())
        terminal = Terminal(["zsh", "-f", "-i"], self.environment, self.folder)
        try:
            terminal.type(f"source '{script}'\n")
            terminal.wait_for(r"\[ready\]")
            return [self.complete_one(terminal, line) for line in lines]
        finally:
            terminal.close()

    def complete_one(self, terminal, line):
        terminal.type("\x15" + line + "\t")
        terminal.wait_for(r"\[begin\]")
        answer = terminal.wait_for(r"\[end\]")
        return set(re.findall(r"(?m)^\s*<(.*)>\s*$", answer.replace("\r", "")))


@unittest.skipUnless(shutil.which("fish"), "there is no fish")
class Fish(Common, Shell):
    def complete(self, *lines):
        folder = self.path("completions")
        os.makedirs(folder, exist_ok=True)
        for program in PROGRAMS:
            shutil.copy(os.path.join(COMPLETION, "ferry.fish"), os.path.join(folder, f"{program}.fish"))
        found = []
        for line in lines:
            command = "set fish_complete_path $argv[1]; complete -C $argv[2]"
            result = subprocess.run(["fish", "--no-config", "-c", command, folder, line], env=self.environment,
                                    cwd=self.folder, stdin=subprocess.DEVNULL,
                                    capture_output=True, text=True, timeout=STUCK_SECONDS, check=False)
            self.assertEqual((result.returncode, result.stderr), (FINE, ""), line)
            found.append({answer.split("\t")[0] for answer in result.stdout.splitlines()})
        shutil.rmtree(folder)
        return found


class Values(unittest.TestCase):
    def test_each_kind_of_value_is_known(self):
        """A new one goes into the scripts, if something can be said of it, and into the sets above."""
        for command in [program for program in PROGRAMS if program != "ferry"] + [f"ferry {verb}" for verb in verbs()]:
            for option, word in usage(command).items():
                self.assertTrue(word is None or word in NOTHING | WORDS | OTHERS or "|" in word or word.islower(),
                                f"{command} {option} {word}")

    def test_the_scripts_know_them(self):
        for script in ("ferry.bash", "_ferry", "ferry.fish"):
            with open(os.path.join(COMPLETION, script), encoding="utf-8") as file:
                text = file.read()
            for word in WORDS | OTHERS:
                self.assertRegex(text, re.escape(re.split(r"\[", word)[0]), script)


if __name__ == "__main__":
    unittest.main(verbosity=2)
