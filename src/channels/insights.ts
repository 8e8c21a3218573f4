/** What a channel itself counts of an account. Times are seconds since 1970. Every call throws ChannelError. */
export interface ChannelInsights {
  messages(question: InsightQuestion): Promise<MessageInsights>;
  conversations(question: InsightQuestion): Promise<ConversationInsights>;
  templates(question: TemplateQuestion): Promise<TemplateInsights>;
}

interface TimeRange {
  start: number;
  /** Not included. */
  end: number;
}

export interface InsightQuestion extends TimeRange {
  granularity: "day" | "month";
  /** Digits; without it every number of the owner. */
  phoneNumber?: string | undefined;
}

export interface TemplateQuestion extends TimeRange {
  /** The channel's ids; without them the first `limit` of the account. */
  templateIds?: readonly string[];
  limit: number;
}

/** Sent and delivered messages. An interval without any is not there. */
export interface MessageInsights {
  ownerId: string;
  phoneNumbers: string[];
  data: { start: number; end: number; sent: number; delivered: number }[];
}

interface Charged extends TimeRange {
  category: string | null;
  type: string | null;
  cost: number;
}

/** Conversations as the channel opens and closes them, and delivered messages with their charges. */
export interface ConversationInsights {
  ownerId: string;
  data: (Charged & { conversations: number })[];
  pricing: (Charged & { volume: number })[];
}

/** What became of templates' messages, day by day in UTC. */
export interface TemplateInsights {
  ownerId: string;
  templates: {
    template_id: string;
    name: string | null;
    language: string | null;
    category: string | null;
    data: { start: number; sent: number; delivered: number; read: number; clicked: number; cost: number | null }[];
  }[];
}
