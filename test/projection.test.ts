import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { type Projection, project } from "../src/areas/conversations/projection";
import { conversationWith, customerWrites, eventually, type Org, organization, phone } from "./harness";

const objectOf = (org: Org, id: string) => env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as { unprojected(): Promise<Projection | undefined> };

it("does not take a contact's name back to what a slow consumer had read before", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  const { id, contact_id: contactId } = await conversationWith(org, from);
  // A consumer reads this, and is then held up …
  const read = await eventually(async () => {
    await customerWrites(phoneNumberId, from, "More", { name: "Before" });
    const projection = await objectOf(org, id).unprojected();
    if (!projection) throw new Error("the consumer was faster");
    return projection;
  });
  // … while the customer changes the name, which is written.
  await customerWrites(phoneNumberId, from, "Again", { name: "After" });
  const nameOf = async () => (await org.tenantDb.prepare("SELECT name FROM contacts WHERE id = ?").bind(contactId).first<{ name: string }>())?.name;
  await eventually(async () => expect(await nameOf()).toBe("After"));
  await project(env, [read]);
  expect(await nameOf()).toBe("After");
  expect((await conversationWith(org, from)).last_message).toBe("Again");
});
