/** An organization that looks like a shop in the midst of a day, for screenshots. */
import { deflateSync } from "node:zlib";
import { callOk } from "../api-client.ts";

const PASSWORD = "demo-password";

export interface Shop {
  email: string;
  password: string;
  /** Ids of conversations by the customer's name. */
  conversations: Record<string, string>;
}

interface Servers {
  app: string;
  graph: string;
}

export async function openShop({ app, graph }: Servers): Promise<Shop> {
  const email = "sari@tokobiru.test";
  const { body: session } = await callOk(`${app}/api/auth/register`, {
    body: { org_name: "Toko Biru", admin_email: email, admin_password: PASSWORD, country: "ID" },
  });
  const token: string = session.token;
  const api = async (path: string, body?: unknown, method?: string) =>
    (await callOk(`${app}${path}`, { token, ...(body !== undefined && { body }), ...(method && { method }) })).body;
  await api(`/api/agents/${session.agent.id}`, { full_name: "Sari Dewi" }, "PATCH");
  const agent = async (full_name: string, address: string, role = "agent") => {
    const made = await api("/api/agents", { email: address, password: PASSWORD, full_name, role });
    const { body } = await callOk(`${app}/api/auth/login`, { body: { email: address, password: PASSWORD } });
    await callOk(`${app}/api/agents/${made.id}/status`, {
      token: body.token,
      method: "PATCH",
      body: { is_online: true },
    });
    return { id: made.id as string, token: body.token as string };
  };
  const rudi = await agent("Rudi Hartono", "rudi@tokobiru.test", "supervisor");
  const maya = await agent("Maya Lestari", "maya@tokobiru.test");
  const divisions: Record<string, string> = {};
  for (const name of ["Sales", "Support", "Returns"]) divisions[name] = (await api("/api/divisions", { name })).id;
  await api("/api/sla/policies", {
    name: "Gold",
    first_response_time_secs: 300,
    resolution_time_secs: 7200,
    is_default: true,
  });
  const phoneNumberId = "106540352242922";
  await api("/api/integrations/accounts", {
    channel: "whatsapp",
    display_name: "Toko Biru",
    config: { phone_number_id: phoneNumberId, waba_id: "102290129340398", access_token: "t" },
  });
  await api("/api/integrations/accounts", {
    channel: "instagram",
    display_name: "@tokobiru",
    config: { instagram_id: "17841400000000001", username: "tokobiru", access_token: "t" },
  });
  for (const [title, shortcut, content] of [
    ["Opening hours", "hours", "Kami buka Senin sampai Sabtu, 9.00 sampai 17.00."],
    ["Thanks", "thanks", "Terima kasih, {{contact.name|kak}}! Ada lagi yang bisa kami bantu?"],
    ["Courier", "courier", "Kurir akan datang hari ini sebelum jam 17.00."],
  ])
    await api("/api/quick-replies", { title, shortcut, content });

  const conversations: Record<string, string> = {};
  const phones: Record<string, string> = {};
  const says = async (name: string, message: Record<string, unknown> | string): Promise<void> => {
    const from = (phones[name] ??= `62812${34567890 + Object.keys(phones).length * 1111}`);
    const content = typeof message === "string" ? { text: message } : { message };
    await callOk(`${graph}/_sim/customers`, { body: { from, name, phoneNumberId, ...content } });
    for (let tries = 0; tries < 100 && conversations[name] === undefined; tries++) {
      const { data } = await api(`/api/conversations?q=${from}`);
      conversations[name] = data[0]?.id;
      if (data.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  };
  const file = async (bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string> => {
    const answer = await fetch(`${graph}/_sim/media`, {
      method: "POST",
      headers: { "content-type": type },
      body: bytes,
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const answers = (name: string, text: string, as = token, more: Record<string, unknown> = {}) =>
    callOk(`${app}/api/conversations/${conversations[name]}/messages`, {
      token: as,
      body: { type: "text", content: { text }, ...more },
    });

  await says("Lukas Brandt", "Guten Tag, könnten Sie bitte die Rechnung 2291 prüfen?");
  await says("Chen Wei", "我的包裹到了，谢谢！");
  await answers("Chen Wei", "Sudah kami kirim ulang, terima kasih.");
  await says("Dimas", {
    type: "location",
    location: { latitude: -6.9147, longitude: 107.6098, name: "Jl. Braga 12", address: "Bandung" },
  });
  await says("فاطمة الزهراء", "هل يمكن تغيير العنوان قبل الشحن؟");
  await says("Grace O’Neill", "Is the *blue one* still in stock?? https://tokobiru.example/p/41");

  await says("Ayu Pratiwi", "Halo kak, pesanan saya *8841* sudah dikirim belum?");
  await says("Ayu Pratiwi", {
    type: "image",
    image: { id: await file(picture(), "image/png"), caption: "Ini bukti transfernya" },
  });
  const ayu = conversations["Ayu Pratiwi"]!;
  await api(`/api/conversations/${ayu}/assign`, { agent_id: session.agent.id }, "PATCH");
  await api(`/api/conversations/${ayu}/tags`, { tags: ["order-8841", "repeat"] }, "PATCH");
  await callOk(`${app}/api/conversations/${ayu}/notes`, {
    token: rudi.token,
    body: {
      content: `Payment is confirmed in the bank feed. @[Sari Dewi](${session.agent.id}) the warehouse needs the label before 11.`,
    },
  });
  await answers("Ayu Pratiwi", "Sudah kami terima, terima kasih! Pesanan berangkat hari ini.");
  await says("Ayu Pratiwi", { type: "audio", audio: { id: await file(tone(), "audio/wav"), voice: true } });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { messages } = await api(`/api/conversations/${ayu}/messages`);
  await answers("Ayu Pratiwi", "It leaves today, I will send you the label.", token, { reply_to: messages.at(-1)._id });
  await callOk(`${app}/api/conversations/${ayu}/messages`, {
    token,
    body: { type: "reaction", content: { message_id: messages[1]._id, emoji: "🙏" } },
  });

  await says("Budi Santoso", "Boleh saya ambil sore ini?");
  await says("Budi Santoso", "Saya di dekat toko.");
  const budi = conversations["Budi Santoso"]!;
  await api(`/api/conversations/${budi}/tags`, { tags: ["vip"] }, "PATCH");
  await api(`/api/conversations/${budi}/assign`, { agent_id: session.agent.id }, "PATCH");
  for (const name of ["Grace O’Neill", "فاطمة الزهراء"])
    await api(`/api/conversations/${conversations[name]}/assign`, { agent_id: session.agent.id }, "PATCH");
  await api(`/api/conversations/${conversations["Dimas"]}/transfer`, { to_division_id: divisions.Support });
  await api(`/api/conversations/${conversations["Chen Wei"]}/assign`, { agent_id: maya.id }, "PATCH");
  return { email, password: PASSWORD, conversations };
}

/** A gradient, as a PNG. */
function picture(): Uint8Array<ArrayBuffer> {
  const [width, height] = [480, 270];
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const part = (x / width + y / height) / 2;
      rows.set([240 - 60 * part, 226 - 10 * part, 200 + 10 * part], y * (width * 3 + 1) + 1 + x * 3);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", header),
      chunk("IDAT", deflateSync(rows)),
      chunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const check = Buffer.alloc(4);
  check.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([length, body, check]);
}

/** Fourteen seconds that sound like speech from far away, as a WAV. */
function tone(): Uint8Array<ArrayBuffer> {
  const [rate, seconds] = [8000, 14];
  const samples = new Int16Array(rate * seconds).map((_, i) => {
    const t = i / rate;
    const loud = Math.abs(Math.sin(t * 2.1) * Math.sin(t * 5.3)) * (0.6 + 0.4 * Math.sin(t * 0.9));
    return Math.sin(t * 2 * Math.PI * 180) * loud * 20_000;
  });
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return new Uint8Array(Buffer.concat([header, Buffer.from(samples.buffer)]));
}
