// What can be done at the screen itself: a bar that a tap brings up, keys of a keyboard or a TV's remote, and settings.
import { html, useEffect, useRef, useState } from "../../console/lib/html.js";
import { chooseLanguage, currentLanguage, say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { choices, choose } from "../choices.js";

const STAYS_MS = 6000;
const KEYS = {
  ArrowRight: { step: "next" },
  PageDown: { step: "next" },
  ArrowLeft: { step: "previous" },
  PageUp: { step: "previous" },
  Home: { step: "first" },
  End: { step: "last" },
  ArrowDown: { scroll: { dx: 0, dy: 0.5 } },
  ArrowUp: { scroll: { dx: 0, dy: -0.5 } },
  "+": { zoomStep: "in" },
  "-": { zoomStep: "out" },
  "0": { fit: "page" },
  r: { rotateBy: 90 },
};
const BUTTONS = [
  ["◀", "screen.bar.previous", { step: "previous" }],
  ["▶", "screen.bar.next", { step: "next" }],
  ["−", "screen.bar.out", { zoomStep: "out" }],
  ["+", "screen.bar.in", { zoomStep: "in" }],
  ["▣", "screen.bar.fit", { fit: "page" }],
  ["⟳", "screen.bar.turn", { rotateBy: 90 }],
];

export function Controls({ screen }) {
  const [isOpen, setOpen] = useState(false);
  const [hasSettings, setSettings] = useState(false);
  const timer = useRef(null);
  const linger = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(false), STAYS_MS);
  };
  const look = (wish) => screen.director.viewHere(wish).catch(() => {}); // at its end it stays where it is
  useEffect(() => {
    const tapped = () => {
      setOpen(true);
      linger();
    };
    const pressed = (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
      if (KEYS[event.key] && screen.director.panes.length) {
        event.preventDefault();
        look(KEYS[event.key]);
      }
    };
    const stage = document.getElementById("stage");
    stage.addEventListener("click", tapped);
    document.addEventListener("keydown", pressed);
    return () => {
      stage.removeEventListener("click", tapped);
      document.removeEventListener("keydown", pressed);
      clearTimeout(timer.current);
    };
  }, []);
  const isShowing = screen.director.panes.length > 0;
  return html`
    ${isShowing && isOpen && html`<div class="bar" role="toolbar" aria-label=${say("screen.bar.title")} onClick=${linger}>
      ${BUTTONS.map(([sign, key, wish]) => html`<button type="button" key=${key} aria-label=${say(key)} title=${say(key)} onClick=${() => look(wish)}>${sign}</button>`)}
      <button type="button" class="close" onClick=${() => screen.director.closeHere()}>✕ ${say("screen.bar.close")}</button>
      <button type="button" aria-label=${say("screen.settings.title")} onClick=${() => setSettings(true)}>⚙</button>
    </div>`}
    ${!isShowing && html`<button type="button" class="gear" aria-label=${say("screen.settings.title")} title=${say("screen.settings.title")} onClick=${() => setSettings(true)}>⚙</button>`}
    ${hasSettings && html`<${Settings} screen=${screen} close=${() => setSettings(false)} />`}
  `;
}

function Settings({ screen, close }) {
  const dialog = useRef(null);
  const chosen = useStore(choices);
  const [said, setSaid] = useState("");
  const [isSure, setSure] = useState(false);
  useEffect(() => {
    dialog.current.showModal?.() ?? dialog.current.setAttribute("open", "");
  }, []);
  const openSecond = () => screen.hosts.openSecond().then(close, (failure) => setSaid(failure.message));
  const hours = [...Array(24).keys()];
  return html`<dialog ref=${dialog} class="settings" aria-labelledby="settings-title" onClose=${close}>
    <h2 id="settings-title">${say("screen.settings.title")}</h2>
    <p class="weak">${say("screen.settings.who", { name: screen.name, screenId: screen.screenId })}</p>
    <label for="language">${say("screen.settings.language")}</label>
    <select id="language" value=${currentLanguage()} onChange=${(event) => chooseLanguage(event.target.value)}>
      <option value="ko">한국어</option><option value="en">English</option>
    </select>
    <label for="reload">${say("screen.settings.reload")}</label>
    <select id="reload" value=${chosen.reloadHour ?? "never"}
      onChange=${({ target }) => choose({ reloadHour: target.value === "never" ? null : Number(target.value) })}>
      <option value="never">${say("screen.settings.never")}</option>
      ${hours.map((hour) => html`<option key=${hour} value=${hour}>${String(hour).padStart(2, "0")}:00</option>`)}
    </select>
    <label class="tick"><input type="checkbox" checked=${chosen.pictures} onChange=${({ target }) => choose({ pictures: target.checked })} />${say("screen.settings.pictures")}</label>
    ${screen.hosts.canOpenSecond && html`<button type="button" onClick=${openSecond}>${say("screen.settings.second")}</button>`}
    ${said && html`<p class="bad" role="alert">✕ ${said}</p>`}
    <footer>
      ${isSure
        ? html`<p role="alert">${say("screen.settings.sure")}</p><button type="button" class="danger" onClick=${() => screen.unpair()}>${say("screen.settings.unpair")}</button>`
        : html`<button type="button" class="quiet" onClick=${() => setSure(true)}>${say("screen.settings.unpair")}</button>`}
      <button type="button" onClick=${() => dialog.current.close?.() ?? close()}>${say("screen.settings.close")}</button>
    </footer>
  </dialog>`;
}
