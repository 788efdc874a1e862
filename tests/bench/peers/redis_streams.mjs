// The peer: Node's official Socket.IO server with Redis Streams doing the relay's job. A trigger is accepted when its
// idempotency key is set and it stands in the screen's stream, in one script and one round trip; then `navigate` is
// emitted with an acknowledgement asked for, and the sender hears 202. `GET /acks` tells the milliseconds until each. What the relay does beyond that (who may, the order book, retries, supersession, the outcome of
// the stage, history) this program does not do.
//
// With TWO_STEPS it does so as most would write it, with the driver's defaults: SET NX, then XADD.
//
//     REDIS_PORT=6379 [ADAPTER=1] [TWO_STEPS=1] node redis_streams.mjs PORT

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";

const EXPIRES_MS = 900_000;
const KEPT_SECONDS = 86_400;
// As large as what the relay sends for an order.
const DOCUMENT = {
  id: "0199a8b2c3d4e5f60718293a4b5c6d7e",
  kind: "pdf",
  url: `/api/documents/${"5e".repeat(32)}`,
  sha256: "5e".repeat(32),
  mediaType: "application/pdf",
  pages: 1,
  revision: "C",
  title: "work.pdf",
};

const inTwoSteps = Boolean(process.env.TWO_STEPS);
const redis = new Redis({ port: Number(process.env.REDIS_PORT), enableAutoPipelining: !inTwoSteps });
redis.defineCommand("accept", {
  numberOfKeys: 3,
  lua: `
    local known = redis.call("SET", KEYS[1], ARGV[1], "NX", "GET", "EX", ARGV[2])
    if known then return {0, known} end
    local seq = redis.call("INCR", KEYS[2])
    redis.call("XADD", KEYS[3], "MAXLEN", "~", 1000, "*", "seq", seq, "command", ARGV[3])
    return {seq}`,
});

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  adapter: process.env.ADAPTER ? createAdapter(redis.duplicate()) : undefined,
});
const screens = new Map();
let [acks, count] = [{}, 0];

io.on("connection", (socket) => {
  const { screenId } = socket.handshake.auth;
  if (screenId) {
    screens.set(screenId, socket);
    socket.join(`screen:${screenId}`);
    socket.emit("hello", { serverTime: Date.now(), head: 0 });
  }
  socket.on("presence", (_presence, answer) => answer({ success: true }));
  socket.on("trigger", async (trigger, answer) => {
    const [status, report] = await accept(trigger);
    answer(status === 202 ? { id: trigger.id, success: true, data: report } : report);
  });
});

async function accept(trigger) {
  const began = performance.now();
  const { id, timestamp, ...same } = trigger;
  const hash = createHash("sha256").update(JSON.stringify(same)).digest("base64");
  const now = Date.now();
  const command = { id, screenId: trigger.screenId, windowId: "main", timestamp: now, expiresAt: now + EXPIRES_MS };
  if (trigger.url) Object.assign(command, { url: trigger.url, hosts: ["bench.example", "127.0.0.1"] });
  else Object.assign(command, { orderId: trigger.orderId, document: DOCUMENT });
  const append = inTwoSteps ? appendInTwoSteps : appendAtOnce;
  const [seq, known] = await append(id, trigger.screenId, hash, JSON.stringify(command));
  if (seq === 0 && known !== hash) return [409, { code: "IDEMPOTENCY_MISMATCH" }];
  if (seq !== 0) send(trigger.screenId, { ...command, seq }, began);
  return [202, { id, seq, state: "waiting", statusUrl: `/api/trigger/${id}` }];
}

function appendAtOnce(id, screenId, hash, command) {
  return redis.accept(`once:${id}`, `head:${screenId}`, `mailbox:${screenId}`, hash, KEPT_SECONDS, command);
}

async function appendInTwoSteps(id, screenId, hash, command) {
  const isNew = await redis.set(`once:${id}`, hash, "EX", KEPT_SECONDS, "NX");
  if (!isNew) return [0, await redis.get(`once:${id}`)];
  await redis.xadd(`mailbox:${screenId}`, "MAXLEN", "~", 1000, "*", "command", command);
  return [++count];
}

function send(screenId, command, began) {
  const acknowledged = () => (acks[command.id] = performance.now() - began);
  if (process.env.ADAPTER) {
    const sending = io.to(`screen:${screenId}`).timeout(5000).emitWithAck("navigate", command);
    sending.then(acknowledged, () => {});
  } else {
    const sending = screens.get(screenId)?.timeout(5000).emitWithAck("navigate", command);
    sending?.then(acknowledged, () => {});
  }
}

http.on("request", (request, response) => {
  const answer = (status, body) => {
    const text = JSON.stringify(body);
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
    response.end(text);
  };
  if (request.url === "/api/trigger") {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part) => (text += part));
    request.on("end", async () => answer(...(await accept(JSON.parse(text)))));
  } else if (request.url === "/acks") {
    answer(200, acks);
    acks = {};
  }
});

http.listen(Number(process.argv[2]), "127.0.0.1", 4096);
process.on("SIGTERM", () => process.exit(0));
