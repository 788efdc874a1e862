// What a scanner typed while the keyboard stood on Hangul, as the letters on those keys; as in app/scan/hangul.py.
const LEADING = "r R s e E f a q Q t T d w W c z x v g".split(" ");
const VOWELS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l".split(" ");
const TRAILING = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g".split(" ");

// The keys of each jamo, in Unicode's order (The Unicode Standard, 3.12).
const KEYS = new Map(
  [
    [0x1100, LEADING],
    [0x1161, VOWELS],
    [0x11a8, TRAILING],
  ].flatMap(([first, table]) => table.map((keys, place) => [String.fromCharCode(first + place), keys])),
);
const HANGUL = /[\u1100-\u11FF\u3131-\u318E\uAC00-\uD7A3\uFFA1-\uFFDC]/;
const FULL_WIDTH = /[\uFF01-\uFF5E]/g;

// Text without Hangul stays as it is; archaic jamo, which no keyboard types, stay too. Jamo do not tell Shift, so the
// result is upper case, as orders are printed.
export function toKeys(text) {
  const narrow = text.replace(FULL_WIDTH, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  if (!HANGUL.test(narrow)) return narrow;
  return [...narrow].map((sign) => (HANGUL.test(sign) ? keysOf(sign) : sign)).join("").toUpperCase();
}

function keysOf(sign) {
  const jamo = [...sign.normalize("NFKD")];
  return jamo.every((each) => KEYS.has(each)) ? jamo.map((each) => KEYS.get(each)).join("") : sign;
}
