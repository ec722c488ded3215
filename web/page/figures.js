// The figures over the picture: how fast and how old what is seen is, and what was left out.

const FPS_SPAN_MS = 2000;
const REFRESH_MS = 500;

const count = (number) => (number === null || number === undefined ? "?" : String(number));

export function duration(milliseconds) {
    if (milliseconds < 1000) {
        return `${Math.max(0, milliseconds).toFixed(milliseconds < 10 ? 1 : 0)} ms`;
    }
    return milliseconds < 120000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60000)} min`;
}

export class Figures {
    #list;
    #cells = new Map();
    #frame = null;
    #shownMs = []; // when the frames of the last seconds were shown
    #drawnMs = 0;
    #skipped = 0;
    #consumers = null; // how many the channel has
    isPaused = false;

    constructor(list) {
        this.#list = list;
        setInterval(() => document.hidden || this.#write(), REFRESH_MS);
    }

    clear() {
        this.#frame = null;
        this.#shownMs = [];
        this.#skipped = 0;
        this.#consumers = null;
        this.#list.hidden = true;
    }

    setConsumers(count) {
        this.#consumers = count;
        this.#write();
    }

    // A frame is on the canvas; it may be the same as before in another size.
    shown(frame) {
        const before = this.#frame;
        this.#frame = frame;
        if (before?.number === frame.number && before.generation === frame.generation) {
            return;
        }
        this.#drawnMs = performance.now();
        this.#shownMs.push(this.#drawnMs);
        if (before?.generation === frame.generation && !this.isPaused) {
            this.#skipped += Math.max(0, Number(BigInt(frame.number) - BigInt(before.number)) - 1);
        }
        this.#write();
    }

    #rate(now) {
        this.#shownMs = this.#shownMs.filter((time) => time > now - FPS_SPAN_MS);
        if (this.#shownMs.length < 2) {
            return this.#shownMs.length / (FPS_SPAN_MS / 1000);
        }
        // Frames that stop coming make the rate fall, though the time between the last ones was short.
        const span = Math.max(this.#shownMs.at(-1) - this.#shownMs[0],
                              (now - this.#shownMs[0]) * (1 - 1 / this.#shownMs.length));
        return (1000 * (this.#shownMs.length - 1)) / span;
    }

    // As old as the frame was when it was drawn, or as it is now if no other has followed.
    #age(now) {
        const isOld = this.isPaused || now - this.#drawnMs > 1000;
        return Math.max(0, this.#frame.ageOffsetMs + (isOld ? now : this.#drawnMs));
    }

    #write() {
        const frame = this.#frame;
        if (!frame) {
            return;
        }
        const now = performance.now();
        this.#list.hidden = false;
        this.#set("frame", frame.number);
        this.#set("size", `${frame.width}x${frame.height}`);
        this.#set("format", frame.format);
        this.#set("shown", this.isPaused ? "paused" : `${this.#rate(now).toFixed(1)} fps`);
        this.#set("age", duration(this.#age(now)));
        this.#set("skipped", String(this.#skipped));
        this.#set("dropped", count(frame.dropped));
        this.#set("consumers", count(this.#consumers));
        this.#set("window", frame.window ? frame.window.join(" to ") : null);
    }

    #set(name, text) {
        let cell = this.#cells.get(name);
        if (!cell) {
            const row = document.createElement("div");
            const term = document.createElement("dt");
            cell = document.createElement("dd");
            term.textContent = name;
            row.append(term, cell);
            this.#list.append(row);
            this.#cells.set(name, cell);
        }
        cell.parentElement.hidden = text === null;
        if (cell.textContent !== text) {
            cell.textContent = text;
        }
    }
}
