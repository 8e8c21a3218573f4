import type { Hono } from "hono";
import type { AppEnv } from "../../kit/operation";

const TITLES: Record<string, string> = { whatsapp: "WhatsApp", instagram: "Instagram", messenger: "Messenger" };

/**
 * Registers `/connect/{channel}`, to which the channels' dialogs return. The page has no right of its own: its calls
 * have the session's.
 */
export function loginPages(app: Hono<AppEnv>): void {
  app.get("/connect/:channel", async (c) => {
    const title = Object.hasOwn(TITLES, c.req.param("channel")) ? TITLES[c.req.param("channel")] : undefined;
    if (title === undefined) return c.notFound();
    const { loginPage, PAGE_HEADERS } = await import("./login-page");
    return new Response(loginPage(title), { headers: PAGE_HEADERS });
  });
}
