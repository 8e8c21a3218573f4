import type { ChannelError } from "../../channels/channel";
import { cut } from "../../kit/cut";
import { defineProblem, type Problem } from "../../kit/problem";
import { channelRefused, channelUnavailable } from "../integrations/problems";

export const waTemplateNotFound = defineProblem({
  code: "wa_template_not_found",
  status: 404,
  title: "Template not found",
});
export const waTemplateExists = defineProblem({
  code: "wa_template_exists",
  status: 409,
  title: "A template with this name exists in this language",
});
export const waTemplateInvalid = defineProblem({
  code: "wa_template_invalid",
  status: 422,
  title: "The template does not follow the channel's rules",
});
export const waTemplateRefused = defineProblem({
  code: "wa_template_refused",
  status: 422,
  title: "The channel rejected the template",
});
export const waTemplateWithoutMedia = defineProblem({
  code: "wa_template_without_media",
  status: 422,
  title: "The template has no header with a file",
});

/** Meta's error for a name that has this language already. */
export const EXISTS = "2388024";

/** The problem for a failed call, with the channel's words. */
export function templateProblemOf(error: ChannelError): Problem {
  if (["transient", "throttled", "ambiguous"].includes(error.failureClass))
    return channelUnavailable(wordsOf(error), { cause: error });
  const { failureClass, failure } = error;
  if (failure.code === EXISTS) return waTemplateExists("at the channel; it is fetched within some minutes");
  const isAboutTemplate = failureClass === "rejected_template" || failureClass === "invalid";
  return (isAboutTemplate ? waTemplateRefused : channelRefused)(wordsOf(error));
}

export const wordsOf = ({ failure: { code, title, detail } }: ChannelError): string =>
  cut([code, title, detail].filter(Boolean).join(": "), 500);
