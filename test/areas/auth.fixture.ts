import { login } from "../harness";
import { type Fixture, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** A second session of the admin's. */
    sessionId: string;
  }
}

export const auth: Fixture = {
  make: async ({ org }) => {
    const other = await login(org.email);
    const { body } = await other.call("GET", "/api/auth/sessions");
    return { sessionId: body.find((session: { is_current: boolean }) => session.is_current).id };
  },
  recipes: {
    getProfile: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: ownOnly },
    logout: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 403 },
    listSessions: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 403 },
    endSession: { asks: (t) => [{ params: { id: t.sessionId } }], stranger: 404, unprivileged: 404, readKey: 403 },
    issueToken: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 401 },
  },
  open: { login: "this is where one gets it", register: "nobody is there yet" },
  // A logout ends the session that later calls need.
  endings: ["logout"],
  pool: (t) => ({ "id endSession": [t.sessionId, NOBODY] }),
};
