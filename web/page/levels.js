// The window of values that is shown between black and white, for formats of more than 8 bits: two sliders, two fields,
// and drags in the histogram. The server does the windowing, since the picture that arrives here has 8 bits.

import { round } from "./histogram.js";

const LEVEL_STEP = 0.05; // of the window's width
const WIDTH_STEP = 1.1;
const FLOATS = "grayf32le";
const INPUTS = ["low", "high"];

export class Levels {
    #parts; // elements by their names: window, low, high, low-value, high-value, auto
    #onChange;
    #limits = [0, 65535]; // of the sliders
    #used = null; // what the server has used for the frame shown: [lo, hi]
    #isWhole = true; // values are integers
    #chosen = null; // [lo, hi]; null: automatic

    constructor(parts, onChange) {
        this.#parts = parts;
        this.#onChange = onChange;
        INPUTS.forEach((name, i) => {
            for (const input of [parts[name], parts[`${name}-value`]]) {
                input.addEventListener("input", () => this.#entered(i, input.valueAsNumber));
            }
        });
        parts.auto.addEventListener("click", () => this.automatic());
    }

    // [lo, hi], or null where the format has no window.
    get window() {
        return this.#used && (this.#chosen ?? this.#used);
    }

    get isAutomatic() {
        return !this.#chosen;
    }

    // For the server.
    get parameters() {
        return this.#chosen ? { lo: this.#chosen[0], hi: this.#chosen[1] } : {};
    }

    // The frame shown has this window, or null.
    usedBy({ window, format }) {
        this.#used = window;
        this.#isWhole = format !== FLOATS;
        if (!window) {
            this.#chosen = null;
        }
        this.#write();
    }

    reset() {
        this.#used = null;
        this.#chosen = null;
        this.#write();
    }

    setLimits(min, max) {
        this.#limits = [min, max];
        this.#write();
    }

    automatic() {
        this.#change(null);
    }

    // Both ends by so many steps.
    shift(steps) {
        const [low, high] = this.window ?? [0, 0];
        const by = steps * LEVEL_STEP * (high - low);
        this.choose(low + by, high + by);
    }

    widen(steps) {
        const [low, high] = this.window ?? [0, 0];
        const by = ((high - low) * (WIDTH_STEP ** steps - 1)) / 2;
        this.choose(low - by, high + by);
    }

    choose(low, high) {
        if (this.#used) {
            this.#change([this.#rounded(low), this.#rounded(high)]);
        }
    }

    #rounded(value) {
        return this.#isWhole ? Math.round(value) : Number(value.toPrecision(5));
    }

    #change(chosen) {
        if (chosen && !(chosen[0] < chosen[1])) {
            return; // a window without width shows nothing
        }
        this.#chosen = chosen;
        this.#write();
        this.#onChange();
    }

    #entered(which, value) {
        if (Number.isFinite(value) && this.window) {
            const window = [...this.window];
            window[which] = value;
            this.choose(...window);
        }
    }

    #write() {
        const window = this.window;
        this.#parts.window.hidden = !window;
        if (!window) {
            return;
        }
        INPUTS.forEach((name, i) => {
            const slider = this.#parts[name];
            const field = this.#parts[`${name}-value`];
            slider.min = Math.min(this.#limits[0], window[0]);
            slider.max = Math.max(this.#limits[1], window[1]);
            slider.value = window[i];
            slider.setAttribute("aria-valuetext", round(window[i]));
            if (field !== document.activeElement) {
                field.value = round(window[i]);
            }
        });
        this.#parts.auto.setAttribute("aria-pressed", String(this.isAutomatic));
    }
}
