// The frames of one channel, one request at a time: each asks for a frame that is newer than the one shown, and waits
// on the server until there is one. A slow line therefore skips frames, and never falls behind.

import * as api from "./api.js";

// The server forgets a kept frame that nothing has asked for during 60 s.
const REMIND_MS = 20000;
const LONGEST_RETRY_MS = 5000;
const FIRST_RETRY_MS = 500;

export class Feed {
    #channel;
    #parameters; // a function: {q, w, lo, hi} of the picture that is wanted
    #on; // functions: frame(frame, bitmap), problem(Refusal or null), lost()
    #closed = false;
    #paused = false;
    #stale = true; // the newest frame is wanted even if it is the one shown
    #lost = false; // the server no longer has the frame that is shown while paused
    #shown = null;
    #keepers = []; // promises for the next frame, which the server is to keep
    #request = null; // AbortController of the one under way
    #waits = false; // that request is a long poll
    #bell = Promise.withResolvers();
    #onVisibility = () => this.#visibilityChanged();

    constructor(channel, parameters, on) {
        this.#channel = channel;
        this.#parameters = parameters;
        this.#on = on;
        document.addEventListener("visibilitychange", this.#onVisibility);
        this.#run();
    }

    close() {
        this.#closed = true;
        document.removeEventListener("visibilitychange", this.#onVisibility);
        this.#keepers.splice(0).forEach((keeper) => keeper.reject(new DOMException("closed", "AbortError")));
        this.#interrupt();
    }

    get paused() {
        return this.#paused;
    }

    // The frame that is shown while paused; null until there is one.
    get kept() {
        return this.#paused && this.#keepers.length === 0 ? this.#shown : null;
    }

    // The picture is wanted with other parameters.
    refresh() {
        this.#stale = true;
        if (this.#waits) {
            this.#interrupt();
        } else {
            this.wake();
        }
    }

    // Tries again at once what has failed.
    wake() {
        this.#bell.resolve();
    }

    // The frame that is shown next and that the server keeps: exactly that one can then be asked for. While paused it
    // is the one shown.
    keep() {
        if (this.#paused && this.#shown && !this.#keepers.length) {
            return Promise.resolve(this.#shown);
        }
        const keeper = Promise.withResolvers();
        this.#keepers.push(keeper);
        this.refresh();
        return keeper.promise;
    }

    pause() {
        const kept = this.keep();
        this.#paused = true;
        return kept;
    }

    resume() {
        this.#paused = false;
        this.#lost = false;
        this.refresh();
    }

    #interrupt() {
        this.#request?.abort();
        this.wake();
    }

    #visibilityChanged() {
        if (document.hidden) {
            this.#request?.abort(); // so that the server can leave the channel
        } else {
            this.wake();
        }
    }

    async #sleep(milliseconds) {
        const timer = milliseconds === Infinity ? null : setTimeout(() => this.#bell.resolve(), milliseconds);
        await this.#bell.promise;
        clearTimeout(timer);
        this.#bell = Promise.withResolvers();
    }

    async #run() {
        let failures = 0;
        while (!this.#closed) {
            try {
                await this.#turn();
                failures = 0;
            } catch (error) {
                if (error.name === "AbortError") {
                    continue;
                }
                if (!(error instanceof api.Refusal)) {
                    throw error;
                }
                this.#stale = true;
                this.#on.problem(error);
                await this.#sleep(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++));
            }
        }
    }

    async #turn() {
        if (document.hidden) {
            await this.#sleep(Infinity);
        } else if (!this.#paused || this.#keepers.length || !this.#shown) {
            await this.#fetch(this.#question());
        } else if (this.#lost) {
            await this.#sleep(Infinity);
        } else {
            await this.#attendKept();
        }
    }

    #question() {
        const parameters = { ...this.#parameters(), wait: api.LONG_POLL_SECONDS };
        if (this.#keepers.length || this.#paused) {
            return { ...parameters, keep: 1 };
        }
        if (this.#stale || !this.#shown) {
            return parameters;
        }
        return { ...parameters, after: this.#shown.number, generation: this.#shown.generation };
    }

    // While paused: the same frame with other parameters, or a word now and then that it is still looked at.
    async #attendKept() {
        const exactly = api.exactly(this.#shown);
        try {
            if (this.#stale) {
                await this.#fetch({ ...this.#parameters(), ...exactly, keep: 1 });
                return;
            }
            await this.#sleep(REMIND_MS);
            if (!this.#stale && this.#paused && !document.hidden && !this.#closed) {
                await api.pixels(this.#channel, { ...exactly, x: 0, y: 0, w: 1, h: 1 });
            }
        } catch (error) {
            if (error.status === 410) {
                this.#lost = true;
                this.#on.lost();
            } else if (error.status !== 406) { // compressed frames have no pixels: it was a word all the same
                throw error;
            }
        }
    }

    async #fetch(question) {
        this.#stale = false;
        this.#waits = "after" in question || !this.#shown;
        this.#request = new AbortController();
        const { signal } = this.#request;
        const askedMs = performance.now();
        const frame = await api.frame(this.#channel, question, signal);
        this.#waits = false;
        this.#on.problem(null);
        if (frame) {
            await this.#show(frame, "keep" in question, signal);
        } else if (performance.now() - askedMs < FIRST_RETRY_MS) {
            await this.#sleep(FIRST_RETRY_MS); // a server that does not wait is not to be asked without pause
        }
    }

    async #show(frame, isKept, signal) {
        let bitmap;
        try {
            // The values as they are, whatever the screen.
            bitmap = await createImageBitmap(frame.jpeg, { colorSpaceConversion: "none" });
        } catch {
            throw new api.Refusal(0, `The browser cannot decode the picture of frame ${frame.number}.`);
        }
        if (this.#closed || signal.aborted) {
            bitmap.close();
            return;
        }
        this.#shown = frame;
        const keepers = isKept ? this.#keepers.splice(0) : [];
        this.#on.frame(frame, bitmap);
        keepers.forEach((keeper) => keeper.resolve(frame));
    }
}
