// The list of channels, as it is now. Rows stay while their channels do, so that the keyboard's place is not lost.

import * as api from "./api.js";

const REFRESH_MS = 1000;
const WORDS = {
    starting: "starting",
    empty: "no frame yet",
    idle: "idle",
    ended: "ended",
    dead: "its producer died",
    bare: "a BaseImage program",
};

export const isAlive = ({ state }) => ["starting", "empty", "live", "idle", "bare"].includes(state);

function rateInWords({ state, fps, fps_below: below }) {
    if (state !== "live") {
        return WORDS[state] ?? state;
    }
    if (below) {
        return `less than ${below.toPrecision(2)} fps`;
    }
    return Number.isFinite(fps) ? `${fps.toFixed(1)} fps` : "live";
}

// Two lines.
function inWords(channel) {
    const picture = channel.width ? `${channel.width}x${channel.height} ${channel.format}` : channel.detail ?? "";
    const parts = channel.served === false ? ["not served here"] : [rateInWords(channel)];
    if (Number.isInteger(channel.consumers)) {
        parts.push(channel.consumers === 1 ? "1 consumer" : `${channel.consumers} consumers`);
    }
    return `${picture}\n${parts.join(", ")}`.trim();
}

class Row {
    constructor(name) {
        this.element = document.createElement("li");
        this.link = document.createElement("a");
        this.text = document.createElement("span");
        const title = document.createElement("b");
        title.textContent = name;
        this.link.href = api.pathOf(name);
        this.link.append(title, this.text);
        this.element.append(this.link);
    }

    write(channel, isChosen) {
        const text = inWords(channel);
        if (this.text.textContent !== text) {
            this.text.textContent = text;
        }
        this.link.dataset.state = channel.state;
        this.link.classList.toggle("unserved", channel.served === false);
        if (isChosen) {
            this.link.setAttribute("aria-current", "page");
        } else {
            this.link.removeAttribute("aria-current");
        }
    }
}

export class List {
    #list;
    #nothing; // what is shown where there is none
    #on; // functions: choose(name), channels(all), problem(Refusal or null)
    #rows = new Map();
    #channels = [];
    #chosen = null;
    #timer = null;
    #request = null;

    constructor(list, nothing, on) {
        this.#list = list;
        this.#nothing = nothing;
        this.#on = on;
        list.addEventListener("click", (event) => this.#clicked(event));
        document.addEventListener("visibilitychange", () => this.refresh());
        this.refresh();
    }

    choose(name) {
        this.#chosen = name;
        this.#write();
    }

    focus() {
        (this.#list.querySelector("[aria-current]") ?? this.#list.querySelector("a"))?.focus();
    }

    // Now, and then each second while the page is seen.
    async refresh() {
        clearTimeout(this.#timer);
        this.#request?.abort();
        if (document.hidden) {
            return;
        }
        const request = new AbortController();
        this.#request = request;
        try {
            this.#channels = await api.channels({}, request.signal);
            this.#on.problem(null);
            this.#write();
            this.#on.channels(this.#channels);
        } catch (error) {
            if (request.signal.aborted) {
                return;
            }
            if (!(error instanceof api.Refusal)) {
                throw error;
            }
            this.#on.problem(error);
        }
        this.#timer = setTimeout(() => this.refresh(), REFRESH_MS);
    }

    #clicked(event) {
        const link = event.target.closest("a");
        // With a key of the browser it opens in a tab of its own.
        if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
            event.preventDefault();
            this.#on.choose([...this.#rows].find(([, row]) => row.link === link)[0]);
        }
    }

    #write() {
        const names = new Set(this.#channels.map(({ channel }) => channel));
        for (const [name, row] of this.#rows) {
            if (!names.has(name)) {
                row.element.remove();
                this.#rows.delete(name);
            }
        }
        this.#channels.forEach((channel, i) => {
            const name = channel.channel;
            if (!this.#rows.has(name)) {
                this.#rows.set(name, new Row(name));
            }
            const row = this.#rows.get(name);
            row.write(channel, name === this.#chosen);
            if (this.#list.children[i] !== row.element) {
                this.#list.insertBefore(row.element, this.#list.children[i] ?? null);
            }
        });
        this.#nothing.hidden = this.#channels.length > 0;
    }
}
