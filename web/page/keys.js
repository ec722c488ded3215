// The keys of the page. The help is made of the same table, and docs/web.md has it too.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ARROWS = Object.keys(DIRECTIONS);
const TABLE = [
    { keys: [" "], shown: "space", does: "pause, and go on", act: "pause" },
    { keys: ["s"], shown: "s", does: "save the frame as PNG, with all its bits", act: "save" },
    { keys: ["+", "="], shown: "+", does: "zoom in", act: "zoomIn" },
    { keys: ["-"], shown: "-", does: "zoom out", act: "zoomOut" },
    { keys: ["1"], shown: "1", does: "one pixel of the screen for each of the frame", act: "actual" },
    { keys: ["f"], shown: "f", does: "fit the whole frame", act: "fit" },
    { keys: ARROWS, shown: "arrow keys", does: "move the picture", act: "pan" },
    { keys: ARROWS, shift: true, shown: "shift + arrow keys", does: "move the cursor, whose pixel is read out",
      act: "cursor" },
    { keys: ["Escape"], shown: "escape", does: "put the cursor away", act: "noCursor" },
    { keys: ["h"], shown: "h", does: "histogram", act: "histogram" },
    { keys: ["["], shown: "[", does: "show darker values: the window goes down", act: "levelDown" },
    { keys: ["]"], shown: "]", does: "show brighter values: the window goes up", act: "levelUp" },
    { keys: ["{"], shown: "{", does: "narrower window, more contrast", act: "narrow" },
    { keys: ["}"], shown: "}", does: "wider window, less contrast", act: "widen" },
    { keys: ["a"], shown: "a", does: "automatic window", act: "auto" },
    { keys: ["i"], shown: "i", does: "figures over the picture", act: "figures" },
    { keys: ["l"], shown: "l", does: "go to the list of channels", act: "list" },
    { keys: ["?"], shown: "?", does: "these keys", act: "help" },
];

// An element's own use of a key comes before the page's keys.
function hasOwnUse(element, key) {
    if (element.matches("input[type=range]")) {
        return key.length > 1; // a slider takes arrows and the like, and no letters
    }
    return element.closest("dialog[open], input, select") !== null || (key === " " && element.matches("button, a"));
}

function find(event) {
    const isArrow = event.key in DIRECTIONS;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key; // whatever Caps Lock says
    return TABLE.find(({ keys, shift }) => keys.includes(key) && (!isArrow || Boolean(shift) === event.shiftKey));
}

// `actions` has a function for each `act`; those for arrows get a direction.
export function listen(actions) {
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || hasOwnUse(event.target, event.key)) {
            return;
        }
        const row = find(event);
        if (row) {
            event.preventDefault();
            actions[row.act](...(DIRECTIONS[event.key] ?? []));
        }
    });
}

export function writeHelp(body) {
    for (const { shown, does } of TABLE) {
        const row = body.insertRow();
        const key = document.createElement("kbd");
        key.textContent = shown;
        row.insertCell().append(key);
        row.insertCell().textContent = does;
    }
}
