// Reads the event stream format (WHATWG HTML, 9.2.6), of which the relay uses `event`, `data`, `id` and comments.
export function parser(said) {
  let rest = "";
  let event = "";
  let data = [];
  const line = (text) => {
    if (text === "") {
      if (data.length || event) said({ event: event || "message", data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  };
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r/);
    rest = lines.pop();
    for (const each of lines) line(each);
  };
}
