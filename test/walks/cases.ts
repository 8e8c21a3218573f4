import fc from "fast-check";
import { hostile } from "./hostile-words";
import type { WalkedOperation } from "./operations";

/** Calls for fuzzing: what an operation's document allows, and what it does not. */

const NUMBERS = [0, -1, 1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 0.1, 101, 99_999];

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
}
const anything = fc.oneof(
  hostile,
  fc.constantFrom<unknown>(
    ...NUMBERS,
    null,
    true,
    false,
    [],
    {},
    [null],
    { __proto__x: 1 },
    deep(20),
    deep(40),
    Array.from({ length: 200 }, () => "x"),
    { constructor: { prototype: 1 } },
  ),
);

export type Schema = Record<string, any>;

/** Something wrong in a body: another type, a field less, a field more, at any depth. */
const broken = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(body, fc.nat(1000), fc.constantFrom("replace", "remove", "add"), anything)
    .map(([value, at, how, other]) => mutate(structuredClone(value), at, how, other));

function mutate(value: unknown, at: number, how: string, other: unknown): unknown {
  const places: [any, string | number][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit((node as any)[key]);
    }
  };
  visit(value);
  if (places.length === 0 || at % 10 === 0) return other;
  const [node, key] = places[at % places.length]!;
  if (how === "remove" && Array.isArray(node)) node.splice(Number(key), 1);
  else if (how === "remove") delete node[key];
  else if (how === "add") node[Array.isArray(node) ? node.length : "unknown_field"] = other;
  else node[key] = other;
  return value;
}

/** A form, most often of a file as it should be, sometimes cut off. */
const form = fc
  .record({
    name: fc.oneof({ weight: 6, arbitrary: fc.constant("file") }, { weight: 1, arbitrary: hostile }),
    filename: fc.oneof(fc.constant("a.png"), hostile),
    type: fc.oneof(fc.constantFrom("image/png", "text/html", "application/pdf"), hostile),
    bytes: fc.uint8Array({ maxLength: 2000 }),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200) }),
  })
  .map(({ name, filename, type, bytes, cut }) => {
    const head = `--fuzz\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`;
    const whole = Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--fuzz--\r\n")]);
    return { type: "multipart/form-data; boundary=fuzz", body: new Uint8Array(whole.subarray(0, whole.length - cut)) };
  });
/** A table of any fields under the columns that an operation reads. */
export const csvOf = (columns: string, fields: fc.Arbitrary<string> = hostile): fc.Arbitrary<string> =>
  fc
    .array(fc.array(fields, { minLength: 1, maxLength: 5 }), { maxLength: 5 })
    .map((rows) => `${columns}\n${rows.map((row) => row.map((field) => `"${field}"`).join(",")).join("\n")}\n`);
const csv = (table: fc.Arbitrary<string>) =>
  fc.record({
    type: fc.constantFrom("text/csv", "text/csv", "text/csv; charset=utf-8", "multipart/form-data", "text/plain"),
    body: fc.oneof(hostile, table),
  });

export interface Case {
  path: Record<string, string>;
  query: [string, string][];
  body?: unknown;
  /** A body that is no JSON. */
  raw?: { type: string; body: string | Uint8Array<ArrayBuffer> };
  headers: Record<string, string>;
}

/**
 * Makes calls from a document. `pool`: values that are there, by the name of what takes them; the first is taken most often.
 * `together`: bodies whose fields fit each other, and the text of tables, by operation.
 */
export function createCases(
  document: Schema,
  pool: Record<string, string[]>,
  together: Record<string, fc.Arbitrary<unknown>>,
): (op: WalkedOperation) => fc.Arbitrary<Case> {
  const resolve = (schema: Schema): Schema =>
    schema["$ref"] ? resolve(document["components"].schemas[schema["$ref"].split("/").at(-1)]) : schema;

  /** Values that a schema allows, its bounds among them. */
  function valid(unresolved: Schema, name: string): fc.Arbitrary<unknown> {
    const schema = resolve(unresolved);
    if (schema["const"] !== undefined) return fc.constant(schema["const"]);
    if (schema["enum"]) return fc.constantFrom(...schema["enum"]);
    const choices = schema["oneOf"] ?? schema["anyOf"];
    if (choices) return fc.oneof(...choices.map((choice: Schema) => valid(choice, name)));
    if (Array.isArray(schema["type"]))
      return fc.oneof(...schema["type"].map((type: string) => valid({ ...schema, type }, name)));
    switch (schema["type"]) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
      case "number": {
        const [min, max] = [Math.max(schema["minimum"] ?? 0, -1e6), Math.min(schema["maximum"] ?? 1e6, 1e6)];
        return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
      }
      case "array":
        return fc.array(valid(schema["items"], name), {
          minLength: schema["minItems"] ?? 0,
          maxLength: Math.min(schema["maxItems"] ?? 5, (schema["minItems"] ?? 0) + 4),
        });
      case "object":
        return object(schema, name);
      case "string":
        return text(schema, name);
      default:
        return anything;
    }
  }

  function object(schema: Schema, name: string): fc.Arbitrary<unknown> {
    if (!schema["properties"]) {
      const example = schema["example"] ?? { text: "Hello" };
      return fc.oneof(
        fc.constant(example),
        fc.dictionary(
          fc.constantFrom("text", "caption", "url", "name", "x"),
          name === "config" ? fc.string({ maxLength: 20 }) : anything,
          { maxKeys: 3 },
        ),
      );
    }
    return fc.record(
      Object.fromEntries(Object.entries<Schema>(schema["properties"]).map(([key, part]) => [key, valid(part, key)])),
      {
        requiredKeys: schema["required"] ?? [],
      },
    );
  }

  function text(schema: Schema, name: string): fc.Arbitrary<string> {
    const known = pool[name];
    if (known && (schema["format"] === "uuid" || schema["pattern"]))
      return fc.oneof(
        { weight: 6, arbitrary: fc.constant(known[0]!) },
        { weight: 2, arbitrary: fc.constantFrom(...known) },
        { weight: 1, arbitrary: fc.uuid({ version: 4 }) },
      );
    if (name === "cursor") return fc.constantFrom(...pool["cursor"]!);
    switch (schema["format"]) {
      case "uuid":
        return fc.uuid({ version: 4 });
      case "date-time":
        return fc.constantFrom(
          "2020-01-01T00:00:00Z",
          "2026-11-23T19:00:00.123Z",
          "1970-01-01T00:00:00Z",
          "9999-12-31T23:59:59Z",
          "0000-01-01T00:00:00Z",
        );
      case "email":
        return fc.nat().map((k) => `fuzz-${k}@example.test`);
    }
    if (name === "hub.verify_token") return fc.constantFrom("test-verify-token", "test-verify-toke", "x");
    if (schema["pattern"] === "^[A-Z]{2}$") return fc.constantFrom("ID", "DE", "ZZ");
    const [min, max] = [schema["minLength"] ?? 0, Math.min(schema["maxLength"] ?? 200, 300)];
    if (schema["pattern"]) return fc.stringMatching(new RegExp(schema["pattern"]), { maxLength: max });
    return fc.oneof(
      fc.string({ minLength: min, maxLength: max }),
      fc.string({ unit: "grapheme", minLength: min, maxLength: Math.min(max, 20) }),
      fc.constantFrom(min, max).map((length) => "m".repeat(length)),
      hostile.filter((word) => word.length >= min && word.length <= max),
    );
  }

  function cases(op: WalkedOperation): fc.Arbitrary<Case> {
    const item = document["paths"][op.path][op.method];
    const parameters: Schema[] = item.parameters ?? [];
    const asText = (value: unknown): string =>
      (typeof value === "string" ? value : JSON.stringify(value)).toWellFormed();
    const inPath = parameters.filter((p) => p["in"] === "path");
    const inQuery = parameters.filter((p) => p["in"] === "query");
    const idOf = `id ${op.id}` in pool ? `id ${op.id}` : `id ${op.tag}`;
    const poolOf = (name: string): string => (name === "id" ? idOf : name);
    // An empty segment is another path.
    const segment = (p: Schema) =>
      fc
        .oneof({ weight: 9, arbitrary: valid(p["schema"], poolOf(p["name"])) }, { weight: 1, arbitrary: hostile })
        .map((value) => asText(value) || "x")
        .filter((value) => !/^\.+$/.test(value));
    // A list is a parameter that is given several times.
    const one = (p: Schema): fc.Arbitrary<[string, string][]> =>
      fc
        .oneof({ weight: 3, arbitrary: valid(p["schema"], p["name"]) }, { weight: 1, arbitrary: hostile })
        .map((value) => [value].flat().map((part): [string, string] => [p["name"], asText(part)]));
    const query = fc.tuple(
      fc
        .tuple(...inQuery.map((p) => (p["required"] ? one(p) : fc.option(one(p), { nil: [], freq: 1 }))))
        .map((list) => list.flat()),
      fc.oneof(
        { weight: 8, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: hostile.map((word): [string, string][] => [["unknown", word.toWellFormed()]]) },
        {
          weight: 1,
          arbitrary: inQuery.length ? fc.constantFrom(...inQuery).chain(one) : fc.constant([]),
        },
      ),
    );
    const schema = item.requestBody?.content["application/json"]?.schema;
    const good = schema && valid(schema, "body");
    const body = good
      ? fc.oneof(
          { weight: 2, arbitrary: good },
          { weight: 2, arbitrary: broken(good) },
          { weight: 1, arbitrary: anything },
          { weight: 1, arbitrary: together[op.id] ?? good },
        )
      : fc.constant(undefined);
    const takes = (type: string): boolean => item.requestBody?.content[type] !== undefined;
    const forms = takes("multipart/form-data") ? [form] : [];
    const raw = takes("text/csv")
      ? fc.oneof(csv(together[op.id] as fc.Arbitrary<string>), ...forms)
      : (forms[0] ?? fc.constant(undefined));
    const headers = fc.record(
      {
        "idempotency-key": fc
          .oneof(fc.constantFrom("k", "x".repeat(255), "x".repeat(256), "ключ".normalize(), "a b"), fc.uuid())
          .map((key) => encodeURIComponent(key).slice(0, 400)),
        "x-d1-bookmark": fc.constantFrom(
          "x",
          "first-primary",
          "0".repeat(300),
          "00000000-00000000-00000000-00000000000000000000000000000000",
        ),
      },
      { requiredKeys: [] },
    );
    return fc
      .tuple(
        fc.tuple(...inPath.map(segment)),
        query,
        body,
        fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
        raw,
      )
      .map(([path, [pairs, more], value, extra, other]) => ({
        path: Object.fromEntries(inPath.map((p, i) => [p["name"], path[i]!])),
        query: [...pairs, ...more] as [string, string][],
        ...(good && { body: value }),
        ...(other && { raw: other }),
        headers: extra as Record<string, string>,
      }));
  }

  return cases;
}
