// Remote control of one window of a screen: what it shows, under the thumb; and who else has a hand on it.
//
// `screenId` and `windowId` name it; `isFar` says that its person does not stand before the screen, and has to be told
// what went well, too; `onWindow` hears which window is meant now. It needs the live line (`startLive`), somebody signed in, and `Toasts` on the page.
import { Fragment, html, useCallback, useEffect, useMemo, useState } from "../../console/lib/html.js";
import { percent, say } from "../../console/lib/i18n.js";
import { isLive, useLive, useReturn } from "../../console/lib/live.js";
import { nameOf, useScreen } from "../../console/lib/screens.js";
import { useStore } from "../../console/lib/store.js";
import { MessageDialog, MoveDialog } from "../../console/pages/screen_parts.js";
import { Empty, Loaded } from "../../console/ui/basics.js";
import { useDialog } from "../../console/ui/dialog.js";
import { Choice } from "../../console/ui/forms.js";
import { Pad, pressed } from "./pad.js";
import { HAND, Steerer } from "./steerer.js";
import { Strip } from "./strip.js";
import { mayTrigger, SignButton, tellQuietly } from "./telling.js";

const STYLE = "/web/phone/remote/remote.css";

// The part brings its own looks along, wherever it is embedded.
function bringStyle() {
  if (document.querySelector(`link[href="${STYLE}"]`)) return undefined;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLE });
  const loaded = new Promise((resolve) => {
    link.onload = link.onerror = resolve;
  });
  document.head.append(link);
  return loaded;
}
await bringStyle();

export default function Remote({ screenId, windowId = "main", isFar = false, onWindow }) {
  const [steererOf, forget] = useSteerers(screenId);
  const load = useScreen(screenId);
  useEffect(() => {
    if (load.value?.online === false) forget();
  }, [load.value?.online]);
  const [chosen, choose] = useState(windowId);
  useEffect(() => choose(windowId), [windowId]);
  useEffect(() => onWindow?.(chosen), [chosen]);
  return html`<${Loaded} load=${load}>${(screen) => {
    const names = screen.windows.map((each) => each.windowId);
    // What is wished, or, while that is empty, what is there.
    const shown = names.includes(chosen) || !names.length ? chosen : names[0];
    return html`<${Window} key=${shown} screen=${screen} windowId=${shown} isFar=${isFar} steerer=${steererOf(shown)}>
      ${names.length > 1
        ? html`<${Choice} label=${say("phone.remote.window")} value=${shown} onChange=${choose} options=${names.map((name) => [name, name])} />`
        : null}
    <//>`;
  }}<//>`;
}

// One for each window of the screen. They listen from the start: what is seen is told as soon as it is asked for.
function useSteerers(screenId) {
  const steerers = useMemo(() => new Map(), [screenId]);
  const steererOf = (windowId) => {
    if (!steerers.has(windowId)) steerers.set(windowId, new Steerer(screenId, windowId));
    return steerers.get(windowId);
  };
  useLive("viewport", useCallback((told) => steererOf(told.windowId ?? "main").heard(told), [steerers]));
  const forget = useCallback(() => steerers.forEach((each) => each.forget()), [steerers]);
  useReturn(forget);
  useEffect(() => () => steerers.forEach((each) => each.close()), [steerers]);
  return [steererOf, forget];
}

// What is known of a window whose screen says nothing of sheets: an older app, or one that is away.
function stateOf(window) {
  const { sha256, url, page, pages, orderId, revision } = window;
  return { kind: url ? "web" : "pdf", sha256, page, pages, orderId, revision, title: url, can: [] };
}

function Window({ screen, windowId, isFar, steerer, children }) {
  const live = useStore(isLive);
  const told = useStore(steerer.state);
  const refusal = useStore(steerer.refusal);
  const [isForbidden, forbid] = useState(false);
  const [points, setPoints] = useState(false);
  const [dialog, open] = useDialog();
  const run = (fields) => tellQuietly(screen, { windowId, ...fields }, { isFar, onForbidden: () => forbid(true) });
  const window = screen.windows.find((each) => each.windowId === windowId);
  const state = screen.online && told?.kind ? told : window ? stateOf(window) : null;
  const may = mayTrigger(screen.screenId) && !isForbidden && refusal !== "FORBIDDEN";
  const canTell = may && live && screen.online;
  const canSteer = canTell && state?.can.length > 0 && !refusal;
  const view = (fields) => run({ command: "view", ...fields });
  const press = (name) => {
    if (canSteer && pressed(steerer, name, points)) return;
    if (!canTell || !state) return;
    const [wide, high] = { left: [-0.5, 0], right: [0.5, 0], up: [0, -0.5], down: [0, 0.5] }[name] ?? [];
    if (name === "in" || name === "out") view({ zoomStep: name });
    else if (name === "whole") view({ fit: "page" });
    else if (name === "rotate") view({ rotateBy: 90 });
    else if (wide !== undefined) view({ scroll: { dx: wide, dy: high } });
    else if (name === "point") setPoints((now) => !now);
    else if (state.pages) view({ step: name });
  };
  const parts = { screen, window, windowId, state, steerer, canTell, canSteer, run, view, press, open, points, setPoints };
  return html`<div class="steer">
    ${dialog}
    <${Standing} ...${{ screen, live, may, state, refusal }} />
    ${children}
    ${state ? html`<${Shown} ...${parts} />` : html`<${Empty} title=${say("phone.remote.nothing")}><p>${say("phone.remote.nothing_help")}</p><//>`}
    ${may ? html`<${Actions} ...${parts} />` : null}
    ${state && canTell ? html`<${Ways} press=${press} />` : null}
  </div>`;
}

// Why something cannot be done now, most serious first; nothing where all is well.
function Standing({ screen, live, may, state, refusal }) {
  const notes = [];
  if (!live) notes.push(["warn", say("phone.remote.relay_away"), say("phone.remote.relay_away_help")]);
  else if (!screen.online) notes.push(["warn", say("phone.remote.offline", { name: nameOf(screen) }), say("phone.remote.offline_help")]);
  if (!may) notes.push(["plain", say("phone.remote.view_only"), say("phone.remote.view_only_help")]);
  else if (refusal === "UNSUPPORTED") notes.push(["plain", say("phone.remote.old_app"), say("phone.remote.old_app_help")]);
  else if (state?.kind === "web" && screen.online && live) notes.push(["plain", say("phone.remote.web"), say("phone.remote.web_help")]);
  return html`<div role="status">${notes.map(
    ([tone, title, help]) => html`<div key=${title} class=${`note ${tone}`}><p class="lead">${title}</p><p>${help}</p></div>`,
  )}</div>`;
}

const nameIn = (by) => by?.slice(by.indexOf(":") + 1) ?? "";

function Shown({ screen, window, state, steerer, canTell, canSteer, view, press, points, setPoints }) {
  const display = screen.displays.find((each) => each.displayId === window?.displayId) ?? screen.displays[0];
  const aspect = display?.height ? display.width / display.height : 16 / 9;
  const other = state.hand && state.hand !== HAND;
  const title = [state.orderId, state.title].filter(Boolean).join(" · ");
  const where = state.pages ? say("phone.remote.page_of", { page: state.page ?? 1, pages: state.pages }) : "";
  const isPaged = state.pages > 1;
  return html`<${Fragment}>
    <p class="what"><strong>${title}</strong>
      <span class="fine">${[state.revision && say("console.delivery.revision", { revision: state.revision }), where].filter(Boolean).join(" · ")}</span></p>
    <${Pad} ...${{ steerer, state, aspect, canSteer, points }} onKey=${press} label=${say("phone.remote.pad", { name: nameOf(screen) })}>
      <p class="other" role="status">${other
        ? html`<span>${say("phone.remote.other")}${nameIn(state.by) ? html` · ${nameIn(state.by)}` : null}</span>`
        : null}</p>
      ${window?.blank ? html`<p class="blank">${say("phone.remote.is_blank")}</p>` : null}
    <//>
    ${canTell ? html`<${Looking} ...${{ steerer, state, canSteer, press, points, setPoints }} />` : null}
    ${isPaged ? html`<${Turning} ...${{ state, canTell, press }} />` : null}
    ${isPaged && state.sha256
      ? html`<${Strip} sha256=${state.sha256} pages=${state.pages} page=${state.page ?? 1} disabled=${!canTell} onPage=${(page) => view({ page })} />`
      : null}
  </${Fragment}>`;
}

const whatFor = (press) => (name, sign) =>
  html`<${SignButton} key=${name} sign=${sign} onClick=${() => press(name)}>${say(`phone.remote.do.${name}`)}<//>`;

function Looking({ steerer, state, canSteer, press, points, setPoints }) {
  const zoom = useStore(steerer.zoom);
  const canLook = state.can.includes("viewport");
  const button = whatFor(press);
  return html`<div class="looking" role="group" aria-label=${say("phone.remote.looking")}>
    ${button("out", "−")}${button("in", "+")}
    ${button("whole", canLook ? percent(Math.round(zoom * 100) / 100) : "⤢")}
    ${state.kind === "web" ? null : button("rotate", "↻")}
    ${canSteer
      ? html`<${SignButton} sign="◎" aria-pressed=${points} onClick=${() => setPoints(!points)}>${say("phone.remote.do.point")}<//>`
      : null}
  </div>`;
}

// For whoever cannot drag: the page, or the finger while it points, goes by a step.
function Ways({ press }) {
  const button = whatFor(press);
  return html`<details class="by-button"><summary>${say("phone.remote.by_button")}</summary>
    <div class="ways">${[["left", "←"], ["up", "↑"], ["down", "↓"], ["right", "→"]].map(([name, sign]) => button(name, sign))}</div>
  </details>`;
}

function Turning({ state, canTell, press }) {
  const page = state.page ?? 1;
  const turn = (name, sign, isEnd) => html`<${SignButton} key=${name} sign=${sign} disabled=${!canTell || isEnd} onClick=${() => press(name)}>
    ${say(`phone.remote.do.${name}`)}<//>`;
  return html`<div class="turning" role="group" aria-label=${say("phone.remote.turning")}>
    ${turn("first", "|◀", page <= 1)}${turn("previous", "◀", page <= 1)}
    ${turn("next", "▶", page >= state.pages)}${turn("last", "▶|", page >= state.pages)}
  </div>`;
}

function Actions({ screen, window, windowId, state, canTell, run, open }) {
  const isBlank = Boolean(window?.blank);
  const on = { disabled: !canTell };
  const shown = { disabled: !canTell || !state };
  return html`<div class="telling" role="group" aria-label=${say("phone.remote.telling")}>
    <${SignButton} ...${shown} sign=${isBlank ? "□" : "■"} onClick=${() => run({ command: "blank", on: !isBlank })}>
      ${say(isBlank ? "console.screens.do.unblank" : "console.screens.do.blank")}<//>
    <${SignButton} disabled=${shown.disabled || screen.displays.length < 2} sign="⇄"
      onClick=${() => open((close) => html`<${MoveDialog} ...${{ screen, windowId }} onClose=${close} />`)}>${say("console.screens.do.move")}<//>
    <${SignButton} ...${on} sign="✉" onClick=${() => open((close) => html`<${MessageDialog} screen=${screen} onClose=${close} />`)}>
      ${say("console.screens.do.message")}<//>
    <${SignButton} ...${on} sign="#" onClick=${() => run({ command: "identify" })}>${say("console.screens.do.identify")}<//>
    <${SignButton} ...${shown} sign="✕" onClick=${() => run({ command: "close" })}>${say("phone.remote.do.close")}<//>
    <${SignButton} ...${on} sign="↶" onClick=${() => run({ command: "undo" })}>${say("phone.control.undo")}<//>
  </div>`;
}
