import { type Fixture } from "./fixture";

export const health: Fixture = {
  recipes: {},
  open: { health: "says nothing of anybody" },
};
