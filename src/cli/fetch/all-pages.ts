/** The items of all pages, in order, at most `most`. */
export async function allPages<Item>(
  page: (token: string) => Promise<{ readonly items: readonly Item[]; readonly token: string | null | undefined }>,
  most = 10_000,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let token = ""; items.length < most;) {
    const next = await page(token);
    items.push(...next.items);
    // A server that repeats its token would keep us here for ever.
    if (!next.token || next.token === token || next.items.length === 0) break;
    token = next.token;
  }
  return items.slice(0, most);
}
