import { defineProblem } from "../../../kit/problem";
import { MAX_TAGS, setTags } from "../changes";
import { command } from "../command";

export const conversationTooManyTags = defineProblem({
  code: "conversation_too_many_tags",
  status: 422,
  title: "The conversation has too many tags",
});

export const addTags = command({
  kind: "add_tags",
  refusals: { conversation_too_many_tags: conversationTooManyTags },
  apply(step, { tags }: { tags: string[] }) {
    setTags(step, [...step.before.tags, ...tags]);
    if (step.state.tags.length > MAX_TAGS)
      return { problem: "conversation_too_many_tags", detail: `at most ${MAX_TAGS} tags` };
    return undefined;
  },
});
