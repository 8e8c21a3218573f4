/** The texts of surveys for customers, by language. */

export const LANGUAGES = ["en", "id"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Indonesian for Indonesia, English for other countries. */
export const languageOf = (country: string | null): Language => (country === "ID" ? "id" : "en");

export interface Texts {
  language: string;
  question: string;
  choose: string;
  button: string;
  byLink: string;
  ratings: Record<1 | 2 | 3 | 4 | 5, string>;
  comment: string;
  optional: string;
  send: string;
  thanks: string;
  yourRating: string;
  alreadyAnswered: string;
  expired: string;
  unknown: string;
  notYet: string;
  ratingMissing: string;
  commentTooLong: string;
}

export const TEXTS: Record<Language, Texts> = {
  en: {
    language: "English",
    question: "How satisfied are you with our service?",
    choose: "Please choose a rating.",
    button: "Rate",
    byLink: "Or rate with a comment:",
    ratings: { 5: "Very satisfied", 4: "Satisfied", 3: "Neutral", 2: "Dissatisfied", 1: "Very dissatisfied" },
    comment: "Comment",
    optional: "optional",
    send: "Send",
    thanks: "Thank you. Your answer has been recorded.",
    yourRating: "Your rating",
    alreadyAnswered: "This survey has already been answered. Thank you.",
    expired: "This survey has ended. Thank you for your interest.",
    unknown: "There is no survey at this address. Please check the link.",
    notYet: "This survey is not ready yet. Please try again in a minute.",
    ratingMissing: "Please choose one of the five ratings.",
    commentTooLong: "The comment may have at most 1,000 characters.",
  },
  id: {
    language: "Bahasa Indonesia",
    question: "Seberapa puas Anda dengan layanan kami?",
    choose: "Silakan pilih penilaian.",
    button: "Beri nilai",
    byLink: "Atau beri penilaian dengan komentar:",
    ratings: { 5: "Sangat puas", 4: "Puas", 3: "Cukup", 2: "Tidak puas", 1: "Sangat tidak puas" },
    comment: "Komentar",
    optional: "opsional",
    send: "Kirim",
    thanks: "Terima kasih. Jawaban Anda telah kami catat.",
    yourRating: "Penilaian Anda",
    alreadyAnswered: "Survei ini sudah dijawab. Terima kasih.",
    expired: "Survei ini telah berakhir. Terima kasih atas perhatian Anda.",
    unknown: "Tidak ada survei di alamat ini. Silakan periksa kembali tautannya.",
    notYet: "Survei ini belum siap. Silakan coba lagi dalam satu menit.",
    ratingMissing: "Silakan pilih salah satu dari lima penilaian.",
    commentTooLong: "Komentar paling banyak 1.000 karakter.",
  },
};

export const RATINGS = [5, 4, 3, 2, 1] as const;
