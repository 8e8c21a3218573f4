import type { ChannelFailure, FailureClass } from "../channel";
import { isRecord, textOf } from "../json";

/**
 * Classifies Meta's error codes for WhatsApp, Messenger and Instagram. Meta: Cloud API error codes; Messenger Platform
 * error codes. Depends on the code, then the subcode and the details; never on the title, which Meta rewrites.
 */

export interface ClassifiedFailure {
  failureClass: FailureClass;
  failure: ChannelFailure;
}

/** The user stopped marketing messages of this business. */
const STOPPED_MARKETING = 131050;

const CODES_BY_CLASS: Record<FailureClass, readonly number[]> = {
  // 1 unknown, 2 service, 131000 something went wrong, 131016 overloaded, 131057 maintenance, 133004 server unavailable
  transient: [1, 2, 1200, 131000, 131016, 131057, 133004],
  // 4, 17, 32, 613, 8000x call limits; 130429 throughput; 131048 spam limit; 13300x, 133015, 133016 too many
  // registrations
  throttled: [
    4, 17, 32, 341, 613, 80001, 80002, 80004, 80005, 80006, 80007, 80008, 80009, 80014, 130429, 131048, 133008, 133009,
    133015, 133016,
  ],
  deferred: [],
  pair_throttled: [131056],
  ambiguous: [],
  window_closed: [131047],
  // 130497 concerns the country of one recipient: the account may send to others.
  undeliverable: [551, 130497, 131026, 131064],
  // 130472 the user is in an experiment, 131049 Meta's cap on marketing for the user
  suppressed: [130472, 131049, STOPPED_MARKETING],
  rejected_media: [131052, 131053],
  rejected_template: [
    131058, 131063, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069,
  ],
  // 133000, 133005, 133006 occur when a number is registered: its owner has to act.
  invalid: [33, 100, 131008, 131009, 131021, 131030, 131051, 131055, 131062, 133000, 133005, 133006],
  reauth: [0, 102, 104, 190],
  // 131042 payment, 131037 display name not approved, 131045 and 133010 not registered
  account_blocked: [368, 131031, 131037, 131042, 131045, 133010],
  forbidden: [3, 10, 131005],
};

/** The codes of a class, as failures have them. */
export const codesOf = (failureClass: FailureClass): readonly string[] => CODES_BY_CLASS[failureClass].map(String);

const CLASS_BY_CODE = new Map<number, FailureClass>(
  (Object.keys(CODES_BY_CLASS) as FailureClass[]).flatMap((failureClass) =>
    CODES_BY_CLASS[failureClass].map((code): [number, FailureClass] => [code, failureClass]),
  ),
);

/** Subcodes whose class differs from their code's. */
const CLASS_BY_SUBCODE = new Map<string, FailureClass>([
  // "An unexpected error": the message may have been sent nevertheless.
  ["1/1357046", "ambiguous"],
  ["10/2018065", "window_closed"],
  ["10/2018278", "window_closed"],
  ["10/2534022", "window_closed"],
  ["100/2018001", "undeliverable"],
  ["100/2534014", "undeliverable"],
  ["10/2018108", "undeliverable"],
  // The object does not exist, or not for this token: the account's ids and token do not match.
  ["100/33", "forbidden"],
]);

interface GraphError {
  code: number | undefined;
  subcode: number | undefined;
  title: string;
  detail: string | undefined;
  isTransient: boolean;
}

/**
 * Classifies an answer that is not 2xx. `body` is its JSON, the whole or its `error`; `undefined` if there was none.
 */
export function classify(httpStatus: number, body: unknown): ClassifiedFailure {
  const error = readGraphError(body);
  // The subcode tells what is wrong with a new template; its code is 100 for all.
  const code = error?.subcode !== undefined && isOfNewTemplate(error.subcode) ? error.subcode : error?.code;
  const failure: ChannelFailure = {
    code: String(code ?? `http_${httpStatus}`),
    title: error?.title ?? `HTTP ${httpStatus}`,
  };
  if (error?.detail !== undefined) failure.detail = error.detail;
  if (error?.code === STOPPED_MARKETING) failure.opted_out = true;
  return { failureClass: classOf(httpStatus, error), failure };
}

/**
 * Classifies the `errors` of a message or a failed status, which have no HTTP status; `undefined` if there are none.
 */
export function classifyStatusError(errors: unknown): ClassifiedFailure | undefined {
  const first: unknown = Array.isArray(errors) ? errors.find((each) => readGraphError(each) !== undefined) : undefined;
  return first === undefined ? undefined : classify(400, first);
}

/** Whether a body is Graph's: any other comes from a gateway in between. */
export function isGraphError(body: unknown): boolean {
  return isRecord(body) && isRecord(body.error) && readGraphError(body) !== undefined;
}

function classOf(httpStatus: number, error: GraphError | undefined): FailureClass {
  return (error && classOfError(error)) ?? classOfStatus(httpStatus, error?.isTransient ?? false);
}

/** Errors of creating a template, as the code or as the subcode of 100. */
const isOfNewTemplate = (code: number): boolean => code >= 2_388_000 && code <= 2_388_999;

function classOfError({ code, subcode, title, detail }: GraphError): FailureClass | undefined {
  if (code === undefined) return undefined;
  if ([code, subcode ?? 0].some(isOfNewTemplate)) return "rejected_template";
  const bySubcode = subcode === undefined ? undefined : CLASS_BY_SUBCODE.get(`${code}/${subcode}`);
  if (bySubcode !== undefined) return bySubcode;
  // Newer versions omit the subcode: only the text tells that the window is closed.
  if (code === 10 && `${title} ${detail ?? ""}`.toLowerCase().includes("outside of allowed window"))
    return "window_closed";
  if (code >= 200 && code <= 299) return "forbidden";
  return CLASS_BY_CODE.get(code);
}

function classOfStatus(httpStatus: number, isTransient: boolean): FailureClass {
  if (httpStatus === 429) return "throttled";
  return httpStatus >= 500 || isTransient ? "transient" : "invalid";
}

function readGraphError(body: unknown): GraphError | undefined {
  if (!isRecord(body)) return undefined;
  const error = isRecord(body.error) ? body.error : body;
  const code = integer(error.code);
  const title = textOf(error.error_user_title) ?? textOf(error.title) ?? textOf(error.message);
  if (code === undefined && (title === undefined || error === body)) return undefined;
  const data = isRecord(error.error_data) ? error.error_data : {};
  const detail = [data.details, error.details, error.error_user_msg, error.message]
    .map(textOf)
    .find((each) => each !== undefined && each !== title);
  return {
    code,
    subcode: integer(error.error_subcode),
    title: title ?? `Error ${code}`,
    detail,
    isTransient: error.is_transient === true,
  };
}

function integer(value: unknown): number | undefined {
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
