import { hostile } from "../walks/hostile-words";
import { emptyPage, type Fixture, newEmail, NOBODY } from "./fixture";

export const contacts: Fixture = {
  recipes: {
    listContacts: { asks: (t) => [{ query: { q: t.customer } }, { query: { q: t.marker } }], stranger: emptyPage },
    getContact: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404 },
    updateContact: {
      asks: (t) => [{ params: { id: t.contactId }, body: { name: "Mine now", tags: ["theirs"], email: newEmail() } }],
      stranger: 404,
    },
    listContactConversations: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404, blind: emptyPage },
  },
  pool: (t) => ({ "id Contacts": [t.contactId, NOBODY] }),
  together: () => ({
    updateContact: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((name) => ({ name })),
  }),
};
