/** The parts of one simulator. */
import type { Delivery } from "./deliver.ts";
import type { FaultControl } from "./faults.ts";
import type { GraphRequest, GraphState } from "./state.ts";

export interface StatusDelays {
  sent: number;
  delivered: number;
  read: number;
}

export interface Simulation {
  state: GraphState;
  faults: FaultControl;
  delivery: Delivery;
  now: () => number;
  post: (request: Request) => Promise<Response>;
  baseUrl: string | undefined;
  /** The origin of the app, whose own files are fetched. */
  appOrigin: string;
  autoStatuses: boolean;
  statusDelaysMs: StatusDelays;
  /** Undefined: templates wait for the control. */
  reviewDelayMs: number | undefined;
  /** The most templates on a page. */
  templatePage: number;
}

/** One call of the Graph API. */
export interface GraphCall {
  request: Request;
  url: URL;
  /** The node's id in /{id} or /{id}/{edge}; "" if there is none. */
  id: string;
  /** The call went to Instagram's own host. */
  isInstagram: boolean;
  record: GraphRequest;
  simulation: Simulation;
}
