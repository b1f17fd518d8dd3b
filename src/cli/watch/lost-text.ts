/** What is said when a watched deployment is gone (`why`), and when it is there again (undefined). */
export function lostText(why: string | undefined): string {
  return why === undefined ? "connected again; nothing is missed" : `${why}; trying again for five minutes`;
}
