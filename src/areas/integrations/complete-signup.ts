import { z } from "@hono/zod-openapi";
import { channelServices, type OAuthAccount, PinRefusedError } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Problem } from "../../kit/problem";
import { connectAccount, connectProblems } from "./connect-account";
import { closeLogin, loginProblems, openLogin, redirectUriOf } from "./login";
import { loginFields } from "./login-model";
import { IntegrationAccount } from "./model";
import { accountConfigInvalid, numberMissing, numberNeeded, pinRefused } from "./problems";
import { askChannel } from "./store";

const metaId = z.string().regex(/^\d{1,32}$/, "An id of Meta: digits only");

export const CompleteSignup = z
  .strictObject({
    ...loginFields,
    waba_id: metaId.optional().openapi({ description: "From the browser's event FINISH; else read from the login" }),
    phone_number_id: metaId
      .optional()
      .openapi({ description: "The same; needed only if the login opens several numbers" }),
    redirect_uri: z
      .string()
      .max(2048)
      .optional()
      .openapi({ description: "The config's, if `authorize_url` was opened; absent for Meta's JavaScript SDK" }),
    pin: z
      .string()
      .regex(/^\d{6}$/, "Six digits")
      .optional()
      .openapi({
        description:
          "PIN of the number's two-step verification. Absent: a new number gets a random one, which can be changed in WhatsApp Manager",
      }),
  })
  .openapi("CompleteEmbeddedSignup");

export default operation({
  id: "completeEmbeddedSignup",
  summary: "Complete WhatsApp Embedded Signup",
  description:
    "Exchanges the code (within 30 seconds), finds the number, subscribes to its account, registers it and connects it. After a failure behind the exchange, the same call without `code` continues, with a `pin` or `phone_number_id` if that was the reason.",
  body: CompleteSignup,
  response: IntegrationAccount,
  problems: [...new Set([...loginProblems, ...connectProblems, numberNeeded, numberMissing, pinRefused])],
  handle: ({ ctx, body }) => completeSignup(ctx, body),
});

export async function completeSignup(ctx: Ctx, input: z.infer<typeof CompleteSignup>): Promise<IntegrationAccount> {
  if (input.redirect_uri !== undefined && input.redirect_uri !== redirectUriOf(ctx, "whatsapp"))
    throw accountConfigInvalid(undefined, { errors: [{ field: "redirect_uri", message: "must be the config's" }] });
  const login = await openLogin(ctx, "whatsapp", input);
  const hints = { waba_id: input.waba_id, phone_number_id: input.phone_number_id };
  const numbers = await askChannel(() => login.oauth.accounts(login.grant, hints, channelServices(ctx.env)));
  const { displayName, config } = onlyOne(numbers);
  try {
    const account = await connectAccount(ctx, "whatsapp", { displayName, config: config! }, { pin: input.pin });
    await closeLogin(ctx, login);
    return account;
  } catch (error) {
    throw error instanceof Problem && error.extra.cause instanceof PinRefusedError ? pinRefused(error.message) : error;
  }
}

const MAX_NAMED = 20;

function onlyOne(numbers: readonly OAuthAccount[]): OAuthAccount {
  const [first, ...others] = numbers;
  if (!first) throw numberMissing();
  if (others.length === 0) return first;
  throw numberNeeded(undefined, {
    errors: numbers
      .slice(0, MAX_NAMED)
      .map(({ externalId, displayName }) => ({ field: "phone_number_id", message: `${externalId}: ${displayName}` })),
  });
}
