import { S3Error } from "./s3-error.ts";

/** An element: its name without a namespace prefix, its children, and the text right inside it. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Open {
  name: string;
  children: XmlElement[];
  text: string;
}

const deepest = 16;
const pieces = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;

/** The root of the small documents that S3's clients send. No DTDs, no entities but the five of XML. Throws MalformedXML. */
export function parseXml(source: string): XmlElement {
  const top: Open = { name: "", children: [], text: "" };
  const stack: Open[] = [top];
  let end = 0;
  for (const match of source.replace(/^\uFEFF/, "").matchAll(pieces)) {
    end = match.index + match[0].length;
    const [, slash, qualified, , empty, text] = match;
    const current = stack.at(-1) ?? top;
    if (text !== undefined) current.text += unescapeXml(text);
    else if (qualified !== undefined) {
      const name = qualified.slice(qualified.indexOf(":") + 1);
      if (slash) {
        if (stack.length < 2 || current.name !== name) throw malformed();
        stack.pop();
      } else {
        const opened: Open = { name, children: [], text: "" };
        current.children.push(opened);
        if (!empty) stack.push(opened);
        if (stack.length > deepest) throw malformed();
      }
    }
  }
  const root = top.children[0];
  if (end !== source.replace(/^\uFEFF/, "").length || stack.length !== 1 || !root || top.children.length !== 1 || top.text.trim() !== "")
    throw malformed();
  return root;
}

/** The text of the first child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g, (_, hex?: string, decimal?: string, name?: string) => {
    const character =
      name === undefined ? characterOf(hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? "", 10)) : entities[name];
    if (character === undefined) throw malformed();
    return character;
  });
}

const entities: Readonly<Record<string, string | undefined>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function characterOf(code: number): string | undefined {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined;
}

function malformed(): S3Error {
  return new S3Error("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
}
