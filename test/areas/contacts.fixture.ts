import { conversationWith, customerWrites, phone } from "../harness";
import { hostile } from "../walks/hostile-words";
import { emptyPage, type Fixture, newEmail, NOBODY } from "./fixture";

export const contacts: Fixture = {
  races: {
    updateContact: async (org) => {
      const { phoneNumberId } = await org.connect();
      const from = phone();
      await customerWrites(phoneNumberId, from);
      const { contact_id: id } = await conversationWith(org, from);
      // No operation deletes contacts.
      const remove = () =>
        org.tenantDb.prepare("DELETE FROM contacts WHERE org_id = ? AND id = ?").bind(org.id, id).run();
      return { path: `/api/contacts/${id}`, body: { name: "N" }, gone: "contact_not_found", remove };
    },
  },
  recipes: {
    listContacts: { asks: (t) => [{ query: { q: t.customer } }, { query: { q: t.marker } }], stranger: emptyPage },
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
  pool: (t) => ({ "id Contacts": [t.contactId, NOBODY] }),
  together: () => ({
    updateContact: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((name) => ({ name })),
  }),
};
