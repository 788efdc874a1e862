// Whom the relay does not answer for a while: an address, a network or a person, until a time.
import { get, post, remove } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Button, Empty, Failure, Loaded } from "../ui/basics.js";
import { Dialog, useDialog } from "../ui/dialog.js";
import { Choice, Field, Form } from "../ui/forms.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

const LIVES = { hour: 60, day: 1440, week: 10_080, month: 43_200 };

// The relay keeps networks; one of a single address is that address.
function nameOf({ value }) {
  return value.replace(/(?<=\..*)\/32$|(?<=:.*)\/128$/, "");
}

export function Blocks() {
  const load = useLoad((signal) => get("/api/blocks", { signal }));
  const [dialog, open] = useDialog();
  const lift = useAction(async (block) => {
    await remove(`/api/blocks/${encodeURIComponent(block.id)}`);
    toast(say("console.blocks.lifted", { value: nameOf(block) }));
    load.reload();
  });
  const add = () =>
    open((close) => html`<${BlockForm} onClose=${close} onDone=${(block) => {
      close();
      toast(say("console.blocks.added", { value: nameOf(block) }));
      load.reload();
    }} />`);
  const columns = [
    { key: "value", title: say("console.blocks.who"), isMain: true, draw: (block) => html`<span class="mono">${nameOf(block)}</span>` },
    { key: "kind", title: say("console.blocks.kind"), draw: ({ kind }) => say(`console.blocks.is.${kind}`) },
    { key: "until", title: say("console.blocks.until"), draw: ({ until }) => time(until) },
    { key: "reason", title: say("console.blocks.reason"), draw: ({ reason }) => reason || "–" },
    { key: "do", title: say("console.users.do"), draw: (block) => html`<${Button} isBusy=${lift.isBusy}
      aria-label=${say("console.blocks.lift_of", { value: nameOf(block) })} onClick=${() => lift.run(block)}>${say("console.blocks.lift")}<//>` },
  ];
  return html`<section class="groups-section" aria-labelledby="blocks-title">
    <header class="page-head"><h2 id="blocks-title">${say("console.blocks.title")}</h2>
      <div class="actions"><${Button} onClick=${add}>${say("console.blocks.add")}<//></div></header>
    <${Failure} problem=${lift.problem} />
    <${Loaded} load=${load} isEmpty=${({ blocks }) => !blocks?.length}
      empty=${html`<${Empty} title=${say("console.blocks.empty")}><p>${say("console.blocks.empty_help")}</p><//>`}>
      ${({ blocks }) => html`<${Table} columns=${columns} rows=${blocks} keyOf=${({ id }) => id} caption=${say("console.blocks.title")} />`}
    <//>
    ${dialog}
  </section>`;
}

function BlockForm({ onClose, onDone }) {
  const [kind, setKind] = useState("address");
  const [value, setValue] = useState("");
  const [life, setLife] = useState("day");
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const action = useAction(() => post("/api/blocks", { kind, value: value.trim(), minutes: LIVES[life], reason: reason.trim() }));
  const submit = async () => {
    setTried(true);
    if (!value.trim()) return;
    const added = await action.run();
    if (added) onDone(added);
  };
  return html`<${Dialog} title=${say("console.blocks.add")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.blocks.add_now")} onCancel=${onClose} kind="danger">
      <${Choice} label=${say("console.blocks.kind")} value=${kind} onChange=${setKind}
        options=${["address", "user"].map((each) => [each, say(`console.blocks.is.${each}`)])} />
      <${Field} label=${say("console.blocks.who")} value=${value} onChange=${setValue} autocapitalize="none" spellcheck=${false} maxlength="100"
        help=${say(`console.blocks.help.${kind}`)} error=${isTried && !value.trim() ? say("console.blocks.missing") : ""} />
      <${Choice} label=${say("console.blocks.life")} value=${life} onChange=${setLife}
        options=${Object.keys(LIVES).map((each) => [each, say(`console.blocks.life_of.${each}`)])} />
      <${Field} label=${say("console.blocks.reason")} value=${reason} onChange=${setReason} maxlength="200" />
    <//>
  <//>`;
}
