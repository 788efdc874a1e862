// Windows about orders: write one, print labels, add a web page, see the revisions of a document.
import { get, post, put } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { bytes, currentLanguage, say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Badge, Button, Loaded } from "../ui/basics.js";
import { Dialog } from "../ui/dialog.js";
import { Choice, Field, Form, TextArea } from "../ui/forms.js";
import { Table } from "../ui/table.js";

export const pathOf = (orderId) => `/api/orders/${encodeURIComponent(orderId)}`;

// Open a file of the relay in a tab of its own; asking first renews the sign-in, which a plain link could not.
export async function openFresh(path) {
  await get("/api/auth/browser");
  window.open(path, "_blank", "noopener");
}

// "Name: value" a line, as a person writes them; what has no colon is a name without a value.
function readFields(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const pairs = lines.map((line) => {
    const [name, ...rest] = line.split(":");
    return [name.trim(), rest.join(":").trim()];
  });
  return Object.fromEntries(pairs);
}

export function OrderDialog({ order = null, onDone, onClose }) {
  const [orderId, setOrderId] = useState(order?.orderId ?? "");
  const [title, setTitle] = useState(order?.title ?? "");
  const [customer, setCustomer] = useState(order?.customer ?? "");
  const [due, setDue] = useState(order?.dueDate ?? "");
  const [fields, setFields] = useState(
    Object.entries(order?.fields ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n"),
  );
  const [error, setError] = useState("");
  const action = useAction(async () => {
    const id = orderId.trim();
    const draft = { title: title.trim() || id };
    if (customer.trim()) draft.customer = customer.trim();
    if (due) draft.dueDate = due;
    const read = readFields(fields);
    if (Object.keys(read).length > 0) draft.fields = read;
    return put(pathOf(id), draft);
  });
  const submit = async () => {
    if (!orderId.trim()) {
      setError(say("console.orders.number_missing"));
      return;
    }
    const written = await action.run();
    if (written) onDone(written);
  };
  const heading = order ? say("console.order.edit_title", { order: order.orderId }) : say("console.orders.new");
  return html`<${Dialog} title=${heading} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.orders.save")} onCancel=${onClose}>
      ${order ? null : html`<${Field} label=${say("console.orders.number")} value=${orderId} onChange=${(value) => {
        setOrderId(value);
        setError("");
      }} error=${error} help=${say("console.orders.number_help")} maxlength="100" autocomplete="off" spellcheck=${false} />`}
      <${Field} label=${say("console.orders.name")} value=${title} onChange=${setTitle} maxlength="500" autocomplete="off" />
      <${Field} label=${say("console.orders.customer")} value=${customer} onChange=${setCustomer} maxlength="500" autocomplete="off" />
      <${Field} label=${say("console.orders.due")} type="date" value=${due} onChange=${setDue} />
      <${TextArea} label=${say("console.orders.fields")} value=${fields} onChange=${setFields} rows=${3} help=${say("console.orders.fields_help")} />
    <//>
  <//>`;
}

export function LabelDialog({ ids, onClose }) {
  const [size, setSize] = useState("a4");
  const action = useAction(async () => {
    const asked = new URLSearchParams([...ids.map((id) => ["orderId", id]), ["size", size], ["lang", currentLanguage()]]);
    await openFresh(`/api/labels.pdf?${asked}`);
    onClose();
  });
  return html`<${Dialog} title=${say("console.orders.labels")} onClose=${onClose}>
    <p>${ids.length === 1 ? html`<span class="mono">${ids[0]}</span>` : say("console.orders.labels_count", { count: ids.length })}</p>
    <${Form} action=${action} onSubmit=${action.run} submit=${say("console.orders.labels_open")} onCancel=${onClose}>
      <${Choice} label=${say("console.orders.label_size")} value=${size} onChange=${setSize} help=${say("console.orders.label_help")}
        options=${[
          ["a4", say("console.orders.label_a4")],
          ["62mm", say("console.orders.label_62")],
        ]} />
    <//>
  <//>`;
}

export function WebPageDialog({ orderId, document = null, onDone, onClose }) {
  const [url, setUrl] = useState("");
  const [title, setTitle] = useState(document?.title ?? "");
  const action = useAction(() => post(`${pathOf(orderId)}/documents`, { url: url.trim(), title: title.trim() || null }));
  return html`<${Dialog} title=${say("console.order.web_title")} onClose=${onClose}>
    <${Form} action=${action} submit=${say("console.order.add")} onCancel=${onClose} onSubmit=${async () => {
      const added = await action.run();
      if (added) onDone(added);
    }}>
      <${Field} label=${say("console.order.web_address")} type="url" value=${url} onChange=${setUrl} placeholder="https://" help=${say("console.order.web_help")} />
      <${Field} label=${say("console.order.document_title")} value=${title} onChange=${setTitle} maxlength="200" />
    <//>
  <//>`;
}

export function HistoryDialog({ orderId, document, onClose }) {
  const load = useLoad((signal) => get(`${pathOf(orderId)}/documents/${document.documentId}`, { signal }));
  const columns = [
    { key: "revision", title: say("console.order.revision"), isMain: true, draw: ({ revision }) => revision },
    { key: "added", title: say("console.order.added"), draw: ({ addedAt }) => time(addedAt) },
    { key: "size", title: say("console.order.size"), isNumber: true, draw: ({ size }) => (size == null ? "–" : bytes(size)) },
    {
      key: "open",
      title: say("console.order.content"),
      draw: ({ url, kind }) => html`<${OpenLink} url=${url} isWeb=${kind === "web"} />`,
    },
  ];
  return html`<${Dialog} title=${say("console.order.history_title", { title: document.title })} wide onClose=${onClose}>
    <${Loaded} load=${load}>${({ revisions }) => html`
      <${Table} caption=${say("console.order.history")} columns=${columns} rows=${revisions} keyOf=${({ revision }) => revision} />
      <p class="fine"><${Badge} tone="good">${revisions[0].revision}<//> ${say("console.order.history_help")}</p>`}
    <//>
  <//>`;
}

export function OpenLink({ url, isWeb }) {
  return isWeb
    ? html`<a href=${url} target="_blank" rel="noreferrer noopener">${url}</a>`
    : html`<a href=${url} onClick=${(event) => {
        event.preventDefault();
        openFresh(url);
      }}>${say("console.order.open")}</a>`;
}

// Page by page, drawn by the relay.
export function PreviewDialog({ document, onClose }) {
  const [page, setPage] = useState(1);
  const pages = document.pages || 1;
  return html`<${Dialog} title=${`${document.title} · ${document.revision}`} wide onClose=${onClose}>
    <${Picture} large document=${document} page=${page} />
    <div class="row pager">
      <${Button} disabled=${page <= 1} onClick=${() => setPage(page - 1)}>${say("console.order.previous")}<//>
      <span aria-live="polite">${say("console.order.page_of", { page, pages })}</span>
      <${Button} disabled=${page >= pages} onClick=${() => setPage(page + 1)}>${say("console.order.next")}<//>
      <${OpenLink} url=${document.url} />
    </div>
  <//>`;
}

// A drawing is shown as it came (the relay lets it run nothing), all else as a small picture. A picture that does not
// come is asked for once more after the sign-in has been renewed.
export function Picture({ document, page = 1, large = false }) {
  const source =
    document.mediaType === "image/svg+xml" ? document.url : `${document.url}/preview?page=${page}&width=${large ? 1000 : 160}`;
  const [failed, setFailed] = useState({ source: null, attempts: 0 });
  const attempts = failed.source === source ? failed.attempts : 0;
  if (attempts >= 2) return html`<p class="no-preview fine">${say("console.order.no_preview")}</p>`;
  return html`<img key=${`${source} ${attempts}`} class=${large ? "preview large" : "preview"} src=${source} loading="lazy"
    alt=${say("console.order.preview_of", { title: document.title, page })}
    onError=${() => get("/api/auth/browser").catch(() => null).then(() => setFailed({ source, attempts: attempts + 1 }))} />`;
}
