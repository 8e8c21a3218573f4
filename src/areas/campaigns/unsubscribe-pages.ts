import { createHash } from "node:crypto";
import type { Hono } from "hono";
import { html as markup, raw } from "hono/html";
import type { PublicCtx } from "../../kit/context";
import type { AppEnv } from "../../kit/operation";
import { conversationOf } from "../../objects";
import { systemContext } from "../access/authenticate";
import { readUnsubscribeToken, type UnsubscribeRef } from "./unsubscribe-link";

/**
 * Registers `/unsubscribe/{token}`, a page for recipients of mails and no part of the API. The token in the address
 * authorises, so forged requests from other sites gain nothing. GET changes nothing, since mail programs and scanners
 * fetch it; POST is one click (RFC 8058), whatever its body, and is answered without a redirect.
 */
export function unsubscribePages(app: Hono<AppEnv>): void {
  app.get("/unsubscribe/:token", (c) => unsubscribe(c.get("publicCtx"), c.req.param("token"), false));
  app.post("/unsubscribe/:token", (c) => unsubscribe(c.get("publicCtx"), c.req.param("token"), true));
}

const LANGUAGES = ["en", "id"] as const;
type Language = (typeof LANGUAGES)[number];

const TEXTS: Record<Language, Record<"title" | "question" | "button" | "done" | "unknown", string>> = {
  en: {
    title: "Unsubscribe",
    question: "Do you want to get no more offers and news by email?",
    button: "Unsubscribe",
    done: "You are unsubscribed: we send you no more offers and news.",
    unknown: "There is nothing to unsubscribe from at this address. Please check the link.",
  },
  id: {
    title: "Berhenti berlangganan",
    question: "Apakah Anda tidak ingin lagi menerima penawaran dan kabar melalui email?",
    button: "Berhenti berlangganan",
    done: "Anda telah berhenti berlangganan: kami tidak akan mengirim penawaran dan kabar lagi.",
    unknown: "Tidak ada langganan pada alamat ini. Mohon periksa tautannya.",
  },
};

interface Recipient {
  name: string;
  country: string | null;
  status: string;
  opted_out_at: number | null;
}

async function unsubscribe(ctx: PublicCtx, token: string, isPost: boolean): Promise<Response> {
  const ref = readUnsubscribeToken(ctx.config, token);
  const recipient = ref && (await recipientOf(ctx, ref));
  if (recipient?.status !== "active") return page(404, "en", null, TEXTS.en.unknown);
  const language: Language = recipient.country === "ID" ? "id" : "en";
  const texts = TEXTS[language];
  // Repeating it changes nothing, and reaches nobody's log.
  if (recipient.opted_out_at !== null) return page(200, language, recipient.name, texts.done);
  if (!isPost)
    return page(
      200,
      language,
      recipient.name,
      texts.question,
      markup`<form method="post"><button type="submit">${texts.button}</button></form>`,
    );
  const org = { id: ref!.orgId, country: recipient.country };
  const result = await conversationOf({ env: ctx.env, org, cost: ctx.cost }, ref!.conversationId).command(
    { kind: "choose_marketing", optsOut: true },
    { actor: { kind: "customer", id: null }, sees: { all: true, agentId: null, divisionIds: [] } },
  );
  return result.ok ? page(200, language, recipient.name, texts.done) : page(404, language, null, texts.unknown);
}

async function recipientOf(ctx: PublicCtx, ref: UnsubscribeRef): Promise<Recipient | undefined> {
  const { db } = systemContext(ctx, { id: ref.orgId, tenantDb: ref.tenantDb });
  const [recipient] = await db.query<Recipient>(
    `SELECT o.name, o.country, o.status, k.marketing_opted_out_at AS opted_out_at FROM orgs o
     LEFT JOIN conversations c ON c.org_id = o.org_id AND c.id = ?2
     LEFT JOIN contacts k ON k.org_id = o.org_id AND k.id = c.contact_id WHERE o.org_id = ?1`,
    ref.conversationId,
  );
  return recipient;
}

const STYLE = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 2rem auto; padding: 1rem; }
h1 { font-size: 1.375rem; }
button { font: inherit; font-weight: 600; min-height: 3rem; padding: 0 1.5rem; border-radius: .5rem; border: 1px solid; cursor: pointer; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

async function page(
  status: number,
  language: Language,
  orgName: string | null,
  text: string,
  form: ReturnType<typeof markup> | "" = "",
): Promise<Response> {
  const body = await markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TEXTS[language].title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
${orgName === null ? "" : markup`<p>${orgName}</p>`}
<h1>${TEXTS[language].title}</h1>
<p role="status">${text}</p>
${form}
</main>
</body>
</html>
`;
  return new Response(String(body), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      // The address authorises, so it must not reach referrers, caches or search indexes.
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-robots-tag": "noindex",
    },
  });
}
