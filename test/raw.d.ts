declare module "*/_headers?raw" {
  const text: string;
  export default text;
}
