// API tokens: what programs sign in with; shown once, listed without themselves, revoked at once.
import { get, post, remove } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { ago, day, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Badge, Button, Empty, Loaded, Page } from "../ui/basics.js";
import { Copy } from "../ui/copy.js";
import { Confirm, Dialog, useDialog } from "../ui/dialog.js";
import { Choice, Field, Form, Tick } from "../ui/forms.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";
import { PermissionFields, Permissions, useTargets } from "./permissions.js";

const LIVES = [30, 90, 365, 1095];

export default function Tokens() {
  const load = useLoad((signal) => get("/api/tokens", { signal }));
  const targets = useTargets();
  const [dialog, open] = useDialog();
  const make = () =>
    open((close) => html`<${TokenForm} targets=${targets} onClose=${close} onDone=${(made) => {
      load.reload();
      open((shut) => html`<${Made} made=${made} onClose=${shut} />`);
    }} />`);
  const revoke = ({ tokenId, name }) =>
    open((close) => html`<${Confirm} title=${say("console.tokens.revoke_title", { name })} text=${say("console.tokens.revoke_text")}
      yes=${say("console.tokens.revoke")} work=${() => remove(`/api/tokens/${encodeURIComponent(tokenId)}`)} onClose=${close}
      onDone=${() => {
        close();
        toast(say("console.tokens.revoked", { name }));
        load.reload();
      }} />`);
  const columns = [
    { key: "name", title: say("console.tokens.name"), isMain: true, draw: ({ name }) => name },
    { key: "scopes", title: say("console.tokens.scopes"), draw: ({ scopes }) => html`<${Permissions} list=${scopes} />` },
    { key: "by", title: say("console.tokens.made_by"), draw: ({ createdBy, createdAt }) => `${createdBy.split(":")[1] ?? createdBy} · ${day(createdAt)}` },
    { key: "until", title: say("console.tokens.until"), draw: ({ expiresAt }) =>
      expiresAt <= Date.now() ? html`<${Badge} tone="bad">${say("console.tokens.over")}<//>` : day(expiresAt) },
    { key: "used", title: say("console.tokens.used"), draw: ({ lastUsedAt }) => (lastUsedAt ? ago(lastUsedAt) : say("console.tokens.never")) },
    { key: "do", title: say("console.users.do"), draw: (token) =>
      html`<${Button} kind="danger" aria-label=${say("console.tokens.revoke_of", { name: token.name })} onClick=${() => revoke(token)}>${say("console.tokens.revoke")}<//>` },
  ];
  return html`<${Page} title=${say("console.tokens.title")}
    actions=${html`<${Button} kind="main" onClick=${make}>${say("console.tokens.add")}<//>`}>
    <${Loaded} load=${load} isEmpty=${({ tokens }) => tokens.length === 0}
      empty=${html`<${Empty} title=${say("console.tokens.empty")}><p>${say("console.tokens.empty_help")}</p><//>`}>
      ${({ tokens }) => html`<${Table} columns=${columns} rows=${tokens} keyOf=${({ tokenId }) => tokenId} caption=${say("console.tokens.title")} />`}
    <//>
    ${dialog}
  <//>`;
}

function TokenForm({ targets, onClose, onDone }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("365");
  const [withOrders, setOrders] = useState(false);
  const [isEverywhere, setEverywhere] = useState(true);
  const [permissions, setPermissions] = useState([]);
  const scopes = [...(withOrders ? ["orders"] : []), ...(isEverywhere ? ["trigger:*"] : permissions)];
  const action = useAction(() => post("/api/tokens", { name, days: Number(days), scopes }));
  const submit = async () => {
    if (!scopes.length) return;
    const made = await action.run();
    if (made) onDone(made);
  };
  return html`<${Dialog} title=${say("console.tokens.add")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.tokens.make")} onCancel=${onClose}>
      <${Field} label=${say("console.tokens.name")} value=${name} onChange=${setName} help=${say("console.tokens.name_help")} maxlength="200" />
      <${Choice} label=${say("console.tokens.life")} value=${days} onChange=${setDays}
        options=${LIVES.map((each) => [String(each), say("console.tokens.days", { count: each })])} />
      <${Tick} label=${say("console.permissions.orders")} checked=${withOrders} onChange=${setOrders} />
      <${Tick} label=${say("console.tokens.everywhere")} checked=${isEverywhere} onChange=${setEverywhere} />
      ${isEverywhere ? null : html`<${PermissionFields} targets=${targets} value=${permissions} onChange=${setPermissions} withEvery />`}
      ${scopes.length ? null : html`<p class="error" role="alert">${say("console.tokens.nothing")}</p>`}
    <//>
  <//>`;
}

function Made({ made, onClose }) {
  return html`<${Dialog} title=${say("console.tokens.made", { name: made.name })} onClose=${onClose}>
    <p class="note warn">${say("console.tokens.once")}</p>
    <${Copy} label=${say("console.tokens.token")} text=${made.token} />
    <div class="form-end"><${Button} kind="main" onClick=${onClose}>${say("ui.close")}<//></div>
  <//>`;
}
