// The sentence over the picture: what has failed, or what the page waits for. Where the server wants a token, the form
// for it.

import * as api from "./api.js";
import { isAlive } from "./list.js";

// The sentence about a channel where nothing has failed. `listed` is the channel's entry in the list.
export function stateInWords(channel, listed, { hasFrame, isFresh }) {
    if (!listed && !isFresh) {
        return `There is no channel ${channel} now. This page waits for it.`;
    }
    if (listed && !isAlive(listed) && hasFrame) {
        return `The producer of ${channel} is gone. This page waits for the next one.`;
    }
    return hasFrame ? "" : `Waiting for the first frame of ${channel}.`;
}

export class Notice {
    #element;
    #form;
    #field;
    #onLogin;
    #problems = new Map(); // Refusals by what was asked for: the list, the feed, a file
    #state = "";
    #isListed = true;

    constructor({ element, form, field, onLogin, speak }) {
        this.#element = element;
        this.#form = form;
        this.#field = field;
        this.#onLogin = onLogin;
        form.addEventListener("submit", (event) => this.#logIn(event, speak));
    }

    // A part has failed, or no longer: null.
    report(part, problem) {
        if (problem) {
            this.#problems.set(part, problem);
        } else {
            this.#problems.delete(part);
        }
        this.#write();
    }

    // Whether a part has failed with this status.
    has(part, status) {
        return this.#problems.get(part)?.status === status;
    }

    // The state is shown where nothing has failed. The list knows better than the feed that a channel is missing.
    setState(text, isListed) {
        this.#state = text;
        this.#isListed = isListed;
        this.#write();
    }

    get #isLocked() {
        return [...this.#problems.values()].some(({ status }) => status === 401);
    }

    #showForm() {
        if (this.#form.hidden === this.#isLocked) {
            this.#form.hidden = !this.#isLocked;
            if (this.#isLocked) {
                this.#field.focus();
            }
        }
    }

    #write() {
        this.#showForm();
        const told = ["file", "list", "feed"].map((part) => this.#problems.get(part)).filter((problem) =>
            problem && problem.status !== 401 && (problem.status !== 404 || this.#isListed));
        const text = told[0]?.sentence ?? (this.#isLocked ? "" : this.#state);
        if (this.#element.textContent !== text) { // or it would be read out again
            this.#element.textContent = text;
        }
        this.#element.hidden = !text;
        this.#element.classList.toggle("failed", told.length > 0);
    }

    async #logIn(event, speak) {
        event.preventDefault();
        try {
            await api.channels({ token: this.#field.value }); // the answer brings the cookie
            this.#field.value = "";
            this.#problems.clear();
            this.#write();
            this.#onLogin();
        } catch (error) {
            if (!(error instanceof api.Refusal)) {
                throw error;
            }
            this.#field.select();
            speak(error.status === 401 ? "This is not the token." : error.sentence);
        }
    }
}
