// Puts the parts of the page together: the list, the feed of the channel that the address names, and what shows it.

import * as api from "./api.js";
import { Feed } from "./feed.js";
import { Figures } from "./figures.js";
import { Histogram } from "./histogram.js";
import * as keys from "./keys.js";
import { Levels } from "./levels.js";
import { List } from "./list.js";
import { Notice, stateInWords } from "./notice.js";
import * as pointer from "./pointer.js";
import { Readout } from "./readout.js";
import { View } from "./view.js";
import { ValuesInPixels } from "./values.js";
import { listenToHistogram } from "./histogram_drag.js";
import { saveAs } from "./save.js";

const ZOOM_STEP = 1.25;
const PAN_STEP = 0.1; // of the canvas
const FRESH_MS = 2000;
const PAUSED_QUALITY = 95; // a picture that stands still is looked at closely

const byId = (id) => document.getElementById(id);

let channel = null;
let feed = null;
let frame = null; // the one that is shown
let shownMs = 0; // since when
let all = null; // the channels of the list, once it has come

// ---- what the parts need of each other ----

// While paused the frame that is shown, which the server keeps; else the newest one.
const which = () => ({ channel, frame: feed?.kept ? api.exactly(feed.kept) : {} });

function pictureParameters() {
    const chosen = Number(byId("quality").value);
    return {
        q: feed?.paused ? Math.max(chosen, PAUSED_QUALITY) : chosen,
        w: view.wantedWidth,
        ...levels.parameters,
    };
}

const view = new View(byId("picture"), viewChanged);
const readout = new Readout(byId("readout"), which);
const values = new ValuesInPixels(view, which);
const figures = new Figures(byId("figures"));
const levels = new Levels(
    Object.fromEntries(["window", "low", "high", "low-value", "high-value", "auto"].map((id) => [id, byId(id)])),
    () => {
        histogram.draw();
        feed?.refresh();
    });
const histogram = new Histogram(byId("histogram"), byId("histogram-text"), {
    which,
    window: () => levels.window,
    onAnswer: ({ min, max }) => levels.setLimits(min, max),
});
const list = new List(byId("channels"), byId("nothing"), {
    choose: go,
    channels: (channels) => {
        all = channels;
        figures.setConsumers(listed()?.consumers ?? null);
        if (listed() && notice.has("feed", 404)) {
            feed.wake(); // it has come
        }
        writeState();
    },
    problem: (problem) => notice.report("list", problem),
});
const notice = new Notice({
    element: byId("notice"),
    form: byId("login"),
    field: byId("token"),
    onLogin: () => {
        feed?.wake();
        list.refresh();
    },
    speak,
});

// The list's entry of the channel that is shown.
const listed = () => all?.find((each) => each.channel === channel);

// ---- sentences ----

function speak(text) {
    byId("spoken").textContent = text;
}

function writeState() {
    const isKnown = channel !== null && all !== null;
    // The list may be older than the first frames of a channel.
    const isFresh = frame !== null && performance.now() - shownMs < FRESH_MS;
    notice.setState(isKnown ? stateInWords(channel, listed(), { hasFrame: frame !== null, isFresh }) : "",
                    !isKnown || listed() !== undefined);
}

// ---- the channel that is shown ----

function open(name) {
    feed?.close();
    feed = null;
    frame = null;
    channel = name;
    notice.report("feed", null);
    notice.report("file", null);
    view.clear();
    readout.show(null);
    histogram.clear();
    levels.reset();
    figures.clear();
    writePaused();
    list.choose(name);
    byId("viewer").hidden = name === null;
    byId("welcome").hidden = name !== null;
    byId("title").textContent = name ?? "";
    byId("picture").setAttribute("aria-label", `Picture of the channel ${name}. Arrow keys move it, shift and arrow ` +
        "keys move a cursor whose pixel is read out; the question mark lists all keys.");
    document.title = name === null ? "Frameferry" : `${name} - Frameferry`;
    if (name !== null) {
        feed = new Feed(name, pictureParameters, {
            frame: showFrame,
            problem: (problem) => notice.report("feed", problem),
            lost: () => notice.report("feed", new api.Refusal(410,
                "The server no longer keeps this frame: its values and other sizes are gone, the picture stays.")),
        });
    }
    runHistogram();
    writeState();
}

function showFrame(next, bitmap) {
    const isOtherKind = frame && (frame.format !== next.format || Boolean(frame.window) !== Boolean(next.window));
    frame = next;
    shownMs = performance.now();
    if (isOtherKind) {
        levels.reset();
    }
    view.show(bitmap, next);
    if (!view.cursor) {
        readout.show(null); // of a frame of another size the pixel is another one, or none
    }
    levels.usedBy(next);
    figures.shown(next);
    refreshDetails();
    writeState();
}

// Shows the details of the frame beside its picture.
function refreshDetails() {
    readout.refresh();
    values.refresh();
    histogram.refresh();
}

function go(name) {
    if (name !== channel) {
        history.pushState(null, "", name === null ? "/" : api.pathOf(name));
        open(name);
    }
    if (name !== null) {
        byId("picture").focus();
    }
}

function openAddress() {
    const [, first] = location.pathname.match(/^\/([^/]+)\/?$/) ?? [];
    open(first === undefined ? null : decodeURIComponent(first));
}

// ---- what the reader does ----

function viewChanged() {
    byId("zoom").textContent = `${Number((100 * view.scale).toPrecision(3))} %`;
    byId("fit").setAttribute("aria-pressed", String(view.isFit));
    if (view.isCoarse) {
        feed?.refresh();
    }
    values.refresh();
}

function hover(pixel) {
    view.cursor = pixel;
    view.draw();
    readout.show(pixel);
}

function writePaused() {
    const paused = Boolean(feed?.paused);
    byId("pause").textContent = paused ? "Go on" : "Pause";
    byId("pause").setAttribute("aria-pressed", String(paused));
    byId("viewer").classList.toggle("paused", paused);
    figures.isPaused = paused;
}

function ignoreClosed(error) {
    if (error.name !== "AbortError") {
        throw error;
    }
}

function pause() {
    if (!feed) {
        return;
    }
    if (feed.paused) {
        feed.resume();
        values.clear();
        speak("Live");
    } else {
        feed.pause().then(({ number }) => {
            refreshDetails();
            speak(`Paused at frame ${number}`);
        }).catch(ignoreClosed);
    }
    writePaused();
}

// The server keeps a frame for the moment, so that the file is the frame that is seen, though others follow.
async function save() {
    if (!feed) {
        return;
    }
    const of = channel;
    try {
        const kept = await feed.keep();
        saveAs(await api.png(of, api.exactly(kept)), `${of}-${kept.number.padStart(6, "0")}.png`);
        speak(`Frame ${kept.number} saved`);
        notice.report("file", null);
    } catch (error) {
        if (error instanceof api.Refusal) {
            notice.report("file", error);
        } else {
            ignoreClosed(error);
        }
    }
}

function toggle(id, button) {
    byId(id).hidden = !byId(id).hidden;
    byId(button).setAttribute("aria-pressed", String(!byId(id).hidden));
}

function runHistogram() {
    if (channel === null || byId("levels").hidden) {
        histogram.stop();
    } else {
        histogram.start();
    }
}

function toggleHistogram() {
    if (channel !== null) {
        toggle("levels", "histogram-button");
        runHistogram();
    }
}

const actions = {
    pause,
    save,
    zoomIn: () => view.zoomBy(ZOOM_STEP),
    zoomOut: () => view.zoomBy(1 / ZOOM_STEP),
    actual: () => view.zoomTo(1),
    fit: () => view.fit(),
    pan: (x, y) => view.panByParts(-x * PAN_STEP, -y * PAN_STEP),
    cursor: (x, y) => {
        view.moveCursor(x, y);
        readout.show(view.cursor, speak);
    },
    noCursor: () => hover(null),
    histogram: toggleHistogram,
    levelDown: () => levels.shift(-1),
    levelUp: () => levels.shift(1),
    narrow: () => levels.widen(-1),
    widen: () => levels.widen(1),
    auto: () => levels.automatic(),
    figures: () => toggle("figures-box", "figures-button"),
    list: () => list.focus(),
    help: () => byId("help").showModal(),
};

function listenToButtons() {
    const buttons = { pause: "pause", save: "save", in: "zoomIn", out: "zoomOut", actual: "actual", fit: "fit",
                      "histogram-button": "histogram", "figures-button": "figures", "keys-button": "help" };
    for (const [id, action] of Object.entries(buttons)) {
        byId(id).addEventListener("click", (event) => {
            actions[action]();
            // After a click of the mouse the keys are the picture's again: space shall pause, not repeat the button.
            if (event.detail > 0 && action !== "help") {
                byId("picture").focus();
            }
        });
    }
    byId("quality").addEventListener("change", () => feed?.refresh());
    byId("home").addEventListener("click", (event) => {
        event.preventDefault();
        go(null);
    });
}

// A token in the address has done its work, and is not for bookmarks and screens.
function hideToken() {
    const address = new URL(location);
    if (address.searchParams.has("token")) {
        address.searchParams.delete("token");
        history.replaceState(null, "", address);
    }
}

hideToken();
keys.writeHelp(byId("keys"));
keys.listen(actions);
pointer.listen(byId("picture"), view, hover);
listenToHistogram(byId("histogram"), histogram, levels);
listenToButtons();
addEventListener("popstate", openAddress);
openAddress();
