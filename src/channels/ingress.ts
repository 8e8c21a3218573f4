import type { Config } from "../config";
import type { ChannelServices } from "./channel";
import type { Channel } from "./names";

/** A delivery as it came by HTTP. */
export interface RawDelivery {
  body: Uint8Array;
  headers: Headers;
  url: string;
}

/** How deliveries of one transport are proven and read. Several channels may share one. */
export interface Ingress {
  /** What is for none of its channels is parked under this name. */
  readonly name: string;
  readonly maxBytes: number;
  /** The deployment's own secrets; each of them signs for every account. */
  secrets(config: Config): string[];
  /** False: nobody signed it, so it need not be read to be refused. */
  isSigned(delivery: RawDelivery): boolean;
  /** Whether one of the secrets proves the delivery, over its bytes as they came. */
  verify(delivery: RawDelivery, secrets: readonly string[]): Promise<boolean>;
  /** The delivery as JSON; what is too large for that is kept in the services' bucket. Throws if it cannot be read. */
  read(delivery: RawDelivery, services: ChannelServices): Promise<unknown>;
  /** Pure. The channel that a payload is for; undefined if it is none of ours. */
  channelOf(payload: unknown): Channel | undefined;
}
