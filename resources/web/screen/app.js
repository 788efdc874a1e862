// The page of a browser that is a screen: starts it, and draws what lies around the documents.
import { html, render, useEffect } from "../console/lib/html.js";
import { chooseLanguage, loadLanguage, say, useLanguage } from "../console/lib/i18n.js";
import { useStore } from "../console/lib/store.js";
import { stayAwake, unlock } from "./comfort.js";
import { keepShell } from "./shell.js";
import { Screen } from "./screen.js";
import { drawCaptions } from "./ui/caption.js";
import { Controls } from "./ui/controls.js";
import { Idle } from "./ui/idle.js";
import { Pairing } from "./ui/pairing_view.js";
import { Plain } from "./ui/plain.js";

const root = document.getElementById("stage");
const screen = new Screen();

function App() {
  const language = useLanguage();
  const phase = useStore(screen.phase);
  const drawn = useStore(screen.drawn);
  const link = useStore(screen.link);
  useEffect(() => {
    document.title = [screen.name, "Benchcast"].filter(Boolean).join(" · ");
  });
  useEffect(() => drawCaptions(screen), [drawn, link, language, phase]);
  switch (phase) {
    case "waiting":
      return html`<${Plain} title=${say("screen.second_tab.title")} detail=${say("screen.second_tab.detail")} />`;
    case "broken":
      return html`<${Plain} title=${say("screen.no_memory.title")} detail=${say("screen.no_memory.detail")}
        action=${say("screen.retry")} onAction=${() => location.reload()} />`;
    case "replaced":
      return html`<${Plain} title=${say("screen.replaced.title")} detail=${say("screen.replaced.detail", { name: screen.name })}
        action=${say("screen.replaced.here")} onAction=${() => screen.resume()} />`;
    case "pairing":
      return html`<${Pairing} screen=${screen} />`;
    case "running":
      return html`${isFree(screen) && html`<${Idle} screen=${screen} />`}<${Controls} screen=${screen} />`;
    default:
      return null;
  }
}

// Whether this page itself shows nothing, whatever is on the second monitor.
function isFree({ director }) {
  return director.panes.every(({ host }) => host.index !== 0);
}

async function begin() {
  const wished = new URLSearchParams(location.search).get("lang");
  if (wished === "ko" || wished === "en") await chooseLanguage(wished);
  else await loadLanguage();
  render(html`<${App} />`, document.getElementById("app"));
  // Capture: whatever is touched, the first touch unlocks what browsers keep locked until then.
  for (const event of ["pointerup", "keydown"]) document.addEventListener(event, unlock, { capture: true, once: true });
  stayAwake();
  await screen.start(root);
  keepShell();
}

begin();
