import { indexedTerms } from "../../kit/full-text";

interface Fields {
  title: string;
  content: string;
  shortcut: string | null;
  category: string | null;
}

/** The terms of each field in the index, as JSON; without fields that the tokenizer reads as well. Pure. */
export const searchTerms = ({ title, content, shortcut, category }: Fields): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries({ title, content, shortcut, category }).map(([field, text]) => [field, indexedTerms(text ?? "")]),
    ),
  );
