import type en from "./en";

const id: typeof en = {
  mentioned: (colleague, customer) => `${colleague} menyebut Anda: ${customer}`,
  assigned: (customer) => `Ditugaskan ke Anda: ${customer}`,
  somebody: "Seorang rekan",
  unknown: "Tidak dikenal",
  silenced: "Suara ditahan: peramban baru mengizinkannya setelah Anda menekan sesuatu di tab ini.",
};
export default id;
