import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row } from "./stage";

/** The areas in the rail and among the settings. */
const railOf = (page: Page): Promise<string[]> =>
  page
    .getByRole("navigation", { name: "Areas" })
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => link.getAttribute("aria-label")!));

flow("agent, supervisor and a custom role see only what is theirs; a right is taken away live", async (org) => {
  const budi = await org.customer("Budi", "Halo");
  const sari = await org.customer("Sari", "Hello");
  const [ana, maya] = [await org.agent("Ana"), await org.agent("Maya Lestari", "supervisor")];
  await org.api(`/api/conversations/${sari.id}/assign`, { method: "PATCH", body: { agent_id: maya.id } });

  const asMaya = await org.open(maya, "/inbox");
  await row(asMaya, "Sari").waitFor();
  expect(await railOf(asMaya)).toEqual([
    "Inbox",
    "Contacts",
    "Campaigns",
    "Search messages",
    "Analytics",
    "Team",
    "Settings",
  ]);

  // An agent sees no conversation of a colleague, no campaign, no figure; an address changes nothing.
  const asAna = await org.open(ana, "/inbox/?status=open&status=pending", { expects: /40[134]/ });
  await row(asAna, "Budi").waitFor();
  expect(await row(asAna, "Sari").count()).toBe(0);
  expect(await railOf(asAna)).toEqual(["Inbox", "Contacts", "Search messages", "Team", "Settings"]);
  const app = asAna.url().slice(0, asAna.url().indexOf("/app") + 4);
  await asAna.goto(`${app}/analytics`);
  await asAna.getByText("Your role does not include this").waitFor();
  await asAna.goto(`${app}/inbox/${sari.id}`);
  await asAna.getByText("This conversation cannot be shown").waitFor();

  // A role of its own, first with the right to answer. Another role ends an agent's sessions.
  const permissions = ["conversations.view", "conversations.update", "messages.send", "contacts.view"];
  const role = await org.api("/api/roles", { body: { name: "Night shift", permissions } });
  await org.api(`/api/agents/${ana.id}`, { method: "PATCH", body: { role: "Night shift" } });
  const atNight = await org.open(ana, `/inbox/${budi.id}`, { expects: /40[13]/ });
  await bubble(atNight, "Halo").waitFor();
  await replyField(atNight).fill("half an answer");
  expect(await railOf(atNight)).toEqual(["Inbox", "Contacts", "Settings"]);
  await atNight.getByRole("button", { name: /^Resolve/ }).waitFor();
  expect(await atNight.getByRole("button", { name: /Assign/ }).count()).toBe(0);

  // Taken away while it is being used, and given back: what was written is there.
  const allow = (more: string[]) =>
    org.api(`/api/roles/${role.id}`, { method: "PATCH", body: { permissions: ["conversations.view", ...more] } });
  await allow([]);
  await replyField(atNight).waitFor({ state: "detached" });
  await atNight.getByRole("button", { name: /^Resolve/ }).waitFor({ state: "detached" });
  await eventually(async () => expect(await railOf(atNight)).toEqual(["Inbox", "Settings"]));
  await bubble(atNight, "Halo").waitFor();
  expect(await atNight.getByText("Your session has ended").count()).toBe(0);
  await allow(["messages.send"]);
  await eventually(async () => expect(await replyField(atNight).inputValue()).toBe("half an answer"));
  await replyField(atNight).press("Control+Enter");
  await eventually(async () =>
    expect((await org.api(`/api/conversations/${budi.id}/messages`)).messages).toHaveLength(2),
  );
});
