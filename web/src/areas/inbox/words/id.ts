import type en from "./en";

const id: typeof en = { title: "Kotak masuk" };
export default id;
