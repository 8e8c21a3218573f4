import type { ChannelUpdate, Party } from "../../channels/channel";
import { isSameAddress, isSettled } from "../identity";
import { SYSTEM } from "../event";
import { type ConversationState, type Outcome, Step } from "./state";

/** Takes names of the conversation's person from updates. Pure. identity.ts decides whose updates they are. */

/** Whether the update is this person's without a look at the alias table, which has all of its names. */
export function isOwn(state: ConversationState, update: ChannelUpdate): boolean {
  if (update.kind === "address_changed") return false;
  return isSettled(state, partyOf(update), update.kind === "status" || update.kind === "watermark");
}

const partyOf = (update: ChannelUpdate): Party => ("from" in update ? update.from : "to" in update ? update.to : {});

/** A message in either direction or a call shows at what address the person is. */
const isEvidence = ({ kind }: ChannelUpdate): boolean =>
  kind === "message" || kind === "echo" || kind === "history" || kind === "call";

/**
 * Takes over the names that are newer than those of the state. A message and a change are evidence of an address;
 * a reaction and the like tell it only where none is known, so that they mostly leave the state as it is. A receipt may be
 * of a message to a number that the person has left.
 */
export function learnNames(state: ConversationState, update: ChannelUpdate): void {
  if (update.kind === "address_changed") {
    const { at, from, newAddress, newUserId: userId = from.userId, newParentUserId: parentUserId } = update;
    learnAddress(state, newAddress ?? (state.address === null ? from.address : undefined), at);
    learnIds(state, { ...(userId && { userId }), ...(parentUserId && { parentUserId }) }, at);
    // The next update with both shows whether the table has the new pair.
    state.isPaired = false;
    return;
  }
  const party = partyOf(update);
  const at = "message" in update ? update.message.at : "at" in update ? (update.at ?? 0) : 0;
  const isSeen = isEvidence(update);
  if (isSeen || ("from" in update && state.address === null)) learnAddress(state, party.address, at);
  learnIds(state, party, at);
  if (party.userId !== undefined && party.userId === state.userId && isSameAddress(party.address, state.address))
    state.isPaired = true;
  if (isSeen || "from" in update) learnName(state, party, at, isSeen);
}

function learnName(state: ConversationState, { name, username }: Party, at: number, isMessage: boolean): void {
  if (at < state.nameAt || !(name || username)) return;
  const isNew = (name && name !== state.profileName) || (username && username !== state.username);
  if (isNew || isMessage) state.nameAt = at;
  if (name) state.profileName = name;
  if (username) state.username = username;
}

function learnAddress(state: ConversationState, address: string | undefined, at: number): void {
  if (address === undefined || at < state.addressAt) return;
  if (!isSameAddress(state.address, address)) state.isPaired = false;
  state.address = address;
  state.addressAt = at;
}

function learnIds(state: ConversationState, { userId, parentUserId }: Party, at: number): void {
  const isOther = userId !== undefined && userId !== state.userId;
  if (isOther && at < state.userIdAt) return;
  if (isOther) {
    state.userId = userId;
    state.userIdAt = at;
    state.isPaired = false;
  }
  if (parentUserId !== undefined) state.parentUserId = parentUserId;
}

/** Another person has the address: no answer may go there. */
export function yieldAddress(
  before: ConversationState,
  { address, newAddress, at }: { address: string; newAddress: string | null; at: number },
  now: number,
): Outcome {
  const step = new Step(before, SYSTEM, now);
  if (isSameAddress(before.address, address) && before.addressAt <= at) {
    Object.assign(step.state, { address: newAddress, isPaired: false, ...(newAddress !== null && { addressAt: at }) });
    step.event("conversation.updated", { data: { reason: "address_lost", address: before.address } });
  }
  return step.done();
}
