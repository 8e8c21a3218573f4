import { useWords } from "../../kit/words";
import { inboxWords } from "./words";

export default function InboxPage() {
  const words = useWords(inboxWords);
  return <h1>{words.title}</h1>;
}
