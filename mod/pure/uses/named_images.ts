/** What is known of an image under one of its names. */
export interface NamedImage {
  /** Of what the name stands for; undefined: the runtime has not told. */
  digest?: string | undefined;
  /** Whether a pull of this agent brought it. */
  ours?: boolean | undefined;
  /** When that pull had ended (monotonic ms). */
  cameAt?: number | undefined;
  /** Compressed size of what that pull brought, and how long it took. */
  bytes?: number | undefined;
  seconds?: number | undefined;
  /** Whether it was there already when the events began. */
  found?: boolean | undefined;
  /** Whether every use since it came would have been seen. */
  sure: boolean;
  /** kubelet has pulled it; what content that was is about to be told, where it is new to the node. */
  pending?: boolean | undefined;
  /** Named without the CRI, which then labels it: that is no pull of kubelet's. */
  unlabelled?: boolean | undefined;
  /** When it was first needed, in ms since the epoch. */
  usedAt?: number | undefined;
}

/**
 * The images of a node by their names. What is used is content: the runtime names a container after
 * any one of an image's names, so names of the same digest are used together. There are no more of
 * them than the runtime has.
 */
export class NamedImages {
  readonly #images = new Map<string, NamedImage>();
  readonly #wantedDigest: (name: string) => string | undefined;

  /** `wantedDigest`: what a wanted name stands for, as far as that was asked otherwise. */
  constructor(wantedDigest: (name: string) => string | undefined) {
    this.#wantedDigest = wantedDigest;
  }

  get(name: string): NamedImage | undefined {
    return this.#images.get(name);
  }

  /** Adds a name, or replaces what was known of it. */
  set(name: string, image: NamedImage): NamedImage {
    this.#images.set(name, image);
    return image;
  }

  delete(name: string): void {
    this.#images.delete(name);
  }

  /** Forgets the names that are not among these. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#images.keys()) if (!names.has(name)) this.#images.delete(name);
  }

  entries(): IterableIterator<[name: string, image: NamedImage]> {
    return this.#images.entries();
  }

  /** What a name stands for, as far as known. */
  digestOf(name: string): string | undefined {
    return this.#images.get(name)?.digest ?? digestIn(name) ?? this.#wantedDigest(name);
  }

  /** All names of what this name stands for, itself first. */
  sameAs(name: string): [name: string, image: NamedImage][] {
    const image = this.#images.get(name);
    const digest = this.digestOf(name);
    const others = digest === undefined ? [] : this.ofDigest(digest);
    const itself: [string, NamedImage][] = image === undefined ? [] : [[name, image]];
    return [...itself, ...others.filter(([other]) => other !== name)];
  }

  /** All names of this content. */
  ofDigest(digest: string): [name: string, image: NamedImage][] {
    return [...this.#images].filter(([name]) => this.digestOf(name) === digest);
  }
}

/** The digest that a name itself says, such as `sha256:…` of `repository@sha256:…`. */
export function digestIn(name: string): string | undefined {
  const at = name.indexOf("@");
  return at < 0 ? undefined : name.slice(at + 1);
}

/** A name without its tag or digest. */
export function repositoryOf(name: string): string {
  return name.replace(/@.*$|:[^/]*$/, "");
}
