// The values of all pixels that are seen, from a high zoom on and while paused: a live picture would have others before
// they are read.

import * as api from "./api.js";
import { Repeat } from "./repeat.js";

const PAUSE_MS = 150; // so that a drag does not ask for each step

export class ValuesInPixels {
    #view;
    #which; // a function: the channel, and the parameters that mean the frame
    #repeat = new Repeat((signal) => this.#look(signal), PAUSE_MS);

    constructor(view, which) {
        this.#view = view;
        this.#which = which;
    }

    // The picture, its position or the zoom is another one.
    refresh() {
        const part = this.#part();
        if (!part) {
            this.clear();
        } else {
            this.#repeat.start();
        }
    }

    clear() {
        this.#repeat.stop();
        if (this.#view.values) {
            this.#view.values = null;
            this.#view.draw();
        }
    }

    #part() {
        return "frame" in this.#which().frame ? this.#view.partWithValues() : null;
    }

    async #look(signal) {
        const part = this.#part();
        const { channel, frame } = this.#which();
        if (!part) {
            return;
        }
        try {
            this.#view.values = await api.pixels(channel, { ...frame, ...part }, signal);
        } catch (error) {
            if (!(error instanceof api.Refusal)) {
                throw error;
            }
            this.#view.values = null; // the read-out has the reason
        }
        this.#view.draw();
    }
}
