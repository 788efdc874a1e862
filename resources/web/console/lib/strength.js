// How strong a password is that somebody chooses: what the relay will refuse, and else an estimate that errs on the low side.
//
// How it works: nothing is sent while somebody types. The list of known passwords is the relay's own (relay.identity.passwords
// decides in the same way). What is left is measured by the room that a guesser has to search, where words, repetitions
// and runs of neighbouring letters count little.
import { get } from "./api.js";

// Bits that one more letter adds: within words, as a Hangul syllable, as a digit, as anything else.
const BITS = { letter: 2.5, syllable: 5, digit: 3, other: 4 };
const RUN_BITS = 0.5;
const KNOWN_BITS = 12;
const KNOWN_LEAST = 8;
const ADDED_LEAST = 6;
const DIFFERENT_LEAST = 3;
const FAIR_BITS = 36;
const STRONG_BITS = 52;
const RUNS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "가나다라마바사아자차카타파하"];

let loading = null;

// The rules and the list, fetched once; an empty list where it does not come: the relay has the last word anyway.
export function strengthRules() {
  loading ??= Promise.all([
    get("/api/auth/password"),
    fetch("/web/passwords/common.txt").then((answer) => (answer.ok ? answer.text() : "")),
  ]).then(
    ([{ least, most }, text]) => ({ least, most, known: new Set(text.split("\n").filter((line) => line && !line.startsWith("# ")).map(fold)) }),
    () => {
      loading = null;
      return { least: 12, most: 128, known: new Set() };
    },
  );
  return loading;
}

const fold = (text) => text.normalize("NFC").toLowerCase();
const letters = (text) => [...text].filter((each) => /\p{L}/u.test(each)).join("");

// `verdict` is why it will be refused (short, long, known, name), or how strong it is (weak, fair, strong); `score` 0 to 3.
export function strengthOf(password, name, { least, most, known }) {
  const text = fold(password);
  const count = [...text.replace(/ {2,}/g, " ")].length;
  if ([...text].length > most) return { verdict: "long", score: 0, count };
  if (count < least) return { verdict: "short", score: 0, count };
  const parts = split(text, known);
  const left = parts.filter(({ isKnown }) => !isKnown).reduce((sum, { text: part }) => sum + [...part].length, 0);
  if (left < Math.min(ADDED_LEAST, count) || new Set(text).size < DIFFERENT_LEAST) return { verdict: "known", score: 0, count };
  const own = fold(name.trim());
  if (own && (text === own || letters(text) === letters(own)) && letters(text) !== "") return { verdict: "name", score: 0, count };
  if (letters(text) === "benchcast") return { verdict: "name", score: 0, count };
  const bits = parts.reduce((sum, { text: part, isKnown }) => sum + (isKnown ? KNOWN_BITS : bitsOf(part)), 0);
  const score = bits < FAIR_BITS ? 1 : bits < STRONG_BITS ? 2 : 3;
  return { verdict: ["weak", "fair", "strong"][score - 1], score, count };
}

function split(text, known) {
  const parts = [];
  let start = 0;
  let rest = 0;
  const take = (end, isKnown) => {
    if (end > rest) parts.push({ text: text.slice(rest, end), isKnown });
    rest = end;
  };
  while (start < text.length) {
    let end = text.length;
    while (end >= start + KNOWN_LEAST && !known.has(text.slice(start, end))) end -= 1;
    if (end < start + KNOWN_LEAST) {
      start += 1;
      continue;
    }
    take(start, false);
    take(end, true);
    start = end;
  }
  take(text.length, false);
  return parts;
}

function bitsOf(part) {
  const signs = [...part];
  return signs.reduce((sum, sign, index) => sum + (index > 0 && isRun(signs[index - 1], sign) ? RUN_BITS : bitsOfSign(sign)), 0);
}

function isRun(before, sign) {
  if (before === sign) return true;
  return RUNS.some((run) => run.includes(before + sign) || run.includes(sign + before));
}

function bitsOfSign(sign) {
  if (/[가-힣]/.test(sign)) return BITS.syllable;
  if (/\p{L}/u.test(sign)) return BITS.letter;
  return /\p{N}/u.test(sign) ? BITS.digit : BITS.other;
}
