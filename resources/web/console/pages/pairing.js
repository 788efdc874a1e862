// Pairing: a new screen, the offer that its bench scans or types, and benches that ask by themselves.
import { get, mayAs, post } from "../lib/api.js";
import { useNow } from "../lib/clock.js";
import { Fragment, html, useCallback, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { ago, number, say } from "../lib/i18n.js";
import { ask, useLive } from "../lib/live.js";
import { useAction, useLoad } from "../lib/load.js";
import { nameOf } from "../lib/screens.js";
import { Button, Empty, Failure, Loaded, Loading } from "../ui/basics.js";
import { Copy } from "../ui/copy.js";
import { Dialog, useDialog } from "../ui/dialog.js";
import { Choice, Field, Form, Tick } from "../ui/forms.js";
import { useSvg } from "../ui/svg.js";
import { toast } from "../ui/toast.js";

const LOOK_MS = 5000;
const SCREEN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function idError(text) {
  return SCREEN_ID.test(text) ? "" : say("console.pairing.id_wrong");
}

export function NewScreenDialog({ onClose, onAdded }) {
  const [screenId, setId] = useState("");
  const [name, setName] = useState("");
  const [isChecked, setChecked] = useState(false);
  const [added, setAdded] = useState(null);
  const action = useAction(() => post("/api/screens", { screenId: screenId.trim(), name: name.trim() }));
  if (added) return html`<${PairingDialog} screen=${added} onPaired=${onAdded} onClose=${onClose} />`;
  const send = async () => {
    setChecked(true);
    if (idError(screenId.trim())) return;
    const screen = await action.run();
    if (screen) {
      onAdded();
      setAdded(screen);
    }
  };
  return html`<${Dialog} title=${say("console.pairing.new_title")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${send} onCancel=${onClose} submit=${say("console.pairing.new_submit")}>
      <${Field} label=${say("console.screens.id")} value=${screenId} onChange=${setId} autocapitalize="none" spellcheck=${false}
        maxlength="64" help=${say("console.pairing.id_help")} error=${isChecked ? idError(screenId.trim()) : ""} />
      <${Field} label=${say("console.screens.name")} value=${name} onChange=${setName} maxlength="200" help=${say("console.pairing.name_help")} />
    <//>
  <//>`;
}

// An open offer for a screen; says so at once when a bench has taken it.
export function PairingDialog({ screen, onPaired, onClose }) {
  const load = useLoad(() => post(`/api/screens/${encodeURIComponent(screen.screenId)}/pairing`), [screen.screenId]);
  const [paired, setPaired] = useState(null);
  const before = useRef(screen.pairedAt ?? null);
  const look = useCallback(async () => {
    const now = await get(`/api/screens/${encodeURIComponent(screen.screenId)}`).catch(() => null);
    if (now?.paired && now.pairedAt !== before.current) setPaired((known) => known ?? now);
  }, [screen.screenId]);
  const listener = useCallback(
    ({ screenId }) => screenId.toLowerCase() === screen.screenId.toLowerCase() && look(),
    [screen.screenId, look],
  );
  useLive("screen:status", listener);
  useEffect(() => {
    ask("watch", { screenId: screen.screenId }).catch(() => {});
    // A bench that claims and does not connect is told by nobody.
    const timer = setInterval(() => document.hidden || look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [look]);
  useEffect(() => {
    if (paired) onPaired();
  }, [Boolean(paired)]);
  return html`<${Dialog} title=${say("console.pairing.title", { name: nameOf(screen) })} onClose=${onClose} wide>
    ${paired
      ? html`<div class="note good" role="status"><p class="lead">${say("console.pairing.done")}</p>
            <p>${say("console.pairing.done_detail", { device: paired.device || paired.screenId })}</p></div>
          <div class="form-end"><${Button} kind="main" onClick=${onClose}>${say("ui.close")}<//></div>`
      : load.value
        ? html`<${OfferView} offer=${load.value} isAgain=${Boolean(screen.paired)} onAgain=${load.reload} isLoading=${load.isLoading} />`
        : load.problem
          ? html`<${Failure} problem=${load.problem} onRetry=${load.reload} />`
          : html`<${Loading} />`}
  <//>`;
}

function OfferView({ offer, isAgain, onAgain, isLoading }) {
  const now = useNow();
  const qr = useSvg(offer.qrSvg);
  const left = Math.max(0, Math.ceil((offer.expiresAt - now) / 1000));
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (!left) {
    return html`<div class="note warn" role="status"><p class="lead">${say("console.pairing.expired")}</p>
      <${Button} kind="main" isBusy=${isLoading} onClick=${onAgain}>${say("console.pairing.again")}<//></div>`;
  }
  return html`<${Fragment}>
    ${isAgain ? html`<p class="note warn">${say("console.pairing.replaces")}</p>` : null}
    <div class="offer">
      ${qr ? html`<img class="qr" src=${qr} alt=${say("console.pairing.qr")} width="360" height="360" />` : null}
      <div>
        <h3>${say("console.pairing.by_scanner")}</h3>
        <p>${say("console.pairing.by_scanner_how")}</p>
        <h3>${say("console.pairing.by_code")}</h3>
        <p class="code mono" aria-label=${say("console.pairing.code")}>${grouped(offer.code)}</p>
        ${offer.check
          ? html`<p>${say("console.pairing.check_how")}</p><p class="check mono" aria-label=${say("console.pairing.check")}>${offer.check}</p>`
          : null}
        <h3>${say("console.pairing.by_link")}</h3>
        <${Copy} label=${say("console.pairing.link")} text=${offer.link} />
        <p role="timer" class="fine">${say("console.pairing.left", { clock })}</p>
        <p class="row"><span class="spinner" aria-hidden="true"></span> <span role="status">${say("console.pairing.waiting")}</span></p>
      </div>
    </div>
  </${Fragment}>`;
}

function grouped(code) {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}

// Who asks to be paired, behind a button that counts them.
export function RequestsButton({ screens, onPaired }) {
  const load = useLoad((signal) => get("/api/pair/requests", { signal }));
  const [dialog, open] = useDialog();
  useEffect(() => {
    const timer = setInterval(() => document.hidden || !mayAs("admin") || load.reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [load.reload]);
  const count = load.value?.requests.length ?? 0;
  const show = () => open((close) => html`<${RequestsDialog} screens=${screens} onPaired=${onPaired} onClose=${close} />`);
  return html`${dialog}<${Button} onClick=${show}>
    ${count ? html`<span class="count">${number(count)}</span>` : null}${say("console.pairing.requests")}<//>`;
}

function RequestsDialog({ screens, onPaired, onClose }) {
  const load = useLoad((signal) => get("/api/pair/requests", { signal }));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || load.reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [load.reload]);
  return html`<${Dialog} title=${say("console.pairing.requests")} onClose=${onClose} wide>
    <${Loaded} load=${load} isEmpty=${({ requests }) => requests.length === 0}
      empty=${html`<${Empty} title=${say("console.pairing.no_requests")}><p>${say("console.pairing.no_requests_help")}</p>
        <p>${say("console.pairing.no_requests_browser")}</p><//>`}>
      ${({ requests, check }) => html`<ul class="requests">${requests.map(
        (request) => html`<li key=${request.requestId} class="card">
          <${Request} request=${request} check=${check} screens=${screens}
            onDone=${() => {
              onPaired();
              load.reload();
            }} /></li>`,
      )}</ul>`}
    <//>
  <//>`;
}

function Request({ request, check, screens, onDone }) {
  const { device } = request;
  const [isApproving, setApproving] = useState(false);
  const deny = useAction(async () => {
    await post(`/api/pair/requests/${request.requestId}/deny`);
    toast(say("console.pairing.denied", { device: device.name }));
    onDone();
  });
  const facts = [
    [say("console.pairing.address"), request.address],
    [say("console.pairing.system"), [device.platform, device.appVersion].filter(Boolean).join(" · ")],
    [say("console.screen.monitors"), device.monitors?.join(", ") || (device.displays != null ? number(device.displays) : "")],
    [say("console.pairing.asked"), ago(request.createdAt)],
  ].filter(([, value]) => value);
  return html`<${Fragment}>
    <h3>${device.name || say("console.pairing.nameless")}</h3>
    <dl class="facts">${facts.map(([name, value]) => html`<${Fragment} key=${name}><dt>${name}</dt><dd>${value}</dd></${Fragment}>`)}</dl>
    ${request.screenId
      ? html`<p class="note good">${say("console.pairing.approved_already", { screenId: request.screenId })}</p>`
      : isApproving
        ? html`<${Approval} request=${request} check=${check} screens=${screens} onDone=${onDone} onCancel=${() => setApproving(false)} />`
        : html`<div class="actions"><${Button} kind="main" onClick=${() => setApproving(true)}>${say("console.pairing.approve")}<//>
            <${Button} kind="danger" isBusy=${deny.isBusy} onClick=${() => deny.run()}>${say("console.pairing.deny")}<//></div>`}
    <${Failure} problem=${deny.problem} />
  </${Fragment}>`;
}

const NEW = "";

function Approval({ request, check, screens, onDone, onCancel }) {
  const [code, setCode] = useState("");
  const [target, setTarget] = useState(NEW);
  const [screenId, setId] = useState("");
  const [name, setName] = useState(request.device.name ?? "");
  const [isSame, setSame] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const options = useMemo(
    () => [
      [NEW, say("console.pairing.new_screen")],
      ...screens.map((each) => [each.screenId, `${nameOf(each)} (${each.screenId})${each.paired ? ` – ${say("console.pairing.has_device")}` : ""}`]),
    ],
    [screens],
  );
  const existing = screens.find((each) => each.screenId === target);
  const action = useAction(async () => {
    const asked = encodeURIComponent(code.trim());
    const found = await get(`/api/pair/requests/${asked}`);
    if (found.requestId !== request.requestId) return { isOther: true };
    const wish = existing ? { screenId: existing.screenId, replace: existing.paired } : { screenId: screenId.trim(), name: name.trim() };
    return post(`/api/pair/requests/${asked}/approve`, { ...wish, ...(check ? { check } : {}) });
  });
  const [isOther, setOther] = useState(false);
  const errors = {
    code: code.trim() ? "" : say("console.pairing.code_missing"),
    id: existing ? "" : idError(screenId.trim()),
    same: !check || isSame ? "" : say("console.pairing.same_missing"),
  };
  const send = async () => {
    setChecked(true);
    setOther(false);
    if (errors.code || errors.id || errors.same) return;
    const approved = await action.run();
    if (approved?.isOther) setOther(true);
    else if (approved) {
      toast(say("console.pairing.approved", { device: request.device.name, screenId: approved.screenId ?? target }));
      onDone();
    }
  };
  return html`<${Form} action=${action} onSubmit=${send} onCancel=${onCancel} submit=${say("console.pairing.approve_now")}>
    <${Field} label=${say("console.pairing.code_there")} value=${code} onChange=${setCode} autocapitalize="characters" autocomplete="off"
      spellcheck=${false} maxlength="12" help=${say("console.pairing.code_help")}
      error=${isOther ? say("console.pairing.code_other") : isChecked ? errors.code : ""} />
    <${Choice} label=${say("console.pairing.as_screen")} value=${target} onChange=${setTarget} options=${options} />
    ${existing
      ? existing.paired
        ? html`<p class="note warn">${say("console.pairing.replaces")}</p>`
        : null
      : html`<${Field} label=${say("console.screens.id")} value=${screenId} onChange=${setId} maxlength="64" autocapitalize="none" spellcheck=${false}
            help=${say("console.pairing.id_help")} error=${isChecked ? errors.id : ""} />
          <${Field} label=${say("console.screens.name")} value=${name} onChange=${setName} maxlength="200" />`}
    ${check
      ? html`<p>${say("console.pairing.compare")}</p><p class="check mono">${check}</p>
          <${Tick} label=${say("console.pairing.same")} checked=${isSame} onChange=${setSame} />
          ${isChecked && errors.same ? html`<p class="error" role="alert">${errors.same}</p>` : null}`
      : null}
  <//>`;
}
