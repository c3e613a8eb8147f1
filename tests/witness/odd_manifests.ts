/** A manifest in a style that readers of YAML disagree about. */
export interface OddManifest {
  /** What is odd about it; also its file's name. */
  readonly style: string;
  readonly extension?: "json";
  /** `NAME` stands for a name of its own. */
  readonly text: string;
  readonly encode?: (text: string) => Uint8Array;
}

const POD = `apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: c, image: "example/NAME:1"}]}
`;

const HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n";

const JSON_POD = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "NAME" },
  spec: { containers: [{ name: "c", image: "example/NAME:1" }] },
});

/** A pod with this for its container's image. */
function image(written: string): string {
  return `${HEAD}spec:\n  containers:\n  - name: c\n    image: ${written}\n`;
}

/** A Deployment with these lines in its pod's specification, which is indented by six. */
function inTemplate(lines: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  template:
    spec:
${lines.replace(/^/gm, "      ")}
`;
}

function utf16(endian: "le" | "be"): (text: string) => Uint8Array {
  return (text) => {
    const bytes = new DataView(new ArrayBuffer(2 * text.length + 2));
    for (const [index, unit] of [0xfeff, ...text.split("").map(unitOf)].entries()) {
      bytes.setUint16(2 * index, unit, endian === "le");
    }
    return new Uint8Array(bytes.buffer);
  };
}

function unitOf(character: string): number {
  return character.charCodeAt(0);
}

/** Each has a pod or two, or what looks like some. */
export const ODD_MANIFESTS: readonly OddManifest[] = [
  { style: "plain", text: POD },
  { style: "no line end", text: POD.trimEnd() },
  { style: "Windows line ends", text: POD.replaceAll("\n", "\r\n") },
  { style: "byte order mark", text: `\uFEFF${POD}` },
  { style: "UTF-16, little end first", text: POD, encode: utf16("le") },
  { style: "UTF-16, big end first", text: POD, encode: utf16("be") },
  { style: "tabs behind values", text: POD.replaceAll("\n", "\t\n") },
  { style: "tab as indentation", text: `${HEAD}spec:\n\tcontainers: [{image: example/NAME}]\n` },
  {
    style: "flow that ends low",
    text: `${HEAD}spec: {\n  containers: [\n    {image: example/NAME}\n]\n}\n`,
  },
  {
    style: "quoted text that goes on low",
    text: `${HEAD}spec:\n  hostname: "a\nb"\n  containers: [{image: example/NAME}]\n`,
  },
  { style: "key given twice", text: `${image("example/NAME:1")}    image: example/NAME:2\n` },
  {
    style: "specification given twice",
    text: `${POD}spec: {containers: [{image: "example/NAME:2"}]}\n`,
  },
  { style: "kind given twice", text: `${POD}kind: ConfigMap\n` },
  {
    style: "template braces",
    text: inTemplate("containers:\n- {name: c, image: {{ .Values.image }}}"),
  },
  { style: "template braces in quotes", text: image('"{{ .Values.image }}"') },
  {
    style: "workflow braces in quotes",
    text: inTemplate('containers:\n- {image: example/NAME, args: ["{{item}}"]}'),
  },
  {
    style: "document markers with comments",
    text: `--- # first\n${POD}--- # second\n${POD.replaceAll("NAME", "NAME-2")}`,
  },
  { style: "document that begins behind its marker", text: `--- {a: b}\n---\n${POD}` },
  {
    style: "marker with dashes behind it",
    text: `${POD}----\n`,
  },
  { style: "document end marker", text: `${POD}...\n---\n${POD.replaceAll("NAME", "NAME-2")}` },
  { style: "document end marker alone", text: `${POD}...\n${POD.replaceAll("NAME", "NAME-2")}` },
  { style: "directive", text: `%YAML 1.1\n---\n${POD}` },
  { style: "empty documents", text: `---\n---\n# nothing\n---\n${POD}---\n` },
  {
    style: "broken document between good ones",
    text: `${POD}---\nkind: [\n---\n${POD.replaceAll("NAME", "NAME-2")}`,
  },
  {
    style: "marker in a block of text",
    text:
      `${HEAD}  \nspec:\n  containers: [{image: example/NAME}]\n  hostname: |\n    a\n    ---\n    b\n`,
  },
  {
    style: "anchors and merges",
    text:
      `${HEAD}spec:\n  containers:\n  - &c {name: a, image: example/NAME}\n  - {<<: *c, name: b}\n  - {<<: *c, image: "example/NAME:2"}\n`,
  },
  {
    style: "merge of several",
    text:
      `${HEAD}x: &x {image: example/NAME}\ny: &y {image: "example/NAME:2"}\nspec: {containers: [{<<: [*x, *y]}, {<<: [*y, *x], name: c}]}\n`,
  },
  { style: "anchor of another document", text: `x: &x example/NAME\n---\n${image("*x")}` },
  { style: "keys in quotes", text: POD.replace("kind:", '"kind":').replace("spec:", "'spec':") },
  { style: "keys with a question mark", text: POD.replace("kind: Pod", "? kind\n: Pod") },
  { style: "sequence not indented", text: image("example/NAME") },
  {
    style: "sequence indented by five",
    text: `${HEAD}spec:\n     containers:\n          -    image: example/NAME\n`,
  },
  { style: "comment behind a reference", text: image("example/NAME # ours") },
  { style: "comment sign within", text: image("example/NAME#1") },
  { style: "folded reference", text: image(">-\n      example/NAME\n") },
  { style: "folded reference with line end", text: image(">\n      example/NAME\n") },
  { style: "literal reference", text: image("|-\n      example/NAME\n") },
  { style: "reference over two lines", text: image("example/\n      NAME\n") },
  { style: "escapes", text: image('"\\x65xample/NAME\\u003a1"') },
  { style: "escaped line end", text: image('"example/\\\n      NAME"') },
  { style: "tag for texts", text: image("!!str example/NAME") },
  { style: "own tag", text: image("!mine example/NAME") },
  { style: "number for an image", text: image("12") },
  { style: "word for an image", text: image("no") },
  { style: "nothing for an image", text: image("~") },
  { style: "time for an image", text: image("12:30") },
  { style: "date for an image", text: image("2020-01-01") },
  { style: "digits and tag", text: image("12:1.0") },
  { style: "number for a name", text: POD.replace("{name: NAME}", "{name: 12}") },
  {
    style: "number for a namespace",
    text: POD.replace("{name: NAME}", "{name: NAME, namespace: 12}"),
  },
  {
    style: "number for a label",
    text: POD.replace("{name: NAME}", "{name: NAME, labels: {a: 1}}"),
  },
  {
    style: "text for a number",
    text: inTemplate('terminationGracePeriodSeconds: "30"\ncontainers: [{image: example/NAME}]'),
  },
  {
    style: "words as keys",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {on: x, 1: y, ~: z}}"),
  },
  {
    style: "mapping as key",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {{a: b}: x}}"),
  },
  { style: "field in other letters", text: POD.replace("image:", "Image:") },
  {
    style: "field with other letters beside it",
    text: POD.replace("image:", "Image: other, image:"),
  },
  { style: "JSON", text: JSON_POD },
  { style: "JSON file", extension: "json", text: `${JSON_POD}\n` },
  {
    style: "JSON, one after another",
    extension: "json",
    text: `${JSON_POD}\n${JSON_POD.replaceAll("NAME", "NAME-2")}`,
  },
  {
    style: "JSON with markers between",
    text: `${JSON_POD}\n---\n${JSON_POD.replaceAll("NAME", "NAME-2")}\n---\n${
      POD.replaceAll("NAME", "NAME-3")
    }`,
  },
  { style: "JSON with a comma too much", extension: "json", text: JSON_POD.replace("}]", "},]") },
  { style: "JSON with tabs", text: JSON_POD.replaceAll(",", ",\n\t") },
  { style: "JSON with comments", extension: "json", text: `# ours\n${JSON_POD}` },
  {
    style: "JSON with a key twice",
    extension: "json",
    text: JSON_POD.replace('"image"', '"image":"x","image"'),
  },
  { style: "YAML in a JSON file", extension: "json", text: POD },
  {
    style: "list",
    text: `apiVersion: v1\nkind: List\nitems:\n- ${POD.trimEnd().replaceAll("\n", "\n  ")}\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ").replaceAll("NAME", "NAME-2")
    }\n`,
  },
  {
    style: "list of one kind",
    text:
      "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: NAME}\n  spec: {containers: [{image: example/NAME}]}\n",
  },
  {
    style: "list in a list",
    text:
      `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [${JSON_POD}]}]}`,
  },
  { style: "list without items", text: "apiVersion: v1\nkind: List\n" },
  { style: "list with nothing for items", text: "apiVersion: v1\nkind: List\nitems: null\n" },
  { style: "sequence of objects", text: `- ${JSON_POD}\n` },
  {
    style: "versions that are no longer served",
    text: inTemplate("containers: [{image: example/NAME}]").replace("apps/v1", "apps/v1beta2"),
  },
  {
    style: "group that is no longer served",
    text: inTemplate("containers: [{image: example/NAME}]").replace(
      "apps/v1",
      "extensions/v1beta1",
    ),
  },
  {
    style: "strange group",
    text: inTemplate("containers: [{image: example/NAME}]").replace(
      "apps/v1",
      "apps.example.com/v1",
    ),
  },
  { style: "no specification", text: HEAD },
  { style: "nothing for a specification", text: `${HEAD}spec:\n` },
  {
    style: "nothing for containers",
    text: `${HEAD}spec: {containers: null, initContainers: [{image: example/NAME}]}\n`,
  },
  {
    style: "nothing among containers",
    text: `${HEAD}spec: {containers: [null, {image: example/NAME}]}\n`,
  },
  {
    style: "text for containers",
    text: `${HEAD}spec: {containers: none, initContainers: [{image: example/NAME}]}\n`,
  },
  {
    style: "every list of containers",
    text:
      `${HEAD}spec:\n  containers: [{image: example/NAME}]\n  initContainers: [{image: "example/NAME:2", restartPolicy: Always}]\n  ephemeralContainers: [{image: "example/NAME:3"}]\n  volumes: [{name: v, image: {reference: "example/NAME:4"}}, {name: w, image: {}}]\n`,
  },
  {
    style: "pulling forbidden",
    text:
      `${HEAD}spec:\n  containers: [{image: example/NAME, imagePullPolicy: Never}, {image: "example/NAME:2"}]\n  volumes: [{name: v, image: {reference: "example/NAME:4", pullPolicy: Never}}]\n`,
  },
  {
    style: "Helm's test",
    text: POD.replace(
      "{name: NAME}",
      '{name: NAME, annotations: {helm.sh/hook: "pre-install, test"}}',
    ),
  },
  {
    style: "Helm's other hook",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {helm.sh/hook: post-install}}"),
  },
  { style: "pod that ended", text: `${POD}status: {phase: Succeeded}\n` },
  {
    style: "job that ended",
    text:
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME}\nspec: {template: {spec: {containers: [{image: example/NAME}]}}}\nstatus: {conditions: [{type: Failed, status: "True"}]}\n',
  },
  {
    style: "cron job that is suspended",
    text:
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: NAME}\nspec: {suspend: true, jobTemplate: {spec: {template: {spec: {containers: [{image: example/NAME}]}}}}}\n",
  },
  {
    style: "owner that is there",
    text: `${
      POD.replace(
        "{name: NAME}",
        "{name: NAME, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, controller: true}]}",
      )
    }---\n${inTemplate("containers: [{image: example/NAME-2}]")}`,
  },
  {
    style: "owner that does not control",
    text: POD.replace(
      "{name: NAME}",
      "{name: NAME, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d}]}",
    ),
  },
  { style: "digest and tag", text: image(`example/NAME:1@sha256:${"a".repeat(64)}`) },
  { style: "digest that is short", text: image("example/NAME@sha256:abc") },
  { style: "registry with port", text: image("localhost:5000/NAME") },
  { style: "upper letters", text: image("example/Upper") },
  { style: "old letters that are no UTF-8", text: `# caf\u00e9\n${POD}`, encode: latin },
  { style: "zero byte", text: `${POD}# \0\n` },
  {
    style: "list of long texts",
    text: `apiVersion: v1\nkind: List\nitems:\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ")
    }\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: NAME}\n  data:\n    a: |\n      ${
      "x".repeat(300_000)
    }\n    b: "low\ntext"\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ").replaceAll("NAME", "NAME-2")
    }\n`,
  },
  {
    style: "list with notes behind its items",
    text: `kind: List\nitems:\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ")
    }\nmetadata: {}\napiVersion: v1\n`,
  },
  { style: "empty list of containers", text: `${HEAD}spec: {containers: []}\n` },
  { style: "prefix for a name", text: POD.replace("{name: NAME}", "{generateName: NAME-}") },
  {
    style: "prefix for a name twice",
    text: `${POD.replace("{name: NAME}", "{generateName: NAME-}")}---\n${
      POD.replace("{name: NAME}", "{generateName: NAME-}").replace(":1", ":2")
    }`,
  },
  { style: "same object twice", text: `${POD}---\n${POD.replace(":1", ":2")}` },
  { style: "name and prefix", text: POD.replace("{name: NAME}", "{name: NAME, generateName: x-}") },
  {
    style: "empty name and prefix",
    text: POD.replace("{name: NAME}", '{name: "", generateName: NAME-}'),
  },
  { style: "empty namespace", text: POD.replace("{name: NAME}", '{name: NAME, namespace: ""}') },
  {
    style: "nothing for a namespace",
    text: POD.replace("{name: NAME}", "{name: NAME, namespace: ~}"),
  },
  { style: "chomping and indentation indicators", text: image("|2-\n      example/NAME\n") },
  { style: "white space in quotes", text: image('" example/NAME"') },
  {
    style: "octal and hexadecimal tags",
    text: `${HEAD}spec:\n  containers: [{image: 0x1F}, {image: 0o14}, {image: example/NAME}]\n`,
  },
  {
    style: "underscored number",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: 1_000}}"),
  },
  { style: "infinity", text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: .inf}}") },
  {
    style: "set and binary",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: !!binary aGk=}}"),
  },
  {
    style: "aliases that grow",
    text:
      `${HEAD}a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b]\nspec: {containers: [{image: example/NAME}]}\n`,
  },
  {
    style: "line separators of Unicode",
    text: POD.replace("{name: NAME}", '{name: NAME, annotations: {a: "x\u2028y\u0085z"}}'),
  },
  { style: "old Macintosh line ends", text: POD.replaceAll("\n", "\r") },
  {
    style: "colon at the end of a value",
    text: `${HEAD}spec:\n  hostname: a:\n  containers: [{image: example/NAME}]\n`,
  },
  { style: "value that begins with an at sign", text: image("@example/NAME") },
  {
    style: "percent sign at the start of a value",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [%a]}]}\n`,
  },
  {
    style: "flow without space behind the colon",
    text:
      `{"apiVersion":"v1","kind":"Pod","metadata":{name:NAME},"spec":{"containers":[{"image":"example/NAME"}]}}\n`,
  },
  {
    style: "comma at the end of a flow",
    text: `${HEAD}spec: {containers: [{image: example/NAME,},],}\n`,
  },
  {
    style: "comment between keys at any depth",
    text: `${HEAD}spec:\n# low\n  containers:\n        # deep\n  - image: example/NAME\n# end`,
  },
  { style: "trailing dashes", text: `${POD}---` },
  { style: "leading blank lines and JSON", text: `\n\n  ${JSON_POD}` },
  { style: "JSON then YAML", text: `${JSON_POD}\n---\n${POD.replaceAll("NAME", "NAME-2")}` },
  {
    style: "JSON on one line with YAML behind",
    extension: "json",
    text: `${JSON_POD} ${JSON_POD.replaceAll("NAME", "NAME-2")} x`,
  },
  { style: "stray item", text: `${POD}- x\n` },
  {
    style: "init containers of a stateful set",
    text: inTemplate("initContainers:\n- {image: example/NAME}\ncontainers: []").replace(
      "Deployment",
      "StatefulSet",
    ),
  },
  {
    style: "daemon set",
    text: inTemplate("containers: [{image: example/NAME}]").replace("Deployment", "DaemonSet"),
  },
  {
    style: "replication controller",
    text: inTemplate("containers: [{image: example/NAME}]").replace("apps/v1", "v1").replace(
      "Deployment",
      "ReplicationController",
    ),
  },
  { style: "other text", text: "Not a manifest at all\n" },
  { style: "values of a chart", text: "image:\n  repository: example/NAME\n  tag: 1\n" },
];

function latin(text: string): Uint8Array {
  return Uint8Array.from(text.split(""), unitOf);
}
