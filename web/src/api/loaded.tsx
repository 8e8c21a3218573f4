import type { ReactNode } from "react";
import { Button } from "../kit/button";
import { commonWords } from "../kit/common-words";
import { Empty } from "../kit/empty";
import { Waiting } from "../kit/waiting";
import { useWords } from "../kit/words";
import { problemText } from "./problems";

interface LoadedProps<T> {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  children: (data: T) => ReactNode;
}

/** Shows the data once it is there; until then its shape, or why it did not come. */
export function Loaded<T>({ query: { data, error, refetch }, children }: LoadedProps<T>) {
  const words = useWords(commonWords);
  if (data !== undefined) return children(data);
  if (error === null || error === undefined) return <Waiting label={words.loading} />;
  return <Empty title={problemText(error)} action={<Button onPress={() => void refetch()}>{words.retry}</Button>} />;
}
