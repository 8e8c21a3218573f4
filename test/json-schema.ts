/** Checks a value against the part of JSON Schema that our document uses. Throws on a word that it does not know. */

type Schema = Record<string, any>;

const KNOWN = new Set(
  "$ref type format enum const anyOf oneOf allOf items minItems maxItems properties required additionalProperties propertyNames minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern description example examples default title".split(
    " ",
  ),
);
const FORMATS: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;

/** An object that is several at once: all their fields are its own. */
function merged({ allOf, ...rest }: Schema, document: Schema): Schema {
  const parts: Schema[] = allOf.map((part: Schema) =>
    part["$ref"] ? document["components"].schemas[part["$ref"].split("/").at(-1)] : part,
  );
  const all = [rest, ...parts.map((part) => (part["allOf"] ? merged(part, document) : part))];
  return Object.assign({}, ...all, {
    properties: Object.assign({}, ...all.map((part) => part["properties"])),
    required: all.flatMap((part) => part["required"] ?? []),
  }) as Schema;
}

/** Returns the faults of a value, each with its place; empty: none. */
export function checkSchema(value: unknown, schema: Schema, document: Schema, at = "$"): string[] {
  if (schema["$ref"])
    return checkSchema(value, document["components"].schemas[schema["$ref"].split("/").at(-1)], document, at);
  if (schema["allOf"]) return checkSchema(value, merged(schema, document), document, at);
  const strange = Object.keys(schema).find((word) => !KNOWN.has(word));
  if (strange) throw new Error(`${at}: a schema with "${strange}"`);
  const errors: string[] = [];
  const fail = (words: string): void => void errors.push(`${at}: ${words}`);
  const into = (part: unknown, sub: Schema, place: string): void =>
    void errors.push(...checkSchema(part, sub, document, `${at}.${place}`));
  const type = typeOf(value);
  if (schema["type"]) {
    const types: string[] = [schema["type"]].flat();
    if (!types.includes(type) && !(type === "integer" && types.includes("number")))
      return [`${at}: ${type} and not ${types.join(" or ")}`];
  }
  if (schema["enum"] && !schema["enum"].includes(value)) fail(`not one of ${schema["enum"].join(", ")}`);
  if ("const" in schema && schema["const"] !== value) fail(`not ${schema["const"]}`);
  const fits = (sub: Schema): boolean => checkSchema(value, sub, document, at).length === 0;
  if (schema["anyOf"] && !schema["anyOf"].some(fits)) fail("fits none");
  if (schema["oneOf"] && schema["oneOf"].filter(fits).length !== 1) fail("does not fit exactly one");
  if (typeof value === "string") {
    const format = FORMATS[schema["format"]];
    if (format && !format.test(value)) fail(`not a ${schema["format"]}: ${value}`);
    if (schema["pattern"] && !new RegExp(schema["pattern"], "u").test(value))
      fail(`does not match ${schema["pattern"]}`);
    if (value.length < (schema["minLength"] ?? 0) || value.length > (schema["maxLength"] ?? Infinity))
      fail(`length ${value.length}`);
  }
  if (
    typeof value === "number" &&
    (value < (schema["minimum"] ?? -Infinity) || value > (schema["maximum"] ?? Infinity))
  )
    fail(`out of bounds: ${value}`);
  if (Array.isArray(value)) {
    if (value.length < (schema["minItems"] ?? 0) || value.length > (schema["maxItems"] ?? Infinity))
      fail(`${value.length} items`);
    if (schema["items"]) value.forEach((one, i) => into(one, schema["items"], String(i)));
  } else if (typeof value === "object" && value !== null) {
    for (const key of schema["required"] ?? []) if (!(key in value)) fail(`${key} is missing`);
    for (const [key, part] of Object.entries(value)) {
      const own = schema["properties"]?.[key];
      if (own) into(part, own, key);
      else if (typeof schema["additionalProperties"] === "object") into(part, schema["additionalProperties"], key);
      // An answer says no more than its document, whether or not the document forbids it.
      else if (schema["properties"] && schema["additionalProperties"] !== true) fail(`${key} is not documented`);
    }
  }
  return errors;
}
