// Windows about a source: set it up, and ask it for one order with every step told.
import { post, put } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { number, say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Badge } from "../ui/basics.js";
import { Dialog } from "../ui/dialog.js";
import { Choice, Field, Form, TextArea, Tick } from "../ui/forms.js";

const HTTP = { urlTemplate: "", documentPath: "", titlePath: "", revisionPath: "", customerPath: "", dueDatePath: "", auth: "none", username: "", headerName: "", hosts: [], allowPrivate: false };
const SQL = { url: "", query: "", folder: "", hosts: [], allowPrivate: false };

// What the relay takes, of what it tells; the secret stays there.
export function draftOf({ name, http, sql, isEnabled, cacheSeconds, timeoutMs }) {
  return { name, isEnabled, cacheSeconds, timeoutMs, ...(http ? { http } : { sql }) };
}

export function SourceDialog({ source, onDone, onClose }) {
  const [kind, setKind] = useState(source?.sql ? "sql" : "http");
  const [name, setName] = useState(source?.name ?? "");
  const [http, setHttp] = useState({ ...HTTP, ...source?.http });
  const [sql, setSql] = useState({ ...SQL, ...source?.sql });
  const [secret, setSecret] = useState("");
  const [cache, setCache] = useState(String(source?.cacheSeconds ?? 300));
  const [timeout, setTimeout_] = useState(String((source?.timeoutMs ?? 3000) / 1000));
  const action = useAction(() => {
    const draft = {
      name: name.trim(),
      isEnabled: source?.isEnabled ?? true,
      cacheSeconds: Number(cache),
      timeoutMs: Math.round(Number(timeout) * 1000),
      ...(kind === "http" ? { http } : { sql }),
      ...(secret && { secret }),
    };
    return source ? put(`/api/sources/${source.sourceId}`, draft) : post("/api/sources", draft);
  });
  const submit = async () => {
    const written = await action.run();
    if (written) onDone(written);
  };
  const usesSecret = kind === "sql" || http.auth !== "none";
  return html`<${Dialog} wide title=${say(source ? "console.sources.edit" : "console.sources.add")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.orders.save")} onCancel=${onClose}>
      <div class="pair">
        <${Field} label=${say("console.sources.name")} value=${name} onChange=${setName} help=${say("console.sources.name_help")} maxlength="80" autocomplete="off" />
        <${Choice} label=${say("console.sources.kind")} value=${kind} onChange=${setKind} options=${[
          ["http", say("console.sources.kind_http")],
          ["sql", say("console.sources.kind_sql")],
        ]} />
      </div>
      ${kind === "http" ? html`<${HttpFields} value=${http} change=${setHttp} />` : html`<${SqlFields} value=${sql} change=${setSql} />`}
      ${usesSecret ? html`<${Field} label=${say(kind === "sql" ? "console.sources.password" : "console.sources.secret")} type="password" value=${secret} onChange=${setSecret}
        help=${say(source?.hasSecret ? "console.sources.secret_kept" : "console.sources.secret_help")} autocomplete="new-password" />` : null}
      <div class="pair">
        <${Field} label=${say("console.sources.cache")} type="number" min="0" max="86400" value=${cache} onChange=${setCache} help=${say("console.sources.cache_help")} />
        <${Field} label=${say("console.sources.timeout")} type="number" min="0.2" max="30" step="0.1" value=${timeout} onChange=${setTimeout_} help=${say("console.sources.timeout_help")} />
      </div>
    <//>
  <//>`;
}

function HttpFields({ value, change }) {
  const set = (field) => (next) => change({ ...value, [field]: next });
  return html`<fieldset><legend>${say("console.sources.question")}</legend>
      <${Field} label=${say("console.sources.url")} value=${value.urlTemplate} onChange=${set("urlTemplate")} placeholder="https://erp.example/api/orders/{orderId}" help=${say("console.sources.url_help", { place: "{orderId}" })} spellcheck=${false} />
      <div class="pair">
        <${Choice} label=${say("console.sources.auth")} value=${value.auth} onChange=${set("auth")}
          options=${["none", "basic", "bearer", "header"].map((auth) => [auth, say(`console.sources.auth_is.${auth}`)])} />
        ${value.auth === "basic" ? html`<${Field} label=${say("console.sources.username")} value=${value.username} onChange=${set("username")} autocomplete="off" />` : null}
        ${value.auth === "header" ? html`<${Field} label=${say("console.sources.header")} value=${value.headerName} onChange=${set("headerName")} placeholder="X-Api-Key" spellcheck=${false} />` : null}
      </div>
      <${Reach} value=${value} change=${change} />
    </fieldset>
    <fieldset><legend>${say("console.sources.answer")}</legend>
      <${Field} label=${say("console.sources.document_path")} value=${value.documentPath} onChange=${set("documentPath")} placeholder="data.items[0].url" help=${say("console.sources.document_path_help")} spellcheck=${false} />
      <div class="pair">
        <${Field} label=${say("console.sources.revision_path")} value=${value.revisionPath} onChange=${set("revisionPath")} spellcheck=${false} />
        <${Field} label=${say("console.sources.title_path")} value=${value.titlePath} onChange=${set("titlePath")} spellcheck=${false} />
        <${Field} label=${say("console.sources.customer_path")} value=${value.customerPath} onChange=${set("customerPath")} spellcheck=${false} />
        <${Field} label=${say("console.sources.due_path")} value=${value.dueDatePath} onChange=${set("dueDatePath")} spellcheck=${false} />
      </div>
    </fieldset>`;
}

function SqlFields({ value, change }) {
  const set = (field) => (next) => change({ ...value, [field]: next });
  return html`<fieldset><legend>${say("console.sources.question")}</legend>
    <${Field} label=${say("console.sources.database")} value=${value.url} onChange=${set("url")} placeholder="postgresql://reader@erp.example/erp" help=${say("console.sources.database_help")} spellcheck=${false} />
    <${TextArea} label=${say("console.sources.query")} value=${value.query} onChange=${set("query")} placeholder="SELECT path, rev AS revision, name AS title FROM orders WHERE no = :orderId" help=${say("console.sources.query_help")} spellcheck=${false} />
    <${Field} label=${say("console.sources.folder")} value=${value.folder} onChange=${set("folder")} help=${say("console.sources.folder_help")} spellcheck=${false} />
    <${Reach} value=${value} change=${change} />
  </fieldset>`;
}

function Reach({ value, change }) {
  const [text, setText] = useState(value.hosts.join(", "));
  return html`<${Field} label=${say("console.sources.hosts")} value=${text} help=${say("console.sources.hosts_help")} spellcheck=${false} onChange=${(next) => {
      setText(next);
      change({ ...value, hosts: next.split(/[\s,]+/).filter(Boolean) });
    }} />
    <${Tick} label=${say("console.sources.private")} checked=${value.allowPrivate} help=${say("console.sources.private_help")} onChange=${(allowPrivate) => change({ ...value, allowPrivate })} />`;
}

export function TryDialog({ source, onClose }) {
  const [orderId, setOrderId] = useState("");
  const [trial, setTrial] = useState(null);
  const action = useAction(async () => {
    setTrial(null);
    setTrial(await post(`/api/sources/${source.sourceId}/try`, { orderId: orderId.trim() }, { timeoutMs: 90_000 }));
  });
  return html`<${Dialog} wide title=${say("console.sources.try_title", { name: source.name })} onClose=${onClose}>
    <p>${say("console.sources.try_text")}</p>
    <${Form} action=${action} onSubmit=${action.run} submit=${say("console.sources.try_ask")} onCancel=${onClose}>
      <${Field} label=${say("console.orders.number")} value=${orderId} onChange=${setOrderId} maxlength="100" autocomplete="off" spellcheck=${false} />
    <//>
    <div aria-live="polite">${trial ? html`
      <p class=${trial.found ? "note good" : "note bad"}>${say(trial.found ? "console.sources.try_found" : "console.sources.try_not_found")}</p>
      <ol class="steps">${trial.steps.map(
        (step, index) => html`<li key=${index} class=${step.ok ? "good" : "bad"}>
          <div class="row"><${Badge} tone=${step.ok ? "good" : "bad"}>${step.title}<//> <span class="fine">${say("console.sources.ms", { ms: number(step.ms) })}</span></div>
          ${step.detail ? html`<pre>${step.detail}</pre>` : null}
        </li>`,
      )}</ol>` : null}</div>
  <//>`;
}
