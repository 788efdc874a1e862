// The official socket.io-client says and hears what a conformance test asks for. Arguments: relay URL, token, scenario.
// Prints one JSON line per thing that happens; `done` is the last one. Lines on stdin are commands of the test.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, token, scenario] = process.argv.slice(2);
const say = (what, data) => process.stdout.write(JSON.stringify({ what, data }) + "\n");
const open = (auth, options = {}) =>
  io(url, { transports: ["websocket"], auth, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
const heard = (socket, event) => new Promise((resolve) => socket.once(event, resolve));
const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const scenarios = {
  async refused() {
    const socket = open({ token: "rubbish" });
    const error = await heard(socket, "connect_error");
    say("connect_error", { code: error.data.code, isActive: socket.active });
    socket.auth = { token };
    socket.connect();
    await heard(socket, "hello");
    say("hello");
    socket.close();
  },

  async events() {
    const socket = open({ token });
    const early = [];
    socket.onAny((event) => early.push(event));
    await heard(socket, "hello");
    say("first words", early);
    socket.on("error", (problem) => say("error", problem.code));
    const answer = await socket.timeout(5000).emitWithAck("ping", {});
    say("ping", Object.keys(answer));
    const unknown = await socket.timeout(5000).emitWithAck("작업지시 🧵", {});
    say("unknown", { code: unknown.code, namesIt: unknown.detail.includes("작업지시 🧵") });
    const order = [];
    const answers = [];
    for (let number = 0; number < 200; number += 1) {
      answers.push(socket.timeout(5000).emitWithAck("ping", number).then(() => order.push(number)));
    }
    await Promise.all(answers);
    say("two hundred", order.every((number, at) => number === at));
    const large = await socket.timeout(5000).emitWithAck("ping", "x".repeat(60000));
    say("large", Object.keys(large));
    socket.close();
  },

  async deliveries() {
    const socket = open({ token });
    const ids = [];
    socket.on("navigate", (command, acknowledge) => {
      ids.push(command.id);
      acknowledge({ received: true, id: command.id });
    });
    await heard(socket, "hello");
    say("hello");
    await commands.next();
    say("navigated", ids.length);
    socket.close();
  },

  async restart() {
    const socket = open({ token });
    socket.on("drain", (drain) => say("drain", drain));
    socket.on("disconnect", (reason, details) => say("disconnect", { reason, code: details?.context?.code }));
    await heard(socket, "hello");
    say("hello");
    await heard(socket, "hello");
    say("hello");
    socket.off("disconnect");
    socket.close();
  },

  async replaced() {
    const older = open({ token }, { reconnection: false });
    await heard(older, "hello");
    const told = heard(older, "session:replaced");
    const gone = new Promise((resolve) => older.once("disconnect", (reason, details) => resolve({ reason, code: details?.context?.code })));
    const newer = open({ token });
    const hello = await heard(newer, "hello");
    say("newer", hello.gen);
    say("replaced", (await told).code);
    say("disconnect", await gone);
    newer.close();
  },

  async revoked() {
    const socket = open({ token }, { reconnection: false });
    await heard(socket, "hello");
    const told = heard(socket, "session:revoked");
    const gone = new Promise((resolve) => socket.once("disconnect", (reason, details) => resolve({ reason, code: details?.context?.code })));
    say("hello");
    say("revoked", (await told).code);
    say("disconnect", await gone);
  },

  async binary() {
    const socket = open({ token }, { reconnection: false });
    await heard(socket, "hello");
    const gone = new Promise((resolve) => socket.once("disconnect", (reason, details) => resolve({ reason, code: details?.context?.code })));
    socket.emit("ping", new Uint8Array([1, 2, 3]));
    socket.emit("ping", new Uint8Array([1, 2, 3]));
    say("disconnect", await gone);
  },

  async namespace() {
    const manager = open({ token });
    await heard(manager, "hello");
    const other = manager.io.socket("/other", { auth: { token } });
    const error = await heard(other, "connect_error");
    say("connect_error", error.message);
    const answer = await manager.timeout(5000).emitWithAck("ping", {});
    say("ping", Object.keys(answer));
    other.close();
    manager.close();
  },
};

await scenarios[scenario]();
say("done");
process.exit(0);
