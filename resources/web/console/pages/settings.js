// What the relay is set to and by whom: changed here where that holds at once, else as the line to write into the file.
import { get, patch, post } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { number, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { refine } from "../lib/router.js";
import { Badge, Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Copy } from "../ui/copy.js";
import { Dialog, useDialog } from "../ui/dialog.js";
import { Choice, Field, Form, TextArea, Tick } from "../ui/forms.js";
import { toast } from "../ui/toast.js";

export default function Settings({ place }) {
  const { q = "", changed = "" } = place.query;
  const load = useLoad((signal) => get("/api/settings", { signal }));
  const [dialog, open] = useDialog();
  const wish = q.trim().toLowerCase();
  const isWanted = (each) =>
    (!changed || each.origin !== "default") && (!wish || `${each.name} ${labelOf(each)} ${each.toml}`.toLowerCase().includes(wish));
  const saved = (list) => {
    load.replace(list);
    toast(say("console.settings.saved"));
  };
  const change = (group, settings) =>
    open((close) => html`<${ChangeDialog} group=${group} settings=${settings} onClose=${close} onDone=${(list) => {
      close();
      saved(list);
    }} />`);
  const reset = useAction(async ({ name }) => saved(await patch("/api/settings", { values: { [name]: null } })));
  return html`<${Page} title=${say("console.settings.title")}>
    ${dialog}
    <p>${say("console.settings.help")}</p>
    <${Loaded} load=${load}>${(list) => html`
      <p class="fine">${list.config ? say("console.settings.config", { path: list.config }) : say("console.settings.no_config")}</p>
      <p class="fine">${say("console.settings.data", { path: list.data })}</p>
      <div class="filters" role="search">
        <${Field} label=${say("console.settings.search")} type="search" value=${q} onChange=${(text) => refine({ q: text, changed })} />
        <${Tick} label=${say("console.settings.only_changed")} checked=${Boolean(changed)} onChange=${(isOn) => refine({ q, changed: isOn ? "1" : "" })} />
      </div>
      <${Failure} problem=${reset.problem} />
      ${list.settings.some(isWanted)
        ? null
        : html`<${Empty} title=${say("console.settings.none_found")}><${Button} onClick=${() => refine({})}>${say("console.settings.clear")}<//><//>`}
      ${groupsOf(list.settings).map(([group, settings]) => settings.some(isWanted) && html`<${Group} key=${group} group=${group}
        settings=${settings.filter(isWanted)} onChange=${() => change(group, settings)} onReset=${reset.run} />`)}`}
    <//>
  <//>`;
}

function labelOf({ name }) {
  return say(`console.settings.of.${name}`);
}

function groupsOf(settings) {
  const groups = new Map();
  for (const each of settings) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  return [...groups];
}

function wordOf(value) {
  if (value == null || value === "" || value.length === 0) return say("console.settings.none");
  if (typeof value === "boolean") return say(value ? "console.settings.on" : "console.settings.off");
  if (typeof value === "number") return number(value, { maximumFractionDigits: 3, useGrouping: value >= 10_000 });
  return Array.isArray(value) ? value.join(", ") : value;
}

function Group({ group, settings, onChange, onReset }) {
  const title = say(`console.settings.group.${group}`);
  return html`<section class="card settings" aria-label=${title}>
    <header class="row between"><h2>${title}</h2>
      ${settings.some(({ isChosenHere }) => isChosenHere)
        ? html`<${Button} aria-label=${say("console.settings.change_of", { name: title })} onClick=${onChange}>${say("console.settings.change")}<//>`
        : null}
    </header>
    <ul>${settings.map((setting) => html`<li key=${setting.name}><${Setting} setting=${setting} onReset=${onReset} /></li>`)}</ul>
    ${group === "alerts" ? html`<${Trial} />` : null}
  </section>`;
}

function Setting({ setting, onReset }) {
  const { isSecret, isSet, isChosenHere, origin, value } = setting;
  const word = isSecret && isSet ? say("console.settings.secret_set") : wordOf(value);
  return html`<div class="setting">
    <p>${labelOf(setting)}</p>
    <p class="row"><strong>${word}</strong>
      ${origin === "default" ? null : html`<${Badge} tone=${origin === "chosen" ? "good" : "plain"}>${say(`console.settings.origin.${origin}`)}<//>`}
      ${isChosenHere && origin === "chosen"
        ? html`<${Button} kind="quiet" aria-label=${say("console.settings.back_of", { name: labelOf(setting) })} onClick=${() => onReset(setting)}>${say("console.settings.back")}<//>`
        : null}</p>
    <details><summary>${say("console.settings.how")}</summary>
      <${Copy} label=${say("console.settings.toml")} text=${setting.toml} />
      <p class="fine">${say("console.settings.variable")}: <span class="mono">${setting.variable}</span></p>
      <p class="fine">${[
        say("console.settings.default", { value: wordOf(setting.default) }),
        isChosenHere ? say("console.settings.at_once") : say("console.settings.restart"),
      ].join(" · ")}</p>
    </details>
  </div>`;
}

// Whether alerts arrive can only be known by sending one.
function Trial() {
  const [result, setResult] = useState(null);
  const action = useAction(async () => {
    setResult(null);
    setResult(await post("/api/settings/alert-trial"));
  });
  return html`<div class="trial">
    <${Button} isBusy=${action.isBusy} onClick=${action.run}>${say("console.settings.trial")}<//>
    <${Failure} problem=${action.problem} />
    ${result
      ? html`<p class=${`note ${result.isTaken ? "good" : "bad"}`} role="status">${say(
          result.isTaken ? "console.settings.trial_taken" : "console.settings.trial_failed",
          { heard: result.heard },
        )}</p>`
      : null}
  </div>`;
}

function textOf({ kind, value }) {
  if (value == null) return "";
  return kind === "list" ? value.join("\n") : kind === "switch" ? value : String(value);
}

// The value as the relay takes it; undefined for what is no number.
function valueOf({ kind }, text) {
  if (kind === "list") return text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (kind === "number") return text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
  return kind === "text" ? text.trim() : text;
}

// All settings of a group that can be changed here, in one form: some fit together only.
function ChangeDialog({ group, settings, onDone, onClose }) {
  const open = settings.filter(({ isChosenHere }) => isChosenHere);
  const [texts, setTexts] = useState(Object.fromEntries(open.map((each) => [each.name, textOf(each)])));
  const [errors, setErrors] = useState({});
  const [dropped, setDropped] = useState(new Set());
  const action = useAction((values) => patch("/api/settings", { values }));
  const submit = async () => {
    const values = {};
    const wrong = {};
    for (const each of open) {
      const text = texts[each.name];
      const value = valueOf(each, text);
      if (each.isSecret) {
        if (dropped.has(each.name)) values[each.name] = null;
        else if (value) values[each.name] = value;
      } else if (value === undefined) wrong[each.name] = say("console.settings.number_wrong");
      else if (text !== textOf(each)) values[each.name] = value;
    }
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    if (Object.keys(values).length === 0) {
      onClose();
      return;
    }
    const list = await action.run(values);
    if (list) onDone(list);
  };
  const title = say("console.settings.change_of", { name: say(`console.settings.group.${group}`) });
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} onCancel=${onClose} submit=${say("console.settings.save")}>
      ${open.map((each) => html`<${Input} key=${each.name} setting=${each} value=${texts[each.name]} error=${errors[each.name] ?? ""}
        onChange=${(text) => setTexts({ ...texts, [each.name]: text })}
        isDropped=${dropped.has(each.name)} onDrop=${(isOn) => setDropped(isOn ? new Set([...dropped, each.name]) : new Set([...dropped].filter((name) => name !== each.name)))} />`)}
    <//>
  <//>`;
}

function Input({ setting, value, error, onChange, isDropped, onDrop }) {
  const common = { label: labelOf(setting), value, onChange, error };
  const { least, most } = setting;
  switch (setting.kind) {
    case "switch":
      return html`<${Tick} label=${common.label} checked=${value} onChange=${onChange} />`;
    case "choice":
      return html`<${Choice} ...${common} options=${setting.choices.map((each) => [each, each])} />`;
    case "list":
      return html`<${TextArea} ...${common} rows=${3} spellcheck=${false} help=${say("console.settings.list_help")} />`;
    case "number":
      return html`<${Field} ...${common} inputmode="decimal" help=${
        most != null ? say("console.settings.range", { least: wordOf(least), most: wordOf(most) }) : least != null ? say("console.settings.at_least", { least: wordOf(least) }) : ""
      } />`;
    default:
      if (setting.name === "privacy_notice") return html`<${TextArea} ...${common} rows=${6} maxlength="2000" />`;
      return html`<${Field} ...${common} spellcheck=${false} autocomplete="off" help=${setting.isSecret && setting.isSet ? say("console.settings.secret_help") : ""} />
        ${setting.isSecret && setting.isSet ? html`<${Tick} label=${say("console.settings.secret_drop")} checked=${isDropped} onChange=${onDrop} />` : null}`;
  }
}
