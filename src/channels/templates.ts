import type { LimitViolation } from "./channel";
import type { Content } from "./names";

/** Message templates, which an owner's accounts share and which the channel reviews. Components have the channel's form. */

export type ParameterFormat = "POSITIONAL" | "NAMED";

/** The part of a template that is filled in and shown. */
export interface TemplateForm {
  parameterFormat: ParameterFormat;
  components: readonly unknown[];
}

export interface NewTemplate extends TemplateForm {
  name: string;
  language: string;
  category: string;
  /** Further fields of the channel, which are passed on. */
  more: Readonly<Record<string, unknown>>;
}

/** A template as the channel reports it. */
export interface ReportedTemplate extends TemplateForm {
  externalId: string;
  name: string;
  language: string;
  category: string;
  status: string;
  /** Why it was rejected; null: not reported. */
  reason: string | null;
  quality: string | null;
}

/** A stored file that can be read from any offset, so that a broken upload resumes. */
export interface SampleFile {
  sizeBytes: number;
  mimeType: string;
  fileName: string;
  open(offset: number): Promise<ReadableStream>;
}

/** An account's calls about its owner's templates. Every call throws ChannelError. */
export interface ChannelTemplates {
  /** One page; `after` is the `next` of the page before. */
  list(after?: string): Promise<{ templates: ReportedTemplate[]; next?: string }>;
  /** Submits a template for review. The channel may choose another category. */
  create(template: NewTemplate): Promise<{ externalId: string; status: string; category: string }>;
  /** Uploads a sample for the review. Returns the handle that stands for it in the components. */
  uploadSample(file: SampleFile): Promise<string>;
}

/** A channel's rules for templates. Pure. */
export interface TemplateRules {
  /** The faults of a new template; fields are dotted paths in it. Empty: it may be submitted. */
  checkNew(template: NewTemplate): LimitViolation[];
  /**
   * Fills a template with the parameters of a message: the content to send, with the text that the receiver reads, or
   * what does not match. `headerUrl`: the file of a header for which the message has none.
   */
  fillIn(
    template: TemplateForm,
    content: Content,
    headerUrl: string | null,
  ): { content: Content } | { violations: LimitViolation[] };
  /** The values that a message gives, in the template's order. `headerUrl`: as of `fillIn`. */
  variables(template: TemplateForm, headerUrl: string | null): TemplateVariable[];
  /** The components of a message with these values, by the names of `variables`. `fillIn` finds missing ones. */
  componentsFrom(template: TemplateForm, valueOf: (name: string) => string | undefined): unknown[];
  /** The format of the file in the header, in lower case; undefined: the header has no file. */
  headerFile(components: readonly unknown[]): "image" | "video" | "document" | undefined;
  /** Replaces the file ids in samples (`example.media_id`) by the channel's handles. Calls `handleOf` once for each file. */
  withSamples(components: readonly unknown[], handleOf: (sample: Sample) => Promise<string>): Promise<unknown[]>;
  /** Whether two codes name one language. */
  isSameLanguage(a: string, b: string): boolean;
}

/** A value that each message gives to a template, and where the receiver meets it. */
export interface TemplateVariable {
  name: string;
  component: "header" | "body" | "button" | "limited_time_offer";
  /** The number of the card in a carousel, from 0; null: in none. */
  card: number | null;
  /** The number of the button, from 0; null: in none. */
  button: number | null;
  kind: "text" | "media" | "url_suffix" | "code" | "payload" | "time";
  /** The template's text or address that has the variable; null: there is none. */
  text: string | null;
  /** As the review was shown it. */
  sample: string | null;
  isRequired: boolean;
}

export interface Sample {
  mediaId: string;
  /** Dotted path in the components. */
  field: string;
  format: "image" | "video" | "document";
}

/** A change of a template that the channel reports. Absent fields are not reported. */
export interface TemplateChange {
  owner: string;
  externalId: string;
  name?: string;
  language?: string;
  status?: string;
  reason?: string | null;
  quality?: string;
  /** FLAGGED: people complain, and it may be disabled; UNFLAGGED: no longer. */
  flag?: string;
  category?: string;
  /** The texts of components, which replace those of the same type. */
  components?: readonly Record<string, unknown>[];
}
