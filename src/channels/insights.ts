/** The channel's own statistics of an account. Times are seconds since 1970. Every call throws ChannelError. */
export interface ChannelInsights {
  messages(question: InsightQuestion): Promise<MessageInsights>;
  conversations(question: InsightQuestion): Promise<ConversationInsights>;
  templates(question: TemplateQuestion): Promise<TemplateInsights>;
}

interface TimeRange {
  start: number;
  /** Exclusive. */
  end: number;
}

export interface InsightQuestion extends TimeRange {
  granularity: "day" | "month";
  /** Digits only; absent: all numbers of the owner. */
  phoneNumber?: string | undefined;
}

export interface TemplateQuestion extends TimeRange {
  /** The channel's ids; absent: the first `limit` templates of the account. */
  templateIds?: readonly string[];
  limit: number;
}

/** Sent and delivered messages. Intervals without messages are absent. */
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

/** Conversations as the channel defines them, and delivered messages with their charges. */
export interface ConversationInsights {
  ownerId: string;
  data: (Charged & { conversations: number })[];
  pricing: (Charged & { volume: number })[];
}

/** Statuses of templates' messages, by day in UTC. */
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
