// The phone's app: who is here and for which bench, and its three tabs: scan, remote control, history.
//
// Each tab is a file with a default export: `scan/page.js`, `remote/remote.js` (given screenId and windowId),
// `history/page.js`. A scanner that types is heard on every tab; its scan leads back to the first.
import { begin, joinProblem } from "./entry.js";
import { session, signOut } from "../console/lib/api.js";
import { Fragment, html, render, useCallback, useEffect, useRef, useState } from "../console/lib/html.js";
import { chooseLanguage, loadLanguage, say, useLanguage } from "../console/lib/i18n.js";
import { isLive, startLive, useLive } from "../console/lib/live.js";
import { useScreen } from "../console/lib/screens.js";
import { useStore } from "../console/lib/store.js";
import { FactorDue } from "../console/pages/account_factor.js";
import { Badge, Button, Empty, Failure, Fence, Loading } from "../console/ui/basics.js";
import { Choice, Tick } from "../console/ui/forms.js";
import { Dialog } from "../console/ui/dialog.js";
import { Toasts } from "../console/ui/toast.js";
import { keep, kept } from "./kept.js";
import { choice, isSame, noteName } from "./scan/bench.js";
import { BenchBar, BenchDialog } from "./scan/bench_bar.js";
import { nudge } from "./scan/progress.js";
import { benchWanted, scanned, startScanner } from "./scan/scanner.js";
import { isMuted, setMuted, unlockSound } from "./scan/signals.js";
import { History, Remote, Scan, Settings, Silence, Sound } from "./scan/signs.js";
import { hearWedge } from "./scan/wedge.js";
import { Gate } from "./gate.js";
import { AgeChoice, InstallPart, NewVersion } from "./queue/parts.js";
import { startUpdates } from "./queue/updates.js";

const TABS = [
  { name: "scan", Sign: Scan, load: () => import("./scan/page.js") },
  { name: "remote", Sign: Remote, load: () => import("./remote/remote.js") },
  { name: "history", Sign: History, load: () => import("./history/page.js") },
];

const AGAIN_CHOICES = [0, 3000, 10_000];

function Top({ onSettings }) {
  const live = useStore(isLive);
  const muted = useStore(isMuted);
  return html`<header class="phone-top">
    <img src="/web/icons/benchcast.svg" alt="" width="26" height="26" />
    <h1 id="page-title" tabindex="-1">Benchcast</h1>
    <${Badge} tone=${live ? "good" : "wait"}>${say(live ? "ui.live" : "ui.not_live")}<//>
    <span class="fill"></span>
    <button type="button" class="icon" aria-pressed=${muted} aria-label=${say("phone.settings.mute")} onClick=${() => setMuted(!muted)}>
      ${muted ? html`<${Silence} />` : html`<${Sound} />`}</button>
    <button type="button" class="icon" aria-haspopup="dialog" aria-label=${say("phone.settings.title")} onClick=${onSettings}>
      <${Settings} /></button>
  </header>`;
}

function SettingsDialog({ onClose }) {
  const language = useLanguage();
  const muted = useStore(isMuted);
  const [again, setAgain] = useState(String(kept("again_ms", 0)));
  const { user, guest, name } = session.value;
  return html`<${Dialog} title=${say("phone.settings.title")} onClose=${onClose}>
    <${Choice} label=${say("phone.settings.language")} value=${language} onChange=${chooseLanguage}
      options=${[["ko", "한국어"], ["en", "English"]]} />
    <${Tick} label=${say("phone.settings.mute")} checked=${muted} onChange=${setMuted} />
    <${Choice} label=${say("phone.settings.again")} help=${say("phone.settings.again.help")} value=${again}
      onChange=${(value) => {
        keep("again_ms", Number(value));
        setAgain(value);
      }}
      options=${AGAIN_CHOICES.map((ms) => [String(ms), ms ? say("phone.settings.again_after", { seconds: ms / 1000 }) : say("phone.settings.again_never")])} />
    <${AgeChoice} />
    <${InstallPart} />
    <p class="fine">${guest ? say("phone.settings.guest", { name: name ?? "" }) : say("phone.settings.user", { name: user.name })}</p>
    <div class="form-end">
      <${Button} onClick=${() => {
        onClose();
        signOut();
      }}>${say(guest ? "phone.settings.leave" : "console.sign_in.out")}<//>
      <${Button} kind="main" onClick=${onClose}>${say("ui.close")}<//>
    </div>
  <//>`;
}

function TabBar({ tab, onTab }) {
  return html`<nav class="tabs" aria-label=${say("ui.menu")}>
    ${TABS.map(
      ({ name, Sign }) => html`<button key=${name} type="button" aria-current=${name === tab ? "page" : undefined} onClick=${() => onTab(name)}>
        <${Sign} /><span>${say(`phone.tab.${name}`)}</span></button>`,
    )}
  </nav>`;
}

function Content({ tab, onTab, screenId }) {
  const [drawn, setDrawn] = useState({ name: null, View: null, problem: null });
  const { load } = TABS.find(({ name }) => name === tab);
  const get = () => {
    let isGone = false;
    load().then(
      ({ default: View }) => isGone || setDrawn({ name: tab, View, problem: null }),
      (problem) => isGone || setDrawn({ name: tab, View: null, problem }),
    );
    return () => {
      isGone = true;
    };
  };
  useEffect(get, [tab]);
  const { name, View, problem } = drawn;
  if (name !== tab) return html`<${Loading} />`;
  if (problem) return html`<${Failure} problem=${problem} onRetry=${get} />`;
  if (tab === "remote" && !screenId) return html`<${Empty} title=${say("phone.bench.none")}><p>${say("phone.bench.first")}</p><//>`;
  return html`<${Fence} key=${tab}><${View} key=${screenId} screenId=${screenId} windowId="main" onShown=${() => onTab("scan")} /><//>`;
}

// The chosen bench, followed by the live line; `onScreen` hears what is known of it.
function FollowedBench({ screenId, onScreen }) {
  const load = useScreen(screenId);
  // It is a new object every time, but seldom a new state.
  useEffect(() => {
    onScreen(load.value);
    if (load.value) noteName(load.value);
  }, [JSON.stringify(load.value)]);
  return load.problem && !load.value ? html`<${Failure} problem=${load.problem} onRetry=${load.reload} />` : null;
}

function Shell() {
  const [tab, setTab] = useState("scan");
  const [open, setOpen] = useState(null);
  const [screen, setScreen] = useState(undefined);
  const chosen = useStore(choice);
  const isWanted = useStore(benchWanted);
  const isGuest = Boolean(session.value.guest);
  const notJoined = useStore(joinProblem);
  const main = useRef(null);
  useEffect(() => setScreen(undefined), [chosen.screenId]);
  useEffect(() => {
    if (isWanted) setOpen("wanted");
    benchWanted.set(false);
  }, [isWanted]);
  useEffect(
    () =>
      hearWedge((text) => {
        setTab("scan");
        scanned(text, "wedge");
      }),
    [],
  );
  useLive("screen:status", useCallback(({ lastOutcome }) => lastOutcome && nudge(lastOutcome.id), []));
  useEffect(() => {
    document.title = `${say(`phone.tab.${tab}`)} · Benchcast`;
  });
  const known = screen && isSame(screen.screenId, chosen.screenId) ? screen : undefined;
  return html`<${Fragment}>
    <${Top} onSettings=${() => setOpen("settings")} />
    <${BenchBar} choice=${chosen} screen=${known} isGuest=${isGuest} onOpen=${() => setOpen("bench")} />
    <${NewVersion} />
    <main class="phone-main" ref=${main}>
      ${notJoined
        ? html`<${Failure} problem=${notJoined} /><p class="actions"><${Button} onClick=${() => joinProblem.set(null)}>${say("ui.close")}<//></p>`
        : null}
      ${chosen.screenId ? html`<${FollowedBench} key=${chosen.screenId} screenId=${chosen.screenId} onScreen=${setScreen} />` : null}
      <${Content} tab=${tab} onTab=${setTab} screenId=${chosen.screenId} />
    </main>
    <${TabBar} tab=${tab} onTab=${setTab} />
    ${open === "bench" || open === "wanted"
      ? html`<${BenchDialog} ...${{ choice: chosen, screen: known, isGuest }} onPick=${() => open === "wanted" && setOpen(null)}
          onClose=${() => setOpen(null)} />`
      : null}
    ${open === "settings" ? html`<${SettingsDialog} onClose=${() => setOpen(null)} />` : null}
    <${Toasts} />
  </${Fragment}>`;
}

function App() {
  useLanguage();
  const now = useStore(session);
  const [isBegun, setBegun] = useState(false);
  const [problem, setProblem] = useState(null);
  const start = () =>
    begin().then(
      () => {
        setProblem(null);
        setBegun(true);
      },
      (found) => setProblem(found),
    );
  useEffect(() => {
    start();
  }, []);
  if (!isBegun) {
    return html`<main>${problem ? html`<${Failure} problem=${problem} onRetry=${start} />` : html`<${Loading} />`}</main>`;
  }
  if (now?.factorDue) return html`<div class="gate"><${FactorDue} /><${Toasts} /></div>`;
  return now ? html`<${Shell} key=${now.user?.name ?? "guest"} />` : html`<${Gate} />`;
}

await loadLanguage();
unlockSound();
startLive();
startScanner();
startUpdates();
render(html`<${App} />`, document.getElementById("app"));
