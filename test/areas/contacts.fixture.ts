import { conversationWith, customerWrites, eventually, phone } from "../harness";
import { hostile } from "../walks/hostile-words";
import { type Ask, created, emptyPage, type Fixture, newEmail, newNumber, NOBODY } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    otherContactId: string;
    erasedContactId: string;
    nextContactId: string;
  }
}

export const contacts: Fixture = {
  make: async ({ org, marker }) => {
    const [otherContactId, erasedContactId, nextContactId] = await Promise.all(
      ["other", "erased", "next"].map(async (name) => {
        const body = {
          channel: "whatsapp",
          phone_number: phone(),
          name: `${name} ${marker}`,
          tags: [`person-${marker}`],
        };
        return (await org.call("POST", "/api/contacts", body)).body.id as string;
      }),
    );
    await org.call("DELETE", `/api/contacts/${erasedContactId}`);
    await eventually(async () => {
      if ((await org.call("GET", `/api/contacts/${erasedContactId}`)).status !== 404) throw new Error("not erased");
    });
    return { otherContactId: otherContactId!, erasedContactId: erasedContactId!, nextContactId: nextContactId! };
  },
  races: {
    updateContact: async (org) => {
      const { phoneNumberId } = await org.connect();
      const from = phone();
      await customerWrites(phoneNumberId, from);
      const { contact_id: id } = await conversationWith(org, from);
      // An erasure deletes it later.
      const remove = () =>
        org.tenantDb.prepare("DELETE FROM contacts WHERE org_id = ? AND id = ?").bind(org.id, id).run();
      return { path: `/api/contacts/${id}`, body: { name: "N" }, gone: "contact_not_found", remove };
    },
  },
  recipes: {
    listContacts: {
      asks: (t): Ask[] => [
        { query: { q: t.customer } },
        { query: { q: t.marker } },
        { query: { account_id: t.accountId } },
        { query: { tag: `person-${t.marker}` } },
      ],
      stranger: emptyPage,
      mixed: (_, v) => [[{ query: { account_id: v.accountId } }, emptyPage]],
    },
    createContact: {
      asks: () => [{ body: { channel: "whatsapp", phone_number: `+62${newNumber().slice(0, 11)}`, name: "New" } }],
      stranger: created,
    },
    mergeContacts: {
      asks: (t) => [{ params: { id: t.contactId }, body: { contact_id: t.otherContactId } }],
      stranger: 404,
      mixed: (own, v) => [
        [{ params: { id: own.contactId }, body: { contact_id: v.contactId } }, 422],
        [{ params: { id: v.contactId }, body: { contact_id: own.contactId } }, 404],
      ],
    },
    exportContact: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404 },
    eraseContact: { asks: (t) => [{ params: { id: t.nextContactId } }], stranger: 404 },
    getContactErasure: { asks: (t) => [{ params: { id: t.erasedContactId } }], stranger: 404 },
    getContact: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404 },
    updateContact: {
      asks: (t) => [
        {
          params: { id: t.contactId },
          body: { name: "Mine now", tags: ["theirs"], email: newEmail(), email_suppressed: true },
        },
      ],
      stranger: 404,
    },
    listContactConversations: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404, blind: emptyPage },
  },
  pool: (t) => ({
    "id Contacts": [t.contactId, NOBODY],
    // It has no conversation, which others need.
    "id eraseContact": [t.nextContactId, NOBODY],
    "id getContactErasure": [t.erasedContactId],
    contact_id: [t.otherContactId, NOBODY],
  }),
  together: () => ({
    updateContact: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((name) => ({ name })),
  }),
};
