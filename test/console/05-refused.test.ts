import type { Page } from "playwright-core";
import { expect } from "vitest";
import { approveTemplate, bubble, eventually, flow, replyField, row } from "./stage";

const write = async (page: Page, name: string, text: string): Promise<void> => {
  await row(page, name).click();
  await bubble(page, `hello from ${name}`).waitFor();
  await replyField(page).fill(text);
  await page.keyboard.press("Control+Enter");
};

flow("a refusal of the channel says why and offers the one way on", async (org) => {
  const names = ["Budi", "Sari", "Dewi", "Ayu"];
  const [budi, sari, dewi, ayu] = await Promise.all(names.map((name) => org.customer(name, `hello from ${name}`)));
  await approveTemplate(org, "order_news", [
    { type: "BODY", text: "Hello {{1}}, it is on its way.", example: { body_text: [["Ani"]] } },
  ]);
  const recipients = [
    { to: budi!.phone, code: 131026, as: "status" },
    { to: sari!.phone, code: 131047, as: "status", times: 1 },
    { to: dewi!.phone, code: 131000, as: "status", times: 1 },
  ];
  await org.sim("/faults", { method: "PATCH", body: { recipients } });
  const prepare = (opened: Page) => opened.clock.install();
  const page = await org.open(org.admin, "/", { expects: /422/, prepare });
  const texts = async (phone: string): Promise<string[]> =>
    (await org.received(phone)).map(({ text, template }) => text?.body ?? template.name);

  // The number is not on WhatsApp: the words go back to the field.
  await write(page, "Budi", "Are you there?");
  const unreached = bubble(page, "Are you there?");
  await unreached.getByText("Not sent: this number cannot be reached on WhatsApp (131026)").waitFor();
  await unreached.getByRole("button", { name: "Write again" }).click();
  await eventually(async () => expect(await replyField(page).inputValue()).toBe("Are you there?"));

  // The window is closed at Meta: a template is the way, and what was written meanwhile stays.
  await write(page, "Sari", "It has left.");
  await bubble(page, "It has left.").getByText("more than 24 hours have passed").waitFor();
  await replyField(page).fill("Half a thought");
  await bubble(page, "It has left.").getByRole("button", { name: "Send a template" }).click();
  const dialog = page.getByRole("dialog", { name: "Send a template" });
  await dialog.getByRole("button", { name: /order_news/ }).click();
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await bubble(page, "Hello Sari, it is on its way.").getByTitle("Read").waitFor();
  expect(await replyField(page).inputValue()).toBe("Half a thought");
  expect(await texts(sari!.phone)).toEqual(["It has left.", "order_news"]);

  // The channel failed: the same once more, and only once.
  await write(page, "Dewi", "Ready at six.");
  await bubble(page, "Not sent: the channel failed (131000)").getByRole("button", { name: "Try again" }).click();
  await eventually(async () => expect(await bubble(page, "Ready at six.").getByTitle("Read").count()).toBe(1));
  expect(await bubble(page, "Ready at six.").count()).toBe(2);
  expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  expect(await texts(dewi!.phone)).toEqual(["Ready at six.", "Ready at six."]);

  // Too many at once: it waits by itself, and says so once that takes long.
  const rateLimit = { code: 130429, times: 1, endpoint: `${org.numberId}/messages` };
  await org.sim("/faults", { method: "PATCH", body: { rateLimit } });
  await write(page, "Ayu", "Here is the address.");
  await bubble(page, "Here is the address.")
    .getByTitle(/Queued|On its way/)
    .waitFor();
  await page.clock.fastForward(20_000);
  await page.getByText("The channel has not taken it yet. It is tried again by itself.").waitFor();
  await bubble(page, "Here is the address.").getByTitle("Read").waitFor();
  expect(await page.getByText("The channel has not taken it yet").count()).toBe(0);
  expect(await texts(ayu!.phone)).toEqual(["Here is the address."]);

  // Our own limit: refused before it leaves, and nothing is lost.
  const long = "a word ".repeat(700).trim();
  await replyField(page).fill(long);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await eventually(async () => expect(await replyField(page).inputValue()).toBe(long));
  expect(await page.getByText("Not sent:").count()).toBe(0);
  await org.sim("/faults", { method: "PATCH", body: { recipients: [] } });
});
