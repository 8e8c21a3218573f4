import { operation } from "../../domain/operation";
import { Preferences, preferencesOf } from "./preferences";

export default operation({
  id: "getPreferences",
  summary: "Get the caller's preferences",
  description: "All of them, with the defaults of those that were never chosen.",
  response: Preferences,
  handle: ({ ctx }) => preferencesOf(ctx),
});
