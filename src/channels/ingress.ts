import type { Config } from "../config";
import type { ChannelServices } from "./channel";
import type { Channel } from "./names";

/** The raw HTTP body and headers of a delivery. */
export interface RawDelivery {
  body: Uint8Array;
  headers: Headers;
  url: string;
}

/** Verifies and reads the deliveries of one transport, which several channels may share. */
export interface Ingress {
  /** Deliveries for none of its channels are parked under this name. */
  readonly name: string;
  /** The most that a delivery may have. */
  readonly maxBytes: number;
  /** The deployment's own secrets; each of them signs for all accounts. */
  secrets(config: Config): string[];
  /** The same for a delivery that only an account's own secret may verify: work for it precedes the verification. */
  readonly maxBytesOfAccount: number;
  /** False: no secret can verify this delivery, so its body is not read. */
  isSigned(delivery: Omit<RawDelivery, "body">): boolean;
  /** Whether one of the secrets verifies the delivery, over its raw bytes. */
  verify(delivery: RawDelivery, secrets: readonly string[]): Promise<boolean>;
  /** The delivery as JSON; parts too large for that are stored in the services' bucket. Throws if it cannot be read. */
  read(delivery: RawDelivery, services: ChannelServices): Promise<unknown>;
  /** Pure. The channel of a payload; undefined if it is none of ours. */
  channelOf(payload: unknown): Channel | undefined;
}
