// Requests to the server, and what its answers say. docs/http.md has the whole of it.

// Longer than any answer takes that the page asks for: a server that is silent for so long is gone, though nobody has
// closed the connection, as behind a tunnel that hangs.
const SILENCE_MS = 15000;
export const LONG_POLL_SECONDS = 10;

// A request that got no answer, or one that says no. `sentence` is for the reader.
export class Refusal extends Error {
    constructor(status, sentence) {
        super(sentence);
        this.status = status; // 0: there was no answer
        this.sentence = sentence;
    }
}

function address(path, parameters) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) {
            query.set(name, value);
        }
    }
    const text = query.toString();
    return text ? `${path}?${text}` : path;
}

async function ask(path, parameters, signal) {
    const longest = SILENCE_MS + 1000 * (parameters.wait ?? LONG_POLL_SECONDS);
    const silence = AbortSignal.timeout(longest);
    let response;
    try {
        response = await fetch(address(path, parameters), {
            cache: "no-store",
            signal: signal ? AbortSignal.any([signal, silence]) : silence,
        });
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        throw new Refusal(0, "The server does not answer. This page tries again by itself.");
    }
    if (!response.ok) {
        const text = (await response.text()).trim();
        throw new Refusal(response.status, text || `The server says ${response.status}.`);
    }
    return response;
}

// A body that breaks off is a server that is gone.
async function body(response, read, signal) {
    try {
        return await response[read]();
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        throw new Refusal(0, "The answer of the server broke off. This page tries again by itself.");
    }
}

export const pathOf = (channel) => `/${encodeURIComponent(channel)}/`;

export async function channels(parameters, signal) {
    const response = await ask("/channels.json", parameters, signal);
    return (await body(response, "json", signal)).channels;
}

// Describes a frame by the headers of its answer. Numbers of 64 bits stay text or BigInt: a frame is asked for by them.
function describe(headers, askedMs, begunMs) {
    const text = (name) => headers.get(`Ferry-${name}`);
    const [width, height] = text("Size").split("x").map(Number);
    const window = text("Window");
    // Half of what the request took outside the server: how long the answer was under way, as far as one can know.
    const serverMs = Number(BigInt(text("Sent-Ns")) - BigInt(text("Received-Ns"))) / 1e6;
    const underWayMs = Math.max(0, begunMs - askedMs - serverMs) / 2;
    return {
        number: text("Frame"),
        generation: text("Generation"),
        format: text("Format"),
        width,
        height,
        dropped: text("Dropped"),
        window: window ? window.split(" ").map(Number) : null, // formats of more than 8 bits have one
        // Add performance.now(): the age of the frame by then.
        ageOffsetMs: Number(text("Age-Ns")) / 1e6 + underWayMs - begunMs,
    };
}

// The frame and its picture, or null: there was none in time.
export async function frame(channel, parameters, signal) {
    const askedMs = performance.now();
    const response = await ask(`${pathOf(channel)}frame.jpg`, parameters, signal);
    const begunMs = performance.now();
    if (response.status === 204) {
        return null;
    }
    const jpeg = await body(response, "blob", signal);
    return { ...describe(response.headers, askedMs, begunMs), jpeg };
}

// The parameters that mean one frame, for those that follow.
export const exactly = (frame) => ({ frame: frame.number, generation: frame.generation });

export async function png(channel, parameters, signal) {
    return body(await ask(`${pathOf(channel)}frame.png`, parameters, signal), "blob", signal);
}

export async function pixels(channel, parameters, signal) {
    const response = await ask(`${pathOf(channel)}pixels`, parameters, signal);
    return response.status === 204 ? null : body(response, "json", signal);
}

export async function histogram(channel, parameters, signal) {
    const response = await ask(`${pathOf(channel)}histogram`, parameters, signal);
    return response.status === 204 ? null : body(response, "json", signal);
}
