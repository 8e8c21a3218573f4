import { expect, it, vi } from "vitest";
import { eventually, eventuallyListed } from "../harness";
import { NOW, NUMBER, parkedOf, shop, wamid } from "../whatsapp-shop";

vi.setConfig({ testTimeout: 30_000 });

/** WhatsApp's reports with a message and about it, as agents see them. */

it("keeps in sight what a reply answers, although we do not have it", async () => {
  const { says, thread } = await shop();
  const target = wamid();
  await says("About that", -100, { context: { id: target, from: NUMBER } });
  expect((await thread())[0]).toMatchObject({ reply_to: null, reply_to_external_id: target });
  // It comes later.
  await says("That", -200, { id: target });
  const [that, about] = await thread();
  expect(about).toMatchObject({ reply_to: that._id, reply_to_external_id: target });
});

it("shows what a message was charged for, and from which conversation of the channel it came", async () => {
  const { org, path, says, status, thread } = await shop();
  await says("Hello", -100);
  const sent = await org.call("POST", `${path}/messages`, { type: "text", content: { text: "Hi" } });
  expect(sent.body).toMatchObject({ pricing: null, sent_via: "api" });
  const { external_id: id } = await eventually(async () => {
    const message = (await thread())[1];
    expect(message.external_id).not.toBeNull();
    return message;
  });
  await status(id, "delivered", 5, {
    pricing: { billable: false, pricing_model: "PMP", type: "free_entry_point", category: "service" },
    conversation: { id: "c", origin: { type: "referral_conversion" } },
  });
  await status(id, "read", 6);
  expect((await thread())[1]).toMatchObject({
    status: "read",
    pricing: {
      billable: false,
      category: "service",
      type: "free_entry_point",
      model: "PMP",
      conversation_origin: "referral_conversion",
    },
  });
});

it("shows payments and shared contacts in words, and finds them", async () => {
  const { org, account, from, post, says, thread, conversation } = await shop();
  await says("Hello", -100);
  const payment = {
    reference_id: "INV-7",
    amount: { value: 21000, offset: 100 },
    currency: "INR",
    transaction: { id: "order_1", type: "razorpay", status: "success" },
  };
  const status = { id: wamid(), recipient_id: from, type: "payment", status: "captured", timestamp: String(NOW - 50) };
  for (let i = 0; i < 2; i++) await post("messages", { statuses: [{ ...status, payment }] });
  const [, paid, ...others] = await thread();
  expect(others).toEqual([]);
  expect(paid).toMatchObject({
    type: "system",
    content: { event: "payment", text: "Payment captured, 210.00 INR, reference INV-7", payment },
  });
  expect(await conversation()).toMatchObject({ unread_count: 1, last_message: "Hello" });
  await says("", -40, {
    type: "contacts",
    contacts: [{ name: { formatted_name: "Zubaidah" }, phones: [{ phone: "+62 811 222 333", wa_id: "62811222333" }] }],
  });
  expect((await thread())[2].content.text).toBe("Zubaidah, +62 811 222 333");
  await eventuallyListed(org, async () => {
    for (const word of ["Zubaidah", "captured"]) {
      const found = await org.call("GET", `/api/messages/search?q=${word}`);
      expect(found.body.data ?? found.body.messages).toHaveLength(1);
    }
  });
  expect(await parkedOf(account.phoneNumberId)).toBe(0);
});
