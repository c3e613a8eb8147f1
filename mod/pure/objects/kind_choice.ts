import { customKind } from "./custom_kind.ts";
import { groupOf, isSameKind } from "./group_kind.ts";
import { type Kind, kindName, type ServedKind } from "./kind.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS, findKind } from "./kinds.ts";
import { KNOWN_KINDS } from "./known_kinds.ts";

/** The word that stands for Kubernetes' own kinds, and for the known ones that a cluster has. */
export const AUTO = "auto";

/**
 * The word of `--kinds` that has starts of containers counted by their Events. These name no images
 * that could be wanted: it is no kind beside the others, and `auto` does not stand for it.
 */
export const EVENT = "Event";

/**
 * A word of `--kinds` for any kind: `resource.group`, or `Kind.group` as reasons and `/readyz` name
 * it, and a field that names images, if given.
 */
export const CUSTOM_WORD = /^([A-Za-z0-9]+)\.([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?:=(.+))?$/;

/** Names of all kinds of the tables, in their order. */
export const KIND_NAMES: readonly string[] = [...BUILT_IN_KINDS, ...KNOWN_KINDS].map(kindName);

/** The kind of the tables that a word means: its name in any case, singular or plural, or as above. */
export function kindNamed(word: string): string | undefined {
  const wanted = word.toLowerCase();
  const kind = [...BUILT_IN_KINDS, ...KNOWN_KINDS].find((each) => {
    const names = ["", "s", "es"].map((ending) => `${kindName(each)}${ending}`);
    const inGroup = [each.plural, each.kind].map((name) => `${name}.${each.group}`);
    return [...names, ...inGroup].some((name) => name.toLowerCase() === wanted);
  });
  return kind && kindName(kind);
}

/**
 * Which kinds of objects are read, as `--kinds` says: `auto`, names of kinds (`KIND_NAMES`), and
 * `resource.group` or `Kind.group`, which may be followed by `=` and a JSONPath.
 */
export class KindChoice {
  /** Kinds that every API server has, those that are always read among them. */
  readonly builtIn: readonly Kind[];
  /** Names of the kinds of the tables that are read where they are. */
  readonly names: ReadonlySet<string>;
  /** API groups of the kinds that are read where they are; a cluster may lack them all. */
  readonly groups: ReadonlySet<string>;
  readonly #words: readonly string[];
  readonly #known: readonly Kind[];
  /** Paths by `resource.group` or `Kind.group`, as given. */
  readonly #custom: ReadonlyMap<string, readonly string[]>;

  constructor(words: readonly string[]) {
    const isChosen = (kind: Kind) => words.includes(AUTO) || words.includes(kindName(kind));
    this.builtIn = [...CLUSTER_KINDS, ...BUILT_IN_KINDS.filter(isChosen)];
    this.#known = KNOWN_KINDS.filter(isChosen);
    this.#custom = customPaths(words);
    const ofTables = [...BUILT_IN_KINDS, ...KNOWN_KINDS].filter(({ plural, group }) =>
      this.#custom.has(`${plural}.${group}`)
    );
    this.names = new Set([...this.builtIn, ...this.#known, ...ofTables].map(kindName));
    this.#words = words;
    const customGroups = [...this.#custom.keys()].map((word) => word.slice(word.indexOf(".") + 1));
    this.groups = new Set([...this.#known.map(({ group }) => group), ...customGroups]);
  }

  /** The kinds to read of those that an API server serves beside Kubernetes' own. */
  of(served: Iterable<ServedKind>): Kind[] {
    const kinds: Kind[] = [];
    for (const each of served) {
      const kind = this.#choose(each);
      if (kind !== undefined) kinds.push(kind);
    }
    return kinds;
  }

  /** Which of the words name a kind that is not among these. */
  unserved(served: Iterable<ServedKind>): string[] {
    const kinds = [...served];
    const custom = new Set(kinds.flatMap(wordsFor));
    const known = this.#known.filter((kind) =>
      this.#words.includes(kindName(kind)) &&
      !kinds.some((each) => isSameKind(each, kind))
    );
    return [
      ...known.map(kindName),
      ...[...this.#custom.keys()].filter((word) => !custom.has(word)),
    ];
  }

  /** The kind to read an object of a manifest by; undefined where it is not asked for. */
  ofObject(apiVersion: string, kind: string): Kind | undefined {
    const group = groupOf(apiVersion);
    const builtIn = this.builtIn.find((each) => isSameKind(each, { group, kind }));
    if (builtIn !== undefined) return builtIn;
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    const known = findKind({ group, kind })?.plural;
    const plural = known ?? pluralsOf(kind).find((each) => this.#custom.has(`${each}.${group}`)) ??
      "";
    return this.#choose({ group, version, kind, plural, namespaced: true });
  }

  #choose(served: ServedKind): Kind | undefined {
    const asked = wordsFor(served).filter((word) => this.#custom.has(word));
    if (asked.length > 0) {
      const paths = asked.flatMap((word) => this.#custom.get(word) ?? []);
      return customKind(served, paths, findKind(served));
    }
    const known = this.#known.find((each) => isSameKind(each, served));
    return known && { ...known, version: served.version };
  }
}

/** The words that ask for a kind. */
function wordsFor({ plural, kind, group }: ServedKind): string[] {
  return [`${plural}.${group}`, `${kind}.${group}`];
}

/** What its resource may be called: a manifest does not say it. */
function pluralsOf(kind: string): string[] {
  const singular = kind.toLowerCase();
  const stem = singular.replace(/y$/, "i");
  return [`${singular}s`, `${singular}es`, `${stem}es`, singular];
}

function customPaths(words: readonly string[]): Map<string, string[]> {
  const custom = new Map<string, string[]>();
  for (const word of words) {
    const [, plural, group, path] = CUSTOM_WORD.exec(word) ?? [];
    if (plural === undefined) continue;
    const paths = custom.get(`${plural}.${group}`) ?? [];
    custom.set(`${plural}.${group}`, path === undefined ? paths : [...paths, path]);
  }
  return custom;
}
