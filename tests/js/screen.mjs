// A screen written with the official socket.io-client. Arguments: relay URL, token, how many commands to leave
// unacknowledged, and whether it reports outcomes. Prints one JSON line per thing that happens; ends when stdin does.
import { io } from "socket.io-client";

const [url, token, silences, reports] = process.argv.slice(2);
const say = (what, data) => process.stdout.write(JSON.stringify({ what, data }) + "\n");
let unanswered = Number(silences);

const socket = io(url, { transports: ["websocket"], auth: { token }, reconnectionDelay: 100, forceNew: true });

socket.on("connect", () => say("connect", socket.id));
socket.on("connect_error", (error) => say("connect_error", { message: error.message, data: error.data }));
socket.on("disconnect", (reason) => say("disconnect", reason));
socket.on("error", (problem) => say("error", problem));
socket.on("hello", (hello) => {
  say("hello", hello);
  if (reports === "outcome") {
    socket.emit("presence", {
      appVersion: "js", protocol: 1, appliedSeq: 0, epoch: hello.epoch, displays: [], windows: [], capabilities: ["outcome"],
    }, (answer) => say("presence acknowledged", answer));
  }
});
socket.on("navigate", (command, acknowledge) => {
  say("navigate", command);
  if (unanswered > 0) {
    unanswered -= 1;
    return;
  }
  acknowledge({ received: true, id: command.id });
  if (reports === "outcome") {
    socket.emit("outcome", { id: command.id, state: "shown", page: 1 }, (answer) => say("outcome acknowledged", answer));
  }
});

process.stdin.on("data", () => {});
process.stdin.on("end", () => {
  socket.disconnect();
  process.exit(0);
});
