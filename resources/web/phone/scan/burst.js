// Tells a scanner that types (built in, or by Bluetooth) from a human by the time between keys; as app/scan/burst.py.
// At least four characters, never more than 50 ms apart, ended by Enter or Tab within 50 ms, are a scan. Pure.
const LONGEST_GAP_MS = 50;
const FEWEST = 4;
const LONGEST = 5000;

export class Burst {
  #held = "";
  #lastAt = -Infinity;

  get isHolding() {
    return this.#held !== "";
  }

  // One key's text; true: it may go on a scan, false: it begins anew.
  feed(text, at) {
    const joins = this.#isInTime(at) && this.#held.length < LONGEST;
    this.#held = joins ? this.#held + text : text;
    this.#lastAt = at;
    return joins;
  }

  // The end key: the scan, or null if what was held was a human's.
  end(at) {
    const text = this.#isInTime(at) && this.#held.length >= FEWEST ? this.#held : null;
    this.#held = "";
    return text;
  }

  #isInTime(at) {
    return this.#held !== "" && at - this.#lastAt >= 0 && at - this.#lastAt <= LONGEST_GAP_MS;
  }
}

const DIGIT_SHIFT = ")!@#$%^&*(";
const SIGNS = {
  Minus: "-_",
  Equal: "=+",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Semicolon: ";:",
  Quote: "'\"",
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  Backquote: "`~",
  Space: "  ",
};

// The character that a scanner means by a key: what the key says, or, while the keyboard composes Hangul, what stands on
// it. Null for keys that write nothing.
export function characterOf({ key, code = "", shiftKey = false }) {
  if ([...key].length === 1 && !/[\u1100-\u11FF\u3131-\u318E\uAC00-\uD7A3]/.test(key)) return key;
  if (key !== "Process" && [...key].length !== 1) return null;
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code.at(-1) : code.at(-1).toLowerCase();
  if (/^(Digit|Numpad)[0-9]$/.test(code)) {
    const digit = code.at(-1);
    return shiftKey && code.startsWith("Digit") ? DIGIT_SHIFT[digit] : digit;
  }
  return SIGNS[code]?.[shiftKey ? 1 : 0] ?? null;
}
