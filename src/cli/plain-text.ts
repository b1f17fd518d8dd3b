// What a deployment sends may hold escape sequences; on a terminal they could move the cursor or rewrite the title.
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** `text` without control characters but tabs and line ends. */
export function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(controls, "");
}

/** `text` in one line, without control characters. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}
