// GS1 element strings: which application identifiers a scan holds, every value checked as app/scan/gs1.py does with biip.
import { PATTERNS } from "./gs1_table.js";

export const GROUP_SEPARATOR = "\x1d";
// ISO/IEC 15424 and the GS1 General Specifications: GS1-128, DataBar, GS1 DataMatrix, GS1 QR, GS1 DotCode.
export const SYMBOLOGIES = ["]C1", "]e0", "]d2", "]Q3", "]J1"];
const LONGEST = 600;

// [identifier, what its value looks like], the first that a text begins with.
const IDENTIFIERS = PATTERNS.flatMap(([pattern, identifiers]) =>
  identifiers.split(" ").map((identifier) => [identifier, new RegExp(`^${identifier}${pattern}`)]),
);
const DATED = ["11", "12", "13", "15", "16", "17", "4324", "4325", "4326", "7003", "7006", "7007", "7011", "8008"];
const CHECKED = ["00", "01", "02", "03"];

// The text is no valid GS1 element string; the message says which part, in English, for a technician.
export class BadElements extends Error {}

// Read a text without its symbology identifier: [[identifier, value], …] in the order of the barcode.
export function readElements(text) {
  if (!text || text.length > LONGEST) throw new BadElements(text ? "too long" : "empty");
  const pairs = [];
  // FNC1 in the first place is sometimes sent as a separator, too.
  let rest = text.replace(/^\x1d+|\x1d+$/g, "").trim();
  while (rest) {
    const [identifier, value] = first(rest);
    check(identifier, value);
    pairs.push([identifier, value]);
    rest = rest.slice(identifier.length + value.length).replace(/^\x1d+/, "");
  }
  return pairs;
}

// As they are printed under a barcode.
export function writeElements(pairs) {
  return pairs.map(([identifier, value]) => `(${identifier})${value}`).join("");
}

function first(rest) {
  const known = IDENTIFIERS.find(([identifier]) => rest.startsWith(identifier));
  if (!known) throw new BadElements(`no application identifier: ${rest}`);
  const [identifier, pattern] = known;
  const found = pattern.exec(rest.split(GROUP_SEPARATOR, 1)[0]);
  if (!found) throw new BadElements(`(${identifier}) does not fit: ${rest}`);
  return [identifier, found.slice(1).filter((group) => group !== undefined).join("")];
}

function check(identifier, value) {
  const isChecked = CHECKED.includes(identifier) || identifier.startsWith("41");
  if (isChecked && !hasCheckDigit(value)) throw new BadElements(`(${identifier}) has a wrong check digit: ${value}`);
  if (DATED.includes(identifier) && !isDate(value)) throw new BadElements(`(${identifier}) is no date: ${value}`);
}

// GS1 General Specifications, 7.9.1.
function hasCheckDigit(value) {
  const digits = [...value].reverse().map(Number);
  return digits.reduce((sum, digit, place) => sum + digit * (place % 2 ? 3 : 1), 0) % 10 === 0;
}

// YYMMDD, day 00 for the month's last; what follows is hour, minute and second, 9999 for none (as biip reads it).
function isDate(value) {
  const [year, month, day, hour, minute = 0, second = 0] = value.match(/../g).map(Number);
  if (month < 1 || month > 12) return false;
  const last = new Date(Date.UTC(centuryOf(year) + year, month, 0)).getUTCDate();
  if (day > last) return false;
  if (hour === undefined || (hour === 99 && minute === 99)) return true;
  return hour < 24 && minute < 60 && second < 60;
}

// GS1 General Specifications, 7.12: from 49 years past to 50 years ahead.
function centuryOf(year) {
  const now = new Date().getUTCFullYear();
  const difference = year - (now % 100);
  const century = now - (now % 100);
  if (difference >= 51) return century - 100;
  return difference <= -50 ? century + 100 : century;
}
