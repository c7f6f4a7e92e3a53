"""Writes pairs of a schema and a value, with the verdict of jsonschema-rs, one JSON object a line.

    pairs.py COUNT SEED >FILE

A schema is random, of one of five drafts, and a value is made to fit a part of it as often as not.

Each fourth pair has another schema, which is the first one with a change, the answer of jsonschema-rs whether it covers the
first one, and more values."""

import copy
import json
import random
import sys

import jsonschema_rs

DRAFTS = [
    ("http://json-schema.org/draft-04/schema#", 4),
    ("http://json-schema.org/draft-06/schema#", 6),
    ("http://json-schema.org/draft-07/schema#", 7),
    ("https://json-schema.org/draft/2019-09/schema", 2019),
    ("https://json-schema.org/draft/2020-12/schema", 2020),
]
NAMES = ["a", "b", "c", "ab", "longer name", "é", "x-1", "a/b", "~"]
TEXTS = ["", "a", "ab", "abc", "é", "🐲🐲", "a\nb", "123", "2026-01-31", "A b", "x" * 9, "\u0000", "ß"]
PATTERNS = ["^a", "b$", "^[a-c]+$", "^\\d+$", "\\s", "^.$", "^(a|b)*$", "[^a]", "^\\w{2,3}$", "^(?!a)", "\\u00e9", "^x-"]
TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"]
random_ = random.Random()


def chance(part):
    return random_.random() < part


def number():
    return random_.choice([0, 1, 2, 3, -1, 1.0, 1.5, 0.1, 0.25, -2.5, 10, 100, 1e3, 12345678901, 7.0])


def scalar():
    return random_.choice([None, True, False, number(), number(), random_.choice(TEXTS), random_.choice(TEXTS)])


def value(depth):
    if depth <= 0 or chance(0.4):
        return scalar()
    if chance(0.4):
        return [value(depth - 1) for _ in range(random_.randrange(5))]
    return {name: value(depth - 1) for name in random_.sample(NAMES, random_.randrange(5))}


def count():
    return random_.randrange(4)


def schema(depth, draft):
    """A schema that may refer to '#/definitions/…' below."""
    if draft >= 6 and chance(0.08):
        return chance(0.7)
    if chance(0.08):
        return {"$ref": "#/definitions/" + random_.choice("xy")}
    result = {}
    for _ in range(random_.randrange(1, 4)):
        result.update(keyword(depth - 1, draft))
    return result


def schemas(depth, draft, least=1):
    return [schema(depth, draft) for _ in range(random_.randrange(least, 4))]


def keyword(depth, draft):
    kinds = [for_any, for_number, for_text]
    if depth > 0:
        kinds += [for_object, for_object, for_array, for_array, logic]
    return random_.choice(kinds)(depth, draft)


def for_any(depth, draft):
    if chance(0.5):
        return {"type": random_.choice(TYPES) if chance(0.6) else random_.sample(TYPES, random_.randrange(1, 4))}
    if draft >= 6 and chance(0.4):
        return {"const": value(1)}
    values = []
    for _ in range(random_.randrange(1, 5)):
        one = value(1)
        if not any(json.dumps(one) == json.dumps(other) or one == other for other in values):
            values.append(one)
    return {"enum": values}


def for_number(depth, draft):
    name = random_.choice(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
    if name == "multipleOf":
        return {name: random_.choice([1, 2, 0.5, 0.1, 0.25, 1.5, 7])}
    if name.startswith("exclusive") and draft == 4:
        return {name: chance(0.5), name[9:].lower(): number()}
    return {name: number()}


def for_text(depth, draft):
    name = random_.choice(["minLength", "maxLength", "pattern"])
    return {name: random_.choice(PATTERNS) if name == "pattern" else count()}


def for_object(depth, draft):
    choices = ["properties", "properties", "required", "minProperties", "maxProperties", "patternProperties"]
    choices += ["additionalProperties"]
    if draft >= 6:
        choices += ["propertyNames"]
    if draft <= 7:
        choices += ["dependencies"]
    else:
        choices += ["dependentRequired", "dependentSchemas", "unevaluatedProperties"]
    name = random_.choice(choices)
    names = random_.sample(NAMES, random_.randrange(1, 4))
    if name in ("properties", "dependentSchemas"):
        return {name: {key: schema(depth, draft) for key in names}}
    if name == "required":
        return {name: names}
    if name == "patternProperties":
        return {name: {key: schema(depth, draft) for key in random_.sample(PATTERNS, 2)}}
    if name in ("minProperties", "maxProperties"):
        return {name: count()}
    if name == "dependentRequired":
        return {name: {key: random_.sample(NAMES, 2) for key in names}}
    if name == "dependencies":
        return {name: {key: random_.sample(NAMES, 2) if chance(0.5) else schema(depth, draft) for key in names}}
    return {name: not chance(0.6) if chance(0.5) and draft > 4 or name != "propertyNames" and chance(0.4)
            and draft > 4 else schema(depth, draft)}


def for_array(depth, draft):
    choices = ["items", "items", "minItems", "maxItems", "uniqueItems"]
    if draft >= 6:
        choices += ["contains"]
    choices += ["prefixItems"] if draft == 2020 else ["tuple"]
    if draft >= 2019:
        choices += ["minContains"]
    # In draft 2019-09, jsonschema-rs counts what 'contains' accepts as evaluated; the draft doesn't (§9.3.1.3, §9.3.1.4).
    if draft >= 2020:
        choices += ["unevaluatedItems"]
    name = random_.choice(choices)
    if name in ("minItems", "maxItems"):
        return {name: count()}
    if name == "uniqueItems":
        return {name: chance(0.8)}
    if name == "prefixItems":
        return {name: schemas(depth, draft)}
    if name == "tuple":
        result = {"items": schemas(depth, draft)}
        if chance(0.5):
            result["additionalItems"] = schema(depth, draft)
        return result
    if name == "minContains":
        return {"contains": schema(depth, draft), "minContains": count(), "maxContains": count()}
    return {name: schema(depth, draft)}


def logic(depth, draft):
    name = random_.choice(["allOf", "anyOf", "oneOf", "not"] + (["if"] if draft >= 7 else []))
    if name == "not":
        return {name: schema(depth, draft)}
    if name == "if":
        result = {name: schema(depth, draft)}
        for branch in ("then", "else"):
            if chance(0.7):
                result[branch] = schema(depth, draft)
        return result
    return {name: schemas(depth, draft)}


def fitting(node, depth=3):
    """A value that follows some of the keywords of a schema."""
    if not isinstance(node, dict) or chance(0.15):
        return value(depth)
    if "const" in node and chance(0.7):
        return node["const"]
    if "enum" in node and chance(0.7):
        return random_.choice(node["enum"])
    for name in ("allOf", "anyOf", "oneOf"):
        if name in node and chance(0.5):
            return fitting(random_.choice(node[name]), depth)
    if "properties" in node or "required" in node or "dependentSchemas" in node:
        result = value(1)
        result = result if isinstance(result, dict) else {}
        for name in node.get("required", []):
            result[name] = value(1)
        for name, part in node.get("properties", {}).items():
            if chance(0.8):
                result[name] = fitting(part, depth - 1)
        return result
    for name in ("items", "prefixItems", "contains"):
        if name in node and chance(0.8):
            parts = node[name] if isinstance(node[name], list) else [node[name]] * count()
            return [fitting(part, depth - 1) for part in parts] + [value(1)] * random_.randrange(2)
    return value(depth)


def parts(node):
    """All subschemas of a schema that are objects, with those that only a reference leads to."""
    found = [node]
    for name, child in node.items():
        if name in ("enum", "const", "required", "definitions"):
            continue
        children = child.values() if isinstance(child, dict) else child if isinstance(child, list) else []
        if name in SINGLE and isinstance(child, dict):
            children = [child]
        for one in children:
            if isinstance(one, dict):
                found += parts(one)
    return found


SINGLE = ["additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"]
SINGLE += ["unevaluatedItems", "unevaluatedProperties"]


def changed(root, draft):
    """A schema like another one, in which a keyword is left out, added or made wider, or nothing is changed."""
    result = copy.deepcopy(root)
    for _ in range(random_.randrange(4)):
        part = random_.choice(parts(result))
        names = [name for name in part if name not in ("$schema", "definitions", "$ref")]
        if chance(0.3) and names:
            del part[random_.choice(names)]
        elif chance(0.6) and "$ref" not in part:
            part.update(keyword(1, draft))
        else:
            widen(part)
    return result


def widen(part):
    for name, step in (("minimum", -1), ("maximum", 1), ("minLength", -1), ("maxLength", 1), ("minItems", -1),
                       ("maxItems", 1), ("minProperties", -1), ("maxProperties", 1)):
        if name in part:
            part[name] = part[name] + step if name in ("minimum", "maximum") else max(part[name] + step, 0)
    if isinstance(part.get("type"), list):
        part["type"] = sorted(set(part["type"] + [random_.choice(TYPES)]))
    if "anyOf" in part:
        part["anyOf"].append({"type": random_.choice(TYPES)})
    if "enum" in part and "a new value" not in part["enum"]:
        part["enum"].append("a new value")
    if "required" in part and isinstance(part["required"], list) and len(part["required"]) > 1:
        part["required"].pop()


def covers(other, first):
    """Whether a schema permits all that another one permits; UNKNOWN where that can't be told."""
    try:
        answer = jsonschema_rs.canonicalize(other).covers(jsonschema_rs.canonicalize(first))
    except Exception:  # It has an exception of its own for each keyword that it doesn't know.
        return "UNKNOWN"
    return str(answer).rsplit(".", maxsplit=1)[-1].upper()


def pair():
    uri, draft = random_.choice(DRAFTS)
    root = schema(4, draft)
    if not isinstance(root, dict) or "$ref" in root:
        root = {"allOf": [root] if draft > 4 or isinstance(root, dict) else [{}]}
    root["$schema"] = uri
    # Those that are referred to refer to nothing, so that no schema applies itself.
    root["definitions"] = {"x": {"type": random_.choice(TYPES)}, "y": {"not": {"type": random_.choice(TYPES)}}}
    return root, fitting(root), draft


def main():
    wanted = int(sys.argv[1])
    random_.seed(int(sys.argv[2]))
    written = 0
    while written < wanted:
        root, instance, draft = pair()
        try:
            verdict = jsonschema_rs.validator_for(root).is_valid(instance)
        except jsonschema_rs.ValidationError as error:
            print(f"pairs.py: {error}", file=sys.stderr)
            continue
        line = {"schema": root, "value": instance, "valid": verdict}
        if written % 4 == 0:
            other = changed(root, draft)
            values = [fitting(random_.choice([root, other])) for _ in range(6)] + [instance]
            line.update(other=other, covers=covers(other, root), values=values)
        print(json.dumps(line))
        written += 1


main()
