// Groups of screens: a name, and which screens are in it.
import { put, remove } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Button, Empty, Loaded } from "../ui/basics.js";
import { Confirm, Dialog, useDialog } from "../ui/dialog.js";
import { Field, Form, Tick } from "../ui/forms.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export function Groups({ targets, onChanged }) {
  const [dialog, open] = useDialog();
  const done = (close, text) => {
    close();
    toast(text);
    targets.reload();
    onChanged();
  };
  const edit = (group) =>
    open((close) => html`<${GroupForm} group=${group} screens=${targets.value.screens} onClose=${close}
      onDone=${({ name }) => done(close, say("console.groups.saved", { name }))} />`);
  const drop = ({ name }) =>
    open((close) => html`<${Confirm} title=${say("console.groups.delete_title", { name })} text=${say("console.groups.delete_text")}
      yes=${say("console.groups.delete")} work=${() => remove(`/api/groups/${encodeURIComponent(name)}`)}
      onClose=${close} onDone=${() => done(close, say("console.groups.deleted", { name }))} />`);
  const columns = [
    { key: "name", title: say("console.groups.name"), isMain: true, draw: ({ name }) => name },
    { key: "screens", title: say("console.groups.screens"), draw: ({ screens }) => screens.join(", ") || say("console.groups.no_screens") },
    { key: "do", title: say("console.users.do"), draw: (group) => html`<div class="row">
      <${Button} aria-label=${say("console.groups.edit_of", { name: group.name })} onClick=${() => edit(group)}>${say("console.users.edit")}<//>
      <${Button} kind="danger" onClick=${() => drop(group)}>${say("console.groups.delete")}<//></div>` },
  ];
  return html`<section class="groups-section" aria-labelledby="groups-title">
    <header class="page-head"><h2 id="groups-title">${say("console.groups.title")}</h2>
      <div class="actions"><${Button} disabled=${!targets.value} onClick=${() => edit(null)}>${say("console.groups.add")}<//></div></header>
    <${Loaded} load=${targets} isEmpty=${({ groups }) => groups.length === 0}
      empty=${html`<${Empty} title=${say("console.groups.empty")}><p>${say("console.groups.empty_help")}</p><//>`}>
      ${({ groups }) => html`<${Table} columns=${columns} rows=${groups} keyOf=${({ name }) => name} caption=${say("console.groups.title")} />`}
    <//>
    ${dialog}
  </section>`;
}

function GroupForm({ group, screens, onClose, onDone }) {
  const [name, setName] = useState(group?.name ?? "");
  const [chosen, setChosen] = useState(new Set(group?.screens ?? []));
  const action = useAction(() => {
    const isRenamed = group && group.name !== name.trim();
    const path = `/api/groups/${encodeURIComponent(group?.name ?? name.trim())}`;
    return put(path, { screens: [...chosen], ...(isRenamed ? { name: name.trim() } : {}) });
  });
  const toggle = (screenId, isIn) => {
    const next = new Set(chosen);
    if (isIn) next.add(screenId);
    else next.delete(screenId);
    setChosen(next);
  };
  const submit = async () => {
    if (!name.trim()) return;
    const saved = await action.run();
    if (saved) onDone(saved);
  };
  return html`<${Dialog} title=${group ? say("console.groups.edit_of", { name: group.name }) : say("console.groups.add")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.users.save")} onCancel=${onClose}>
      <${Field} label=${say("console.groups.name")} value=${name} onChange=${setName} required maxlength="64"
        help=${say(group ? "console.groups.rename_help" : "console.groups.name_help")} />
      <fieldset class="group-screens"><legend>${say("console.groups.screens")}</legend>
        ${screens.length ? screens.map((screen) => html`<${Tick} key=${screen.screenId}
          label=${screen.name === screen.screenId ? screen.screenId : `${screen.screenId} · ${screen.name}`}
          checked=${chosen.has(screen.screenId)} onChange=${(isIn) => toggle(screen.screenId, isIn)} />`)
          : html`<p class="fine">${say("console.permissions.nothing")}</p>`}
      </fieldset>
    <//>
  <//>`;
}
