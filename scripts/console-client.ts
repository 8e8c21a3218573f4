/**
 * Writes web/src/api/api.gen.ts from .build/openapi.json: the types of every schema and call. They are the whole of
 * what the console knows of the Worker, and leave nothing in the bundle.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

interface Schema {
  $ref?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  type?: string | string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  description?: string;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}
interface Operation {
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const PRIMITIVES: Record<string, string> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

const list = (schemas: Schema[], separator: string): string => schemas.map((one) => `(${typeOf(one)})`).join(separator);

function typeOf(schema: Schema): string {
  const parts = [schema.allOf && list(schema.allOf, " & "), ownTypeOf(schema)].filter(Boolean);
  return parts.join(" & ") || "unknown";
}

function ownTypeOf(schema: Schema): string | undefined {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return list(union, " | ");
  const types = [schema.type ?? (schema.properties ? "object" : [])].flat();
  return types.map((type) => ofType(type, schema)).join(" | ") || undefined;
}

function ofType(type: string, schema: Schema): string {
  if (type === "array") return `(${schema.items ? typeOf(schema.items) : "unknown"})[]`;
  if (type !== "object") return PRIMITIVES[type] ?? "unknown";
  if (schema.properties) return objectOf(Object.entries(schema.properties), new Set(schema.required));
  const { additionalProperties: values } = schema;
  return `Record<string, ${typeof values === "object" ? typeOf(values) : "unknown"}>`;
}

const objectOf = (fields: [string, Schema][], required: ReadonlySet<string>): string =>
  `{ ${fields.map(([name, schema]) => `${doc(schema.description)}${JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(schema)}`).join("; ")} }`;

const doc = (text: string | undefined): string =>
  text === undefined ? "" : `/** ${text.replaceAll("*/", "* /").replaceAll("\n", " ")} */ `;

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const of = (place: string): [string, Schema][] =>
    parameters.filter((one) => one.in === place).map(({ name, schema }) => [name, schema]);
  const needed = new Set(parameters.filter(({ required }) => required).map(({ name }) => name));
  const [params, query] = [of("path"), of("query")];
  const body = requestBody?.content["application/json"]?.schema;
  const form = requestBody?.content["multipart/form-data"];
  const [, success] = Object.entries(responses).find(([status]) => /^(2|101)/.test(status)) ?? [];
  const [, content] = Object.entries(success?.content ?? {})[0] ?? [];
  return [
    params.length > 0 ? `params: ${objectOf(params, new Set(params.map(([name]) => name)))}` : "",
    query.length > 0 ? `query${query.some(([name]) => needed.has(name)) ? "" : "?"}: ${objectOf(query, needed)}` : "",
    body ? `body${requestBody?.required === false ? "?" : ""}: ${typeOf(body)}` : form ? "form: FormData" : "",
    `answer: ${content ? typeOf(content.schema) : "undefined"}`,
  ]
    .filter(Boolean)
    .join("; ");
}

export function writeConsoleClient(): void {
  const document = JSON.parse(readFileSync(join(root, ".build", "openapi.json"), "utf8")) as Document;
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};`,
  );
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "parameters")
      .map(
        ([method, operation]) =>
          `  ${doc(operation.summary)}"${method.toUpperCase()} ${path}": { ${operationType(operation)} };`,
      ),
  );
  const text = `// Written by scripts/console-client.ts from the API's document; not part of the repository.\n${schemas.join("\n")}\n\nexport interface Calls {\n${calls.join("\n")}\n}\n`;
  writeFileSync(join(root, "web", "src", "api", "api.gen.ts"), text);
}

if (import.meta.main) writeConsoleClient();
