import { env } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { expect, it, vi } from "vitest";
import { signatureOf } from "../../simulators/graph/webhook.ts";
import {
  type ChannelAccount,
  ChannelConfigError,
  type ChannelDefinition,
  CHANNELS,
  channelServices,
  defineChannel,
} from "../../src/channels/channel";
import { metaIngress } from "../../src/channels/meta/ingress";
import { adapterOf, SENDABLE_TYPES } from "../../src/channels/registry";
import { configOf } from "../../src/config";

const config = z.strictObject({ number: z.coerce.number().int(), token: z.string().min(1) });
type Config = z.infer<typeof config>;

/** A channel with nothing but what every channel has. */
const definition = (open: ChannelDefinition<Config>["open"]): ChannelDefinition<Config> => ({
  ...adapterOf("whatsapp")!,
  config,
  secrets: ["token"],
  deliverySecret: "token",
  open,
});
const account = {} as ChannelAccount;

it("opens an account with its configuration as the channel's own type, and parses it once", () => {
  const open = vi.fn<ChannelDefinition<Config>["open"]>(() => account);
  const parse = vi.spyOn(config, "safeParse");
  const services = channelServices(env);
  expect(defineChannel(definition(open)).open({ number: "7", token: "t" }, services)).toBe(account);
  expect(open).toHaveBeenCalledWith({ number: 7, token: "t" }, services);
  expect(parse).toHaveBeenCalledTimes(1);
  parse.mockRestore();
});

it("names each field that is wrong, and no value", () => {
  const channel = defineChannel(definition(() => account));
  try {
    channel.open({ number: "s3cret", more: "x" }, channelServices(env));
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ChannelConfigError);
    const { faults, failure, message } = error as ChannelConfigError;
    expect(faults.map(({ field }) => field).toSorted()).toEqual(["", "number", "token"]);
    expect(JSON.stringify([faults, failure, message])).not.toContain("s3cret");
  }
});

it("says of every channel that there is what it can do, and takes what it says that it sends", () => {
  for (const channel of CHANNELS) {
    const adapter = adapterOf(channel);
    if (!adapter) continue;
    const { types, files, window } = adapter.capabilities;
    expect(adapter.channel).toBe(channel);
    for (const type of types.outbound) {
      expect(SENDABLE_TYPES).toContain(type);
      expect(adapter.check({ type, content: {} }).map(({ field }) => field)).not.toContain("type");
    }
    expect(window.hours).toBeGreaterThanOrEqual(0);
    for (const limit of Object.values(adapter.limits.files)) expect(limit.maxBytes).toBeGreaterThan(0);
    expect(["upload", "link", "inline"]).toContain(files.sentAs);
  }
});

it("takes a delivery that either of Meta's two apps signed", async () => {
  const ingress = metaIngress({ whatsapp_business_account: "whatsapp", instagram: "instagram" });
  const secrets = ingress.secrets({ ...configOf(env), META_APP_SECRET: "meta", INSTAGRAM_APP_SECRET: "instagram" });
  const body = JSON.stringify({ object: "instagram", entry: [] });
  const signed = async (secret: string) => ({
    body: new TextEncoder().encode(body),
    headers: new Headers({ "x-hub-signature-256": await signatureOf(body, secret) }),
    url: "https://app.test/webhook",
  });
  for (const secret of ["meta", "instagram"]) expect(await ingress.verify(await signed(secret), secrets)).toBe(true);
  expect(await ingress.verify(await signed("another"), secrets)).toBe(false);
  const payload = await ingress.read(await signed("meta"), channelServices(env));
  expect(ingress.channelOf(payload)).toBe("instagram");
  // Every digit of an id that is a number.
  const text = String.raw`{"id":12345678901234567,"n":[1689556908129832, 1.5, 12345678901234567890],"text":"\ud800: 12345678901234567"}`;
  expect(
    await ingress.read({ url: "", headers: new Headers(), body: Buffer.from(text) }, channelServices(env)),
  ).toEqual({
    id: "12345678901234567",
    n: [1_689_556_908_129_832, 1.5, "12345678901234567890"],
    text: "\ufffd: 12345678901234567",
  });
  for (const other of [{ object: "page" }, { object: "toString" }, [], null, 7])
    expect(ingress.channelOf(other)).toBeUndefined();
});
