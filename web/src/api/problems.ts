import { useState } from "react";
import type { Failure } from "../kit/failure";
import { toast } from "../kit/toast";
import { commonWords } from "../kit/common-words";
import { ApiProblem, Unreachable } from "./call";
import { problemWords } from "./problem-words";

/** The problem in a person's words. The API's own detail follows where it says more: a limit, a name. */
export function problemText(error: unknown): string {
  const { problems: words } = commonWords.get();
  if (error instanceof Unreachable) return words.unreachable;
  if (!(error instanceof ApiProblem)) return words.unexpected;
  const sentence = sentenceOf(error.code);
  return SHOW_DETAIL.has(error.code) && error.detail !== undefined ? `${sentence} ${error.detail}` : sentence;
}

/** The sentence for a code of the API. */
export const sentenceOf = (code: string): string =>
  (problemWords.known()?.codes as Record<string, string> | undefined)?.[code] ?? commonWords.get().problems.unexpected;

/** Their details are the channel's words or the refused fields, without which the sentence helps nobody. */
const SHOW_DETAIL = new Set([
  "campaign_file_unreadable",
  "channel_refused",
  "message_not_allowed",
  "wa_template_refused",
  "wa_template_invalid",
  "integration_config_invalid",
]);

export function failureOf(error: unknown): Failure {
  const fields = error instanceof ApiProblem ? error.errors : [];
  return {
    text: problemText(error),
    fields: Object.fromEntries(fields.map(({ field, message }) => [field, message])),
    ...(error instanceof ApiProblem && error.status >= 500 && { reference: error.requestId }),
  };
}

export const toastProblem = (error: unknown): void => toast(problemText(error), "bad");

/** The state of a form: `submit` runs the work, `failure` says why it did not work. */
export function useSubmit(work: () => Promise<void>): {
  submit: () => void;
  isBusy: boolean;
  failure: Failure | undefined;
} {
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const submit = (): void => {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    work()
      .catch((error: unknown) => setFailure(failureOf(error)))
      .finally(() => setBusy(false));
  };
  return { submit, isBusy, failure };
}
