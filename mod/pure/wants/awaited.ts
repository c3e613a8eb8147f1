/** Something that a source has not read yet. */
export interface Awaited {
  /** A kind, a file, or what else it is called. */
  readonly what: string;
  /** What keeps it from being read; absent where it only takes its time. */
  readonly why?: string;
}

/** How many of them a text names for each cause. */
const NAMED = 5;

/** Names them in one line; what the same cause keeps is told together. */
export function awaitedText(awaited: readonly Awaited[]): string {
  const byCause = Map.groupBy(awaited, ({ why }) => why);
  return [...byCause].map(([why, those]) => {
    const names = those.slice(0, NAMED).map(({ what }) => what).join(", ");
    const more = those.length > NAMED ? ` and ${those.length - NAMED} more` : "";
    return `${names}${more}${why === undefined ? "" : ` (${why})`}`;
  }).join("; ");
}
