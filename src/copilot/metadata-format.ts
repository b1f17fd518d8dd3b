/** The form in which all inputs stand in one file, beside inputs.pb, which there always is. */
export const metadataFormats = ["JSON", "YAML", "PROTO"] as const;
export type MetadataFormat = (typeof metadataFormats)[number];
