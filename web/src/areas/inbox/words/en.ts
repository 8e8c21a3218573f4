const en = { title: "Inbox" };
export default en;
