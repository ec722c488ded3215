// The histogram of the frame, and the window of it that is shown between black and white.

import * as api from "./api.js";
import { Repeat } from "./repeat.js";

const PAUSE_MS = 500;
const EIGHT_BITS = 255;
const BINS = { few: 256, many: 4096 }; // bins are of all values that can be; of many bits often few occur
const COLORS = { R: "--red", G: "--green", B: "--blue", U: "--blue", V: "--red", A: "--faint" }; // others: --ink

export const round = (value) => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5))));

export class Histogram {
    #canvas;
    #text;
    #which; // a function: the channel, and the parameters that mean the frame
    #window; // a function: [lo, hi] of the window, or null
    #onAnswer;
    #answer = null;
    #bins = BINS.few;
    #repeat = new Repeat((signal) => this.#look(signal), PAUSE_MS);

    constructor(canvas, text, { which, window, onAnswer }) {
        this.#canvas = canvas;
        this.#text = text;
        this.#which = which;
        this.#window = window;
        this.#onAnswer = onAnswer;
        new ResizeObserver(() => this.draw()).observe(canvas);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    start() {
        this.#repeat.start();
    }

    stop() {
        this.#repeat.stop();
    }

    clear() {
        this.#answer = null;
        this.#text.textContent = "\u00a0";
        this.draw();
    }

    // There is another frame.
    refresh() {
        this.#repeat.ask();
    }

    // The value at a place from 0, the left edge, to 1.
    valueAt(part) {
        const [from, to] = this.#range();
        return from + part * (to - from);
    }

    // The range that is drawn from left to right: all values of 8 bits; of more, those that occur, and the window.
    #range() {
        const { min, max, most, from, to } = this.#answer;
        if (most === EIGHT_BITS) {
            return [Math.min(...from), Math.max(...to)];
        }
        const [low, high] = this.#window() ?? [min, max];
        const right = Math.max(max, high);
        const left = Math.min(min, low);
        return [left, right > left ? right : left + 1];
    }

    get isThere() {
        return this.#answer !== null;
    }

    async #look(signal) {
        const { channel, frame } = this.#which();
        try {
            this.#answer = await api.histogram(channel, { ...frame, bins: this.#bins }, signal);
        } catch (error) {
            if (!(error instanceof api.Refusal)) {
                throw error;
            }
            this.#answer = null;
            this.#text.textContent = error.sentence;
        }
        if (this.#answer) {
            const { min, max, low, high, most, frame: number } = this.#answer;
            this.#askForBins(most);
            this.#text.textContent = `From ${round(min)} to ${round(max)}; all but 0.2 % of the values are from ` +
                `${round(low)} to ${round(high)} (frame ${number})`;
            this.#onAnswer(this.#answer);
        }
        this.draw();
    }

    #askForBins(most) {
        const wanted = most === EIGHT_BITS ? BINS.few : BINS.many;
        if (wanted !== this.#bins) {
            this.#bins = wanted;
            this.#repeat.ask();
        }
    }

    draw() {
        const canvas = this.#canvas;
        canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
        canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
        if (!this.#answer || !canvas.width) {
            return;
        }
        const context = canvas.getContext("2d");
        const style = getComputedStyle(canvas);
        // Where components have the same count the colors mix, so that none hides another.
        context.globalCompositeOperation = style.getPropertyValue("--mix");
        const heights = this.#answer.bins.map((counts, i) => this.#columns(counts, i));
        const highest = Math.max(1, ...heights.flat());
        heights.forEach((columns, i) => {
            context.fillStyle = style.getPropertyValue(COLORS[this.#answer.components[i]] ?? "--ink");
            columns.forEach((count, x) => {
                // By the square root, so that a few values beside many can still be seen.
                const height = Math.ceil(Math.sqrt(count / highest) * canvas.height);
                context.fillRect(x, canvas.height - height, 1, height);
            });
        });
        context.globalCompositeOperation = "source-over";
        this.#drawWindow(context, style);
    }

    // For each column of pixels the highest count of the bins that are in it: a column in which no bin begins has that
    // of the bin which it is in.
    #columns(counts, component) {
        const from = this.#answer.from[component];
        const width = (this.#answer.to[component] - from) / counts.length;
        const binAt = (x) => Math.floor((this.valueAt(x / this.#canvas.width) - from) / width);
        return Array.from({ length: this.#canvas.width }, (_, x) => {
            const first = binAt(x);
            const last = Math.max(first + 1, binAt(x + 1));
            let highest = 0;
            for (let bin = Math.max(0, first); bin < Math.min(last, counts.length); bin++) {
                highest = Math.max(highest, counts[bin]);
            }
            return highest;
        });
    }

    #drawWindow(context, style) {
        const window = this.#window();
        if (!window) {
            return;
        }
        const [from, to] = this.#range();
        const [low, high] = window.map((value) => ((value - from) / (to - from)) * this.#canvas.width);
        context.fillStyle = style.getPropertyValue("--accent");
        context.globalAlpha = 0.15;
        context.fillRect(low, 0, high - low, this.#canvas.height);
        context.globalAlpha = 1;
        for (const x of [low, high]) {
            context.fillRect(Math.round(x) - devicePixelRatio, 0, 2 * devicePixelRatio, this.#canvas.height);
        }
    }
}
