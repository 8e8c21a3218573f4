import { type Fixture, ownOnly } from "./fixture";

export const organization: Fixture = {
  recipes: {
    getOrganization: { asks: () => [{}], stranger: ownOnly },
    updateOrganization: { asks: () => [{ body: { name: "Renamed" } }], stranger: ownOnly },
  },
};
