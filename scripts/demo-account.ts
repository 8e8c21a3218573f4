/** The demo organization of a development server, created through the API. */
import { call, callOk } from "./api-client.ts";
import { saleTemplate } from "./demo-templates.ts";

const password = "demo-password";
export const admin = { email: "admin@demo.test", password };
export const agent = { email: "agent@demo.test", password };
/** The demo email account, as the simulator of mail has to know it. */
export const mailAccount = {
  address: "support@demo.test",
  inboundSecret: "demo-inbound-secret",
  webhookSecret: `whsec_${Buffer.from("demo-webhook-secret").toString("base64")}`,
};
export const phoneNumberId = "106540352242922";

/**
 * Creates the demo organization unless it exists; the agent last, for whom the demo waits (`untilUp`). Returns why its
 * accounts could not be connected: the Graph API may be out of reach, and everything else works without it. Without
 * the simulator of mail there is no demo email.
 */
export async function ensureDemoAccount(app: string, withMail: boolean): Promise<string | undefined> {
  const registered = await call(`${app}/api/auth/register`, {
    body: { org_name: "Demo", admin_email: admin.email, admin_password: admin.password },
  });
  const session = registered.status === 201 ? registered : await callOk(`${app}/api/auth/login`, { body: admin });
  const { token } = session.body as { token: string };
  if (withMail)
    await make(`${app}/api/integrations/accounts`, token, {
      channel: "email",
      display_name: "Demo email",
      config: {
        address: mailAccount.address,
        display_name: "Demo support",
        provider: "resend",
        api_key: "demo-key",
        inbound_secret: mailAccount.inboundSecret,
        webhook_secret: mailAccount.webhookSecret,
      },
    });
  const unconnected = await connectAccounts(app, token);
  await make(`${app}/api/agents`, token, { ...agent, full_name: "Ana Agent", role: "agent" });
  return unconnected;
}

async function connectAccounts(app: string, token: string): Promise<string | undefined> {
  try {
    for (const account of accounts) await make(`${app}/api/integrations/accounts`, token, account);
    await ensureTemplates(app, token);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const access_token = "demo-token";
const accounts = [
  {
    channel: "whatsapp",
    display_name: "Demo WhatsApp",
    config: { phone_number_id: phoneNumberId, waba_id: "102290129340398", access_token },
  },
  {
    channel: "instagram",
    display_name: "Demo Instagram",
    config: { instagram_id: "17841400000000001", username: "demo.shop", access_token, human_agent: "true" },
  },
  {
    channel: "messenger",
    display_name: "Demo page",
    config: { page_id: "111899832631525", page_name: "Demo shop", access_token, human_agent: "true" },
  },
];

/** Takes over the simulator's templates, and gives the one with an image in its header that image. */
async function ensureTemplates(app: string, token: string): Promise<void> {
  await make(`${app}/api/wa-templates/sync`, token, {});
  const { body } = await callOk(`${app}/api/wa-templates?name=${saleTemplate}`, { token });
  const [sale] = (body as { data: { id: string; header_media_url: string | null }[] }).data;
  if (sale?.header_media_url !== null) return;
  await callOk(`${app}/api/wa-templates/${sale.id}/header-media`, {
    method: "PATCH",
    token,
    body: { header_media_url: "https://example.com/summer-sale.png" },
  });
}

async function make(url: string, token: string, body: unknown): Promise<void> {
  const { status, body: answer } = await call(url, { token, body });
  if (status < 400 || status === 409) return;
  throw new Error(`POST ${new URL(url).pathname}: ${status} ${answer?.detail ?? answer?.title ?? ""}`.trim());
}
