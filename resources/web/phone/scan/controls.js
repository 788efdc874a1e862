// Control barcodes: which control a scan is, and what it asks of a screen; written as in relay/contract/controls.py.
const PREFIX = "XBCX";
const WORDS = {
  next: "NEXT",
  previous: "PREV",
  fit: "FIT",
  zoom_in: "BIGGER",
  zoom_out: "SHRINK",
  rotate: "TURN",
  close: "CLOSE",
  undo: "UNDO",
  again: "REOPEN",
};
const ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII"];

const BY_TEXT = new Map([
  ...Object.entries(WORDS).map(([verb, word]) => [PREFIX + word, { verb, number: null }]),
  ...ROMAN.map((roman, index) => [`${PREFIX}SCREEN${roman}`, { verb: "display", number: index + 1 }]),
]);

// The control, whatever its letter case; null for everything else. A Turkish keyboard writes the I with or without dot.
export function readControl(text) {
  return BY_TEXT.get(text.replace(/[ıİ]/g, "I").toUpperCase()) ?? null;
}

// The command of a trigger; null for one that is none.
export function commandOf({ verb, number }, nextFit = "width") {
  switch (verb) {
    case "next":
    case "previous":
      return { command: "view", step: verb };
    case "zoom_in":
    case "zoom_out":
      return { command: "view", zoomStep: verb === "zoom_in" ? "in" : "out" };
    case "fit":
      return { command: "view", fit: nextFit };
    case "rotate":
      return { command: "view", rotateBy: 90 };
    case "close":
    case "undo":
      return { command: verb };
    case "display":
      return { command: "move", displayIndex: number - 1 };
    default:
      return null;
  }
}
