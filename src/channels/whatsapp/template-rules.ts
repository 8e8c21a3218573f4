import type { Sample, TemplateRules } from "../channel";
import { isRecord } from "../json";
import { checkNew } from "./template-check";
import { fillIn } from "./template-fill";
import { componentOf, fileFormatOf } from "./template-form";
import { componentsFrom, templateVariables } from "./template-values";

export const templateRules: TemplateRules = {
  checkNew,
  fillIn,
  variables: templateVariables,
  componentsFrom,
  headerFile: (components) => fileFormatOf(componentOf(components, "header")),
  withSamples,
  isSameLanguage: (a, b) => normal(a) === normal(b),
};

/** Some webhooks write en-US for en_US. */
const normal = (language: string): string => language.replace("-", "_").toLowerCase();

async function withSamples(
  components: readonly unknown[],
  handleOf: (sample: Sample) => Promise<string>,
): Promise<unknown[]> {
  const handles = new Map<string, string>();
  const replaced = async (value: unknown, field: string): Promise<unknown> => {
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      // One after the other, so that a file is uploaded once.
      for (const [i, each] of value.entries()) list.push(await replaced(each, `${field}.${i}`));
      return list;
    }
    if (!isRecord(value)) return value;
    if (Array.isArray(value.cards)) return { ...value, cards: await replaced(value.cards, `${field}.cards`) };
    if (Array.isArray(value.components))
      return { ...value, components: await replaced(value.components, `${field}.components`) };
    const format = fileFormatOf(value);
    const { media_id: mediaId, ...example } = isRecord(value.example) ? value.example : {};
    if (format === undefined || typeof mediaId !== "string") return value;
    const handle = handles.get(mediaId) ?? (await handleOf({ mediaId, format, field: `${field}.example.media_id` }));
    handles.set(mediaId, handle);
    return { ...value, example: { ...example, header_handle: [handle] } };
  };
  return (await replaced(components, "components")) as unknown[];
}
