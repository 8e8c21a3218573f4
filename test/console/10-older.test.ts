import { expect, inject } from "vitest";
import { callOk } from "../../scripts/api-client.ts";
import { bubble, eventually, flow, type Org } from "./stage";

const PAST_MS = 3 * 86_400_000;

/** Many messages of a customer in one webhook, a second apart. */
async function writes(org: Org, phone: string, phoneNumberId: string, word: string, count: number, startsAt: number) {
  const items = Array.from({ length: count }, (_, n) => ({
    from: phone,
    name: "Budi",
    phoneNumberId,
    text: `${word} ${n}.`,
    at: startsAt + n * 1000,
  }));
  await callOk(`${inject("stage")!.graph}/_sim/batch`, { body: { items } });
  await eventually(async () => {
    const { data } = await org.api(`/api/conversations?q=${phone}`);
    expect(data.map(({ last_message }: any) => last_message)).toContain(`${word} ${count - 1}.`);
  });
}

flow("older messages keep the place, lead on to earlier conversations, and new ones wait below", async (org) => {
  const number = String(Math.floor(1e14 + Math.random() * 9e14));
  await org.api("/api/integrations/accounts", {
    body: {
      channel: "whatsapp",
      display_name: "Toko Merah",
      config: { phone_number_id: number, waba_id: `8${number.slice(1)}`, access_token: "t" },
    },
  });
  const { config } = await org.api(`/api/integrations/accounts/${org.accountId}`);
  const phone = `62813${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`;
  const now = Date.now();
  await writes(org, phone, number, "red", 60, now - 2 * PAST_MS);
  await writes(org, phone, config.phone_number_id, "blue", 130, now - PAST_MS);
  const { data } = await org.api(`/api/conversations?q=${phone}`);
  expect(new Set(data.map(({ contact_id }: any) => contact_id)).size).toBe(1);
  const { id } = data.find(({ last_message }: any) => last_message.startsWith("blue"));

  const page = await org.open(org.admin, `/inbox/${id}`);
  const calls: string[] = [];
  page.on("request", (request) => calls.push(new URL(request.url()).pathname));
  const log = page.getByRole("log", { name: "Messages" });
  await bubble(page, "blue 129.").waitFor();
  const scrollTo = (top: number) => log.evaluate((element, to) => (element.scrollTop = to), top);
  const top = async (text: string): Promise<number> => (await bubble(page, text).boundingBox())!.y;

  // Older messages come above what is read, which stays.
  await scrollTo(700);
  await bubble(page, "blue 90.").waitFor();
  const before = await top("blue 90.");
  await scrollTo(590);
  await eventually(async () => expect(await log.evaluate((element) => element.scrollTop)).toBeGreaterThan(1000));
  expect(Math.abs((await top("blue 90.")) - before - 110)).toBeLessThanOrEqual(1);

  // A message that comes meanwhile waits below.
  const read = await top("blue 90.");
  await org.customer("Budi", "Are you there?", phone);
  await page.getByRole("button", { name: "1 new" }).waitFor();
  expect(Math.abs((await top("blue 90.")) - read)).toBeLessThanOrEqual(1);

  // Past the first message stands what the customer wrote elsewhere before.
  const mark = log.getByRole("heading", { name: "Conversation on WhatsApp, Toko Merah · Open" });
  expect(calls.filter((path) => path.startsWith("/api/contacts/") && path.endsWith("/conversations"))).toEqual([]);
  await eventually(async () => {
    if ((await bubble(page, "blue 0.").count()) === 0) await scrollTo(0);
    expect(await bubble(page, "blue 0.").count()).toBe(1);
  });
  await log.hover();
  await eventually(async () => {
    if ((await bubble(page, "red").count()) === 0) await page.mouse.wheel(0, -300);
    expect(await log.getByRole("heading", { name: "The open conversation" }).count()).toBe(1);
  });
  await bubble(page, "red 59.").waitFor();
  expect(await bubble(page, "blue 0.").getByRole("button", { name: "Answer this message" }).count()).toBe(1);
  expect(await bubble(page, "red 59.").getByRole("button", { name: "Answer this message" }).count()).toBe(0);
  await eventually(async () => {
    await scrollTo(0);
    expect(await mark.count()).toBe(1);
  });
  await bubble(page, "red 0.").waitFor();
  // Nothing stands above it.
  expect(await page.getByRole("button", { name: "Earlier conversations" }).count()).toBe(0);

  await page.getByRole("button", { name: "1 new" }).click();
  await bubble(page, "Are you there?").waitFor();
  await log.focus();
  await eventually(async () => {
    await scrollTo(0);
    expect(await mark.count()).toBe(1);
  });
  await mark.getByRole("link", { name: "Open" }).click();
  await bubble(page, "red 59.").waitFor();
  expect(page.url()).not.toContain(id);
});

flow("a short thread leads to earlier conversations by a button", async (org) => {
  const { id } = await org.customer("Budi", "the only one");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "the only one").waitFor();
  await page.getByRole("button", { name: "Earlier conversations" }).click();
  await eventually(async () =>
    expect(await page.getByRole("button", { name: "Earlier conversations" }).count()).toBe(0),
  );
  await bubble(page, "the only one").waitFor();
});
