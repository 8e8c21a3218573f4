/**
 * A browser plays the three logins through the pages of the simulator: allowed, cancelled, with a state and with a code
 * that are too old.
 */
import { developmentSecrets } from "../scripts/development-secrets.ts";
import { allowProductImports } from "../scripts/product-imports.ts";
import { expireCodes } from "../simulators/graph/login-state.ts";
import { type Browser, launchBrowser, type Page } from "./support/browser.ts";
import { CHANNELS } from "./support/channels.ts";
import { callOk, createEnvironment, type Environment } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";

allowProductImports();
const { newState, STATE_MINUTES } = await import("../src/areas/integrations/login-state.ts");

export const name = "logins";

const LOGINS = ["whatsapp", "instagram", "messenger"] as const;
type Login = (typeof LOGINS)[number];
/** Longer than a browser needs to come back with a code, and to begin its exchange. */
const EXCHANGE_MS = 2000;
const MINUTE = 60_000;
const { SESSION_SECRET } = developmentSecrets();

export async function run(report: Report): Promise<void> {
  // Its account is none of a login.
  const environment = await createEnvironment({ channel: CHANNELS.email, vars: { SESSION_SECRET } });
  try {
    const browser = await launchBrowser();
    try {
      for (const login of LOGINS) {
        report.progress(login);
        await played(environment, browser, login, report);
      }
    } finally {
      await browser.close();
    }
  } finally {
    await environment.close();
  }
}

async function played(environment: Environment, browser: Browser, login: Login, report: Report): Promise<void> {
  const shows = (what: string, text: string, pattern: RegExp): void =>
    report.figure(`${login}, ${what}`, text, String(pattern), pattern.test(text));
  const before = (await accountsOf(environment)).length;
  const page = await browser.page();
  const start = async (): Promise<void> => {
    await page.open(`${environment.url}/connect/${login}`);
    await page.click("form button");
    await page.until(`location.origin === ${JSON.stringify(environment.graph.url)}`);
  };
  const logins = environment.graph.simulator.state.logins;

  await page.open(`${environment.url}/connect/${login}`);
  shows("without a session", await said(page), /^Log in first/);
  await page.evaluate(
    `fetch("/api/auth/login", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(
      JSON.stringify({ email: "admin@trial.test", password: "trial-password" }),
    )} }).then((answer) => answer.text())`,
  );

  await start();
  await page.click("button[value=cancel]");
  shows("cancelled", await said(page), /denied your request/);

  // The person left the dialog open for longer than the state lives.
  await page.open(`${environment.url}/connect/${login}`);
  await page.until(`document.querySelector("form button")`);
  await page.open(await dialogOf(environment, page, login, STATE_MINUTES + 1));
  await page.click("button[value=allow]");
  shows("a state that is too old", await said(page), /took too long.*begin again/);
  shows("its button", await page.evaluate(`document.querySelector("form button").textContent`), /^Begin again$/);

  await page.click("form button");
  await page.until(`document.querySelector("form button")?.textContent === "Continue"`);
  await page.click("form button");
  await page.until(`location.origin === ${JSON.stringify(environment.graph.url)}`);
  environment.graph.simulator.faults.set({ latencyMs: EXCHANGE_MS });
  await page.click("button[value=allow]");
  await page.until(`location.pathname === "/connect/${login}"`);
  expireCodes(logins);
  shows("a code that is too old", await said(page), /code has (been )?expired/i);
  environment.graph.simulator.faults.clear();
  exactly(report, `${login}, accounts after these`, (await accountsOf(environment)).length, before);

  // The page offers to begin again.
  await page.click("form button");
  await page.until(`document.querySelector("form button")?.textContent === "Continue"`);
  await page.click("form button");
  await page.click("button[value=allow]");
  if (login === "messenger") {
    await page.until(`document.querySelector("form button")?.textContent === "Connect"`);
    await page.click("form button");
    await page.until(`document.querySelector("output").textContent.includes("connected")`);
  }
  shows("allowed", await said(page), /connected/);
  const accounts = (await accountsOf(environment)).filter(({ channel }) => channel === login);
  report.figure(
    `${login}, its accounts`,
    accounts.map(({ display_name: shown, health }) => `${shown} ${health}`).join(", "),
    "connected",
    accounts.length > 0 && accounts.every(({ health }) => health === "connected"),
  );
  exactly(report, `${login}, codes in the address or refused by a policy`, await leftovers(page), 0);
  const hosts = [environment.url, environment.graph.url];
  exactly(
    report,
    `${login}, requests to anybody else`,
    page.requests.filter((url) => !hosts.includes(new URL(url).origin)).length,
    0,
  );
  await page.close();
}

/** The dialog's address with the state that the browser's session would have been given so many minutes ago. */
async function dialogOf({ orgId }: Environment, page: Page, login: Login, minutes: number): Promise<string> {
  const path = `/api/integrations/${login}/${login === "whatsapp" ? "embedded-signup" : "oauth"}`;
  const answerOf = (to: string) => page.evaluate(`fetch(${JSON.stringify(to)}).then((answer) => answer.json())`);
  const { authorize_url: address } = (await answerOf(path)) as { authorize_url: string };
  const sessions = (await answerOf("/api/auth/sessions")) as { id: string; is_current: boolean }[];
  const credentialId = sessions.find(({ is_current: isCurrent }) => isCurrent)!.id;
  const session = {
    config: { SESSION_SECRET },
    orgId,
    actor: { credentialId },
    now: () => Date.now() - minutes * MINUTE,
  };
  const dialog = new URL(address);
  dialog.searchParams.set("state", newState(session, login).state);
  return dialog.href;
}

/** The message of the page, once it has ended its work. */
async function said(page: Page): Promise<string> {
  await page.until(
    `location.pathname.startsWith("/connect/") && !["", "One moment …"].includes(document.querySelector("output")?.textContent ?? "")`,
    20,
  );
  return page.evaluate("document.querySelector('output').textContent");
}

async function leftovers(page: Page): Promise<number> {
  const address = await page.evaluate<string>("location.href");
  return (address.includes("code=") ? 1 : 0) + page.logs.filter((text) => text.includes("Content Security")).length;
}

const accountsOf = async ({ url, token }: Environment) =>
  (await callOk(`${url}/api/integrations/accounts`, { token })).body as {
    channel: string;
    display_name: string;
    health: string;
  }[];
