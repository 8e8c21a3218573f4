import { useState } from "react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useAgents, useDivisions } from "../../api/reference";
import { Button } from "../../kit/button";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import type { Conversation } from "../../live/matches";
import { inboxWords } from "./words";

interface TransferProps {
  conversation: Conversation;
  onClose: () => void;
  /** Gets the name of the agent or division that has it now. */
  onHanded: (to: string) => void;
}

/** Hands the conversation to a colleague or a division, with a word why. */
export function TransferDialog({ conversation, onClose, onHanded }: TransferProps) {
  const words = useWords(inboxWords);
  const agents = useAgents().filter(({ status, id }) => status === "active" && id !== conversation.assigned_agent_id);
  const divisions = useDivisions().filter(({ is_active: isActive }) => isActive);
  const [to, setTo] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const targets = [
    ...divisions.map(({ id, name }) => ({ id: `division ${id}`, name, shown: words.header.divisionNamed(name) })),
    ...agents.map(({ id, full_name: name, is_online: isOnline }) => ({
      id: `agent ${id}`,
      name,
      shown: isOnline ? name : words.header.away(name),
    })),
  ];
  const { submit, isBusy, failure } = useSubmit(async () => {
    if (to === null) return;
    const [kind, id] = to.split(" ") as [string, string];
    const target = kind === "division" ? { to_division_id: id } : { to_agent_id: id };
    await call("POST /api/conversations/{id}/transfer", {
      params: { id: conversation.id },
      body: { ...target, note: note.trim() === "" ? null : note.trim() },
    });
    onClose();
    onHanded(targets.find((one) => one.id === to)?.name ?? "");
  });
  return (
    <Dialog title={words.header.transfer} closeLabel={words.close} onClose={onClose}>
      <Form onSubmit={submit} failure={failure}>
        <Select
          label={words.header.transferTo}
          placeholder={words.header.choose}
          value={to}
          onChange={setTo}
          options={targets.map(({ id, shown }) => ({ id, name: shown }))}
        />
        <TextField label={words.header.transferNote} lines={3} value={note} onChange={setNote} maxLength={1000} />
        <DialogActions>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button kind="go" type="submit" isDisabled={to === null} isPending={isBusy}>
            {words.header.transfer}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
