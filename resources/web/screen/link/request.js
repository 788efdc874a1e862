// Requests of this screen to the relay: JSON in and out, with its own token, and every refusal as a Problem in words.
import { currentLanguage } from "../../console/lib/i18n.js";

const TIMEOUT_MS = 15_000;
export const UNREACHABLE = "UNREACHABLE";

export class Problem extends Error {
  constructor(words = {}) {
    super(words.detail || words.code || UNREACHABLE);
    this.name = "Problem";
    this.code = words.code ?? UNREACHABLE;
    this.title = words.title ?? "";
    this.detail = words.detail ?? "";
    this.action = words.action ?? "";
    this.status = words.status ?? 0;
    this.retryAfterMs = words.retryAfterMs ?? null;
  }
}

// Resolves with the Response of a request that was granted; raises Problem.
export async function send(method, path, { body, token, headers = {}, timeoutMs = TIMEOUT_MS, signal } = {}) {
  const controller = new AbortController();
  const timer = timeoutMs ? setTimeout(() => controller.abort(), timeoutMs) : null;
  const give_up = () => controller.abort();
  signal?.addEventListener("abort", give_up);
  const init = { method, headers: { "Accept-Language": currentLanguage(), ...headers }, signal: controller.signal };
  init.credentials = "omit"; // a person who is signed in in this browser is not this screen
  init.cache = "no-store";
  if (token) init.headers.Authorization = `Bearer ${token}`;
  if (body instanceof Blob) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new Problem();
  } finally {
    if (timer) clearTimeout(timer);
    if (timeoutMs) signal?.removeEventListener("abort", give_up);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

export async function ask(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

async function problem(response) {
  let words = {};
  try {
    words = await response.json();
  } catch {
    // A proxy in between answered in its own words.
  }
  // Not ours to judge: what a captive portal or a broken proxy says does not end a pairing.
  return new Problem({ ...words, code: words.code ?? UNREACHABLE, status: response.status });
}
