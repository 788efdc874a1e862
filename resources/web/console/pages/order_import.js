// A table of many orders: tried first, then imported; every line says what became of it.
import { get, upload } from "../lib/api.js";
import { html, useRef, useState } from "../lib/html.js";
import { currentLanguage, number, percent, say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Badge, Button, Failure } from "../ui/basics.js";
import { Dialog } from "../ui/dialog.js";
import { Table } from "../ui/table.js";

const MOST_LINES_SHOWN = 500;

export function ImportDialog({ onClose }) {
  const [table, setTable] = useState(null);
  const [files, setFiles] = useState([]);
  const [report, setReport] = useState(null);
  const [share, setShare] = useState(null);
  const tableInput = useRef(null);
  const filesInput = useRef(null);
  const action = useAction(async (isTried) => {
    const form = new FormData();
    form.append("file", table, table.name);
    for (const file of files) form.append(file.name, file, file.name);
    setShare(0);
    try {
      const came = await upload("POST", `/api/orders/import${isTried ? "?dryRun=true" : ""}`, form, { onProgress: setShare });
      setReport({ ...came, isTried });
    } finally {
      setShare(null);
    }
  });
  const template = useAction(async () => {
    const blob = await get(`/api/order-table.csv?lang=${currentLanguage()}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "orders.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  return html`<${Dialog} title=${say("console.import.title")} wide onClose=${onClose}>
    <p>${say("console.import.text")} <button type="button" class="link" onClick=${template.run}>${say("console.import.template")}</button></p>
    <${Failure} problem=${template.problem} />
    <div class="row">
      <${Button} onClick=${() => tableInput.current.click()}>${say("console.import.choose_table")}<//><span>${table?.name ?? say("console.import.no_table")}</span>
      <input ref=${tableInput} class="unseen" type="file" tabindex="-1" accept=".csv,.txt,text/csv" aria-label=${say("console.import.choose_table")} onChange=${(event) => {
        setTable(event.currentTarget.files[0] ?? null);
        setReport(null);
      }} />
    </div>
    <div class="row">
      <${Button} onClick=${() => filesInput.current.click()}>${say("console.import.choose_files")}<//><span>${say("console.import.files", { count: number(files.length) })}</span>
      <input ref=${filesInput} class="unseen" type="file" tabindex="-1" multiple aria-label=${say("console.import.choose_files")} onChange=${(event) => {
        setFiles([...event.currentTarget.files]);
        setReport(null);
      }} />
    </div>
    ${share !== null ? html`<p class="row"><progress max="1" value=${share}></progress>${share < 1 ? percent(share) : say("console.import.working")}</p>` : null}
    <${Failure} problem=${action.problem} />
    ${report ? html`<${Report} report=${report} />` : null}
    <div class="form-end">
      <${Button} disabled=${!table} isBusy=${action.isBusy} onClick=${() => action.run(true)}>${say("console.import.try")}<//>
      <${Button} kind="main" disabled=${!table} isBusy=${action.isBusy} onClick=${() => action.run(false)}>${say("console.import.run")}<//>
      <${Button} onClick=${onClose}>${say("ui.close")}<//>
    </div>
  <//>`;
}

function Report({ report }) {
  const lines = [...report.lines].sort((one, other) => Number(one.ok) - Number(other.ok) || one.line - other.line);
  const columns = [
    { key: "line", title: say("console.import.line"), isNumber: true, draw: ({ line }) => line },
    { key: "order", title: say("console.orders.number"), isMain: true, draw: ({ orderId }) => orderId ?? "–" },
    {
      key: "result",
      title: say("console.import.result"),
      draw: ({ ok, detail }) => html`<span><${Badge} tone=${ok ? "good" : "bad"}>${say(ok ? "console.import.ok" : "console.import.failed")}<//> ${detail ?? ""}</span>`,
    },
  ];
  const values = { orders: number(report.orders), documents: number(report.documents), failed: number(report.failed) };
  return html`<div class="import-report">
    <p class=${report.failed ? "note warn" : "note good"} role="status">${say(report.isTried ? "console.import.would" : "console.import.did", values)}</p>
    <${Table} caption=${say("console.import.result")} columns=${columns} rows=${lines.slice(0, MOST_LINES_SHOWN)} keyOf=${({ line }) => line} />
    ${lines.length > MOST_LINES_SHOWN ? html`<p class="fine">${say("console.import.rest", { count: number(lines.length - MOST_LINES_SHOWN) })}</p>` : null}
  </div>`;
}
