import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, type Network, networkOf, type Org, replyField, row, rowNames } from "./stage";

const LOST = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection/;
const PEOPLE = ["Budi", "Sari", "Dewi", "Rudi"];

interface Absence {
  org: Org;
  page: Page;
  network: Network;
  /** The shown view, as search parameters. */
  view: string;
  customers: { phone: string; id: string }[];
}

const writers = (org: Org): Promise<Absence["customers"]> =>
  Promise.all(PEOPLE.map((name) => org.customer(name, `hello from ${name}`)));

/** Budi's conversation is open, with a draft; then the line is cut. */
async function cutOff(org: Org, customers: Absence["customers"], view: string): Promise<Absence> {
  let network!: Network;
  const prepare = async (opened: Page): Promise<void> => void (network = await networkOf(opened));
  const page = await org.open(org.admin, `/inbox/${customers[0]!.id}?${view}`, { expects: LOST, prepare });
  await bubble(page, "hello from Budi").waitFor();
  await eventually(async () => expect(await rowNames(page)).toContain("Rudi"));
  await page.mouse.move(1200, 400);
  await replyField(page).fill("Half a thought");
  await network.cut();
  return { org, page, network, view, customers };
}

/** The list with its counts, and the open thread, are those of a fresh GET. */
async function isCurrent({ org, page, view, customers }: Absence): Promise<void> {
  const [budi] = customers;
  const { data } = await org.api(`/api/conversations?${view}`);
  expect(await rowNames(page)).toEqual(data.map((one: { contact_name: string }) => one.contact_name));
  for (const { id, contact_name: name, unread_count: unread, last_message: text } of data) {
    const shown = await row(page, name).textContent();
    expect(shown).toContain(text.slice(0, 20));
    expect(/(\d+) unread/.exec(shown ?? "")?.[1] ?? "0").toBe(String(id === budi!.id ? 0 : unread));
  }
  const { messages } = await org.api(`/api/conversations/${budi!.id}/messages`);
  for (const { content } of messages) expect(await bubble(page, content.text).count()).toBe(1);
  expect(await page.locator("[role=log] article").count()).toBe(messages.length);
  // The writer goes on writing.
  expect(await replyField(page).inputValue()).toBe("Half a thought");
  expect(await page.evaluate("document.activeElement.tagName")).toBe("TEXTAREA");
}

flow("after a minute without network the list, its counts and the thread are what the server has", async (org) => {
  const customers = await writers(org);
  const away = await cutOff(org, customers, "status=open&status=pending");
  const { page, network } = away;
  const items = Array.from({ length: 5 }, (_, i) =>
    customers.slice(0, 3).map(({ phone: from }, who) => ({
      from,
      phoneNumberId: org.numberId,
      text: `${i} of ${PEOPLE[who]}, meanwhile`,
    })),
  ).flat();
  await org.sim("/batch", { body: { items } });
  await org.customer("Maya", "I am new here");
  await org.api(`/api/conversations/${customers[0]!.id}/messages`, {
    body: { type: "text", content: { text: "an answer meanwhile" } },
  });
  await org.api(`/api/conversations/${customers[2]!.id}/status`, { method: "PATCH", body: { status: "resolved" } });
  await org.api(`/api/conversations/${customers[1]!.id}/tags`, { method: "PATCH", body: { tags: ["vip"] } });
  await page.getByText("No connection. What you send waits on this device.").waitFor();

  await network.restore();
  await bubble(page, "an answer meanwhile").waitFor();
  await eventually(() => isCurrent(away), 10_000);
  expect(await row(page, "Dewi").count()).toBe(0);
  expect(await row(page, "Sari").textContent()).toContain("vip");
  await page.getByText("No connection. What you send waits on this device.").waitFor({ state: "detached" });
  expect(network.begun).toEqual(["hello", "hello"]);
});

flow("after too much was missed everything is loaded anew", async (org) => {
  const customers = await writers(org);
  const [budi, , , rudi] = customers;
  // The list shows another view than the one that has the open conversation.
  await org.api(`/api/conversations/${rudi!.id}/status`, { method: "PATCH", body: { status: "pending" } });
  const away = await cutOff(org, customers, "status=pending");
  const { page, network } = away;
  // Nearly twice of what the stream replays: three deliveries, each as large as Meta makes them.
  for (let delivery = 0; delivery < 3; delivery++) {
    const items = Array.from({ length: 40 }, (_, i) => ({
      from: rudi!.phone,
      phoneNumberId: org.numberId,
      text: `${delivery} ${i} ${"long ".repeat(12_000)}`,
    }));
    await org.sim("/batch", { body: { items } });
  }
  await org.customer("Budi", "the last of Budi", budi!.phone);
  // The stream has them by the time that lists do.
  await eventually(async () => {
    const { data } = await org.api("/api/conversations?status=pending");
    expect(data[0].unread_count).toBe(121);
  });

  await network.restore();
  await bubble(page, "the last of Budi").waitFor();
  await eventually(() => isCurrent(away), 10_000);
  expect(await row(page, "Rudi").textContent()).toContain("121 unread");
  expect(network.begun).toEqual(["hello", "resync"]);
});
