/**
 * The HTML of mails in Chromium: nothing of it runs, asks anybody for anything, or shows a dialog. Each of the two walls
 * holds alone (the cleaning, and the policy that the page is served with), and without them the vectors are alive.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { composeMail } from "../simulators/mail/compose.ts";
import { type Browser, launchBrowser, type Page } from "./support/browser.ts";
import { CHANNELS, MAIL_ADDRESS, rawDelivery } from "./support/channels.ts";
import { createEnvironment, type Environment, inParallel, messagesOf, pause } from "./support/environment.ts";
import { VECTORS } from "./support/html-vectors.ts";
import { exactly, type Report } from "./support/report.ts";

export const name = "mail-html";

/** In which what a page does at once has happened. */
const WATCHED_MS = 100;

/** Does what a reader does to what is not an ordinary link. */
const TOUCH = `for (const one of document.querySelectorAll("*")) {
  one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  if (!/^https?:/.test(one.getAttribute("href") ?? "")) { one.focus?.(); one.click?.(); one.dispatchEvent(new MouseEvent("click", { bubbles: true })); }
}`;

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ channel: CHANNELS.email });
  const outside = await listen();
  try {
    const browser = await launchBrowser({ "evil.test": `127.0.0.1:${outside.port}` });
    try {
      await tried(report, environment, outside, browser);
    } finally {
      await browser.close();
    }
  } finally {
    outside.close();
    await environment.close();
  }
}

interface Outside {
  port: number;
  /** Paths that were asked for, beside those of `pages`. */
  asked: string[];
  /** Served to whoever asks, with what the address says of its policy. */
  pages: Map<string, { html: string; policy?: string }>;
  close(): void;
}

/** The host evil.test, and the pages that are shown without one of the walls. */
async function listen(): Promise<Outside> {
  const [asked, pages]: [string[], Outside["pages"]] = [[], new Map()];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const page = pages.get(path);
    if (!page && path !== "/favicon.ico") asked.push(path);
    const { html = "", policy } = page ?? {};
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      ...(policy !== undefined && { "content-security-policy": policy }),
    });
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, asked, pages, close };
}

async function tried(report: Report, environment: Environment, outside: Outside, browser: Browser): Promise<void> {
  report.progress("mails come in");
  const links = await mailed(environment, VECTORS);
  const served = await Promise.all(links.map((link) => fetch(link)));
  const cleaned = await Promise.all(served.map((answer) => answer.text()));
  const policies = served.map((answer) => answer.headers.get("content-security-policy") ?? "");
  const local = (wall: string, html: (n: number) => string, policy?: (n: number) => string): string[] =>
    VECTORS.map((_, n) => {
      const path = `/${wall}/${n}`;
      outside.pages.set(path, { html: html(n), ...(policy && { policy: policy(n) }) });
      return `http://127.0.0.1:${outside.port}${path}`;
    });

  const both = await alive(browser, outside, links, report);
  exactly(report, `of ${VECTORS.length} mails as they are shown: alive`, both.length, 0);
  const cleanedOnly = await alive(
    browser,
    outside,
    local("cleaned", (n) => cleaned[n]!),
    report,
  );
  exactly(report, "cleaned, without the policy: alive", cleanedOnly.length, 0);
  const policyOnly = local(
    "policy",
    (n) => VECTORS[n]!,
    (n) => policies[n]!,
  );
  const byPolicy = await alive(browser, outside, policyOnly, report);
  report.figure("not cleaned, with the policy: alive", byPolicy.length, "0", byPolicy.length === 0);
  const neither = await alive(
    browser,
    outside,
    local("neither", (n) => VECTORS[n]!),
    report,
  );
  report.figure(
    "with neither: alive",
    neither.length,
    "most, so that this trial sees them",
    neither.length > VECTORS.length * 0.7,
  );
  for (const [wall, found] of Object.entries({ both, cleaned: cleanedOnly, policy: byPolicy }))
    for (const n of found) report.figure(`alive, ${wall}`, VECTORS[n]!, "nothing", false);

  const [link] = await mailed(environment, ["<p>x</p><img src=http://evil.test/picture.png>"]);
  const page = await browser.page();
  const asks = async (url: string): Promise<number> => {
    outside.asked.length = 0;
    await page.open(url);
    await pause(WATCHED_MS);
    return outside.asked.length;
  };
  exactly(report, "images loaded before the agent allows them", await asks(link!), 0);
  exactly(report, "after", await asks(`${link}?images=1`), 1);
}

/** Delivers each HTML as a mail. Returns the addresses of the pages that show them. */
async function mailed(environment: Environment, htmls: readonly string[]): Promise<string[]> {
  const thread = crypto.randomUUID();
  const root = `thread.${thread}@customer.test`;
  await inParallel(htmls, 4, async (html, n) => {
    const { raw } = composeMail(
      {
        from: "evil@customer.test",
        to: MAIL_ADDRESS,
        subject: thread,
        text: String(n),
        html,
        messageId: `<${thread}.${n}@customer.test>`,
        references: [`<${root}>`],
      },
      Date.now() - 3_600_000 + n * 1000,
    );
    const status = await environment.post(rawDelivery(raw));
    if (status !== 200) throw new Error(`a mail was answered ${status}: ${html}`);
  });
  const key = root.replace("@customer.test", "").replace("thread.", "");
  const messages = await messagesOf(environment, environment.conversationId(key));
  return messages.map(({ content }) => content.html_url as string);
}

/** The numbers of those that did something, also when each is alone. */
async function alive(browser: Browser, outside: Outside, urls: readonly string[], report: Report): Promise<number[]> {
  const found: number[] = [];
  let page = await browser.page();
  for (const [n, url] of urls.entries()) {
    if (n % 20 === 0) report.progress(`${n} of ${urls.length}, ${new URL(url).pathname.slice(0, 12)}`);
    if (!(await does(page, outside, url))) continue;
    await page.close();
    page = await browser.page();
    // It may have been what the page before it did late.
    if (!(await does(page, outside, url))) continue;
    found.push(n);
    await page.close();
    page = await browser.page();
  }
  await page.close();
  return found;
}

/** Ends with the first sign of life, since some show one dialog after another. */
async function does(page: Page, outside: Outside, url: string): Promise<boolean> {
  outside.asked.length = 0;
  page.dialogs.length = 0;
  const isAlive = (): boolean => page.dialogs.length + outside.asked.length > 0;
  const work = async (): Promise<true> => {
    await page.open(url);
    await page.evaluate(TOUCH);
    await pause(WATCHED_MS);
    return true;
  };
  // A page that is closed meanwhile cannot answer.
  const worked = work().catch(() => true as const);
  while (!isAlive()) if (await Promise.race([worked, pause(10)])) break;
  return isAlive();
}
