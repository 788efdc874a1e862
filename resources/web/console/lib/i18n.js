// Sentences in Korean and English, dates and numbers as each writes them; switched without a reload.
import { relayNow } from "./clock.js";
import { Store, useStore } from "./store.js";

const KEY = "benchcast.language";
const LANGUAGES = ["ko", "en"];
const catalogues = new Map();
const language = new Store(firstLanguage());

function firstLanguage() {
  const kept = read();
  if (LANGUAGES.includes(kept)) return kept;
  const wished = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
  return wished.find((tag) => LANGUAGES.includes(tag)) ?? "ko";
}

function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden; the browser's language decides then
  }
}

async function load(wished) {
  if (!catalogues.has(wished)) {
    const response = await fetch(`/web/i18n/${wished}.json`);
    if (!response.ok) throw new Error(`The sentences did not come: ${response.status}`);
    catalogues.set(wished, await response.json());
  }
}

export async function loadLanguage() {
  await load(language.value);
  document.documentElement.lang = language.value;
}

export async function chooseLanguage(wished) {
  await load(wished);
  try {
    localStorage.setItem(KEY, wished);
  } catch {
    // It holds for this page then.
  }
  document.documentElement.lang = wished;
  language.set(wished);
}

export function currentLanguage() {
  return language.value;
}

export function useLanguage() {
  return useStore(language);
}

// A key without a sentence is shown as it is: seen at once by whoever forgot it, and by a test.
export function say(key, values = {}) {
  const sentence = catalogues.get(language.value)?.[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

export function number(value, options = {}) {
  return new Intl.NumberFormat(language.value, options).format(value);
}

export function percent(share) {
  return number(share, { style: "percent", maximumFractionDigits: 2 });
}

export function time(ms) {
  if (ms == null) return "";
  return new Intl.DateTimeFormat(language.value, { dateStyle: "short", timeStyle: "medium" }).format(ms);
}

export function day(ms) {
  if (ms == null) return "";
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium" }).format(ms);
}

const STEPS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

// "3 minutes ago", by the nearest whole unit.
export function ago(ms, now = relayNow()) {
  if (ms == null) return "";
  const difference = ms - now;
  const [unit, length] = STEPS.find(([, each]) => Math.abs(difference) >= each) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(
    Math.round(difference / length),
    unit,
  );
}

export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let size = count;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return number(size, { style: "unit", unit: units[unit], maximumFractionDigits: unit ? 1 : 0 });
}
