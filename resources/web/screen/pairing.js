// How this browser becomes a screen: by a code or link of an admin, or by asking first and showing a code (RFC 8628).
import { currentLanguage } from "../console/lib/i18n.js";
import { ask, Problem } from "./link/request.js";

const PLATFORMS = [[/Tizen/, "Tizen TV"], [/Web0S|webOS/, "webOS TV"], [/Android/, "Android"], [/iPad|iPhone/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]];
const BROWSERS = [[/Edg\/(\d+)/, "Edge"], [/SamsungBrowser\/(\d+)/, "Samsung"], [/Firefox\/(\d+)/, "Firefox"], [/Chrome\/(\d+)/, "Chrome"], [/Version\/(\d+).*Safari/, "Safari"]];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

// The name that the address gives this screen, such as `/screen/?name=TV-LINE-3`; empty if none.
export function nameInAddress() {
  const named = new URLSearchParams(location.search).get("name") ?? "";
  return NAME.test(named) ? named : "";
}

// What an admin sees of this browser.
export function device(hosts) {
  const agent = navigator.userAgent;
  const system = PLATFORMS.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
  const [pattern, browser] = BROWSERS.find(([each]) => each.test(agent)) ?? [null, ""];
  const version = pattern?.exec(agent)?.[1] ?? "";
  const monitors = hosts.infos().map(({ width, height }) => `${width} × ${height}`);
  const named = nameInAddress();
  return {
    name: named || [browser, system].filter(Boolean).join(" · ") || "Browser",
    platform: [`${browser} ${version}`.trim(), system].filter(Boolean).join(" · "),
    displays: monitors.length,
    monitors,
    isBrowser: true,
    ...(named ? { screenId: named } : {}),
  };
}

// The secret of a pairing that the address carries (`/screen/?screenId=...#token=...`), taken out of it at once.
export function secretInAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const token = fields.get("token");
  if (!token) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return { token, screenId: new URLSearchParams(location.search).get("screenId") ?? fields.get("screenId") };
}

// What somebody typed, pasted or scanned: a link, or a code of 8 letters. Null if it is neither.
export function readTyped(text) {
  const typed = text.trim();
  if (!/^[a-z]+:\/\//i.test(typed)) return typed.length >= 4 && typed.length <= 200 ? { token: typed } : null;
  try {
    const link = new URL(typed);
    const fields = new URLSearchParams([...link.searchParams, ...new URLSearchParams(link.hash.slice(1))].map(([key, value]) => [key.toLowerCase(), value]));
    const token = fields.get("token");
    return token ? { token, screenId: fields.get("screenid"), host: link.host } : null;
  } catch {
    return null;
  }
}

// Claim a screen; answers the grant, raises Problem.
export function claim({ token, screenId }, hosts) {
  return ask("POST", "/api/pair", { body: { token, device: device(hosts), ...(screenId ? { screenId } : {}) } });
}

// Ask to be approved, until that is done, or `signal` ends it: `shows({userCode, page, qr, expiresAt})` for every code,
// `waits(problem)` while the relay is away. Resolves with the grant; raises the Problem that ends it (PAIRING_DENIED).
export async function askForApproval(hosts, { shows, waits, signal }) {
  for (;;) {
    let asked;
    try {
      asked = await ask("POST", "/api/pair/requests", { body: { device: device(hosts) }, signal });
    } catch (problem) {
      if (signal.aborted) throw problem;
      waits(problem);
      await pause(Math.max(3000, problem.retryAfterMs ?? 0), signal);
      continue;
    }
    shows({ code: asked.userCode, page: asked.verificationUri, qr: asked.qrSvg, language: currentLanguage() });
    // Whoever goes another way leaves no request behind for an admin to wonder about.
    const takeBack = () => ask("POST", "/api/pair/requests/cancel", { body: { deviceCode: asked.deviceCode } }).catch(() => {});
    signal.addEventListener("abort", takeBack, { once: true });
    const grant = await poll(asked, waits, signal);
    signal.removeEventListener("abort", takeBack);
    if (grant) return grant;
  }
}

// Answers null when the code is over.
async function poll({ deviceCode, interval, expiresIn }, waits, signal) {
  let ms = interval * 1000;
  const over = performance.now() + expiresIn * 1000;
  while (performance.now() < over) {
    await pause(ms, signal);
    try {
      return await ask("POST", "/api/pair/requests/token", { body: { deviceCode }, signal });
    } catch (problem) {
      if (signal.aborted) throw problem;
      if (problem.code === "AUTHORIZATION_PENDING") waits(null);
      else if (problem.code === "SLOW_DOWN") ms += 5000;
      else if (["PAIRING_EXPIRED", "PAIRING_INVALID", "PAIRING_USED"].includes(problem.code)) return null;
      else if (problem.code === "PAIRING_DENIED") throw problem;
      else waits(problem);
    }
  }
  return null;
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Problem({ code: "ENDED" }));
    });
  });
}
