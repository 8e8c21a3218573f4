import type { Choice, OutboundMessage } from "../channel";

/**
 * Meta: Cloud API, interactive list messages: up to ten rows behind a button. `text` is for our search and previews.
 */
export function askChoice({ text, button, options }: Choice): Pick<OutboundMessage, "type" | "content"> {
  const rows = options.map(({ id, title }) => ({ id, title }));
  return {
    type: "interactive",
    content: { text, interactive: { type: "list", body: { text }, action: { button, sections: [{ rows }] } } },
  };
}
