import type en from "./en";

const id: typeof en = {
  title: "Cari pesan",
  intro: "Semua kata harus ada, dalam pesan setiap percakapan yang boleh Anda lihat.",
  field: "Kata-kata dari pesan",
  begin: "Temukan yang pernah ditulis",
  beginText: "Nomor pesanan, kata, nama. Tekan hasil untuk membukanya di tempatnya dalam percakapan.",
  none: "Tidak ada pesan dengan kata-kata ini",
  noneText: "Coba lebih sedikit kata, atau ejaan lain.",
  hits: "Hasil",
  us: "Kami",
  types: {
    image: "Gambar",
    video: "Video",
    audio: "Suara",
    document: "Dokumen",
    template: "Templat",
    email: "Surel",
  },
  unknown: "Tanpa nama",
  yesterday: "Kemarin",
};
export default id;
