import { useQuery } from "@tanstack/react-query";
import type { WaTemplate } from "../../api/api.gen";
import { call } from "../../api/call";
import { may } from "../../api/session";

/** A template before anything is filled in. */
export interface Look {
  /** Kind of the header's file: `image`, `video`, `document`, `location`. */
  file: string | undefined;
  header: string | undefined;
  body: string;
  footer: string | undefined;
  buttons: string[];
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export function lookOf({ components }: Pick<WaTemplate, "components">): Look {
  const part = (type: string): Record<string, unknown> =>
    components.find((one) => textOf(one.type)?.toUpperCase() === type) ?? {};
  const format = textOf(part("HEADER").format)?.toLowerCase();
  const { buttons } = part("BUTTONS");
  return {
    file: format === "text" ? undefined : format,
    header: textOf(part("HEADER").text),
    body: textOf(part("BODY").text) ?? "",
    footer: textOf(part("FOOTER").text),
    buttons: Array.isArray(buttons)
      ? buttons.map((button: Record<string, unknown>) => textOf(button.text) ?? textOf(button.type) ?? "")
      : [],
  };
}

/** Those that can be sent. */
export const useTemplates = () =>
  useQuery({
    queryKey: ["templates", "approved"],
    queryFn: () => call("GET /api/wa-templates", { query: { status: "APPROVED", limit: 100 } }),
    enabled: may("templates.view"),
  });

export const useTemplate = (id: string | null) =>
  useQuery({
    queryKey: ["template", id],
    queryFn: () => call("GET /api/wa-templates/{id}", { params: { id: id! } }),
    enabled: id !== null && may("templates.view"),
  });
