// Before somebody is here: scan the QR of a screen right here, so that an installed page keeps what it is lent, or sign in.
import { session } from "../console/lib/api.js";
import { html, useEffect, useRef, useState } from "../console/lib/html.js";
import { chooseLanguage, say, useLanguage } from "../console/lib/i18n.js";
import { useAction } from "../console/lib/load.js";
import { useStore } from "../console/lib/store.js";
import { SignIn } from "../console/pages/sign_in.js";
import { Button, Failure } from "../console/ui/basics.js";
import { Field, Form } from "../console/ui/forms.js";
import { Privacy } from "../console/ui/privacy.js";
import { join, joinProblem } from "./entry.js";
import { InstalledNote } from "./queue/parts.js";
import { readJoin } from "./scan/meaning.js";
import { recall } from "./scan/bench.js";
import { signal } from "./scan/signals.js";
import { Scan } from "./scan/signs.js";
import { Viewfinder } from "./scan/viewfinder.js";

const WAYS = [
  ["scan", Scan],
  ["code", null],
  ["account", null],
];

export function Gate() {
  const language = useLanguage();
  const problem = useStore(joinProblem);
  const [way, setWay] = useState(null);
  const other = language === "ko" ? "en" : "ko";
  useEffect(
    () =>
      session.listen((now) => {
        if (now) recall();
      }),
    [],
  );
  return html`<div class="gate">
    <div class="corner"><${Button} kind="quiet" lang=${other} onClick=${() => chooseLanguage(other)}>${other === "ko" ? "한국어" : "English"}<//></div>
    ${problem
      ? html`<section class="gate-part"><${Failure} problem=${problem} /><p>${say("phone.join.failed.action")}</p></section>`
      : null}
    <main class="gate-part">
      <img src="/web/icons/benchcast.svg" alt="" width="56" height="56" />
      <h1 id="page-title" tabindex="-1">Benchcast</h1>
      <p>${say("phone.gate.text")}</p>
      <${InstalledNote} />
      ${way === "scan" ? html`<${JoinByCamera} />` : null}
      <div class="ways">
        ${WAYS.map(
          ([name, Sign]) => html`<${Button} key=${name} kind=${name === "scan" ? "main" : "plain"} aria-expanded=${way === name}
            onClick=${() => setWay(way === name ? null : name)}>${Sign ? html`<${Sign} />` : null}${say(`phone.gate.${name}`)}<//>`,
        )}
      </div>
      ${way === "code" ? html`<${JoinByCode} />` : null}
      ${way === "account" ? null : html`<${Privacy} />`}
    </main>
    ${way === "account" ? html`<${SignIn} />` : null}
  </div>`;
}

function JoinByCamera() {
  const [isOther, setOther] = useState(false);
  const action = useAction(join);
  const onCode = ({ text }) => {
    const link = readJoin(text.replace(/^\][A-Za-z][0-9A-Za-z]/, ""));
    const isOurs = link?.host === location.host.toLowerCase();
    setOther(!isOurs);
    if (!isOurs || action.isBusy || action.problem) return;
    signal("read");
    action.run(link);
  };
  return html`<${Viewfinder} onCode=${onCode} />
    <div role="status">${isOther ? html`<p>${say("phone.gate.other")}</p>` : null}</div>
    <${Failure} problem=${action.problem} onRetry=${action.clear} />`;
}

// Where there is no camera: the same ticket, short enough to be typed.
function JoinByCode() {
  const [code, setCode] = useState("");
  const box = useRef(null);
  useEffect(() => box.current.querySelector("input").focus(), []);
  const action = useAction(() => join({ ticket: code.replace(/[\s-]/g, "").toUpperCase() }));
  return html`<div ref=${box}><${Form} action=${action} onSubmit=${() => code.trim() && action.run()} submit=${say("phone.gate.code.send")} kind="plain">
    <${Field} label=${say("phone.gate.code.label")} value=${code} onChange=${setCode} autocomplete="off" autocapitalize="characters"
      spellcheck=${false} maxlength="40" />
  <//></div>`;
}
