import { expect } from "vitest";
import { created, type Fixture, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** A key of the admin's. */
    keyId: string;
  }
}

export const apiKeys: Fixture = {
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/api-keys", { name: `key ${marker}`, key_type: "read" });
    return { keyId: body.id };
  },
  recipes: {
    listApiKeys: {
      asks: () => [{}],
      stranger: ownOnly,
      mixed: (_, v) => [
        [{ query: { agent_id: v.org.agentId } }, ({ status, body }) => expect([status, body]).toEqual([200, []])],
      ],
      unprivileged: ({ status, body }) => expect([status, body]).toEqual([200, []]),
      readKey: 403,
    },
    createApiKey: { asks: () => [{ body: { name: "mine", key_type: "full" } }], stranger: created },
    revokeApiKey: { asks: (t) => [{ params: { id: t.keyId } }], stranger: 404, unprivileged: 404, readKey: 403 },
  },
  pool: (t) => ({ "id API Keys": [t.keyId, NOBODY] }),
};
