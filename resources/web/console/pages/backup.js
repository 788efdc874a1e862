// Backups: make one now, take one along, remove one; and how they are made by themselves.
import { get, post, remove } from "../lib/api.js";
import { html, useRef } from "../lib/html.js";
import { bytes, number, say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { addressOf } from "../lib/router.js";
import { Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Confirm, useDialog } from "../ui/dialog.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

// All documents go into it, and the answer comes when it is on disk.
const MAKING_MS = 30 * 60_000;

export default function Backup() {
  const load = useLoad((signal) => get("/api/backups", { signal }));
  const [dialog, open] = useDialog();
  const making = useAction(async () => {
    const made = await post("/api/backups", undefined, { timeoutMs: MAKING_MS });
    toast(say("console.backup.made", { name: made.name }));
    load.reload();
  });
  // A link cannot ask for the password again, so that is done before it is followed.
  const taking = useAction(async (link) => {
    await get("/api/auth/browser/proof");
    followed.current = link;
    link.click();
  });
  const followed = useRef(null);
  const take = (event) => {
    if (followed.current === event.currentTarget) {
      followed.current = null;
      return;
    }
    event.preventDefault();
    taking.run(event.currentTarget);
  };
  const drop = ({ name }) =>
    open((close) => html`<${Confirm} title=${say("console.backup.remove.title")} text=${say("console.backup.remove.text", { name })}
      yes=${say("console.backup.remove.yes")} onClose=${close} work=${async () => {
        await remove(pathOf(name));
        return true;
      }} onDone=${() => {
        close();
        load.reload();
      }} />`);
  const actions = html`<${Button} kind="main" isBusy=${making.isBusy} onClick=${() => making.run()}>${say("console.backup.make")}<//>`;
  return html`<${Page} title=${say("console.backup.title")} actions=${actions}>
    ${dialog}
    <${Failure} problem=${making.problem ?? taking.problem} />
    <${Loaded} load=${load}>${(list) => html`
      <div class="note">
        <p>${list.everyHours ? say("console.backup.scheduled", { hours: number(list.everyHours), keep: number(list.keep) }) : say("console.backup.unscheduled")}
          <a href=${addressOf(["settings"], { q: "backup" })}>${say("console.settings.title")}</a></p>
        <p class="fine">${say("console.backup.folder", { folder: list.folder })}</p>
        <p class="fine">${say("console.backup.secret")}</p>
      </div>
      ${list.backups.length ? html`<${Kept} backups=${list.backups} onDrop=${drop} onTake=${take} />` : html`<${Empty} title=${say("console.backup.empty")} />`}`}<//>
  <//>`;
}

function Kept({ backups, onDrop, onTake }) {
  const columns = [
    { key: "made", title: say("console.backup.at"), isMain: true, draw: ({ madeAt }) => time(madeAt) },
    { key: "size", title: say("console.backup.size"), isNumber: true, draw: ({ size }) => bytes(size) },
    { key: "documents", title: say("console.backup.documents"), isNumber: true, draw: ({ documents }) => number(documents) },
    { key: "version", title: say("console.backup.version"), draw: ({ version }) => version },
    {
      key: "actions",
      title: say("console.backup.actions"),
      draw: (backup) => html`<div class="actions">
        <a class="button" href=${pathOf(backup.name)} download=${backup.name} onClick=${onTake} aria-label=${say("console.backup.take_named", { name: time(backup.madeAt) })}>${say("console.backup.take")}</a>
        <${Button} kind="danger" onClick=${() => onDrop(backup)} aria-label=${say("console.backup.remove_named", { name: time(backup.madeAt) })}>${say("console.backup.remove.yes")}<//>
      </div>`,
    },
  ];
  return html`<${Table} columns=${columns} rows=${backups} keyOf=${({ name }) => name} caption=${say("console.backup.title")} />`;
}

function pathOf(name) {
  return `/api/backups/${encodeURIComponent(name)}`;
}
