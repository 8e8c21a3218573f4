import { expect } from "vitest";
import { bubble, eventually, flow, replyField } from "./stage";

flow("two agents see each other, and the slower one is asked before she answers too", async (org) => {
  const { id, phone } = await org.customer("Budi", "Is it there?");
  const [ana, sari] = await Promise.all([org.agent("Ana", "supervisor"), org.agent("Sari", "supervisor")]);
  const [anas, saris] = await Promise.all([org.open(ana, `/inbox/${id}`), org.open(sari, `/inbox/${id}`)]);
  await anas.getByTitle("Sari has this open").waitFor();
  await saris.getByTitle("Ana has this open").waitFor();
  await bubble(anas, "Is it there?").waitFor();
  await bubble(saris, "Is it there?").waitFor();

  await replyField(anas).fill("It is here.");
  await replyField(saris).pressSequentially("Yes, since noon.");
  await anas.getByText("Sari is typing").waitFor();
  await saris.keyboard.press("Control+Enter");
  await bubble(anas, "Yes, since noon.").waitFor();
  await anas.getByText("Sari answered while you wrote. Read it before you send.").waitFor();
  await anas.getByText("Sari is typing").waitFor({ state: "detached" });
  // The warning is as lasting as the draft.
  await anas.reload();
  await anas.getByText("Sari answered while you wrote").waitFor();
  expect(await replyField(anas).inputValue()).toBe("It is here.");

  await replyField(anas).press("Control+Enter");
  await anas.getByRole("alert").getByText("Sari has already answered. Send yours as well?").waitFor();
  expect(await replyField(anas).inputValue()).toBe("It is here.");
  const texts = async (): Promise<string[]> => (await org.received(phone)).map(({ text }) => text.body);
  expect(await texts()).toEqual(["Yes, since noon."]);
  await anas.getByRole("button", { name: "Send anyway" }).click();
  await eventually(async () => expect(await texts()).toEqual(["Yes, since noon.", "It is here."]));
  // Sari had begun nothing, so nothing is said to her.
  await bubble(saris, "It is here.").waitFor();
  expect(await saris.getByRole("alert").count()).toBe(0);

  await org.api(`/api/conversations/${id}/assign`, { method: "PATCH", body: { agent_id: sari.id } });
  await anas.getByRole("button", { name: "Assigned to Sari. Assign" }).waitFor();
  await anas.getByRole("button", { name: "More" }).click();
  await anas.getByRole("menuitem", { name: "Take over" }).click();
  await anas.getByRole("button", { name: "Assigned to You. Assign" }).waitFor();
  await saris.getByRole("button", { name: "Assigned to Ana. Assign" }).waitFor();
  await saris.keyboard.press("Escape");
  await saris.keyboard.press("Escape");
  await anas.getByTitle("Sari has this open").waitFor({ state: "detached" });
});
