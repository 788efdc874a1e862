// Requests to the relay: JSON in and out, one sign-in for all, and every refusal as a Problem with its words.
import { noteRelayTime } from "./clock.js";
import { currentLanguage } from "./i18n.js";
import { Store } from "./store.js";

// null while nobody is signed in; undefined until that is known.
export const session = new Store(undefined);

// Why one has to sign in again, if that was not one's own doing.
export const farewell = new Store(null);

const TIMEOUT_MS = 20_000;
const MARGIN_MS = 3_000;
const TICKET = "/api/auth/browser/socket";

export class Problem extends Error {
  constructor(words) {
    super(words.detail || words.title || words.code);
    this.name = "Problem";
    this.code = words.code;
    this.title = words.title ?? "";
    this.detail = words.detail ?? "";
    this.action = words.action ?? "";
    this.traceId = words.traceId ?? "";
    this.status = words.status ?? 0;
    this.fields = words.fields ?? {};
    this.retryAfterMs = words.retryAfterMs ?? null;
  }
}

// What a 401 says of the request itself, and not of whose page it is.
const OF_THE_REQUEST = ["SIGN_IN_FAILED", "SECOND_FACTOR_NEEDED", "SECOND_FACTOR_WRONG", "SECOND_FACTOR_USED", "CLOCK_SKEW"];

export const UNREACHABLE = "UNREACHABLE";
// A request took too long, or there were too many: nothing is said of the session.
const BUSY = [408, 429];

const ROLES = ["viewer", "operator", "lead", "admin"];

// Whether the person has this role or a higher one; the relay decides anyway, this only hides what would be refused.
export function mayAs(role) {
  const own = session.value?.user?.role;
  return own != null && ROLES.indexOf(own) >= ROLES.indexOf(role);
}

// `body` is JSON unless it is FormData or a Blob. Returns the JSON of the answer, null for an empty one.
export async function request(method, path, body = undefined, options = {}) {
  const response = await granted(method, path, body, options);
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  return type.includes("json") ? response.json() : response.blob();
}

export const get = (path, options) => request("GET", path, undefined, options);
export const post = (path, body, options) => request("POST", path, body, options);
export const put = (path, body, options) => request("PUT", path, body, options);
export const patch = (path, body, options) => request("PATCH", path, body, options);
export const remove = (path, options) => request("DELETE", path, undefined, options);

// An answer that does not end by itself: resolves with it as soon as it has begun.
export const listen = (path, { signal }) => granted("GET", path, undefined, { signal, timeoutMs: 0 });

// With progress, which fetch cannot tell: `onProgress(share)` from 0 to 1.
export function upload(method, path, form, { onProgress = () => {}, signal } = {}) {
  return new Promise((resolve, reject) => {
    const asking = new XMLHttpRequest();
    asking.open(method, path);
    for (const [name, value] of Object.entries(ours())) asking.setRequestHeader(name, value);
    asking.responseType = "json";
    asking.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    asking.onerror = () => reject(new Problem({ code: UNREACHABLE }));
    asking.onabort = () => reject(new DOMException("The upload was stopped", "AbortError"));
    asking.onload = () => {
      if (asking.status >= 200 && asking.status < 300) resolve(asking.response);
      else {
        if (asking.status === 401) signedOut(session.value?.user ? whyEnded(asking.response?.code) : null);
        reject(new Problem({ code: UNREACHABLE, status: asking.status, ...(asking.response ?? {}) }));
      }
    };
    signal?.addEventListener("abort", () => asking.abort());
    asking.send(form);
  });
}

// `code` is of the second factor; whoever has one is told so by SECOND_FACTOR_NEEDED.
export async function signIn(username, password, code = "") {
  const proof = { username, password, ...(code ? { code } : {}) };
  const begun = await request("POST", "/api/auth/browser", proof, { headers: mark() });
  usedAt = toldAt = Date.now();
  farewell.set(null);
  session.set(begun);
}

export async function signOut() {
  try {
    await request("DELETE", "/api/auth/browser", undefined, { headers: mark() });
  } finally {
    signedOut();
  }
}

// Find out, when the page opens, whether somebody is signed in.
export async function resume() {
  try {
    session.set(await request("GET", "/api/auth/browser"));
  } catch (failure) {
    if (failure.code === UNREACHABLE) throw failure;
    if (!(await refresh())) session.set(null);
  }
}

// `why`: "idle", "over", "elsewhere" or "before", told above the sign-in; null where it was the person's own doing.
export function signedOut(why = null) {
  if (session.value?.user || why === "before") farewell.set(why);
  session.set(null);
}

// Whether the password is asked for again, just now (ui/proof.js draws it).
export const proofAsked = new Store(false);
let proof = null;

function askProof() {
  if (!proofAsked.isHeard) return false;
  proof ??= resolvers();
  proofAsked.set(true);
  return proof.promise;
}

function resolvers() {
  let resolve;
  return { promise: new Promise((done) => (resolve = done)), resolve: (value) => resolve(value) };
}

export function answerProof(isGiven) {
  proofAsked.set(false);
  proof?.resolve(isGiven);
  proof = null;
}

// When somebody last did something here, and up to when the relay knows of it: it ends what nobody uses, if so set.
let usedAt = Date.now();
let toldAt = Date.now();
let watch = null;

export function noteUse() {
  usedAt = Date.now();
}

for (const event of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(event, noteUse, { passive: true, capture: true });

session.listen((now) => {
  clearInterval(watch);
  if (!now?.idleSeconds) return;
  const step = Math.min(60_000, now.idleSeconds * 250);
  watch = setInterval(() => {
    if (usedAt > toldAt && Date.now() - toldAt >= step) refresh().catch(() => {});
  }, step / 4);
});

// By what the relay says: what has expired ended by itself, what is unknown was ended.
function whyEnded(refusal) {
  if (refusal !== "TOKEN_EXPIRED") return "elsewhere";
  const { idleSeconds = 0 } = session.value;
  return idleSeconds && Date.now() - toldAt >= idleSeconds * 1000 - MARGIN_MS ? "idle" : "over";
}

async function granted(method, path, body, { signal, headers = {}, timeoutMs = TIMEOUT_MS }) {
  // What is sent is somebody's doing, but for what keeps the page's own line.
  if (method !== "GET" && path !== TICKET) noteUse();
  let response = await once(method, path, body, { signal, headers, timeoutMs });
  if (response.status === 401 && session.value && (await code(response)) === "TOKEN_EXPIRED") {
    if (await refresh()) response = await once(method, path, body, { signal, headers, timeoutMs });
  }
  if (response.status === 403 && (await code(response)) === "REAUTHENTICATION_NEEDED" && (await askProof())) {
    response = await once(method, path, body, { signal, headers, timeoutMs });
  }
  if (!response.ok) throw await problem(response);
  return response;
}

function ours() {
  const headers = { "Accept-Language": currentLanguage() };
  if (session.value) headers["X-CSRF-Token"] = session.value.csrfToken;
  return headers;
}

function mark(attempt = "1") {
  return { "X-Benchcast": attempt };
}

async function once(method, path, body, { signal, headers, timeoutMs }) {
  const init = { method, headers: { ...ours(), ...headers }, signal: within(timeoutMs, signal) };
  if (body instanceof FormData || body instanceof Blob) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  try {
    const response = await fetch(path, init);
    noteRelayTime(response.headers.get("Date"));
    return response;
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new Problem({ code: UNREACHABLE });
  }
}

function within(ms, signal) {
  if (!ms) return signal;
  const timer = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([signal, timer]) : timer;
}

// What one refresh calls itself until its answer is heard, also when this page is gone by then. With another name for the
// same token it would look like a thief's, and the session would be over.
const ATTEMPT = "benchcast.refresh";
let unheard = null;

function attemptOf() {
  try {
    unheard = localStorage.getItem(ATTEMPT) ?? unheard;
  } catch {
    // Where storage is forbidden, it lives as long as the page.
  }
  if (!unheard) {
    unheard = [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
    keepAttempt(() => localStorage.setItem(ATTEMPT, unheard));
  }
  return unheard;
}

function attemptHeard() {
  unheard = null;
  keepAttempt(() => localStorage.removeItem(ATTEMPT));
}

function keepAttempt(work) {
  try {
    work();
  } catch {
    // As above.
  }
}

let refreshing = null;

// One at a time in this page and, through the lock, in all pages of this browser. Resolves with whether the session goes on;
// rejects where that is not known: the relay was not reached, is busy, or cannot write.
function refresh() {
  refreshing ??= locked(async () => {
    for (const isLast of [false, true]) {
      try {
        return await refreshOnce();
      } catch (failure) {
        if (isLast || (failure.status && failure.status < 500)) throw failure;
      }
    }
    return false;
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refreshOnce() {
  const at = Date.now();
  const isUsed = usedAt > toldAt || session.value === undefined;
  const headers = { ...mark(attemptOf()), ...(isUsed ? {} : { "X-Benchcast-Unattended": "1" }) };
  const response = await once("POST", "/api/auth/browser/refresh", undefined, { headers, timeoutMs: TIMEOUT_MS });
  const refusal = response.ok ? "" : await code(response);
  // Without a code it is the word of a proxy in between.
  if (!(response.ok || refusal) || response.status >= 500 || BUSY.includes(response.status)) throw await problem(response);
  attemptHeard();
  if (response.ok) {
    if (isUsed) toldAt = at;
    session.set(await response.json());
    return true;
  }
  if (session.value) signedOut(whyEnded(refusal));
  else signedOut(refusal === "TOKEN_EXPIRED" ? "before" : null);
  return false;
}

function locked(work) {
  return navigator.locks ? navigator.locks.request("benchcast-refresh", work) : work();
}

async function code(response) {
  try {
    return (await response.clone().json()).code ?? null;
  } catch {
    return null;
  }
}

async function problem(response) {
  let words = {};
  try {
    words = await response.json();
  } catch {
    // A proxy in between answered in its own words.
  }
  if (response.status === 401 && words.code && !OF_THE_REQUEST.includes(words.code) && session.value) signedOut(whyEnded(words.code));
  // Asked for since this page was opened: it leads there.
  if (words.code === "SECOND_FACTOR_MISSING" && session.value?.user) session.set({ ...session.value, factorDue: true });
  return new Problem({ code: UNREACHABLE, ...words, status: response.status });
}
