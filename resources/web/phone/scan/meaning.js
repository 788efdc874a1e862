// What a scanned or typed text means. The same rules in the same order as the bench's own (app/scan/rules.py), so that a
// phone and a bench make the same order of one barcode; what a site adds as rules of its own at a bench holds there alone.
import { readControl } from "./controls.js";
import { BadElements, GROUP_SEPARATOR, readElements, SYMBOLOGIES, writeElements } from "./gs1.js";
import { toKeys } from "./hangul.js";

const LONGEST_ORDER = 100;
const ORDER_IDENTIFIER = "400";
// ISO/IEC 15424: `]`, the symbology's letter, a modifier.
const AIM = /^\][A-Za-z][0-9A-Za-z]/;
const DOCUMENT = /^(.*\S)\s*\+[dD]([1-9][0-9]{0,2})$/;
const FRAME = /^[\s\x00-\x1f\x7f-\x9f]+|[\s\x00-\x1f\x7f-\x9f]+$/g;
const IDENTIFIER = /^\x1d?[0-9]{2}/;
const CONTROL = /[\x00-\x1f\x7f-\x9f]|\p{Cs}/u;
const JOIN = /^https?:\/\/([^/?#]+)\/scan\/?(?:\?[^#]*)?#(.*)$/i;

// {kind: "order", orderId, documentNumber} | {kind: "control", verb, number} | {kind: "join", host, ticket, screenId} |
// {kind: "pairing"} | {kind: "unknown", reason, detail}. What a human `typed` stays as it is.
export function read(text, { typed = false } = {}) {
  let plain = text.replace(FRAME, "");
  let symbology = "";
  if (!typed) {
    plain = toKeys(plain);
    if (AIM.test(plain)) {
      symbology = plain.slice(0, 3);
      plain = plain.slice(3).replace(FRAME, "");
    }
  }
  if (!plain) return unknown("empty");
  const control = readControl(plain);
  if (control) return { kind: "control", ...control };
  const join = readJoin(plain);
  if (join) return join;
  if (isPairing(plain)) return { kind: "pairing" };
  const { pairs, bad } = elementsOf(plain, symbology);
  if (pairs) {
    const order = pairs.find(([identifier]) => identifier === ORDER_IDENTIFIER)?.[1];
    return order ? orderOf(order) : unknown("gs1_no_order", writeElements(pairs));
  }
  return bad ? unknown("gs1_invalid", bad) : orderOf(plain);
}

// The link that an idle screen shows as a QR: it lends this phone that screen.
export function readJoin(text) {
  const found = JOIN.exec(text);
  const fields = found && new URLSearchParams(found[2]);
  const [ticket, screenId] = fields ? [fields.get("join"), fields.get("screen")] : [];
  return ticket && screenId ? { kind: "join", host: found[1].toLowerCase(), ticket, screenId } : null;
}

function isPairing(text) {
  if (/^benchcast:/i.test(text)) return true;
  const [, path] = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(text) ?? [];
  return path !== undefined && path.toLowerCase().replace(/\/+$/, "").endsWith("/api/pair");
}

// GS1 where the reader says that it is: the elements, or what is wrong with them, or neither.
function elementsOf(plain, symbology) {
  const isSaid = SYMBOLOGIES.includes(symbology);
  if (!IDENTIFIER.test(plain) || !(isSaid || plain.includes(GROUP_SEPARATOR))) return {};
  try {
    return { pairs: readElements(plain) };
  } catch (error) {
    if (error instanceof BadElements) return { bad: error.message };
    throw error;
  }
}

function orderOf(text) {
  if (CONTROL.test(text)) return unknown("control_characters");
  const [, named, number] = DOCUMENT.exec(text) ?? [];
  const orderId = named ?? text;
  if ([...orderId].length > LONGEST_ORDER) return unknown("too_long");
  return { kind: "order", orderId, documentNumber: number ? Number(number) : null };
}

function unknown(reason, detail = "") {
  return { kind: "unknown", reason, detail };
}

// Control characters by their names, so that a group separator can be seen.
export function readable(text) {
  return text.replace(/[\x00-\x1f]/g, (sign) => `<${NAMES[sign.charCodeAt(0)]}>`).slice(0, 300);
}

const NAMES =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(" ");
