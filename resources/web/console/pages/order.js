// One order: what it is, its documents with their revisions, and new ones dropped onto the page.
import { get, mayAs, remove, upload } from "../lib/api.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { bytes, percent, say, time } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { useReturn } from "../lib/live.js";
import { addressOf, go } from "../lib/router.js";
import { Badge, Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Confirm, useDialog } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { HistoryDialog, LabelDialog, OpenLink, OrderDialog, pathOf, Picture, PreviewDialog, WebPageDialog } from "./order_dialogs.js";

const KINDS = ".pdf,.png,.jpg,.jpeg,.svg,application/pdf,image/png,image/jpeg,image/svg+xml";

export default function Order({ orderId }) {
  const load = useLoad((signal) => get(pathOf(orderId), { signal }), [orderId]);
  const [dialog, open] = useDialog();
  useReturn(load.reload);
  const mayWrite = mayAs("lead");
  const ask = (View, values = {}) =>
    open((close) => html`<${View} ...${values} orderId=${orderId} onClose=${close} onDone=${() => {
      close();
      load.reload();
    }} />`);
  const deletion = () =>
    open((close) => html`<${Confirm} title=${say("console.order.delete_title", { order: orderId })} text=${say("console.order.delete_text")}
      yes=${say("console.order.delete")} work=${() => remove(pathOf(orderId))} onClose=${close} onDone=${() => {
        toast(say("console.order.deleted", { order: orderId }));
        go(["orders"]);
      }} />`);
  const actions = load.value && [
    html`<${Button} onClick=${() => ask(LabelDialog, { ids: [orderId] })}>${say("console.orders.labels")}<//>`,
    mayWrite && html`<${Button} onClick=${() => ask(OrderDialog, { order: load.value })}>${say("console.order.edit")}<//>`,
    mayWrite && html`<${Button} kind="danger" onClick=${deletion}>${say("console.order.delete")}<//>`,
  ];
  return html`<${Page} title=${orderId} actions=${actions}>
    <p><a href=${addressOf(["orders"])}>← ${say("console.orders.title")}</a></p>
    <${Loaded} load=${load}>${(order) => html`
      <${Facts} order=${order} />
      <h2>${say("console.orders.documents")}</h2>
      ${(order.documents ?? []).length === 0 ? html`<${Empty} title=${say("console.order.no_documents")}><p>${say("console.order.no_documents_help")}</p><//>` : null}
      <ul class="documents">${(order.documents ?? []).map(
        (document) => html`<${Document} key=${document.documentId} ...${{ orderId, document, mayWrite, ask, reload: load.reload }} />`,
      )}</ul>
      ${mayWrite ? html`<${Uploads} orderId=${orderId} onAdded=${load.reload} />
        <${Button} onClick=${() => ask(WebPageDialog)}>${say("console.order.add_web")}<//>` : null}`}
    <//>
    ${dialog}
  <//>`;
}

function Facts({ order }) {
  const { origin } = order;
  const rows = [
    [say("console.orders.name"), order.title],
    [say("console.orders.customer"), order.customer],
    [say("console.orders.due"), order.dueDate],
    ...Object.entries(order.fields ?? {}),
    [say("console.orders.updated"), time(order.updatedAt)],
  ];
  return html`<div class="card order-facts">
    ${origin ? html`<p class=${origin.isStale ? "note warn" : "note"}>${say(origin.isStale ? "console.order.from_stale" : "console.order.from", { name: origin.name, time: time(origin.checkedAt) })}</p>` : null}
    <dl class="facts">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${`${name} t`}>${name}</dt><dd key=${`${name} d`}>${value}</dd>`)}</dl>
  </div>`;
}

function Document({ orderId, document, mayWrite, ask, reload }) {
  const file = useRef(null);
  const [progress, setProgress] = useState(null);
  const [problem, setProblem] = useState(null);
  const isWeb = document.kind === "web";
  const replace = async (chosen) => {
    if (!chosen) return;
    setProblem(null);
    setProgress(0);
    try {
      const added = await send(orderId, chosen, document.title, setProgress);
      toast(say("console.order.revision_added", { title: document.title, revision: added.revision }));
      reload();
    } catch (failure) {
      setProblem(failure);
    } finally {
      setProgress(null);
      file.current.value = "";
    }
  };
  const values = { document };
  return html`<li class="card document">
    ${isWeb ? html`<div class="preview web" aria-hidden="true">WWW</div>` : html`<button type="button" class="look" aria-label=${say("console.order.preview_of", { title: document.title, page: 1 })}
      onClick=${() => ask(PreviewDialog, values)}><${Picture} document=${document} /></button>`}
    <div class="about">
      <p class="row"><strong>${document.title}</strong> <${Badge} tone="good">${say("console.order.revision_is", { revision: document.revision })}<//></p>
      <p class="fine">${[
        say(`console.order.kind.${document.kind}`),
        document.pages > 1 && say("console.order.pages", { count: document.pages }),
        document.size != null && bytes(document.size),
        document.addedAt && time(document.addedAt),
      ].filter(Boolean).join(" · ")}</p>
      <p><${OpenLink} url=${document.url} isWeb=${isWeb} /></p>
      <div class="row">
        <${Button} onClick=${() => ask(HistoryDialog, values)}>${say("console.order.history")}<//>
        ${mayWrite ? html`
          <${Button} isBusy=${progress !== null} onClick=${() => (isWeb ? ask(WebPageDialog, values) : file.current.click())}>${say("console.order.replace")}<//>
          <${Button} kind="danger" onClick=${() => ask(DeleteDocument, values)}>${say("console.order.delete_document")}<//>
          <input ref=${file} class="unseen" type="file" tabindex="-1" accept=${KINDS} aria-label=${say("console.order.replace_of", { title: document.title })} onChange=${(event) => replace(event.currentTarget.files[0])} />` : null}
      </div>
      ${progress !== null ? html`<${Progress} share=${progress} />` : null}
      <${Failure} problem=${problem} />
    </div>
  </li>`;
}

function DeleteDocument({ orderId, document, onDone, onClose }) {
  return html`<${Confirm} title=${say("console.order.delete_document_title", { title: document.title })} text=${say("console.order.delete_document_text")}
    yes=${say("console.order.delete_document")} work=${async () => {
      await remove(`${pathOf(orderId)}/documents/${document.documentId}`);
      return true;
    }} onDone=${onDone} onClose=${onClose} />`;
}

function Progress({ share }) {
  return html`<p class="row"><progress max="1" value=${share}></progress><span>${share < 1 ? percent(share) : say("console.order.checking")}</span></p>`;
}

function send(orderId, file, title, onProgress, signal) {
  const form = new FormData();
  // The fields before the file: the relay reads them in the order in which they come.
  if (title) form.append("title", title);
  form.append("file", file, file.name);
  return upload("POST", `${pathOf(orderId)}/documents`, form, { onProgress, signal });
}

// Files are sent one after the other; what failed says why and can be sent again.
function Uploads({ orderId, onAdded }) {
  const [items, setItems] = useState([]);
  const [isOver, setOver] = useState(false);
  const queue = useRef([]);
  const isSending = useRef(false);
  const input = useRef(null);
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const change = (id, news) => setItems((before) => before.map((item) => (item.id === id ? { ...item, ...news } : item)));

  async function work() {
    if (isSending.current) return;
    isSending.current = true;
    while (queue.current.length > 0 && !leaving.current.signal.aborted) {
      const { id, file } = queue.current.shift();
      change(id, { state: "sending", share: 0, problem: null });
      try {
        // With several documents there, a file's name decides which document it is; so it is said.
        const title = file.name.replace(/\.[^.]+$/, "");
        await send(orderId, file, title, (share) => change(id, { share }), leaving.current.signal);
        change(id, { state: "done" });
        onAdded();
      } catch (problem) {
        if (!leaving.current.signal.aborted) change(id, { state: "failed", problem });
      }
    }
    isSending.current = false;
  }

  function add(files) {
    const added = [...files].map((file) => ({ id: crypto.getRandomValues(new Uint32Array(1))[0], file, state: "waiting", share: 0, problem: null }));
    queue.current.push(...added);
    setItems((before) => [...before.filter(({ state }) => state !== "done"), ...added]);
    work();
  }

  const again = (item) => {
    queue.current.push(item);
    change(item.id, { state: "waiting" });
    work();
  };
  return html`<div class=${isOver ? "drop over" : "drop"}
    onDragOver=${(event) => {
      event.preventDefault();
      setOver(true);
    }}
    onDragLeave=${() => setOver(false)}
    onDrop=${(event) => {
      event.preventDefault();
      setOver(false);
      add(event.dataTransfer.files);
    }}>
    <p class="lead">${say("console.order.drop")}</p>
    <p class="fine">${say("console.order.drop_help")}</p>
    <${Button} kind="main" onClick=${() => input.current.click()}>${say("console.order.choose_files")}<//>
    <input ref=${input} class="unseen" type="file" tabindex="-1" multiple accept=${KINDS} aria-label=${say("console.order.choose_files")} onChange=${(event) => {
      add(event.currentTarget.files);
      event.currentTarget.value = "";
    }} />
    <ul class="uploads">${items.map(
      (item) => html`<li key=${item.id}>
        <span>${item.file.name}</span> <span class="fine">${bytes(item.file.size)}</span>
        ${item.state === "sending" ? html`<${Progress} share=${item.share} />` : html`<${Badge} tone=${{ done: "good", failed: "bad", waiting: "wait" }[item.state]}>${say(`console.order.upload.${item.state}`)}<//>`}
        ${item.problem ? html`<${Failure} problem=${item.problem} onRetry=${() => again(item)} />` : null}
      </li>`,
    )}</ul>
  </div>`;
}
