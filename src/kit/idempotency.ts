import { DAY } from "./clock";
import type { PublicCtx } from "./context";
import type { TenantCtx } from "./context";
import { isUniqueViolation } from "./database";
import { sha256Hex } from "./id";
import { decryptSecret, encryptSecret } from "./secrets";
import { idempotencyConflict, malformed, Problem } from "./problem";
import { cleanup } from "./control-sweep";

export const IDEMPOTENCY_KEEP_MS = DAY;

interface Stored {
  body_hash: string;
  status: number;
  answer: string;
}

/**
 * Runs an operation at most once for a key. `commit` stores the answer in the transaction of its effect, so neither
 * exists without the other. One of several concurrent calls wins, and the others return its answer.
 */
export async function withIdempotency(
  caller: PublicCtx | TenantCtx,
  op: { id: string; path: string; idempotent?: "stored" | "own" },
  key: string | undefined,
  body: string,
  run: () => Promise<Response>,
): Promise<Response> {
  if (key === undefined) return run();
  if (key.length === 0 || key.length > 255) throw malformed("Idempotency-Key: 1 to 255 characters");
  // Keys belong to callers: a public operation is idempotent by itself.
  if (!("actor" in caller)) return run();
  const ctx = caller;
  ctx.idempotency = {
    caller: ctx.actor.id ?? ctx.actor.credentialId,
    operation: op.id,
    key,
    bodyHash: sha256Hex(body),
  };
  return op.idempotent === "own" ? run() : storedOnce(ctx, run);
}

/**
 * Runs an operation for the key in the context. An operation that hashes its body while reading it sets `bodyHash` and
 * calls this.
 */
export async function storedOnce(ctx: TenantCtx, run: () => Promise<Response>): Promise<Response> {
  const before = await storedAnswer(ctx);
  if (before) return before;
  try {
    return await run();
  } catch (error) {
    // A concurrent call may have stored its answer since the key was read, or this call met its effect (409).
    if (isUniqueViolation(error) || (error instanceof Problem && error.kind.status === 409)) {
      const after = await storedAnswer(ctx);
      if (after) return after;
    }
    throw error;
  }
}

/** The associated data of a stored answer: it decrypts only for its own call. */
function associatedDataOf({ orgId, idempotency }: TenantCtx): string {
  return [orgId, idempotency!.caller, idempotency!.operation, idempotency!.key].join(":");
}

/** A value in D1 may have at most 2 MB, and the report of an import may be larger. */
const COMPRESS_FROM_CHARS = 100_000;
/** Marks compressed answers; no JSON text begins with it. */
const COMPRESSED = "gzip:";

/** The stored form of an answer: encrypted, since it may contain a secret that is shown only once. */
export async function sealedAnswer(ctx: TenantCtx, answer: unknown): Promise<string> {
  const text = JSON.stringify(answer);
  const kept =
    text.length < COMPRESS_FROM_CHARS
      ? text
      : COMPRESSED + Buffer.from(await throughStream(text, new CompressionStream("gzip"))).toString("base64");
  return encryptSecret(ctx.config.ENCRYPTION_KEYS, kept, associatedDataOf(ctx));
}

async function openedAnswer(ctx: TenantCtx, sealed: string): Promise<BodyInit> {
  const kept = await decryptSecret(ctx.config.ENCRYPTION_KEYS, sealed, associatedDataOf(ctx));
  if (!kept.startsWith(COMPRESSED)) return kept;
  return throughStream(Buffer.from(kept.slice(COMPRESSED.length), "base64"), new DecompressionStream("gzip"));
}

const throughStream = (from: BodyInit, stream: CompressionStream | DecompressionStream): Promise<ArrayBuffer> =>
  new Response(new Response(from).body!.pipeThrough(stream)).arrayBuffer();

async function storedAnswer(ctx: TenantCtx): Promise<Response | undefined> {
  const { caller, operation, key, bodyHash } = ctx.idempotency!;
  const [row] = await ctx.db.query<Stored>(
    "SELECT body_hash, status, answer FROM idempotency_keys WHERE org_id = ?1 AND caller = ?2 AND operation = ?3 AND key = ?4 AND created_at > ?5",
    caller,
    operation,
    key,
    ctx.now() - IDEMPOTENCY_KEEP_MS,
  );
  if (!row) return undefined;
  if (row.body_hash !== bodyHash) throw idempotencyConflict();
  return new Response(await openedAnswer(ctx, row.answer), {
    status: row.status,
    headers: { "content-type": "application/json", "cache-control": "no-store", "idempotency-replayed": "true" },
  });
}

export const forgetIdempotencyKeys = cleanup({
  name: "old_idempotency_keys",
  database: "tenants",
  table: "idempotency_keys",
  key: "org_id, caller, operation, key",
  where: "created_at < ?1",
  keepMs: IDEMPOTENCY_KEEP_MS,
});
