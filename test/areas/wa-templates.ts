import { env } from "cloudflare:workers";
import { addTemplate } from "../../simulators/graph/templates.ts";
import type { TemplateOptions } from "../../simulators/graph/state.ts";
import { publicContext } from "../../src/app";
import { type Answer, door, graph, type Org, organization } from "../harness";
import { everyMinute } from "../minute";

/** An organization whose number belongs to a business account of its own at Meta. */
export interface Shop {
  org: Org;
  id: string;
  phoneNumberId: string;
  wabaId: string;
  /** A template that Meta has. */
  has(template: Partial<TemplateOptions> & { name: string }): void;
  sync(body?: object): Promise<Answer>;
  /** The template of this name, as the list has it. */
  named(name: string, language?: string): Promise<any>;
}

export const BODY = { type: "BODY", text: "Hello {{1}}, your order {{2}} is on its way." };

export async function shop(config: Record<string, string> = {}): Promise<Shop> {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect(config);
  const wabaId = config.waba_id ?? phoneNumberId.slice(0, 14);
  graph.state.numbers.get(phoneNumberId)!.wabaId = wabaId;
  return {
    org,
    id,
    phoneNumberId,
    wabaId,
    has: (template) =>
      void addTemplate(graph.state, {
        language: "en_US",
        category: "UTILITY",
        components: [BODY],
        ...template,
        wabaId,
      }),
    sync: (body = {}) => org.call("POST", "/api/wa-templates/sync", body),
    named: async (name, language = "en_US") =>
      (await org.call("GET", `/api/wa-templates?name=${name}&language=${language}`)).body.data[0],
  };
}

export const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));

export async function uploaded(org: Org, bytes: Uint8Array, name: string, path = "/api/media"): Promise<any> {
  const body = new FormData();
  body.append("file", new File([bytes as Uint8Array<ArrayBuffer>], name));
  const response = await door(path, { method: "POST", headers: { authorization: `Bearer ${org.token}` }, body });
  return response.json();
}

export function picture(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i % 251;
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes;
}
