/** A piece of a manifest and the line of the file on which it begins, counted from 1. */
export interface Piece {
  readonly text: string;
  readonly line: number;
}

/** A document of a stream. */
export interface DocumentPiece extends Piece {
  /** It stands after `...` without a `---`: Kubernetes' reader does not look at it. */
  readonly unread: boolean;
}

/**
 * Splits a YAML stream at its document markers, so that a broken document leaves the others
 * readable and a large file is never held parsed as a whole. A marker at the start of a line ends a
 * document wherever it stands (YAML 1.2 §9.1.2), so this needs no parser.
 */
export function* splitDocuments(text: string): Generator<DocumentPiece> {
  const marker = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm;
  let start = 0;
  let line = 1;
  let unread = false;
  for (let found = marker.exec(text); found; found = marker.exec(text)) {
    const piece = { text: text.slice(start, found.index), line, unread };
    if (hasContent(piece.text)) yield piece;
    line += countLines(piece.text);
    start = marker.lastIndex;
    unread = found[0] === "...";
  }
  const last = { text: text.slice(start), line, unread };
  if (hasContent(last.text)) yield last;
}

/** A `List` in its pieces: the list without its items, and each item as a sequence of one. */
export interface ListPieces {
  readonly head: Piece;
  readonly items: readonly Piece[];
}

/**
 * Splits a block-style list such as `kubectl get --output yaml` writes, without parsing it: 10 MB
 * parsed as one document take 700 MB. Undefined when it has another style, or anchors, which
 * items may share.
 */
export function splitList({ text, line }: Piece): ListPieces | undefined {
  if (ANCHOR.test(text)) return undefined;
  const begin = /^items:[ \t]*\r?\n(?=([ ]*)- )/m.exec(text);
  if (!begin) return undefined;
  const start = begin.index + begin[0].length;
  const indent = begin[1] ?? "";
  // A line that is too low for an item is a key of the list, or part of a quoted text.
  const after = /^["']?[A-Za-z][^\s:]*:(?:[ \t]|\r?$)/gm;
  after.lastIndex = start;
  const end = after.exec(text)?.index ?? text.length;
  const dash = new RegExp(`^${indent}-[ \\r\\n]`, "gm");
  dash.lastIndex = start;
  const starts: number[] = [];
  for (let found = dash.exec(text); found && found.index < end; found = dash.exec(text)) {
    starts.push(found.index);
  }
  let itemLine = line + countLines(text.slice(0, start));
  const items = starts.map((from, index) => {
    const item = { text: text.slice(from, starts[index + 1] ?? end), line: itemLine };
    itemLine += countLines(item.text);
    return item;
  });
  const head = { text: `${text.slice(0, begin.index)}items: []\n${text.slice(end)}`, line };
  return { head, items };
}

/** Anchors and aliases, and some texts that look alike. */
const ANCHOR = /(?:^|[ \t])[&*][^ \t\r\n]+[ \t]*\r?$/m;

/** Comments, directives and a byte order mark alone are no document. */
function hasContent(text: string): boolean {
  return /^(?!\uFEFF?[ \t]*(?:#|\r?$)|%)/m.test(text);
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
