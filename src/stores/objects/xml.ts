/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type XmlContent = string | number | boolean | Markup | readonly Markup[];

/** `<name>content</name>`, the content escaped unless it is markup. */
export function element(name: string, content: XmlContent = ""): Markup {
  return new Markup(`<${name}>${textOf(content)}</${name}>`);
}

/** A document with S3's namespace on its root. */
export function document(name: string, content: XmlContent): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${textOf(content)}</${name}>`;
}

/** As document, without a namespace: S3's errors have none. */
export function plainDocument(name: string, content: XmlContent): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content).text}`;
}

function textOf(content: XmlContent): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === "object") return content.map((markup) => markup.text).join("");
  // Control characters have no place in XML 1.0; S3 writes them as references all the same.
  return String(content).replace(/[&<>"\p{Cc}\ufffe\uffff]/gu, escaped);
}

const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(character: string): string {
  return named[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
}
