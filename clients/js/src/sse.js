// Server-sent events (WHATWG HTML §9.2): bytes to blocks, wherever they are cut.

/**
 * A reader: a function that takes the next bytes and returns the blocks that they complete, as { id, event, data }.
 * A block with an id and without data moves only the place. `retry` is in the reader's `retry`.
 */
export function reader(mostCharacters = 1 << 27) {
  const decoder = new TextDecoder();
  let rest = "", skipsLineFeed = false, id, event = "", data = [];
  const read = bytes => {
    let text = decoder.decode(bytes, { stream: true });
    if (!text) return [];
    if (skipsLineFeed && text[0] === "\n") text = text.slice(1);
    skipsLineFeed = bytes.length > 0 && (text === "" ? false : text.endsWith("\r"));
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop();
    if (rest.length > mostCharacters) throw new RangeError("an event is longer than the limit");
    const blocks = [];
    for (const line of lines) {
      if (line === "") {
        if (data.length || id !== undefined)
          blocks.push({ id, event: event || "message", data: data.length ? data.join("\n") : undefined });
        id = undefined; event = ""; data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
      if (name === "data") data.push(value);
      else if (name === "event") event = value;
      else if (name === "id") { if (!value.includes("\0")) id = value; }
      else if (name === "retry" && /^\d+$/.test(value)) read.retry = Number(value);
    }
    return blocks;
  };
  read.retry = 0;
  return read;
}
