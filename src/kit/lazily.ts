import type { z } from "@hono/zod-openapi";

/** A schema that is built at its first use. */
export interface Lazy<Output> {
  safeParse(value: unknown): z.ZodSafeParseResult<Output>;
}
export type OutputOf<L> = L extends Lazy<infer Output> ? Output : never;

/** For schemas in modules that start with the Worker: most isolates need few of them. */
export function lazily<S extends z.ZodType>(build: () => S): Lazy<z.output<S>> {
  let schema: S | undefined;
  return { safeParse: (value) => (schema ??= build()).safeParse(value) };
}
