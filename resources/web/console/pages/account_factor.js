// One's own second factor: set up with an authenticator app, kept with recovery codes, removed; and the page of who has to.
import { get, post, resume, session, signOut } from "../lib/api.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { day, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Badge, Button, Loaded } from "../ui/basics.js";
import { CodeField } from "../ui/code_field.js";
import { Copy } from "../ui/copy.js";
import { Dialog, useDialog } from "../ui/dialog.js";
import { Field, Form, Tick } from "../ui/forms.js";
import { useSvg } from "../ui/svg.js";
import { toast } from "../ui/toast.js";

const FEW_CODES = 3;

// The card on the account page.
export function Factor() {
  const load = useLoad((signal) => get("/api/auth/second-factor", { signal }));
  const [dialog, open] = useDialog();
  const show = (title, draw) =>
    open((close) => {
      const end = () => {
        close();
        load.reload();
      };
      return html`<${Dialog} title=${title} onClose=${end}>${draw(end)}<//>`;
    });
  const setUp = () => show(say("console.factor.set_up"), (end) => html`<${SetUp} onDone=${end} onCancel=${end} />`);
  const renew = () => show(say("console.factor.new_codes"), (end) => html`<${NewCodes} onDone=${end} />`);
  const drop = () => show(say("console.factor.remove_title"), (end) => html`<${Remove} onDone=${end} />`);
  return html`<div class="card account-card factor-card"><h2>${say("console.factor.title")}</h2>
    <p class="fine">${say("console.factor.what")}</p>
    <${Loaded} load=${load}>${({ setUpAt, recoveryCodesLeft = 0 }) => setUpAt
      ? html`<p><${Badge} tone="good">${say("console.factor.there", { day: day(setUpAt) })}<//></p>
        <p>${recoveryCodesLeft > FEW_CODES
          ? say("console.factor.codes_left", { count: recoveryCodesLeft })
          : html`<${Badge} tone="warn">${say("console.factor.codes_left", { count: recoveryCodesLeft })}<//>`}</p>
        <div class="row"><${Button} onClick=${renew}>${say("console.factor.new_codes")}<//>
          <${Button} kind="danger" onClick=${drop}>${say("console.factor.remove")}<//></div>
        <p class="fine">${say("console.factor.new_phone")}</p>`
      : html`<p><${Badge}>${say("console.factor.none")}<//></p>
        <${Button} kind="main" onClick=${setUp}>${say("console.factor.set_up")}<//>`}
    <//>
    ${dialog}
  </div>`;
}

// What stands in place of everything else while the relay asks for a second factor and there is none.
export function FactorDue() {
  const [isBegun, setBegun] = useState(false);
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  const leave = useAction(signOut);
  const enter = useAction(resume);
  return html`<main class="sign-in factor-due" id="content">
    <h1 id="page-title" ref=${heading} tabindex="-1">${say("console.factor.due_title")}</h1>
    <p>${say("console.factor.due_text", { name: session.value.user.name })}</p>
    ${isBegun
      ? html`<${SetUp} onDone=${enter.run} onCancel=${() => setBegun(false)} />`
      : html`<div class="form-end"><${Button} kind="main" onClick=${() => setBegun(true)}>${say("console.factor.set_up")}<//>
          <${Button} isBusy=${leave.isBusy} onClick=${leave.run}>${say("console.sign_in.out")}<//></div>
        <p class="fine">${say("console.factor.due_app")}</p>`}
  </main>`;
}

// Password, key and first code, recovery codes: one after the other.
function SetUp({ onDone, onCancel }) {
  const [password, setPassword] = useState("");
  const [draft, setDraft] = useState(null);
  const [codes, setCodes] = useState(null);
  const action = useAction(() => post("/api/auth/second-factor", { currentPassword: password }));
  const box = useRef(null);
  useEffect(() => box.current?.querySelector("input:not([readonly])")?.focus(), [draft]);
  if (codes) return html`<${Codes} codes=${codes} onDone=${onDone} />`;
  if (draft) return html`<div ref=${box}><${FirstCode} draft=${draft} onDone=${setCodes} onCancel=${onCancel} /></div>`;
  const submit = async () => {
    const begun = await action.run();
    if (!begun) return;
    setPassword("");
    setDraft(begun);
  };
  return html`<div ref=${box}><${Form} action=${action} onSubmit=${submit} submit=${say("console.factor.next")} onCancel=${onCancel}>
    <input type="text" class="unseen" autocomplete="username" value=${session.value.user.name} readonly tabindex="-1" aria-hidden="true" />
    <${Field} label=${say("console.account.current")} value=${password} onChange=${setPassword} type="password"
      autocomplete="current-password" required help=${say("console.factor.why_password")} />
  <//></div>`;
}

function FirstCode({ draft, onDone, onCancel }) {
  const [code, setCode] = useState("");
  const qr = useSvg(draft.qrSvg);
  const action = useAction(() => post("/api/auth/second-factor/confirm", { code }));
  const submit = async () => {
    const told = code.trim() && (await action.run());
    if (told) onDone(told.codes);
  };
  return html`<ol class="factor-steps">
    <li><p>${say("console.factor.scan")}</p>
      ${qr ? html`<img class="qr" src=${qr} alt=${say("console.factor.qr")} width="220" height="220" />` : null}
      <p class="fine"><a href=${draft.uri}>${say("console.factor.same_device")}</a></p>
      <details><summary>${say("console.factor.type_key")}</summary>
        <p class="mono factor-key">${draft.key.match(/.{1,4}/g).join(" ")}</p>
        <${Copy} label=${say("console.factor.key")} text=${draft.key} />
        <p class="fine">${say("console.factor.key_help")}</p></details></li>
    <li><p>${say("console.factor.then_code")}</p>
      <${Form} action=${action} onSubmit=${submit} submit=${say("console.factor.confirm")} onCancel=${onCancel}>
        <${CodeField} value=${code} onChange=${setCode} mayRecover=${false} />
      <//></li>
  </ol>`;
}

// Shown this once; nobody can look them up again.
function Codes({ codes, onDone }) {
  const [isKept, setKept] = useState(false);
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  return html`<div ref=${box} tabindex="-1" class="codes-part">
    <p class="lead" role="status">${say("console.factor.codes_title")}</p>
    <p>${say("console.factor.codes_text")}</p>
    <section class="recovery-codes" aria-label=${say("console.factor.recovery_codes")}>
      <p class="print-only">${say("console.factor.codes_of", { host: location.host, name: session.value.user.name })}</p>
      <ol class="mono">${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ol>
    </section>
    <${Copy} label=${say("console.factor.recovery_codes")} text=${codes.join(" ")} />
    <p><${Button} onClick=${() => window.print()}>${say("console.factor.print")}<//></p>
    <${Tick} label=${say("console.factor.kept")} checked=${isKept} onChange=${setKept} />
    <div class="form-end"><${Button} kind="main" disabled=${!isKept} onClick=${onDone}>${say("console.factor.done")}<//></div>
  </div>`;
}

function NewCodes({ onDone }) {
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState(null);
  const action = useAction(() => post("/api/auth/second-factor/recovery-codes", { code }));
  if (codes) return html`<${Codes} codes=${codes} onDone=${onDone} />`;
  const submit = async () => {
    const told = code.trim() && (await action.run());
    if (told) setCodes(told.codes);
  };
  return html`<p>${say("console.factor.new_codes_text")}</p>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.factor.make_codes")} onCancel=${onDone}>
      <${CodeField} value=${code} onChange=${setCode} />
    <//>`;
}

function Remove({ onDone }) {
  const [code, setCode] = useState("");
  const action = useAction(async () => {
    await post("/api/auth/second-factor/remove", { code });
    return true;
  });
  const submit = async () => {
    if (!code.trim() || !(await action.run())) return;
    onDone();
    toast(say("console.factor.removed"));
  };
  return html`<p>${say("console.factor.remove_text")}</p>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.factor.remove")} kind="danger" onCancel=${onDone}>
      <${CodeField} value=${code} onChange=${setCode} />
    <//>`;
}
