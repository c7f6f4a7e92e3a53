// The leaves, and the values that they compose: the service's rules (docs/http.md, "What a read returns").
import { isObject } from "./json.js";

const utf8 = new TextEncoder();
const own = (object, name) => isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;

/** Sets a member, also one with the name `__proto__`. */
function set(object, name, value) {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Merges deeply; where the two are not both objects, the value stored deeper wins. */
function merged(above, deeper) {
  if (!isObject(above) || !isObject(deeper)) return deeper;
  const object = { ...above };
  for (const name of Object.keys(deeper)) {
    const member = own(above, name);
    set(object, name, member === undefined ? deeper[name] : merged(member, deeper[name]));
  }
  return object;
}

/** The order of names: that of their UTF-8 bytes. */
function compare(a, b) {
  if (/^[\0-\uD7FF]*$/.test(a + b)) return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [utf8.encode(a), utf8.encode(b)];
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
}

/** The part of a scalar or an array along names: `_value` is the value itself, an index an element. */
function entered(value, names) {
  for (const name of names[0] === "_value" ? names.slice(1) : names) {
    if (Array.isArray(value) ? !/^(0|[1-9]\d*)$/.test(name) : !isObject(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A place in the tree. `leaf` is { value, metadata, revision }; without a value it is the trace of a deletion. */
class Node {
  constructor(parent, name) {
    this.parent = parent;
    this.name = name;
    this.children = new Map();
    this.leaf = undefined;
    /** How many leaves with a value are at and below. */
    this.count = 0;
    this.kept = undefined;
    this.sorted = undefined;
  }

  get value() { return this.leaf?.value; }

  hasBelow() { return this.count > (this.value === undefined ? 0 : 1); }

  /** The children with values, in order. */
  members() {
    this.sorted ??= [...this.children.values()].sort((a, b) => compare(a.name, b.name));
    return this.sorted.filter(child => child.count > 0);
  }
}

export class Tree {
  constructor() { this.root = new Node(undefined, ""); }

  /** The node at some names; undefined if there is none and none is made. */
  node(names, makes = false) {
    let node = this.root;
    for (const name of names) {
      let child = node.children.get(name);
      if (!child) {
        if (!makes) return undefined;
        child = new Node(node, name);
        node.children.set(name, child);
        node.sorted = undefined;
      }
      node = child;
    }
    return node;
  }

  /** Stores a leaf, or the trace of its deletion if `leaf.value` is undefined. */
  put(names, leaf) {
    const node = this.node(names, true);
    const more = (leaf?.value === undefined ? 0 : 1) - (node.value === undefined ? 0 : 1);
    node.leaf = leaf;
    for (let above = node; above; above = above.parent) {
      above.count += more;
      above.kept = undefined;
    }
    return node;
  }

  /** Removes what is at and below some names, except what `keeps` says. */
  prune(names, keeps = () => false) {
    const start = this.node(names);
    const visit = (node, path) => {
      for (const child of [...node.children.values()]) visit(child, [...path, child.name]);
      if (node.leaf && !keeps(path, node.leaf)) this.put(path, undefined);
      if (!node.leaf && !node.children.size && node.parent) {
        node.parent.children.delete(node.name);
        node.parent.sorted = undefined;
      }
    };
    if (start) visit(start, names);
  }

  /** What a read of a path returns; undefined if nothing is stored there. */
  get(names) {
    let node = this.root, over, scalar;
    for (let depth = 0; ; depth++) {
      const value = node?.value;
      if (value !== undefined) scalar = undefined;
      const answer = value === undefined ? over : merged(over, value);
      if (depth === names.length) {
        if (node?.hasBelow() || answer !== undefined) return node ? compose(node, over) : answer;
        return scalar && entered(scalar.value, names.slice(scalar.depth));
      }
      if (answer !== undefined && !isObject(answer)) scalar = { value: answer, depth };
      over = own(answer, names[depth]);
      node = node?.children.get(names[depth]);
    }
  }

  /** The one leaf from which everything at and below some names comes; undefined if there are several. */
  leaf(names) {
    const node = this.node(names);
    return node && !node.hasBelow() && node.value !== undefined ? node.leaf : undefined;
  }
}

/** The value of a node whose parent's own value has `over` there. It is kept until something changes below. */
function compose(node, over) {
  if (over === undefined && node.kept !== undefined) return node.kept;
  const { value } = node;
  const answer = value === undefined ? over : merged(over, value);
  let result = answer;
  if (node.hasBelow()) {
    result = answer === undefined ? {} : isObject(answer) ? { ...answer } : { _value: answer };
    for (const child of node.members()) set(result, child.name, compose(child, own(answer, child.name)));
  }
  if (over === undefined) node.kept = result;
  return result;
}
