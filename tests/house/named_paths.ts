/** Something that a text names and that a reader could not find. */
export interface Unfindable {
  readonly path: string;
  /** Line, counted from 1. */
  readonly at: number;
  readonly text: string;
}

/** Lines of a file that are for readers: all of a page, the comments of code. */
export function readersLines(path: string, text: string): readonly (readonly [string, number])[] {
  const lines = text.split("\n").map((line, i) => [line, i + 1] as const);
  if (path.endsWith(".md")) return lines;
  return lines.flatMap(([line, at]) => {
    const [comment] = /(?<=^|\s)(\/\/|\/?\*\*?\s|#\s|\{\{\/\*).*$/.exec(line) ?? [];
    return comment === undefined ? [] : [[comment, at] as const];
  });
}

/**
 * Names of files and folders that are nowhere: a path from the root, or from mod/ or tests/, or
 * from the folder of the file that names it; a name alone may be anywhere.
 */
export function unfindablePaths(
  path: string,
  text: string,
  files: readonly string[],
): Unfindable[] {
  const known = new Set(files.flatMap((file) => [file, ...foldersAbove(file)]));
  const names = new Set(files.map((file) => file.slice(file.lastIndexOf("/") + 1)));
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const exists = (named: string) =>
    names.has(named) || ["", "mod/", "tests/", folder].some((from) => known.has(from + named));
  return readersLines(path, text).flatMap(([line, at]) =>
    pathsIn(line).filter((named) => !exists(named.replace(/\/$/, "")))
      .map((named) => ({ path, at, text: named }))
  );
}

/** References to documents that are not in the repository. */
export function unfindableDocuments(path: string, text: string): Unfindable[] {
  return readersLines(path, text).flatMap(([line, at]) => {
    const [cited] = ELSEWHERE.exec(line) ?? [];
    return cited === undefined ? [] : [{ path, at, text: cited }];
  });
}

/** Documents that only those who began this have; sections of public ones stand with a name. */
const ELSEWHERE =
  /\bdesign(\.md| §|: | rule)|\bfacts( of ctr| page| §|$)|\bfacts?\/[\w.-]+|\bshared\/(?!tools)|\bstyle\.md|(?<![\d.] )§ ?\d+ (rule|and §)|house-review/i;

/** In backticks: anything that looks like a file or a folder of ours; without: files by full path. */
const QUOTED = /`((?:\.\.?\/)*[\w.-]+(?:\/[\w.-]+)*\/?)`/g;
const PLAIN = /(?<![\w`./-])((?:mod|tests|chart|\.github)\/[\w./-]*\w\.\w+)(?![\w`/])/g;

function pathsIn(line: string): string[] {
  const quoted = [...line.matchAll(QUOTED)].map(([, named = ""]) => named).filter(isOurs);
  const plain = [...line.matchAll(PLAIN)].map(([, named = ""]) => named);
  return [...quoted, ...plain].map((named) => named.replace(/^(\.\.?\/)+/, ""));
}

function isOurs(named: string): boolean {
  const rooted = /^(\.\.?\/)*(mod|tests|chart|\.github|\.ci)\//.test(named);
  return rooted || /^[\w.-]+(\/[\w.-]+)*\.(ts|tpl)$/.test(named) || /\/[\w.-]+\.md$/.test(named);
}

function foldersAbove(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}
