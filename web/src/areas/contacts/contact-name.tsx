import type { Contact } from "../../api/api.gen";
import { Avatar } from "../../kit/avatar";
import { useWords } from "../../kit/words";
import { knownName } from "./names";
import { contactWords } from "./words";

/** A contact in a row: mark, and name in its own direction. */
export function ContactName({ contact }: { contact: Contact }) {
  const words = useWords(contactWords);
  const name = knownName(contact);
  return (
    <>
      <Avatar name={name ?? "?"} of={contact.id} size={34} channel={contact.channel_source} />
      <bdi>{name ?? words.unknown}</bdi>
    </>
  );
}
