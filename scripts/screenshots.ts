/**
 * `npm run screenshots`: draws every screen into .build/screenshots, in both themes, on a phone, and in Indonesian. With
 * names, only those. `inbox-light` is the picture of the README (docs/inbox.png).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { root } from "./bundle.ts";
import { openShop, type Shop } from "./screenshots/stage.ts";
import { startStage } from "./console-stage.ts";

const folder = join(root, ".build", "screenshots");

interface Shot {
  name: string;
  path: (shop: Shop) => string;
  width?: number;
  height?: number;
  scheme?: "light" | "dark";
  locale?: string;
  isLoggedOut?: boolean;
  /** Before the picture. */
  act?: (page: Page) => Promise<unknown>;
}

const thread = ({ conversations }: Shop): string => `/inbox/${conversations["Ayu Pratiwi"]}?status=open&status=pending`;
const list = (): string => "/inbox?status=open&status=pending";
const PHONE = { width: 390, height: 844 };

/** Screens of lists and forms: light on a desk, dark and Indonesian on a phone. */
const ADMIN = [
  "contacts",
  "team/agents",
  "team/divisions",
  "team/roles",
  "team/roles/new",
  "team/api-keys",
  "settings/profile",
  "settings/preferences",
  "settings/notifications",
  "settings/security",
  "settings/organization",
  "settings/hours",
  "settings/windows",
  "settings/service-levels",
  "settings/satisfaction",
  "quick-replies",
  "activity",
].flatMap((path): Shot[] => {
  const name = path.replaceAll("/", "-");
  return [
    { name, path: () => `/${path}` },
    { name: `${name}-phone`, path: () => `/${path}`, ...PHONE, scheme: "dark", locale: "id-ID" },
  ];
});

const SHOTS: Shot[] = [
  { name: "login", path: () => "/", isLoggedOut: true },
  { name: "inbox-light", path: thread },
  { name: "inbox-dark", path: thread, scheme: "dark" },
  { name: "inbox-1024", path: thread, width: 1024, height: 768 },
  { name: "inbox-id", path: thread, locale: "id-ID" },
  { name: "phone-list", path: list, ...PHONE },
  { name: "phone-thread", path: thread, ...PHONE, scheme: "dark" },
  { name: "filters", path: list, act: (page) => page.getByRole("button", { name: "Filters" }).click() },
  { name: "palette", path: thread, act: (page) => page.keyboard.press("Control+k") },
  { name: "shortcuts", path: thread, act: (page) => page.keyboard.press("?") },
  {
    name: "quick-reply-picker",
    path: thread,
    act: (page) => page.getByRole("textbox", { name: "Reply" }).pressSequentially("/"),
  },
  {
    name: "note",
    path: thread,
    scheme: "dark",
    act: async (page) => {
      await page.getByRole("button", { name: "Note", exact: true }).click();
      await page.getByRole("textbox", { name: "Note" }).pressSequentially("@ru");
    },
  },
  {
    name: "bulk",
    path: list,
    act: async (page) => page.locator("input[type=checkbox]").first().click({ force: true }),
  },
  ...ADMIN,
  {
    name: "contact",
    path: () => "/contacts",
    act: async (page) => {
      await page.getByRole("button", { name: "Ayu Pratiwi" }).click();
      await page.getByRole("heading", { name: "Ayu Pratiwi" }).waitFor();
    },
  },
  {
    name: "division",
    path: () => "/team/divisions",
    act: (page) => page.getByRole("button", { name: "Sales" }).click(),
  },
  { name: "bulk", path: list, act: async (page) => page.locator("label").first().click() },
  { name: "campaigns", path: () => "/campaigns" },
  { name: "campaign-settings-id", path: () => "/campaigns/settings", locale: "id-ID" },
  { name: "webhook-new", path: () => "/webhooks/new", height: 1400 },
  { name: "webhook-new-phone", path: () => "/webhooks/new", ...PHONE, scheme: "dark" },
  { name: "operator", path: () => "/operator" },
  { name: "me", path: list, act: (page) => page.getByRole("button", { name: /profile/ }).click() },
  { name: "analytics-light", path: () => "/analytics/overview" },
  { name: "analytics-dark", path: () => "/analytics/trends", scheme: "dark" },
  { name: "analytics-id", path: () => "/analytics/overview", locale: "id-ID" },
  { name: "phone-analytics", path: () => "/analytics/overview", ...PHONE },
  { name: "channels", path: () => "/channels" },
  { name: "phone-channels", path: () => "/channels", ...PHONE, scheme: "dark" },
  { name: "templates", path: () => "/templates" },
  { name: "template-new", path: () => "/templates/new", scheme: "dark" },
  { name: "search", path: () => "/search?q=order" },
];

const stage = await startStage();
const browser = await chromium.launch({ executablePath: stage.chromium, args: stage.chromiumArgs });
try {
  const shop = await openShop(stage);
  mkdirSync(folder, { recursive: true });
  const wanted = process.argv.slice(2);
  for (const shot of SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
    await take(browser, shop, shot);
} finally {
  await browser.close();
  await stage.close();
}

async function take(
  open: Browser,
  shop: Shop,
  { name, path, width = 1440, height = 900, scheme = "light", locale = "en-GB", isLoggedOut, act }: Shot,
): Promise<void> {
  const isPhone = width < 700;
  const context = await open.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale,
    hasTouch: isPhone,
    isMobile: isPhone,
    deviceScaleFactor: isPhone ? 2 : 1,
    timezoneId: "Asia/Jakarta",
  });
  const page = await context.newPage();
  page.on(
    "console",
    (message) => message.type() === "error" && !isLoggedOut && console.error(`${name}: ${message.text()}`),
  );
  page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
  if (!isLoggedOut)
    await page.request.post(`${stage.app}/api/auth/login`, {
      data: { email: shop.email, password: shop.password },
      headers: { origin: stage.app },
    });
  await page.goto(`${stage.app}/app${path(shop)}`);
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.waitForTimeout(800);
  await act?.(page);
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
  console.log(join(folder, `${name}.png`));
}
