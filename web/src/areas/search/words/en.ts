const en = {
  title: "Search messages",
  intro: "All words have to occur, in the messages of every conversation that you may see.",
  field: "Words of a message",
  begin: "Find what somebody wrote",
  beginText: "An order number, a word, a name. Press a hit to open it at its place in the conversation.",
  none: "No message has these words",
  noneText: "Try fewer words, or another spelling.",
  hits: "Hits",
  us: "Us",
  types: {
    image: "Image",
    video: "Video",
    audio: "Voice",
    document: "Document",
    template: "Template",
    email: "Email",
  },
  unknown: "No name",
  yesterday: "Yesterday",
};
export default en;
