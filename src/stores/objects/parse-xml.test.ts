import { expect, test } from "vitest";
import { childText, parseXml } from "./parse-xml.ts";
import { document, element } from "./xml.ts";

test("elements, text and entities", () => {
  const root = parseXml(
    `<?xml version="1.0"?>\n<!-- c --><Delete xmlns='x'><s3:Object a="1"><Key>a &lt;&#65;&#x1F600;&amp;lt;</Key><E/></s3:Object></Delete>\n`,
  );
  expect(root.name).toBe("Delete");
  expect(root.children[0]?.name).toBe("Object");
  expect(root.children[0] && childText(root.children[0], "Key")).toBe("a <A\u{1f600}&lt;");
  expect(root.children[0]?.children.map((child) => child.name)).toEqual(["Key", "E"]);
});

test("what is written is read back", () => {
  const text = `<&>"' \u0001\n ä`;
  expect(childText(parseXml(document("Root", [element("Key", text)])), "Key")).toBe(text);
});

test.for([
  "",
  "text",
  "<a>",
  "<a></b>",
  "</a>",
  "<a/><b/>",
  "<a>&unknown;</a>",
  "<a>&</a>",
  "<a>&#xD800;</a>",
  "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>",
  "<a b=c></a>",
  "<a><![CDATA[x]]></a>",
  "<a/>x",
  `${"<a>".repeat(50)}${"</a>".repeat(50)}`,
])("%j is malformed", (source) => {
  expect(() => parseXml(source)).toThrow(expect.objectContaining({ code: "MalformedXML" }));
});
