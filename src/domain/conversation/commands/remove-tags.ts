import { tagKey } from "../../tag";
import { setTags } from "../changes";
import { command } from "../command";

export const removeTags = command({
  kind: "remove_tags",
  apply(step, { tags }: { tags: string[] }) {
    const removed = new Set(tags.map(tagKey));
    setTags(
      step,
      step.before.tags.filter((tag) => !removed.has(tagKey(tag))),
    );
  },
});
