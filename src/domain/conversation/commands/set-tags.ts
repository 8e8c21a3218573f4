import { setTags as changeTags } from "../changes";
import { command } from "../command";

/** Replaces the tags. The caller has checked their number. */
export const setTags = command({
  kind: "set_tags",
  apply(step, { tags }: { tags: string[] }) {
    changeTags(step, tags);
  },
});
