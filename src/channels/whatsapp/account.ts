import type { ChannelAccount, ChannelServices } from "../channel";
import { graphEndpointOf, probeSuspectHost } from "../meta/graph";
import { connect, markRead, openMedia, send, uploadMedia } from "./api";
import type { WhatsappConfig } from "./config";
import { accountHealth, sendsPerSecond } from "./health";

/** Loaded at the first question, since channels start with the Worker. */
const insights = () => import("./analytics");
const templates = () => import("./templates");

/** Opens a phone number at the Cloud API. */
export function openAccount(config: WhatsappConfig, services: ChannelServices): ChannelAccount {
  const endpoint = graphEndpointOf(services);
  return {
    externalId: config.phone_number_id,
    ownerId: config.waba_id,
    timeoutMs: endpoint.timeoutMs,
    probe: () => probeSuspectHost(endpoint),
    send: (to, message) => send(endpoint, config, to, message),
    markRead: (_, externalId) => markRead(endpoint, config, externalId),
    media: {
      open: ({ externalId }) => openMedia(endpoint, config, externalId),
      upload: (file) => uploadMedia(endpoint, config, file),
    },
    connect: (options) => connect(endpoint, config, options),
    health: () => accountHealth(endpoint, config),
    sendsPerSecond: () => sendsPerSecond(endpoint, config),
    insights: {
      messages: async (question) => (await insights()).messageInsights(endpoint, config, question),
      conversations: async (question) => (await insights()).conversationInsights(endpoint, config, question),
      templates: async (question) => (await insights()).templateInsights(endpoint, config, question),
    },
    templates: {
      list: async (after) => (await templates()).listTemplates(endpoint, config, after),
      create: async (template) => (await templates()).createTemplate(endpoint, config, template),
      uploadSample: async (file) => {
        const { resumableUpload } = await import("../meta/resumable-upload");
        // A token that was not given by the deployment's app belongs to another, which Meta calls "app".
        return resumableUpload(endpoint, config.access_token, services.config.META_APP_ID ?? "app", file);
      },
    },
  };
}
