import type { Channel } from "../channels/channel";
import type { CampaignStatus, CampaignWhose, RecipientCounts, Variables } from "./campaign";
import type { Command } from "./conversation/commands";
import type { Beginning } from "./object-apis";

/** How a campaign is sent: what decides on it, and what becomes of each recipient. Types only. */

/** The areas' functions with which a campaign's object sends. */
export interface CampaignSending {
  /** The campaign as D1 has it now; undefined: it is gone. */
  plan(env: Env, whose: CampaignWhose): Promise<CampaignPlan | undefined>;
  /** Ends sending: null: it is done. Does nothing if somebody has decided otherwise meanwhile. */
  end(env: Env, whose: CampaignWhose, counts: RecipientCounts, stop: CampaignStop | null): Promise<void>;
  /** Shows on the row why nothing moves; null: it moves. */
  show(env: Env, whose: CampaignWhose, why: CampaignStop | null): Promise<void>;
  /** The sweep need not wake the object before then, in milliseconds. */
  keepAwake(env: Env, whose: CampaignWhose, until: number): Promise<void>;
}

/** Why a campaign must not go on: a code, and what people can do. */
export interface CampaignStop {
  reason: string;
  advice: string;
}

export interface CampaignPlan {
  status: CampaignStatus;
  channel: Channel;
  accountId: string;
  /** The category of its messages, as far as it is known; "" otherwise. */
  category: string;
  stop: CampaignStop | null;
  /** Call it only if nothing stops the campaign. */
  open(): Promise<OpenCampaign>;
}

export interface OpenCampaign {
  /** The pace that the account allows campaigns. */
  perSecond: number;
  /** Decides on recipients, in their order. */
  decide(recipients: readonly DueRecipient[]): Promise<Prepared[]>;
}

export interface DueRecipient {
  id: string;
  address: string;
  attempt: number;
  variables: Variables;
}

export type Prepared =
  | { do: "send"; command: Extract<Command, { kind: "send" }>; beginning: Beginning }
  | { do: "skip" | "fail"; code: string; message: string }
  /** Until a time in milliseconds. */
  | { do: "defer"; until: number };
