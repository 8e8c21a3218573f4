import type { ChannelAdapter } from "../channel";
import { knock } from "../meta/graph";
import { connect, markRead, openMedia, send, uploadMedia } from "./api";
import { askChoice } from "./choice";
import { readConfig, whatsappConfig } from "./config";
import { businessesOf, parse } from "./inbound";
import { check } from "./limits";

/** WhatsApp, through Meta's Cloud API. */
export const whatsapp: ChannelAdapter = {
  channel: "whatsapp",
  config: whatsappConfig,
  secrets: ["access_token", "app_secret"],
  accountId: (config) => readConfig(config).phone_number_id,
  businessId: (config) => readConfig(config).waba_id,
  businessesOf,
  windowHours: 24,
  parse,
  check,
  askChoice,
  reach: knock,
  send,
  markRead,
  openMedia,
  uploadMedia,
  connect,
};
