import type { ChannelTemplates, Sample, SampleFile } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { UUID_PATTERN } from "../../kit/id";
import { invalidFields } from "../../kit/problem";
import { findFile, type KeptFile } from "../media/find";
import { waTemplateInvalid } from "./problems";

/** Files for the headers of templates. */

/** Why a file cannot be in a header of this format; undefined: it can. */
export function sampleFault(
  { mimeType, fileSize }: Pick<KeptFile, "mimeType" | "fileSize">,
  format: Sample["format"],
): string | undefined {
  const limit = adapterOf("whatsapp")!.limits.files[format];
  // Meta shows no other documents in a header.
  const mimeTypes = format === "document" ? ["application/pdf"] : (limit?.mimeTypes ?? []);
  if (!mimeTypes.includes(mimeType)) return `Must be ${mimeTypes.join(" or ")}; it is ${mimeType.slice(0, 100)}`;
  return limit && (fileSize ?? 0) > limit.maxBytes
    ? `Must have at most ${limit.maxBytes} bytes; it has ${fileSize}`
    : undefined;
}

/** Uploads the file of a sample. Throws `wa_template_invalid` for a file that the caller may not open, or ChannelError. */
export async function uploadedSample(ctx: Ctx, templates: ChannelTemplates, sample: Sample): Promise<string> {
  const file = UUID_PATTERN.test(sample.mediaId) ? await findFile(ctx, sample.mediaId) : undefined;
  const fault = file ? sampleFault(file, sample.format) : "the file does not exist";
  if (!file || fault !== undefined) throw invalidFields(waTemplateInvalid, [{ field: sample.field, message: fault! }]);
  return templates.uploadSample(await toSampleFile(ctx, file, sample));
}

async function toSampleFile(ctx: Ctx, { r2Key, mimeType, fileName }: KeptFile, sample: Sample): Promise<SampleFile> {
  const head = await ctx.env.MEDIA.head(r2Key);
  if (!head) throw invalidFields(waTemplateInvalid, [{ field: sample.field, message: "the file does not exist" }]);
  return {
    sizeBytes: head.size,
    mimeType,
    fileName: fileName ?? "file",
    open: async (offset) => {
      const object = await ctx.env.MEDIA.get(r2Key, offset === 0 ? undefined : { range: { offset } });
      if (!object) throw new Error("the file was deleted meanwhile");
      return object.body;
    },
  };
}
