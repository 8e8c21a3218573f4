import type { ChannelAccount, ChannelServices } from "../channel";
import { graphEndpointOf, probeSuspectHost } from "../meta/graph";
import { conversationInsights, messageInsights, templateInsights } from "./analytics";
import { connect, markRead, openMedia, send, uploadMedia } from "./api";
import type { WhatsappConfig } from "./config";

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
    connect: () => connect(endpoint, config),
    insights: {
      messages: (question) => messageInsights(endpoint, config, question),
      conversations: (question) => conversationInsights(endpoint, config, question),
      templates: (question) => templateInsights(endpoint, config, question),
    },
  };
}
