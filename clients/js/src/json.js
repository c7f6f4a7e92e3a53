// JSON texts and values.

const strings = /"(?:[^"\\]|\\.)*"/g;
const numbers = /-?\d[\d.eE+-]*/g;

/** Whether a number of a JSON text would come back in another spelling, as 1.0 or 12345678901234567890 do. */
export function isLossy(text) {
  if (!/\d{16}|\d[.eE]|-0/.test(text)) return false;
  return (text.replace(strings, "").match(numbers) ?? []).some(number => String(Number(number)) !== number);
}

const hasExactNumbers = typeof JSON.rawJSON === "function";

/** How values are read and written: "double", or "exact", which keeps the spelling of numbers that a double loses. */
export function codec(kind = "double") {
  if (kind === "exact" && !hasExactNumbers)
    throw new TypeError("numbers: \"exact\" needs JSON.rawJSON, which this engine does not have");
  const exact = (key, value, context) =>
    typeof value === "number" && String(value) !== context.source ? JSON.rawJSON(context.source) : value;
  return {
    parse: text => kind === "exact" && isLossy(text) ? JSON.parse(text, exact) : JSON.parse(text),
    isLossy: text => kind === "double" && isLossy(text),
    stringify,
  };
}

/** The text of a value. What JSON can't express is refused instead of changed. */
export function stringify(value) {
  const text = JSON.stringify(value, (name, member) => {
    if (typeof member === "number" && !Number.isFinite(member))
      throw new TypeError(`${member} at '${name}' is not JSON`);
    return member;
  });
  if (text === undefined) throw new TypeError(`A value of type ${typeof value} is not JSON`);
  return text;
}

export const isObject = value => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether two values are equal as JSON. */
export function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(name => Object.hasOwn(b, name) && equal(a[name], b[name]));
}
