import { z } from "@hono/zod-openapi";
import { Message } from "../../domain/conversation/schema";
import type { Ctx } from "../../domain/context";
import { messageNotAllowed, send } from "../../domain/conversation/commands/send";
import { operation } from "../../domain/operation";
import { uuidV5 } from "../../kit/id";
import { MINUTE } from "../../kit/clock";
import type { Reply } from "../../kit/operation";
import { invalidFields, invalidRequest, type Problem, tooManyRequests } from "../../kit/problem";
import { countTry } from "../../kit/rate-limit";
import { commandConversation, withBookmark } from "../conversations/command";
import { conversationNotFound } from "../conversations/problems";
import { beginningsOf } from "../ingest/beginnings";
import { accountNotFound, channelNotConnected } from "../integrations/problems";
import { loadSender } from "../integrations/sender";
import { conversationTaken } from "../messages/start";
import { READINESS_PROBLEMS, readinessOf } from "./facts";
import { CampaignPath, type CampaignRow, VariableValues } from "./model";
import { addresseeOf } from "./preview";
import { campaignNotFound, campaignVariablesMissing, recipientNotFound } from "./problems";
import { renderedFor } from "./rendering";
import { loadCampaign } from "./store";

/** Tests in a minute, of an organization: a test is no way round a campaign. */
const MAX_TESTS = 30;

const TestCampaign = z
  .strictObject({
    to: z.string().trim().min(1).max(320).openapi({ description: "Your own number or email address" }),
    variables: VariableValues.default({}),
  })
  .openapi("TestCampaign");

export default operation({
  id: "testCampaign",
  summary: "Send a campaign's message to yourself",
  description:
    "Sends the message to one address, in an ordinary conversation with it. It is no recipient of the campaign, and is not counted. The campaign may be in any status.",
  params: CampaignPath,
  body: TestCampaign,
  examples: { "To a number": { to: "+6281234567890", variables: { "1": "Ani" } } },
  response: Message,
  status: 201,
  idempotent: "own",
  problems: [
    campaignNotFound,
    recipientNotFound,
    campaignVariablesMissing,
    conversationTaken,
    accountNotFound,
    channelNotConnected,
    tooManyRequests,
    invalidRequest,
    ...READINESS_PROBLEMS,
    ...Object.values(send.refusals),
  ],
  handle: ({ ctx, params, body }) => testCampaign(ctx, params.id, body),
});

export async function testCampaign(ctx: Ctx, id: string, input: z.output<typeof TestCampaign>): Promise<Reply> {
  const row = await loadCampaign(ctx, id);
  const person = await addresseeOf(ctx, row, input);
  const { problem } = await readinessOf(ctx, row);
  if (problem) throw problem;
  const message = await messageTo(ctx, row, person);
  await countTry(ctx, { [`campaign_test:${ctx.orgId}`]: MAX_TESTS }, MINUTE);
  const sender = await loadSender(
    ctx,
    row.account_id === null ? { channel: row.channel } : { accountId: row.account_id },
  );
  // The thread of a call that is repeated is the same.
  const { caller, key } = ctx.idempotency ?? {};
  const thread = key === undefined ? ctx.newId() : uuidV5(id, `test:${caller}:${key}`);
  const [begins] = await beginningsOf(ctx, sender, [{ address: person.address, thread }]);
  const { subject } = message.content;
  const beginning = typeof subject === "string" ? { ...begins!, subject } : begins!;
  try {
    const command = { kind: "send", message: { ...message, senderName: ctx.actor.name ?? null } } as const;
    const sent = await commandConversation(ctx, beginning.identity.id, command, beginning);
    return withBookmark(sent.answer, sent.bookmark, sent.replayed ? { "idempotency-replayed": "true" } : {});
  } catch (error) {
    // It exists, and the caller may not see it.
    throw (error as Partial<Problem>).kind === conversationNotFound ? conversationTaken() : error;
  }
}

async function messageTo(ctx: Ctx, row: CampaignRow, person: Awaited<ReturnType<typeof addresseeOf>>) {
  const [rendered] = await renderedFor(ctx, row, [person]);
  if (rendered && "message" in rendered) return rendered.message;
  const { code, message } = rendered!.failure;
  const kind = code === "missing_variable" ? campaignVariablesMissing : messageNotAllowed;
  throw invalidFields(kind, [{ field: "variables", message }]);
}
