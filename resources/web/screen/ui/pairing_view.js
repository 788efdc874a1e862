// How an unpaired browser becomes a screen: a code and QR that an admin approves, or a code or link typed here.
import { html, useEffect, useRef, useState } from "../../console/lib/html.js";
import { chooseLanguage, currentLanguage, say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { UNREACHABLE } from "../link/request.js";
import { askForApproval, nameInAddress, readTyped, secretInAddress } from "../pairing.js";
import { Qr } from "./qr.js";

export function Pairing({ screen }) {
  const ended = useStore(screen.ended);
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const given = useRef(undefined);
  if (given.current === undefined) given.current = secretInAddress();
  const pair = async (secret) => {
    setBusy(true);
    setProblem(null);
    try {
      await screen.pairBy(secret);
    } catch (failure) {
      setProblem(wordsOf(failure));
      setBusy(false);
    }
  };
  useEffect(() => {
    if (given.current) pair(given.current);
  }, []);
  const named = nameInAddress();
  return html`<main class="pairing">
    <header>
      <h1>${say("screen.pairing.title")}</h1>
      ${named && html`<p class="named">${say("screen.pairing.named", { name: named })}</p>`}
      ${ended && html`<p class="bad" role="alert">✕ ${ended}</p>`}
    </header>
    <${ByApproval} screen=${screen} isPaused=${isBusy} />
    <${ByCode} pair=${pair} isBusy=${isBusy} problem=${problem} />
    <${Languages} />
  </main>`;
}

function ByApproval({ screen, isPaused }) {
  const [asked, setAsked] = useState(null);
  const [problem, setProblem] = useState(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (isPaused) return undefined;
    const stop = new AbortController();
    const waits = (failure) => setProblem(failure ? wordsOf(failure) : null);
    askForApproval(screen.hosts, { shows: setAsked, waits, signal: stop.signal }).then(
      (grant) => stop.signal.aborted || screen.granted(grant),
      (failure) => {
        if (stop.signal.aborted) return;
        setAsked(null);
        setProblem({ ...wordsOf(failure), isFinal: true });
      },
    );
    return () => stop.abort();
  }, [round, isPaused]);
  return html`<section aria-labelledby="by-approval">
    <h2 id="by-approval">${say("screen.pairing.approval")}</h2>
    <p>${say("screen.pairing.approval_how")}</p>
    ${asked && html`<${Qr} svg=${asked.qr} label=${say("screen.pairing.qr")} />
      <p class="code-label">${say("screen.pairing.code")}</p><output class="code">${asked.code}</output>
      <p class="weak">${say("screen.pairing.page", { page: asked.page })}</p>`}
    <${Failure} problem=${problem} />
    ${problem?.isFinal && html`<button type="button" onClick=${() => { setProblem(null); setRound(round + 1); }}>${say("screen.pairing.again")}</button>`}
  </section>`;
}

function ByCode({ pair, isBusy, problem }) {
  const [text, setText] = useState("");
  const [misread, setMisread] = useState(null);
  const send = (event) => {
    event.preventDefault();
    const secret = readTyped(text);
    const isElsewhere = secret?.host && secret.host.toLowerCase() !== location.host.toLowerCase();
    setMisread(!secret ? say("screen.pairing.neither") : isElsewhere ? say("screen.pairing.elsewhere", { host: secret.host }) : null);
    if (secret && !isElsewhere) pair(secret);
  };
  return html`<section aria-labelledby="by-code">
    <h2 id="by-code">${say("screen.pairing.by_code")}</h2>
    <p id="by-code-how">${say("screen.pairing.by_code_how")}</p>
    <form onSubmit=${send}>
      <label for="code">${say("screen.pairing.field")}</label>
      <input id="code" value=${text} onInput=${(event) => setText(event.target.value)} aria-describedby="by-code-how"
        autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="2000" required />
      <button type="submit" disabled=${isBusy}>${say(isBusy ? "screen.pairing.busy" : "screen.pairing.pair")}</button>
    </form>
    <${Failure} problem=${misread ? { detail: misread } : problem} />
  </section>`;
}

function Failure({ problem }) {
  if (!problem) return null;
  return html`<p class="bad" role="alert">✕ ${problem.title && html`<b>${problem.title}.</b>`} ${problem.detail} ${problem.action}</p>`;
}

function Languages() {
  const other = currentLanguage() === "ko" ? "en" : "ko";
  return html`<footer><button type="button" class="quiet" lang=${other} onClick=${() => chooseLanguage(other)}>${other === "ko" ? "한국어" : "English"}</button></footer>`;
}

function wordsOf(failure) {
  if (failure.code !== UNREACHABLE) return { title: failure.title, detail: failure.detail, action: failure.action };
  return { title: say("screen.away.title"), detail: say("screen.away.detail", { host: location.host }), action: say("screen.away.action") };
}
