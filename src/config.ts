import { z } from "zod";

/** Paths are appended to the URL. */
function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}

const address = z.url().transform(withoutSlash);
/** An absent variable and an empty one of wrangler.toml are the same. */
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === "" ? undefined : text));

/** Which pages of other origins may call the API (src/kit/cors.ts). */
export interface CorsOrigins {
  /** Any page may, with a token or key of its own. */
  any: boolean;
  /** These pages may, with the cookie too. */
  origins: readonly string[];
}

const NO_ORIGINS: CorsOrigins = { any: false, origins: [] };

/** `*`, or origins separated by commas, such as `https://app.example.com`. Undefined if a part is neither. */
export function parseOrigins(text: string): CorsOrigins | undefined {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const origins = parts.filter((part) => part !== "*");
  if (!origins.every((origin) => !origin.includes("*") && URL.canParse(origin) && new URL(origin).origin === origin))
    return undefined;
  return { any: origins.length < parts.length, origins };
}

/** All variables and secrets of a deployment (README, "Configuration"). */
const Config = z.object({
  ENVIRONMENT: z.enum(["production", "development", "test"]).default("production"),
  PUBLIC_URL: z
    .union([z.literal(""), z.url()])
    .default("")
    .transform(withoutSlash),
  GRAPH_API_URL: address,
  /** Instagram's own login has a host of its own. */
  INSTAGRAM_API_URL: address,
  GRAPH_API_VERSION: z.string().regex(/^v\d+\.\d+$/),
  GRAPH_TIMEOUT_MS: z.coerce.number().int().positive(),
  RESEND_API_URL: z.url().transform(withoutSlash),
  POSTMARK_API_URL: z.url().transform(withoutSlash),
  /**
   * `host:port:port` of the simulator, which takes the place of every mail server: the port with encryption from the
   * first byte, and the one with STARTTLS. Ignored in production.
   */
  SMTP_SIMULATOR: optionalText,
  /** How long a send whose answer was lost waits for a status before it is retried. */
  SEND_RECONCILE_SECONDS: z.coerce.number().positive(),
  /** How long an endpoint of a webhook may take to answer. */
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().positive().default(10_000),
  /** For development and trials: an origin that webhooks may call although it is not public. */
  WEBHOOK_LOCAL_ORIGIN: z.url().optional(),
  /** Attempts at a queue message before it becomes a dead letter; less than the queue's own max_retries. */
  QUEUE_MAX_ATTEMPTS: z.coerce.number().int().positive().default(8),
  SESSION_SECRET: z.string().min(32),
  ENCRYPTION_KEYS: z.string().regex(/^\w+:[\w+/=-]{43,44}(,\w+:[\w+/=-]{43,44})*$/),
  /** Enables the operator's operations; without it they are closed. */
  OPERATOR_TOKEN: z.string().min(24).optional(),
  /** The app for WhatsApp's Embedded Signup and for Facebook Login. Without its id and secret both are closed. */
  META_APP_ID: optionalText,
  META_APP_SECRET: z.string().optional(),
  /** The configuration of Embedded Signup, of Facebook Login for Business. */
  META_CONFIG_ID: optionalText,
  /** Instagram's login is a separate app. */
  INSTAGRAM_APP_ID: optionalText,
  INSTAGRAM_APP_SECRET: z.string().optional(),
  /** Where a code of Instagram's login is exchanged. */
  INSTAGRAM_OAUTH_URL: address,
  /** The hosts of the dialogs that a browser opens. */
  FACEBOOK_DIALOG_URL: address,
  INSTAGRAM_DIALOG_URL: address,
  META_VERIFY_TOKEN: z.string().optional(),
  CORS_ORIGINS: z
    .string()
    .default("")
    .transform((text, context) => {
      const origins = parseOrigins(text);
      if (!origins) context.addIssue("must be * or origins, separated by commas");
      return origins ?? NO_ORIGINS;
    }),
});
export type Config = z.infer<typeof Config>;

const parsed = new WeakMap<object, Config>();

/** Throws with the names of invalid or missing variables, never with a value. */
export function configOf(env: Env): Config {
  const known = parsed.get(env);
  if (known) return known;
  const result = Config.safeParse(env);
  if (!result.success)
    throw new Error(
      `configuration: ${result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`,
    );
  parsed.set(env, result.data);
  return result.data;
}

/** The D1 bindings with tenants' data: all named TENANT_DB_…. */
export function tenantDatabases(env: Env): Map<string, D1Database> {
  return new Map(
    Object.entries(env as unknown as Record<string, unknown>)
      .filter(([name]) => name.startsWith("TENANT_DB_"))
      .sort(([a], [b]) => a.localeCompare(b)) as [string, D1Database][],
  );
}

/** Throws if the deployment does not have the database, as for a tenant of another deployment. */
export function tenantD1(env: Env, name: string): D1Database {
  const d1 = name.startsWith("TENANT_DB_")
    ? (env as unknown as Record<string, D1Database | undefined>)[name]
    : undefined;
  if (!d1) throw new Error(`this deployment has no tenant database ${name}`);
  return d1;
}
