import { HOME, proseOf } from "../harness/documents/pages.ts";

/** A link from one page to a file of ours, or to a heading of one. */
export interface PageLink {
  /** Path below the repository. */
  readonly path: string;
  /** Heading's anchor; empty: the file itself. */
  readonly anchor: string;
}

/** Links of a page that do not leave the repository. */
export function linksOf(page: string, markdown: string): PageLink[] {
  const text = proseOf(markdown).map(({ line }) => line).join("\n");
  const targets = [
    ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    ...[...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target = ""]) => target),
  ];
  return targets.flatMap((target) => {
    if (target.startsWith(HOME)) return [linkTo("README.md", target.slice(HOME.length))];
    return /^[a-z]+:/.test(target) ? [] : [linkTo(page, target)];
  });
}

/** Anchors that GitHub gives to the headings of a page; a second one of a name gets a number. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return proseOf(markdown).flatMap(({ line }) => {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
    if (heading === undefined) return [];
    const slug = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return [times === 0 ? slug : `${slug}-${times}`];
  });
}

function linkTo(from: string, target: string): PageLink {
  const { pathname, hash } = new URL(target, `file:///${from}`);
  return { path: pathname.slice(1), anchor: hash.slice(1) };
}
