import { fold } from "../kit/fold";

/**
 * The words by which people take no marketing messages any more, or take them again. Only a message that is such a word
 * and nothing else counts. Pure.
 */

export interface ConsentSettings {
  /** Null: the words of the organization's country. */
  optOutWords: readonly string[] | null;
  optInWords: readonly string[] | null;
  /** Answers an opt-out; null: nothing does. */
  optOutReply: string | null;
}

export type Choice = "opt_out" | "opt_in";

/** In the characters that people type. A longer text is no word, and costs nothing. */
export const MAX_WORD = 40;
const MAX_TEXT = 60;

/** `opt-out words / opt-in words`. No word that a customer may mean otherwise, such as "cancel" or "end". */
const WORDS: Readonly<Record<string, string>> = {
  en: "stop, stop all, stopall, unsubscribe, opt out, optout, stop promotions, stop promo / start, unstop, subscribe, opt in, optin",
  ar: "توقف, إيقاف, ايقاف, إلغاء الاشتراك / ابدأ, اشتراك",
  bn: "বন্ধ, বন্ধ করুন / শুরু, শুরু করুন",
  de: "stopp, abmelden, abbestellen, keine werbung / starten, anmelden",
  es: "alto, baja, parar, detener, darse de baja, cancelar suscripción / alta, iniciar, suscribirme",
  fr: "arrêt, arrêter, désabonner, désinscrire / reprendre, commencer, abonner",
  he: "הסר, הסירו אותי / הצטרף",
  hi: "रोकें, बंद करें / शुरू, शुरू करें",
  id: "berhenti, berhenti langganan, berhenti promosi, setop / mulai, mulai langganan, berlangganan",
  it: "ferma, disiscrivimi, annulla iscrizione / inizia, iscrivimi",
  ja: "停止, 配信停止, ストップ / 開始, 配信再開, スタート",
  ko: "수신거부, 중지, 그만 / 수신동의, 시작",
  ms: "berhenti, hentikan / mula, langgan",
  nl: "stoppen, afmelden, uitschrijven / starten, aanmelden",
  pl: "wypisz, rezygnuję / zapisz",
  pt: "parar, pare, sair, descadastrar, cancelar inscrição / voltar, iniciar, inscrever",
  ru: "стоп, отписаться / старт, подписаться",
  th: "หยุด, ยกเลิกการรับข่าวสาร / เริ่ม, สมัคร",
  tl: "tigil, itigil, hinto / simula",
  tr: "dur, ret / başla, onay",
  uk: "стоп, відписатися / старт, підписатися",
  ur: "بند کریں / شروع کریں",
  vi: "dừng, ngừng, hủy đăng ký / bắt đầu, đăng ký",
  zh: "退订, 退訂, 取消订阅, 停止 / 订阅, 訂閱, 开始",
};

/** The languages of countries beside English, which every organization has. */
const LANGUAGES = `ID id; MY ms zh; BN ms; SG zh ms; PH tl; TH th; VN vi; JP ja; KR ko; CN zh; TW zh; HK zh; MO zh; IN hi;
  NP hi; BD bn; PK ur; AE ar; SA ar; QA ar; KW ar; BH ar; OM ar; YE ar; JO ar; LB ar fr; IQ ar; SY ar; EG ar; LY ar; SD ar;
  TN ar fr; DZ ar fr; MA ar fr; PS ar; IL he ar; TR tr; DE de tr; AT de; CH de fr it; LI de; LU fr de; FR fr; BE fr nl de;
  NL nl; MC fr; IT it; SM it; ES es; PT pt; BR pt; AO pt; MZ pt; CV pt; MX es; AR es; CO es; CL es; PE es; VE es; EC es; BO es;
  PY es; UY es; CR es; PA es; GT es; HN es; SV es; NI es; DO es; CU es; PR es; US es; CA fr; SN fr; CI fr; CM fr; ML fr;
  BF fr; BJ fr; TG fr; NE fr; GA fr; CG fr; CD fr; MG fr; HT fr; PL pl; UA uk ru; RU ru; BY ru; KZ ru; KG ru`;

const languagesOf = (country: string): string[] =>
  new RegExp(`\\b${country} ([a-z ]+)`).exec(LANGUAGES)?.[1]?.trim().split(" ") ?? [];

/** The words of a country's languages and of English; without a country those of all. */
export function defaultWords(country: string | null | undefined): { optOut: string[]; optIn: string[] } {
  const languages = country && /^[A-Z]{2}$/.test(country) ? ["en", ...languagesOf(country)] : Object.keys(WORDS);
  const halves = languages.map((language) => WORDS[language]!.split("/").map((half) => half.trim().split(", ")));
  const listOf = (half: 0 | 1): string[] => [...new Set(halves.flatMap((each) => each[half]!))];
  return { optOut: listOf(0), optIn: listOf(1) };
}

/** The one form of spellings that mean the same: letters and digits, folded, with single spaces. */
const normal = (text: string): string =>
  text
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map(fold)
    .filter(Boolean)
    .join(" ");

/** Whether a text can be a word: it has a letter or a digit. */
export const isWord = (text: string): boolean => normal(text) !== "";

type Words = ReadonlyMap<string, Choice>;

/** A word on both lists is one against marketing. */
const toWords = ({ optOut, optIn }: { optOut: readonly string[]; optIn: readonly string[] }): Words =>
  new Map([
    ...optIn.map((word): [string, Choice] => [normal(word), "opt_in"]),
    ...optOut.map((word): [string, Choice] => [normal(word), "opt_out"]),
  ]);

const ofCountries = new Map<string, Words>();
const ofSettings = new WeakMap<ConsentSettings, Words>();

function wordsOf(settings: ConsentSettings | null | undefined, country: string | null | undefined): Words {
  if (settings?.optOutWords || settings?.optInWords) {
    const known = ofSettings.get(settings);
    if (known) return known;
    const words = defaultWords(country);
    const own = toWords({
      optOut: settings.optOutWords ?? words.optOut,
      optIn: settings.optInWords ?? words.optIn,
    });
    ofSettings.set(settings, own);
    return own;
  }
  const key = country ?? "";
  let words = ofCountries.get(key);
  if (!words) ofCountries.set(key, (words = toWords(defaultWords(country))));
  return words;
}

/** Whether a text is short enough to be a word. Everything else is decided without the settings. */
export const mayBeChoice = (text: unknown): text is string =>
  typeof text === "string" && text.length > 0 && text.length <= MAX_TEXT;

/** Returns the choice about marketing that a person's message makes; undefined: none. */
export function choiceOf(
  text: unknown,
  settings: ConsentSettings | null | undefined,
  country: string | null | undefined,
): Choice | undefined {
  return mayBeChoice(text) ? wordsOf(settings, country).get(normal(text)) : undefined;
}
