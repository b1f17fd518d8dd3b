/** A file of an image: its name there without a leading slash, and what it holds or points to. */
export type ImageFile = { readonly name: string } & (
  | { readonly content: Buffer; readonly executable: boolean }
  | { readonly link: string }
);
