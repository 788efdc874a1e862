// People: who may sign in, with which role, and at which screens; the groups that permissions name; and who is shut out.
import { get, patch, post, remove, session } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { ago, number, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Badge, Button, Empty, Loaded, Page } from "../ui/basics.js";
import { Confirm, Dialog, useDialog } from "../ui/dialog.js";
import { Choice, Field, Form, Tick } from "../ui/forms.js";
import { NewPassword } from "../ui/new_password.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";
import { Blocks } from "./blocks.js";
import { Groups } from "./groups.js";
import { PermissionFields, Permissions, useTargets } from "./permissions.js";

const ROLES = ["viewer", "operator", "lead", "admin"];
const ROLE_HELP = {
  viewer: "console.users.viewer_help",
  operator: "console.users.operator_help",
  lead: "console.users.lead_help",
  admin: "console.users.admin_help",
};

export default function Users() {
  const load = useLoad((signal) => get("/api/users", { signal }));
  const targets = useTargets();
  const [dialog, open] = useDialog();
  const done = (close, text) => {
    close();
    toast(text);
    load.reload();
  };
  const edit = (user) =>
    open((close) => html`<${UserForm} user=${user} targets=${targets} onClose=${close}
      onDone=${({ name }) => done(close, say(user ? "console.users.saved" : "console.users.added", { name }))} />`);
  const ask = (title, text, yes, work, news) =>
    open((close) => html`<${Confirm} title=${title} text=${text} yes=${yes} work=${work} onClose=${close} onDone=${() => done(close, news)} />`);
  const signOut = ({ name }) =>
    ask(say("console.users.sign_out_title", { name }), say("console.users.sign_out_text"), say("console.users.sign_out"),
      () => post(`/api/users/${encodeURIComponent(name)}/sign-out`), say("console.users.signed_out", { name }));
  const drop = ({ name }) =>
    ask(say("console.users.delete_title", { name }), say("console.users.delete_text"), say("console.users.delete"),
      () => remove(`/api/users/${encodeURIComponent(name)}`), say("console.users.deleted", { name }));
  const takeOff = ({ name }) =>
    ask(say("console.factor.take_off_title", { name }), say("console.factor.take_off_text"), say("console.factor.take_off"),
      () => remove(`/api/users/${encodeURIComponent(name)}/second-factor`), say("console.factor.taken_off", { name }));
  const columns = [
    { key: "name", title: say("console.users.name"), isMain: true, draw: ({ name }) => html`<span>${name}
      ${name === session.value?.user.name ? html` <${Badge}>${say("console.users.you")}<//>` : null}</span>` },
    { key: "role", title: say("console.users.role"), draw: ({ role }) => say(`ui.role.${role}`) },
    { key: "screens", title: say("console.users.screens"), draw: (user) =>
      !user.restricted || user.role === "admin" ? say("console.users.all_screens")
        : user.permissions?.length ? html`<${Permissions} list=${user.permissions} />` : say("console.users.no_screens") },
    { key: "seen", title: say("console.users.seen"), draw: ({ sessions, lastSeenAt }) =>
      sessions ? say("console.users.sessions", { count: number(sessions), ago: ago(lastSeenAt) }) : say("console.users.signed_out_now") },
    { key: "factor", title: say("console.factor.column"), draw: ({ secondFactor }) =>
      html`<${Badge} tone=${secondFactor ? "good" : "plain"}>${say(secondFactor ? "console.factor.has" : "console.factor.has_not")}<//>` },
    { key: "do", title: say("console.users.do"), draw: (user) => html`<div class="row">
      <${Button} aria-label=${say("console.users.edit_of", { name: user.name })} onClick=${() => edit(user)}>${say("console.users.edit")}<//>
      ${user.sessions ? html`<${Button} onClick=${() => signOut(user)}>${say("console.users.sign_out")}<//>` : null}
      ${user.secondFactor && user.name !== session.value?.user.name
        ? html`<${Button} aria-label=${say("console.factor.take_off_of", { name: user.name })} onClick=${() => takeOff(user)}>${say("console.factor.take_off")}<//>`
        : null}
      <a class="button plain" download href=${`/api/users/${encodeURIComponent(user.name)}/data`} aria-label=${say("console.privacy.take_of", { name: user.name })}>${say("console.privacy.data_of")}</a>
      <${Button} kind="danger" onClick=${() => drop(user)}>${say("console.users.delete")}<//>
    </div>` },
  ];
  return html`<${Page} title=${say("console.users.title")}
    actions=${html`<${Button} kind="main" onClick=${() => edit(null)}>${say("console.users.add")}<//>`}>
    <${Loaded} load=${load} isEmpty=${({ users }) => users.length === 0}
      empty=${html`<${Empty} title=${say("console.users.empty")}><p>${say("console.users.empty_help")}</p><//>`}>
      ${({ users }) => html`<${Table} columns=${columns} rows=${users} keyOf=${({ name }) => name} caption=${say("console.users.title")} />`}
    <//>
    <${Groups} targets=${targets} onChanged=${load.reload} />
    <${Blocks} />
    ${dialog}
  <//>`;
}

function UserForm({ user, targets, onClose, onDone }) {
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState(user?.role ?? "operator");
  const [password, setPassword] = useState("");
  const [isLimited, setLimited] = useState(Boolean(user?.restricted));
  const [permissions, setPermissions] = useState(user?.permissions ?? []);
  const action = useAction(() => {
    const wanted = isLimited && role !== "admin" ? permissions : [];
    if (!user) return post("/api/users", { name, role, password, permissions: wanted });
    const change = { role };
    if (name.trim() !== user.name) change.name = name;
    if (password) change.password = password;
    if (JSON.stringify(wanted) !== JSON.stringify(user.permissions ?? []) || isLimited !== Boolean(user.restricted)) change.permissions = wanted;
    return patch(`/api/users/${encodeURIComponent(user.name)}`, change);
  });
  const isIncomplete = isLimited && role !== "admin" && permissions.length === 0;
  const submit = async () => {
    if (isIncomplete) return;
    const saved = await action.run();
    if (saved) onDone(saved);
  };
  return html`<${Dialog} title=${user ? say("console.users.edit_of", { name: user.name }) : say("console.users.add")} onClose=${onClose}>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.users.save")} onCancel=${onClose}>
      <${Field} label=${say("console.users.name")} value=${name} onChange=${setName} autocomplete="off" required maxlength="100" />
      <${Choice} label=${say("console.users.role")} value=${role} onChange=${setRole} help=${say(ROLE_HELP[role])}
        options=${ROLES.map((each) => [each, say(`ui.role.${each}`)])} />
      <${NewPassword} label=${say(user ? "console.users.new_password" : "console.users.password")} value=${password} onChange=${setPassword}
        name=${name} help=${user ? say("console.users.new_password_help") : ""} />
      ${role === "admin" ? null : html`
        <${Tick} label=${say("console.users.limit")} checked=${isLimited} onChange=${setLimited} help=${say("console.users.limit_help")} />
        ${isLimited ? html`<${PermissionFields} targets=${targets} value=${permissions} onChange=${setPermissions} />` : null}
        ${isIncomplete ? html`<p class="error" role="alert">${say("console.users.limit_nothing")}</p>` : null}`}
    <//>
  <//>`;
}
