import { useState } from "react";
import { CheckCheck, Ellipsis, UserPlus } from "lucide-react";
import type { BulkConversationAction } from "../../api/api.gen";
import { ApiProblem, call } from "../../api/call";
import { problemText, sentenceOf } from "../../api/problems";
import { useAgents } from "../../api/reference";
import { may } from "../../api/session";
import { Button, IconButton } from "../../kit/button";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { Menu } from "../../kit/menu";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { getConversation } from "../../live/inbox";
import type { ListEntry } from "../../live/list";
import { nameOf } from "./row";
import type { Selection } from "./selection";
import { inboxWords } from "./words";
import style from "./bulk-bar.module.css";

/** Each action of the union, without the ids. */
type Action = BulkConversationAction extends infer One
  ? One extends unknown
    ? Omit<One, "conversation_ids">
    : never
  : never;

interface Failed {
  id: string;
  code: string;
}

/** The API takes no more at once. */
const MOST = 100;

interface BulkBarProps {
  selection: Selection;
  loaded: readonly ListEntry[];
  hasMore: boolean;
}

/** Acts on the chosen conversations, and lists those for which it failed. */
export default function BulkBar({ selection, loaded, hasMore }: BulkBarProps) {
  const words = useWords(inboxWords);
  const agents = useAgents().filter(({ status }) => status === "active");
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<readonly Failed[]>([]);
  const [isTagging, setTagging] = useState(false);
  const ids = [...selection.ids];
  const run = async (action: Action): Promise<void> => {
    setBusy(true);
    const failures: Failed[] = [];
    let done = 0;
    for (let from = 0; from < ids.length; from += MOST) {
      const part = ids.slice(from, from + MOST);
      try {
        const answer = await call("POST /api/conversations/bulk", {
          body: { ...action, conversation_ids: part } as BulkConversationAction,
        });
        done += answer.succeeded.length;
        failures.push(...answer.failed);
      } catch (error) {
        const code = error instanceof ApiProblem ? error.code : "unreachable";
        failures.push(...part.map((id) => ({ id, code })));
        if (!(error instanceof ApiProblem)) toast(problemText(error), "bad");
      }
    }
    setBusy(false);
    if (done > 0) toast(words.bulk.done(done));
    setFailed(failures);
    selection.set(failures.map(({ id }) => id));
  };
  const allIds = loaded.flatMap(({ id }) => id ?? []);
  return (
    <div className={style.bar} role="toolbar" aria-label={words.bulk.label}>
      <p>
        {words.bulk.selected(ids.length)}
        {hasMore && <small>{words.bulk.ofLoaded}</small>}
      </p>
      <Button kind="plain" isSmall onPress={() => selection.set(ids.length === allIds.length ? [] : allIds)}>
        {ids.length === allIds.length ? words.bulk.none : words.bulk.all}
      </Button>
      <span className={style.gap} />
      <IconButton
        label={words.bulk.resolve}
        isDisabled={isBusy}
        onPress={() => void run({ action: "resolve", params: {} })}
      >
        <CheckCheck size={16} />
      </IconButton>
      {may("conversations.assign") && (
        <Menu
          label={words.bulk.assign}
          entries={[
            { id: "nobody", name: words.filters.nobody, run: () => void run({ action: "unassign", params: {} }) },
            ...agents.map(({ id, full_name: name }) => ({
              id,
              name,
              run: () => void run({ action: "assign", params: { agent_id: id } }),
            })),
          ]}
        >
          <IconButton label={words.bulk.assign} isDisabled={isBusy}>
            <UserPlus size={16} />
          </IconButton>
        </Menu>
      )}
      <Menu
        label={words.bulk.more}
        entries={[
          { id: "read", name: words.bulk.read, run: () => void run({ action: "mark_read", params: {} }) },
          { id: "reopen", name: words.bulk.reopen, run: () => void run({ action: "reopen", params: {} }) },
          { id: "tags", name: words.bulk.tags, run: () => setTagging(true) },
        ]}
      >
        <IconButton label={words.bulk.more} isDisabled={isBusy}>
          <Ellipsis size={16} />
        </IconButton>
      </Menu>
      {isTagging && (
        <TagDialog
          onClose={() => setTagging(false)}
          onTags={(tags) => void run({ action: "add_tags", params: { tags } })}
        />
      )}
      {failed.length > 0 && <Failures failed={failed} onClose={() => setFailed([])} />}
    </div>
  );
}

function TagDialog({ onClose, onTags }: { onClose: () => void; onTags: (tags: string[]) => void }) {
  const words = useWords(inboxWords);
  const [text, setText] = useState("");
  const tags = text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const add = (): void => {
    if (tags.length === 0) return;
    onTags(tags);
    onClose();
  };
  return (
    <Dialog title={words.bulk.tags} closeLabel={words.close} onClose={onClose}>
      <TextField
        label={words.bulk.tagsField}
        value={text}
        onChange={setText}
        autoFocus
        onKeyDown={({ key }) => key === "Enter" && add()}
      />
      <DialogActions>
        <Button onPress={onClose}>{words.cancel}</Button>
        <Button kind="go" isDisabled={tags.length === 0} onPress={add}>
          {words.bulk.tags}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Failures({ failed, onClose }: { failed: readonly Failed[]; onClose: () => void }) {
  const words = useWords(inboxWords);
  return (
    <Dialog title={words.bulk.failed(failed.length)} closeLabel={words.close} onClose={onClose}>
      <ul className={style.failures}>
        {failed.map(({ id, code }) => {
          const conversation = getConversation(id);
          return (
            <li key={id}>
              <bdi>{conversation ? nameOf(conversation, words.unknown) : id.slice(0, 8)}</bdi>
              <span>{sentenceOf(code)}</span>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
