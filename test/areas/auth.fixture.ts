import { type Fixture, ownOnly } from "./fixture";

export const auth: Fixture = {
  recipes: {
    getProfile: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: ownOnly },
    logout: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 403 },
    issueToken: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 401 },
  },
  open: { login: "this is where one gets it", register: "nobody is there yet" },
  // A logout ends the session that later calls need.
  endings: ["logout"],
};
