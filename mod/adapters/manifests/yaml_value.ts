import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from "yaml";
import { plainValue } from "./go_scalar.ts";

/** A key that a mapping gives twice, and where it stands the second time. */
export interface RepeatedKey {
  readonly key: string;
  /** Offset in the text of the document. */
  readonly at: number;
}

/** A fault of a document whose syntax is right. */
export class ValueError extends Error {
  override readonly name = "ValueError";

  /** `at` is the offset in the text of the document. */
  constructor(readonly at: number, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The value of a document, and the keys it gives twice: the later one counts. */
export interface YamlValue {
  readonly value: unknown;
  readonly repeated: readonly RepeatedKey[];
}

/**
 * Makes of YAML nodes the value that Kubernetes sees, by the rules of `decode.go` of
 * go.yaml.in/yaml/v2: tags that it does not know mean nothing, keys are made texts, and a merge key
 * overrides what stands before it. Throws `ValueError`.
 */
export function yamlValue(root: ParsedNode | null): YamlValue {
  const reader = new NodeReader();
  return { value: reader.valueOf(root), repeated: reader.repeated };
}

const YAML_TAG = "tag:yaml.org,2002:";

/** As many nodes as the Go reader lets aliases add. */
const MAX_ALIASED = 400_000;

/** An anchored node; without `size` while it is still being read. */
interface Anchored {
  value: unknown;
  size?: number;
}

class NodeReader {
  readonly repeated: RepeatedKey[] = [];
  readonly #anchors = new Map<string, Anchored>();
  /** Nodes read so far, those behind aliases counted each time. */
  #nodes = 0;
  #aliased = 0;

  valueOf(node: ParsedNode | null): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#aliasValue(node.source, node.range[0]);
    if (node.anchor === undefined) return this.#plainNode(node);
    const anchored: Anchored = { value: undefined };
    this.#anchors.set(node.anchor, anchored);
    const before = this.#nodes;
    anchored.value = this.#plainNode(node);
    anchored.size = this.#nodes - before;
    return anchored.value;
  }

  #plainNode(node: Exclude<ParsedNode, { source: string; anchor?: never }>): unknown {
    this.#nodes++;
    if (isScalar(node)) return scalarValue(node);
    if (isSeq(node)) return node.items.map((item) => this.valueOf(item as ParsedNode));
    return isMap(node) ? this.#mapValue(node) : null;
  }

  #mapValue(map: YAMLMap): unknown {
    const entries = new Map<string, unknown>();
    const given = new Set<string>();
    for (const pair of map.items) {
      const [key, value] = [pair.key, pair.value] as (ParsedNode | null)[];
      if (isScalar(key) && key.type === "PLAIN" && key.value === "<<") {
        for (const merged of this.#mergedMaps(value ?? null)) {
          for (const [name, each] of Object.entries(merged)) entries.set(name, each);
        }
        continue;
      }
      const name = this.#keyOf(key ?? null, map);
      if (given.has(name)) this.repeated.push({ key: name, at: key?.range[0] ?? 0 });
      given.add(name);
      entries.set(name, this.valueOf(value ?? null));
    }
    return Object.fromEntries(entries); // which takes any key, `__proto__` too
  }

  #keyOf(key: ParsedNode | null, map: YAMLMap): string {
    const name = this.valueOf(key);
    if (name !== null && typeof name !== "object") return String(name);
    const at = key?.range[0] ?? map.range?.[0] ?? 0;
    throw new ValueError(at, name === null ? "A key is null" : "A key is no text");
  }

  /** The earlier of several maps wins, and so comes last. */
  #mergedMaps(node: ParsedNode | null): object[] {
    const value = this.valueOf(node);
    const maps = isSeq(node) ? (value as unknown[]).toReversed() : [value];
    return maps.map((map) => {
      if (typeof map === "object" && map !== null && !Array.isArray(map)) return map;
      throw new ValueError(node?.range[0] ?? 0, "A merge key (<<) wants maps");
    });
  }

  #aliasValue(name: string, at: number): unknown {
    const anchored = this.#anchors.get(name);
    if (!anchored) throw new ValueError(at, `The alias *${name} names no anchor`);
    if (anchored.size === undefined) throw new ValueError(at, `The anchor &${name} holds itself`);
    this.#nodes += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > MAX_ALIASED) throw new ValueError(at, "Aliases make it far too large");
    return anchored.value;
  }
}

function scalarValue(scalar: Scalar.Parsed): unknown {
  const { tag, type, source } = scalar;
  const isText = tag === undefined ? type !== "PLAIN" : !RESOLVED_TAGS.has(tag);
  if (isText) return scalar.value;
  try {
    return plainValue(type === "PLAIN" ? source : String(scalar.value));
  } catch (error) {
    throw new ValueError(scalar.range[0], (error as Error).message, { cause: error });
  }
}

/** Tags whose scalars are read as if they had none. */
const RESOLVED_TAGS: ReadonlySet<string> = new Set(
  ["bool", "int", "float", "null", "timestamp"].map((name) => `${YAML_TAG}${name}`),
);
