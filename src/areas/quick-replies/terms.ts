import { indexedTerms } from "../../kit/full-text";

interface Fields {
  title: string;
  content: string;
  shortcut: string | null;
  category: string | null;
}

/** What the index has of each field, as JSON; without those that the tokenizer reads as well. Pure. */
export const searchTerms = ({ title, content, shortcut, category }: Fields): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries({ title, content, shortcut, category }).map(([field, text]) => [field, indexedTerms(text ?? "")]),
    ),
  );
