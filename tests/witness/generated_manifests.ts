import fc from "fast-check";
import { Document, type Scalar, type ToStringOptions, visit } from "yaml";

/** Text of a manifest file and how its name ends. */
export interface GeneratedManifest {
  readonly text: string;
  readonly extension: "yaml" | "yml" | "json";
}

type Fields = Readonly<Record<string, unknown>>;

/** Kinds that have pods, and two that only look alike. */
const KINDS = [
  ["v1", "Pod"],
  ["v1", "ReplicationController"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["apps/v1", "ReplicaSet"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
  ["v1", "ConfigMap"],
  ["example.com/v1", "Deployment"],
] as const;

/** Files of one or more objects of all kinds that have pods, written in all styles. */
export const someManifest: fc.Arbitrary<GeneratedManifest> = fc.oneof(
  { weight: 8, arbitrary: documents().map((text) => ({ text, extension: "yaml" as const })) },
  { weight: 1, arbitrary: list().map((text) => ({ text, extension: "yml" as const })) },
  { weight: 1, arbitrary: json().map((text) => ({ text, extension: "json" as const })) },
);

function documents(): fc.Arbitrary<string> {
  const separator = fc.constantFrom("---\n", "--- # next\n", "---\n---\n", "...\n---\n");
  return fc.tuple(fc.array(document(), { minLength: 1, maxLength: 4 }), separator, lineEnd())
    .map(([texts, between, end]) => texts.join(between).replaceAll("\n", end));
}

function list(): fc.Arbitrary<string> {
  return fc.tuple(fc.array(object(), { minLength: 1, maxLength: 4 }), style())
    .map(([items, style]) => written({ apiVersion: "v1", kind: "List", items }, style));
}

function json(): fc.Arbitrary<string> {
  return fc.tuple(fc.array(object(), { minLength: 1, maxLength: 3 }), fc.constantFrom(0, 2, "\t"))
    .map(([objects, indent]) =>
      objects.map((each) => JSON.stringify(each, null, indent)).join("\n")
    );
}

function document(): fc.Arbitrary<string> {
  return fc.tuple(object(), style(), fc.boolean()).map(([object, style, commented]) => {
    const text = written(object, style);
    return commented ? `# ${style.texts}\n${text}` : text;
  });
}

function lineEnd(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant("\n") },
    { weight: 1, arbitrary: fc.constant("\r\n") },
  );
}

interface Style {
  readonly options: ToStringOptions;
  /** How some of the texts are written. */
  readonly texts: Scalar.Type;
  /** One in so many collections is in flow style; 0 for none. */
  readonly flowEvery: number;
}

function style(): fc.Arbitrary<Style> {
  return fc.record({
    options: fc.record({
      indent: fc.constantFrom(2, 2, 4, 7),
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 80),
      flowCollectionPadding: fc.boolean(),
      singleQuote: fc.constantFrom(true, false, null),
    }),
    texts: fc.constantFrom<Scalar.Type[]>("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_FOLDED"),
    flowEvery: fc.constantFrom(0, 0, 1, 3, 5),
  });
}

/** YAML 1.1, as Kubernetes reads it: what would be a number or a word there is quoted. */
function written(object: Fields, { options, texts, flowEvery }: Style): string {
  const document = new Document(object, { version: "1.1" });
  let collections = 0;
  visit(document, {
    Collection: (_key, node) => {
      node.flow = flowEvery > 0 && ++collections % flowEvery === 0;
    },
    Scalar: (key, node) => {
      if (key === "value" && typeof node.value === "string") node.type = texts;
    },
  });
  return document.toString(options);
}

function object(): fc.Arbitrary<Fields> {
  return fc.record({
    kind: fc.constantFrom(...KINDS),
    metadata: metadata(),
    spec: podSpec(),
    notes: fc.dictionary(fc.constantFrom("a", "b.txt", "c"), oddText(), { maxKeys: 2 }),
  }).map(({ kind: [apiVersion, kind], metadata, spec, notes }) =>
    kind === "ConfigMap"
      ? { apiVersion, kind, metadata, data: notes }
      : { apiVersion, kind, metadata, spec: wrapped(kind, spec) }
  );
}

function wrapped(kind: string, spec: Fields): Fields {
  if (kind === "Pod") return spec;
  const template = { metadata: { labels: { app: "a" } }, spec };
  return kind === "CronJob"
    ? { schedule: "*/5 * * * *", jobTemplate: { spec: { template } } }
    : { template };
}

function metadata(): fc.Arbitrary<Fields> {
  return fc.record({
    name: fc.integer({ min: 0, max: 1_000_000 }).map((number) => `object-${number}`),
    namespace: fc.constantFrom("shop", "kube-system", "on", "12"),
    annotations: fc.dictionary(fc.constantFrom("example.com/a", "y", "1"), oddText()),
  }, { requiredKeys: ["name"] });
}

function podSpec(): fc.Arbitrary<Fields> {
  return fc.record({
    containers: fc.array(container(), { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(container(), { minLength: 1, maxLength: 2 }),
    volumes: fc.array(
      fc.oneof(
        fc.record({ name: fc.constant("v"), emptyDir: fc.constant({}) }),
        image().map((reference) => ({ name: "i", image: { reference } })),
      ),
      { minLength: 1, maxLength: 2 },
    ),
    terminationGracePeriodSeconds: fc.integer({ min: 0, max: 600 }),
  }, { requiredKeys: ["containers"] });
}

function container(): fc.Arbitrary<Fields> {
  return fc.record({
    name: fc.constantFrom("app", "sidecar"),
    image: image(),
    args: fc.array(oddText(), { minLength: 1, maxLength: 3 }),
    env: fc.array(fc.record({ name: fc.constant("A"), value: oddText() }), {
      minLength: 1,
      maxLength: 2,
    }),
  }, { requiredKeys: ["name", "image"] });
}

function image(): fc.Arbitrary<string> {
  return fc.tuple(
    fc.constantFrom("", "library/", "example/", "ghcr.io/example/", "localhost:5000/", "12/"),
    fc.constantFrom("nginx", "web", "a__b", "x-y.z", "0"),
    fc.constantFrom("", ":1", ":1.25", ":latest", ":0x1f", `@sha256:${"0a".repeat(32)}`, ":1_0"),
  ).map((parts) => parts.join(""));
}

/** Texts that YAML takes for something else where they are not quoted, or that look like YAML. */
function oddText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom("no", "Y", "~", "null", "1_000", "0x1F", "017", "12:30", ".inf", "1e3"),
    fc.constantFrom(
      "",
      " ",
      "a: b",
      "- x",
      "#x",
      "x #y",
      "{{ .Values.x }}",
      "*a",
      "&a",
      "!x",
      "%x",
    ),
    fc.constantFrom(
      "a\nb\n",
      "a\n\nb",
      "  a\nb",
      "a\n---\nb\n",
      "{\n}\n",
      "tab\there",
      "éß😀",
    ),
    fc.constantFrom(
      "<<",
      "=",
      "2020-01-01",
      "@x",
      "`x`",
      "'",
      '"',
      "\\n",
      "a\n  b\n c\n\n",
      "?",
      "-",
    ),
    fc.stringMatching(/^[A-Za-z0-9 .,_+%#&*!|>@"'{}\[\]-]{0,12}$/),
  );
}
