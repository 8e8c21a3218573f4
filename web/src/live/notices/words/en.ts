const en = {
  mentioned: (colleague: string, customer: string) => `${colleague} mentions you: ${customer}`,
  assigned: (customer: string) => `Assigned to you: ${customer}`,
  somebody: "A colleague",
  unknown: "Unknown",
  silenced: "A sound was held back: the browser allows none before you press something in this tab.",
};
export default en;
