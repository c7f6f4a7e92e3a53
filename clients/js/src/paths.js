// Paths: strings as in a URL, lists of names, or { Key, Namespace }.

/** The names of a path's segments. */
export function segments(path) {
  if (typeof path === "string") return path.split("/").filter(Boolean).map(decodeURIComponent);
  if (Array.isArray(path)) return path.map(String);
  if (path && typeof path.Key === "string") return [...(path.Namespace ?? []), path.Key];
  throw new TypeError(`'${String(path)}' is not a path like '/ep1/a', ['ep1', 'a'], { Namespace: ['ep1'], Key: 'a' }`);
}

/** The one spelling of a path, percent-encoded. */
export function canonical(path) {
  const names = segments(path);
  if (!names.length || names.some(name => name === "" || name === "." || name === ".."))
    throw new TypeError(`'${String(path)}' is not a path: each segment needs a name`);
  return "/" + names.map(encodeURIComponent).join("/");
}

/** A pattern as `match` takes it. In a string, `+` is any segment and a last `#` everything below; names in a list are
 * names. */
export function pattern(given) {
  if (typeof given !== "string") return canonical(given);
  return "/" + given.split("/").filter(Boolean).map(name =>
    name === "+" || name === "#" ? name : encodeURIComponent(decodeURIComponent(name))).join("/");
}

/** The pattern of all paths. */
const everything = "/#";
const mostPatterns = 64, mostBytes = 4096;

/** Whether changes at a canonical path are at or below another canonical path. */
export const covers = (outer, inner) => inner === outer || outer === everything || inner.startsWith(outer + "/");

/** The canonical paths from the first of some names down to all of them. */
export function prefixes(names) {
  let path = "";
  return names.map(name => path += "/" + encodeURIComponent(name));
}

/** The canonical paths that are not below another one of them. */
export function widest(paths) {
  const found = [];
  // In this order a path comes right before those below it.
  const order = path => path.replaceAll("/", "\0");
  for (const path of [...new Set(paths)].sort((a, b) => order(a) < order(b) ? -1 : 1))
    if (!found.length || !covers(found.at(-1), path)) found.push(path);
  return found;
}

/** Paths that cover some paths and fit into one request: their parents if they are too many. */
export function widened(paths) {
  let found = widest(paths);
  while (found.length > mostPatterns || (found.length > 1 && encodeURIComponent(found.join("")).length > mostBytes)) {
    const depth = Math.max(...found.map(path => path.split("/").length));
    if (depth === 2) return [everything];
    found = widest(found.map(path => path.split("/").length === depth ? path.slice(0, path.lastIndexOf("/")) : path));
  }
  return found;
}

const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** A time-ordered name of 26 characters. `crypto.randomUUID` is missing on pages of plain http. */
export function orderedName(now = Date.now()) {
  let name = "";
  for (let rest = now, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) name = letters[rest % 32] + name;
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) name += letters[byte % 32];
  return name;
}
