// A file for the reader, in the browser's folder for them.

export function saveAs(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    // The browser has to begin before the address goes.
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
